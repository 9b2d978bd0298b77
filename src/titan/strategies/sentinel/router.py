"""Finds the routes that a pair could be opened with now, and prices them: what `routing` chooses from.

A route is a spot and a perp of one base out of the pairs that are traded, at one venue or at two, settled in
the ledger's currency or in another stablecoin that has a price. It is left out where a book is too thin for a
clip, where a wallet does not hold what it needs, where nothing is known of its funding, or where its data end
soon.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from titan.market.freshness import NoPrice
from titan.model.instrument import Instrument
from titan.model.money import ZERO
from titan.model.order import Side
from titan.model.pair import PairType
from titan.strategies.protocol import Situation
from titan.strategies.sentinel.holdings import Holdings
from titan.strategies.sentinel.params import HOUR_MS, Pair, SentinelParams
from titan.strategies.sentinel.routing import BPS, Choice, Economics, Leg, choose, priced

SLACK: Final = Decimal("1.005")
"""What a spot wallet must hold of the notional, for fees and a price that moves on."""
DAY_HOURS: Final = 24.0


class Wanted(msgspec.Struct, frozen=True):
    """What is to be opened: spot notional in the ledger's currency, base units of one clip, and the price of
    the signal's own spot in that currency.
    """

    pair: Pair
    type: PairType
    notional: Decimal
    clip: Decimal
    reference: float


class Router:
    """Routes of the pairs that are traded. `learn` tells it what the kernel expects of funding."""

    def __init__(
        self,
        params: SentinelParams,
        pairs: Sequence[Pair],
        closing_ns: Mapping[str, int | None],
        holdings: Holdings,
    ) -> None:
        self._params, self._pairs, self._holdings = params, pairs, holdings
        self._closing: dict[str, int] = {}
        self._index: dict[str, int] = {}
        for pair in pairs:
            self._index |= {pair.spot.id: pair.spot_index, pair.perp.id: pair.perp_index}
            closing = closing_ns[pair.name]
            for leg in (pair.spot.id, pair.perp.id):
                if closing is not None:
                    self._closing[leg] = min(closing, self._closing.get(leg, closing))
        self._hourly: dict[str, float] = {}
        """Expected funding of a perp, a fraction an hour, as of the last signal."""

    def retune(self, params: SentinelParams) -> None:
        self._params = params

    def learn(self, states: NDArray[np.void]) -> None:
        """Take over the kernel's forecasts. Only at a signal: there it stands where we stand, and later it
        has scanned ahead.
        """
        for pair, state in zip(self._pairs, states, strict=True):
            if state["rated"] > 0 or state["due_ms"] > 0:
                self._hourly[pair.perp.id] = float(state["forecast"] / state["interval_ms"] * HOUR_MS)

    def closes(self, pair: Pair, now_ns: int) -> bool:
        """Whether the data of one of its legs end soon."""
        return any(
            now_ns >= self._closing[leg.id] for leg in (pair.spot, pair.perp) if leg.id in self._closing
        )

    def has_choice(self, pair: Pair) -> bool:
        """Whether there is more than one way to open it."""
        return self._params.routing and sum(p.spot.base == pair.spot.base for p in self._pairs) > 1

    def over(self, name: str, spot: str, perp: str) -> Pair | None:
        """The pair `name` with these legs; None where one of them is not traded."""
        spots = {p.spot.id: p.spot for p in self._pairs}
        perps = {p.perp.id: p.perp for p in self._pairs}
        if spot not in spots or perp not in perps or all(name != p.name for p in self._pairs):
            return None
        return Pair(name, spots[spot], perps[perp], self._index[spot], self._index[perp])

    def route(self, wanted: Wanted, now: Situation) -> Choice:
        """All routes priced, and the one to take."""
        base = wanted.pair.spot.base
        here = [p for p in self._pairs if p.spot.base == base]
        spots = [self._spot(rules, wanted, now) for rules in _each(p.spot for p in here)]
        perps = [self._perp(rules, wanted, now) for rules in _each(p.perp for p in here)]
        economics = self.economics(wanted)
        routes = []
        for spot in spots:
            for perp in perps:
                own = (spot.rules.id, perp.rules.id) == (wanted.pair.spot.id, wanted.pair.perp.id)
                missing = "" if own else self._missing(spot.rules, perp.rules, wanted.notional, now)
                routes.append(priced(spot, perp, wanted.reference, economics, missing))
        return choose(routes, economics.hurdle_bps)

    def economics(self, wanted: Wanted) -> Economics:
        p = self._params
        return Economics(
            notional=wanted.notional,
            hold_hours=self._hold_hours(wanted.type),
            rebalance_hours=p.rebalance_days * DAY_HOURS,
            hurdle_bps=p.cross_hurdle_bps,
            withdrawal=p.withdrawal_cost,
            withdrawals=p.withdrawal_costs,
        )

    def _hold_hours(self, kind: PairType) -> float:
        return self._params.core_hold_days * DAY_HOURS if kind is PairType.CORE else self._params.hold_hours

    def _spot(self, rules: Instrument, wanted: Wanted, now: Situation) -> Leg:
        return self._leg(rules, Side.BUY, wanted, now)

    def _perp(self, rules: Instrument, wanted: Wanted, now: Situation) -> Leg:
        leg = self._leg(rules, Side.SELL, wanted, now)
        own = wanted.pair.perp.id
        hourly = self._hourly.get(rules.id)
        if hourly is None and rules.id != own and (wanted.type is PairType.CORE or own in self._hourly):
            return msgspec.structs.replace(
                leg, why=leg.why or f"nothing is known of the funding of {rules.id}"
            )
        funding = (hourly or 0.0) * self._hold_hours(wanted.type) * BPS
        return msgspec.structs.replace(leg, funding_bps=funding)

    def _leg(self, rules: Instrument, side: Side, wanted: Wanted, now: Situation) -> Leg:
        if rules.id in self._closing and now.now_ns >= self._closing[rules.id]:
            return Leg(rules, why=f"the data of {rules.id} end soon")
        rate = now.rate(rules.quote)
        if rate is None:
            return Leg(rules, why=f"nothing prices {rules.quote}")
        taken = now.walk(rules.id, side, wanted.clip)
        if isinstance(taken, NoPrice):
            return Leg(rules, why=f"{rules.id} has no price: {taken.reason.name.lower().replace('_', ' ')}")
        if not taken.whole:
            return Leg(rules, why=f"{rules.id} is too thin for a clip of {wanted.clip} {rules.base}")
        return Leg(rules, taken.price * float(rate))

    def _missing(self, spot: Instrument, perp: Instrument, notional: Decimal, now: Situation) -> str:
        """What the wallets of a route lack; empty where they hold enough."""
        quote, settle = now.rate(spot.quote), now.rate(perp.settle)
        if quote is None or settle is None:
            return ""  # said of the leg
        wallet = f"{spot.venue}.spot"
        free = now.wallet(wallet, spot.quote) * quote - self._holdings.committed(spot.venue, spot.quote)
        if free < notional * SLACK:
            return f"{wallet} has {max(free, ZERO):.2f} free of {notional * SLACK:.2f}"
        wallet = f"{perp.venue}.perp"
        carries = self._params.leverage_limit * self._params.margin_top_up
        stands = now.perp_notional(wallet, perp.settle)
        if stands is None:
            return f"what {wallet} holds cannot be valued"
        room = now.perp_equity(wallet, perp.settle) * carries - stands
        room = room * settle - self._holdings.coming(perp)
        if room < notional:
            return f"{wallet} carries {max(room, ZERO):.2f} more of {notional:.2f}"
        return ""


def _each(legs: Iterable[Instrument]) -> list[Instrument]:
    """Each once, in the order of the tape."""
    return list({leg.id: leg for leg in legs}.values())
