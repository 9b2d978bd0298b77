"""Quote that the shorts at a venue need, and its own spot wallet does not have, comes from another venue.

The rule is pure (`carry_of`; SEN-5, SEN-7). A venue lacks quote once its margin utilisation would stay above
`margin_top_up` though all of its idle quote followed; it then gets what brings it to the middle of floor and
top-up. A source keeps what brings its own wallet there, so that what was given is not asked back. A venue has
part in one withdrawal at a time, in none while the end of one is in doubt; one that did not succeed is not
asked for again within the hour. Wishes and outcomes are in the journal: `past` folds them again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, Decimal

import msgspec

from titan.model.money import ZERO
from titan.model.outcome import Outcome
from titan.model.pair import Lane, PairEnd, TransferIntent
from titan.strategies.protocol import Situation, Wish
from titan.strategies.sentinel.capital import utilisation
from titan.strategies.sentinel.holdings import RETRY_NS
from titan.strategies.sentinel.margin import STRATEGY, Margin
from titan.strategies.sentinel.pairing import Pairing
from titan.strategies.sentinel.params import SentinelParams
from titan.strategies.sentinel.past import Past, Purse, Way
from titan.strategies.sentinel.tiers import CENT, Figures, needed, target


class Place(msgspec.Struct, frozen=True):
    """A venue's wallets of one asset. `coming` is notional that intents at work may yet add to its shorts,
    `cost` what a withdrawal from there costs, both in that asset.
    """

    figures: Figures
    coming: Decimal = ZERO
    cost: Decimal = ZERO


class Carry(msgspec.Struct, frozen=True):
    """Take `amount` along `lane`; the target's utilisation was `used`."""

    lane: Lane
    amount: Decimal
    used: Decimal


def lacking(params: SentinelParams, f: Figures) -> Decimal:
    """Quote that a venue needs from elsewhere; 0 while its own idle quote ends what margin asks for."""
    if utilisation(params, f.notional, f.equity + f.idle) <= params.margin_top_up:
        return ZERO
    return needed(f.notional, f.equity + f.idle, params, target(params))


def spare(params: SentinelParams, place: Place) -> Decimal:
    """Idle quote that a venue's own shorts do not need, those that are being opened included."""
    f = place.figures
    return max(f.idle - needed(f.notional + place.coming, f.equity, params, target(params)), ZERO)


def carry_of(params: SentinelParams, lanes: Sequence[Lane], places: Mapping[Purse, Place]) -> Carry | None:
    """The withdrawal to ask for now, from where most is to spare; None where none is needed, worth its cost
    or large enough. Venues that may not take part at present are left out of `places`.
    """
    best: Carry | None = None
    for lane in lanes:
        source = places.get(Purse(lane.source, lane.asset))
        to = places.get(Purse(lane.target, lane.asset))
        if source is None or to is None or not (lacks := lacking(params, to.figures)):
            continue
        amount = min(lacks, spare(params, source)).quantize(CENT, rounding=ROUND_DOWN)
        worth = source.cost <= amount * params.rebalance_cost
        if not worth or amount < max(params.rebalance_share * to.figures.nav, CENT):
            continue
        if best is None or amount > best.amount:
            used = utilisation(params, to.figures.notional, to.figures.equity)
            best = Carry(lane, amount, used)
    return best


class Carrying:
    """Asks for one withdrawal where the rule says so. Without lanes it never does."""

    def __init__(self, params: SentinelParams, pairing: Pairing, margin: Margin) -> None:
        self._params, self._pairing, self._margin = params, pairing, margin
        self._lanes = params.lanes
        self.moving: dict[str, Way] = {}
        """By withdrawal under way."""
        self.doubtful: dict[str, Way] = {}
        """By withdrawal of which nobody could tell whether it left."""
        self.retry: dict[Way, int] = {}
        """Until when none is asked for, ns."""

    def retune(self, params: SentinelParams) -> None:
        """The lanes stay as they are."""
        self._params = params

    def recall(self, past: Past) -> None:
        """As an earlier process left it."""
        self.moving, self.doubtful = dict(past.carrying), dict(past.lost)
        self.retry = {way: at_ns + RETRY_NS for way, at_ns in past.uncarried.items()}

    def check(self, now: Situation) -> Sequence[Wish]:
        """At most one withdrawal. Nothing is reckoned while no venue is short of margin."""
        short = {Purse(lane.target, lane.asset) for lane in self._lanes}
        if not any(self._margin.tight(purse, now) for purse in sorted(short)):
            return []
        lanes = [lane for lane in self._lanes if now.now_ns >= self.retry.get(_way(lane), 0)]
        ends = sorted({purse for lane in lanes for purse in _way(lane)})
        places = {purse: place for purse in ends if (place := self._place(purse, now)) is not None}
        carry = carry_of(self._params, lanes, places)
        return [self._wish(carry)] if carry is not None else []

    def ended(self, outcome: Outcome, now: Situation) -> None:
        """A wish has ended, perhaps one of these."""
        way = self.moving.pop(outcome.intent.id, None)
        if way is not None and outcome.end is not PairEnd.DONE:
            self.retry[way] = now.now_ns + RETRY_NS
        if way is not None and outcome.end is PairEnd.NEEDS_OPERATOR:
            self.doubtful[outcome.intent.id] = way

    def cleared(self, wish: str) -> None:
        """Somebody has looked at the one in doubt."""
        self.doubtful.pop(wish, None)

    def _place(self, purse: Purse, now: Situation) -> Place | None:
        """None where money may neither leave nor come now."""
        taken = any(purse in way for way in (*self.moving.values(), *self.doubtful.values()))
        rate = now.rate(purse.asset)
        if taken or self._margin.occupied(purse) or not rate or not self._open(purse, now):
            return None
        figures = self._margin.figures(purse, now)
        if figures is None:
            return None
        coming = max(
            (
                self._pairing.holdings.coming(p.perp)
                for p in self._pairing.pairs.values()
                if (p.perp.venue, p.perp.settle) == purse
            ),
            default=ZERO,
        )
        costs = self._params.withdrawal_costs
        cost = costs.get(f"{purse.venue} {purse.asset}", self._params.withdrawal_cost)
        return Place(figures, coming / rate, cost / rate)

    def _open(self, purse: Purse, now: Situation) -> bool:
        """Whether entries may be made at all: what stops them all stops withdrawals too."""
        here = (p for p in self._pairing.pairs.values() if (p.perp.venue, p.perp.settle) == purse)
        return any(now.entry_scale(STRATEGY, p.spot.id, p.perp.id) for p in here)

    def _wish(self, carry: Carry) -> TransferIntent:
        lane = carry.lane
        wish = TransferIntent(
            id=self._pairing.name(lane.source, "withdrawal"),
            strategy=STRATEGY,
            asset=lane.asset,
            source=f"{lane.source}.spot",
            target=f"{lane.target}.spot",
            amount=str(carry.amount),
            reason=(
                f"margin utilisation {carry.used:.1%} at {lane.target}, whose own wallets lack quote: "
                f"what {lane.source} can spare moves there"
            ),
            network=lane.network,
            fee_limit=str((carry.amount * self._params.rebalance_cost).quantize(CENT)),
        )
        self.moving[wish.id] = _way(lane)
        return wish


def _way(lane: Lane) -> Way:
    return Purse(lane.source, lane.asset), Purse(lane.target, lane.asset)
