"""Rebalancing by margin utilisation, venue by venue (SEN-7)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from titan.market.freshness import NoPrice
from titan.model.money import ZERO
from titan.model.pair import PairType
from titan.strategies.protocol import Situation, Wish
from titan.strategies.sentinel.capital import move_to_perp, utilisation
from titan.strategies.sentinel.lending import owed_at
from titan.strategies.sentinel.pairing import Pairing
from titan.strategies.sentinel.params import Pair, SentinelParams


class Margin:
    """Looks at every venue's shorts and the equity that carries them."""

    def __init__(self, params: SentinelParams, pairing: Pairing) -> None:
        self._params, self._pairing = params, pairing
        self._venues: dict[str, list[Pair]] = {}
        for pair in pairing.pairs.values():
            self._venues.setdefault(pair.spot.venue, []).append(pair)

    def check(self, now: Situation) -> Sequence[Wish]:
        """What margin asks for at every venue."""
        wishes: list[Wish] = []
        busy = self._pairing.holdings.busy
        for venue, pairs in self._venues.items():
            equity = now.perp_equity(f"{venue}.perp")
            notional = _perp_notional(pairs, now)
            wishes += self._guard(venue, utilisation(self._params, notional, equity))
            if not busy:
                wishes += self._split(venue, pairs[0].spot.quote, equity, notional, now)
        return wishes

    def _guard(self, venue: str, used: Decimal) -> Sequence[Wish]:
        """Tier 2 in its first form: above the ceiling, half of the largest holding is closed."""
        if used <= self._params.margin_ceiling:
            return []
        carried = [h for h in self._pairing.holdings if h.pair.perp.venue == venue]
        held = [h for h in carried if h.units and not h.flight]
        held = [h for h in held if h.type is not PairType.VACUUM]  # closing one adds to the short
        if not held:
            return []
        largest = max(held, key=lambda h: h.notional)
        return self._pairing.exit(largest, max(1, largest.units // 2), f"margin utilisation {used:.0%}")

    def _split(
        self, venue: str, asset: str, equity: Decimal, notional: Decimal, now: Situation
    ) -> Sequence[Wish]:
        """Tier 1 and profit sweep: quote follows the shorts' need for margin."""
        move = move_to_perp(
            self._params,
            nav=now.nav(),
            spot_quote=max(now.wallet(f"{venue}.spot", asset) - owed_at(self._pairing.holdings, venue), ZERO),
            perp_equity=equity,
            perp_notional=notional,
        )
        return [self._pairing.transfer(venue, asset, move, "wallet split")] if move else []


def _perp_notional(pairs: Sequence[Pair], now: Situation) -> Decimal:
    total = Decimal(0)
    for pair in pairs:
        price = now.price(pair.perp.id)
        lots = abs(now.position_lots(pair.perp.id))
        if lots and not isinstance(price, NoPrice):
            total += lots * pair.perp.lot * Decimal(repr(price.ask))
    return total
