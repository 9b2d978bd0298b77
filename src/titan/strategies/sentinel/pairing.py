"""Opening and closing: from a decision about a pair to the wish that carries it out, with its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from titan.market.freshness import NoPrice
from titan.model.money import ZERO
from titan.model.order import OrderType, Side, TimeInForce
from titan.model.pair import HaltIntent, PairIntent, PairType, TransferIntent
from titan.model.routing import Routed
from titan.model.signal import Intent, Purpose, intent_id
from titan.strategies.protocol import Situation, Wish
from titan.strategies.sentinel.capital import HEADROOM, entry_notional, share
from titan.strategies.sentinel.holdings import Holding, Holdings
from titan.strategies.sentinel.lending import of_legs, spare
from titan.strategies.sentinel.params import NS, Pair, SentinelParams
from titan.strategies.sentinel.router import Router, Wanted
from titan.strategies.sentinel.routing import Choice
from titan.strategies.sentinel.tiers import carried

LIQUIDATION_COLLAR: Final = 0.005
"""How far through the bid the coins of a liquidated pair may be sold; what is left rests there."""
EXIT_PATIENCE: Final = 3.0
"""An exit bears this many times the slippage of an entry before it stops: staying is a risk of its own."""

HURRY_S: Final = 1.0
"""The gap between the clips of an exit that hurries."""


class Pairing:
    """Makes wishes over the holdings. `serial` is the last number that was used in a name."""

    def __init__(
        self,
        strategy: str,
        run_id: str,
        params: Mapping[str, SentinelParams],
        pairs: Sequence[Pair],
        closing_ns: Mapping[str, int | None],
        holdings: Holdings,
    ) -> None:
        """`params` by pair name; account-wide settings are taken from the first. From `closing_ns` on a pair
        is only closed, because its data end soon after (None: never).
        """
        self._strategy, self._run_id = strategy, run_id
        self._params = params
        self._account = next(iter(params.values()))
        self.pairs = {p.name: p for p in pairs}
        self.holdings = holdings
        self.router = Router(self._account, pairs, closing_ns, holdings)
        self.serial = 0
        self._most_clip: Decimal | None = None
        self._now: Situation | None = None

    def retune(self, params: Mapping[str, SentinelParams]) -> None:
        """Other parameters, by pair name; what is under way keeps those that it was wished with."""
        self._params = params
        self._account = next(iter(params.values()))
        self.router.retune(self._account)

    def name(self, subject: str, leg: str) -> str:
        """A name that no other wish has."""
        self.serial += 1
        return intent_id(self._run_id, f"{self._strategy}.{subject}", self.serial, leg)

    def open(
        self, pair_name: str, kind: PairType, now: Situation, reason: str, spare_bps: float | None = None
    ) -> Sequence[Wish]:
        """A new holding. `spare_bps` is how much of the edge may be lost while it is built up in clips."""
        pair = self.pairs[pair_name]
        if not self.may_open(pair, kind, now):
            return []
        self.look(now)
        holding = self._sized(pair, kind, self.scaled(self._room(pair, kind, now), pair, now), now)
        if holding is None:
            return []
        cap = self._params[pair_name].slippage_cap_bps
        cap = cap if spare_bps is None else min(cap, spare_bps)
        if not self.router.has_choice(pair):
            return [self.enter(holding, reason, cap)]
        choice = self.router.route(self._wanted(holding), now)
        routed = self._over(choice, holding, now)
        if routed is None:
            return [self._told("", holding, choice, now)]
        entry = self.enter(routed, reason, cap)
        return [self._told(entry.id, routed, choice, now), entry]

    def _over(self, choice: Choice, holding: Holding, now: Situation) -> Holding | None:
        """The holding with the legs of the route that was chosen; None where there is none."""
        own, taken = holding.pair, choice.taken
        if taken is None or (own.spot.id, own.perp.id) == (taken.spot, taken.perp):
            return holding if taken is not None else None
        legs = self.router.over(own.name, taken.spot, taken.perp)
        return None if legs is None else self._sized(legs, holding.type, holding.planned_notional, now)

    def _sized(self, pair: Pair, kind: PairType, notional: Decimal, now: Situation) -> Holding | None:
        """What would be held of so much spot notional; None where it has no price or is too small."""
        price, touch = self.price(pair, now), now.price(pair.spot.id)
        if price is None or isinstance(touch, NoPrice):
            return None
        unit = now.unit(pair.spot.id, pair.perp.id)
        units = int(notional / (price * unit))
        ticks = int(Decimal(repr(touch.ask)) / pair.spot.tick)
        if units < 1 or pair.spot.accepts(ticks, int(units * unit / pair.spot.lot)):
            return None
        return Holding("", pair, kind, price, unit, units)

    def price(self, pair: Pair, now: Situation) -> Decimal | None:
        """What a coin costs now, in the ledger's currency; None where nothing says so."""
        touch, rate = now.price(pair.spot.id), now.rate(pair.spot.quote)
        return None if isinstance(touch, NoPrice) or rate is None else Decimal(repr(touch.ask)) * rate

    def may_open(self, pair: Pair, kind: PairType, now: Situation) -> bool:
        """Whether there is none yet, and nothing speaks against one now."""
        held = self.holdings
        if pair.name in held.blocked or held.find(pair.name, kind) is not None:
            return False
        closes = self.router.closes(pair, now.now_ns)
        return not closes and now.now_ns >= held.retry.get((pair.name, kind), 0)

    def scaled(self, notional: Decimal, pair: Pair, now: Situation) -> Decimal:
        """An entry's size by what is imposed; whole where nothing may be opened: the gates say why."""
        part = now.entry_scale(self._strategy, pair.spot.id, pair.perp.id) or Fraction(1)
        return notional * part.numerator / part.denominator

    def enter(self, holding: Holding, reason: str, cap: float) -> PairIntent:
        """Begin what was planned, under a name of its own."""
        self.serial += 1
        holding.id = f"{holding.pair.name}:{holding.type}:{self.serial}"
        self.holdings.by_id[holding.id] = holding
        return self._intent(holding, holding.planned, Purpose.ENTRY, reason, cap)

    def _wanted(self, holding: Holding) -> Wanted:
        """Routes are priced for one clip: that is what walks the books, again and again."""
        units = min(holding.planned, self._clip_units(holding))
        return Wanted(
            holding.pair, holding.type, holding.planned_notional, units * holding.unit, float(holding.price)
        )

    def _clip_units(self, holding: Holding) -> int:
        clip = self._params[holding.pair.name].clip
        if self._most_clip is not None:
            clip = min(clip, self._most_clip)
        return max(1, int(clip / (self._worth(holding) * holding.unit)))

    def _worth(self, holding: Holding) -> Decimal:
        """What a coin costs now, by the last look; at the entry where there is no price. A clip is so much
        money of today, however long its pair has been held.
        """
        price = self.price(holding.pair, self._now) if self._now is not None else None
        return price or holding.price

    def _told(self, intent: str, holding: Holding, choice: Choice, now: Situation) -> Routed:
        return Routed(
            intent_id=intent,
            strategy=self._strategy,
            pair=holding.pair.name,
            type=str(holding.type),
            notional=holding.planned_notional,
            hurdle_bps=self._account.cross_hurdle_bps,
            chosen=choice.taken,
            single=choice.single,
            cross=choice.cross,
            out=choice.out,
            reason=choice.reason,
            at_ns=now.now_ns,
        )

    def _room(self, pair: Pair, kind: PairType, now: Situation) -> Decimal:
        """Spot notional that a new holding may take now, in the ledger's currency."""
        rate = now.rate(pair.spot.quote) or ZERO
        free = now.wallet(f"{pair.spot.venue}.spot", pair.spot.quote) * rate
        free -= self.holdings.committed(pair.spot.venue, pair.spot.quote)
        params = self._params[pair.name]
        room = entry_notional(
            params,
            kind,
            nav=now.nav(),
            used=self.holdings.tied(self._account, kind),
            pairs=len(self.pairs),
            spot_quote=max(free, ZERO),
        )
        if params.pair_limit:
            beside = (h.capital_notional for h in self.holdings.of_pair(pair))
            room = min(room, params.pair_limit - sum(beside, ZERO))
        return max(min(room, self._carried(pair, max(free, ZERO), now)), ZERO)

    def _carried(self, pair: Pair, free: Decimal, now: Situation) -> Decimal:
        """What the perp's wallet can carry beyond what stands and what is under way, at the leverage that
        margin leaves alone.
        """
        venue, settle = pair.perp.venue, pair.perp.settle
        wallet = f"{venue}.perp"
        notional, rate = now.perp_notional(wallet, settle), now.rate(settle)
        if notional is None or rate is None:
            return ZERO
        if (pair.spot.venue, pair.spot.quote) != (venue, settle):  # what buys the coins cannot follow
            idle = now.wallet(f"{venue}.spot", settle) * rate - self.holdings.committed(venue, settle)
            free = max(idle, ZERO)
        coming = self.holdings.coming(pair.perp)
        return carried(self._account, notional * rate + coming, now.perp_equity(wallet, settle) * rate, free)

    def growth(self, holding: Holding, worth: Decimal, now: Situation) -> Decimal:
        """Notional by which a holding may still grow; `worth` is that of a unit now."""
        params = self._params[holding.pair.name]
        held = holding.units * worth
        tied = self.holdings.tied(self._account, holding.type)
        most = now.nav() * params.deploy_share * share(params, holding.type)
        room = most / len(self.pairs) * HEADROOM * (1 - params.futures_share) - held
        room = min(room, (most - tied) * (1 - params.futures_share) + holding.notional - held)
        if params.pair_limit:
            beside = (h.capital_notional for h in self.holdings.of_pair(holding.pair) if h is not holding)
            room = min(room, params.pair_limit - held - sum(beside, ZERO))
        return max(room, ZERO)

    def grow(self, holding: Holding, units: int, reason: str, now: Situation) -> Sequence[Wish]:
        """More of what is held, as far as entries are allowed."""
        pair = holding.pair
        units = int(units * now.entry_scale(self._strategy, pair.spot.id, pair.perp.id))
        if holding.flight or units < 1:
            return []
        self.look(now)
        cap = self._params[pair.name].slippage_cap_bps
        return [self._intent(holding, units, Purpose.ENTRY, reason, cap)]

    def look(self, now: Situation) -> None:
        """What depends on how things stand: no clip may lean by as much as the guard warns of."""
        self._most_clip, self._now = now.nav() * self._account.clip_share, now

    def close(self, pair: str, kind: PairType, reason: str) -> Sequence[Wish]:
        """All of it; one that is being built up stops first, and is closed when it has."""
        holding = self.holdings.find(pair, kind)
        if holding is None:
            return []
        holding.wanted = False
        if not holding.flight:
            return self.exit(holding, holding.units, reason)
        if holding.purpose is Purpose.ENTRY:
            return [HaltIntent(holding.flight, self._strategy, reason)]
        return []

    def exit(self, holding: Holding, units: int, reason: str) -> Sequence[Wish]:
        """`units` of it, unless something is at work on it. Where a vacuum has sold its coins, that is closed
        first.
        """
        if holding.flight or units < 1:
            return []
        if holding.type is not PairType.VACUUM and units > spare(self.holdings, holding.pair):
            if units == holding.units:
                holding.wanted = False
            return self.call_back(holding.pair)
        patience = EXIT_PATIENCE * self._params[holding.pair.name].slippage_cap_bps
        return [self._intent(holding, units, Purpose.EXIT, reason, patience)]

    def call_back(self, pair: Pair) -> Sequence[Wish]:
        """Close the vacuums that have sold coins of these legs."""
        wishes: list[Wish] = []
        for other in of_legs(self.holdings, pair):
            if other.type is PairType.VACUUM:
                wishes += self.close(other.pair.name, other.type, "its coins are wanted back")
        return wishes

    def hurry(self, holding: Holding, reason: str) -> Sequence[Wish]:
        """From now on it is closed without gaps; an exit that takes its time stops for that."""
        holding.hurries = True
        if not holding.flight or holding.hurried or holding.purpose is not Purpose.EXIT:
            return []
        holding.hurried = True
        return [HaltIntent(holding.flight, self._strategy, reason)]

    def uncover(self, holding: Holding, now: Situation) -> Sequence[Wish]:
        """Sell the coins whose short is gone, in whole units and at once. Liquidations come in pieces, and
        what an entry has bought is counted when it ends: what cannot be sold yet stays noted.
        """
        pair = holding.pair
        gone = min(holding.units, int(holding.bare / holding.unit))
        if gone < 1:
            return []
        held = max(now.holding(holding.id, pair.spot.id), ZERO)  # fees may have been paid in the coin
        lots = pair.spot.lots_within(min(gone * holding.unit, held))
        price = now.price(pair.spot.id)
        if lots < 1 or isinstance(price, NoPrice):
            return []
        holding.units -= gone
        holding.bare -= gone * holding.unit
        return [
            Intent(
                id=self.name(pair.name, "liquidated"),
                strategy=self._strategy,
                owner=holding.id,
                instrument=pair.spot.id,
                side=Side.SELL,
                lots=lots,
                purpose=Purpose.HEDGE,
                reference_ticks=pair.spot.nearest_ticks(price.mid),
                type=OrderType.LIMIT,
                limit_ticks=pair.spot.limit_ticks(price.bid * (1 - LIQUIDATION_COLLAR), Side.SELL),
                tif=TimeInForce.GTC,
            )
        ]

    def transfer(self, venue: str, asset: str, to_perp: Decimal, reason: str) -> TransferIntent:
        """Quote from a venue's spot to its perp wallet; the other way where `to_perp` is negative."""
        spot, perp = f"{venue}.spot", f"{venue}.perp"
        source, target = (spot, perp) if to_perp > 0 else (perp, spot)
        name = self.name(venue, "transfer")
        return TransferIntent(name, self._strategy, asset, source, target, str(abs(to_perp)), reason)

    def _intent(
        self, holding: Holding, units: int, purpose: Purpose, reason: str, arrival_cap_bps: float
    ) -> PairIntent:
        pair = holding.pair
        p = self._params[pair.name]
        hurried = holding.hurries and purpose is Purpose.EXIT
        low, high = (HURRY_S, HURRY_S) if hurried else p.gap_seconds
        intent = PairIntent(
            id=self.name(pair.name, purpose),
            strategy=self._strategy,
            pair=pair.name,
            position=holding.id,
            type=holding.type,
            purpose=purpose,
            spot=pair.spot.id,
            perp=pair.perp.id,
            units=units,
            clip_units=self._clip_units(holding),
            reason=reason,
            gap_min_ns=round(low * NS),
            gap_max_ns=round(high * NS),
            leg_deadline_ns=round(p.leg_deadline_ms * 1e6),
            slippage_cap_bps=p.slippage_cap_bps,
            arrival_cap_bps=arrival_cap_bps,
            reverse=holding.type is PairType.VACUUM,
            terms=holding.terms,
        )
        holding.flight, holding.purpose, holding.planned = intent.id, purpose, units
        holding.hurried = hurried
        return intent
