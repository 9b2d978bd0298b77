"""How Binance writes numbers: spot with eight decimals, futures with those of the tick and the lot."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from titan.doubles.market import Levels, Market

DECIMALS: Final = 8


def fixed(value: Decimal | int, decimals: int = DECIMALS) -> str:
    return f"{value:.{decimals}f}"


def places(step: Decimal) -> int:
    """Decimals of a tick or lot."""
    return max(-int(step.normalize().as_tuple().exponent), 0)


class Words:
    """One market's numbers as text, from ticks and lots, by integer arithmetic."""

    def __init__(self, market: Market) -> None:
        one = market.instrument
        tick_places, lot_places = places(one.tick), places(one.lot)
        self.price_places = tick_places if market.is_perp else DECIMALS
        self.size_places = lot_places if market.is_perp else DECIMALS
        self._tick = int(one.tick.scaleb(self.price_places))
        self._lot = int(one.lot.scaleb(self.size_places))

    def px(self, ticks: int) -> str:
        return _pointed(ticks * self._tick, self.price_places)

    def qty(self, lots: int) -> str:
        return _pointed(lots * self._lot, self.size_places)

    def levels(self, levels: Levels) -> list[list[str]]:
        return [[self.px(ticks), self.qty(lots)] for ticks, lots in levels]


def _pointed(value: int, decimals: int) -> str:
    if not decimals:
        return str(value)
    digits = f"{value:0{decimals + 1}d}"
    return f"{digits[:-decimals]}.{digits[-decimals:]}"
