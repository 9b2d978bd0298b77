"""Numbers with fixed decimals, trailing zeros included, as some venues write all of theirs."""

from __future__ import annotations

from decimal import Decimal

from titan.doubles.market import Levels, Market


def places(step: Decimal) -> int:
    """Decimals of a tick or lot."""
    return max(-int(step.normalize().as_tuple().exponent), 0)


class FixedText:
    """One market's prices and sizes as text, from ticks and lots, by integer arithmetic. The decimals are
    those of its tick and its lot, or `decimals` for both.
    """

    def __init__(self, market: Market, decimals: int | None = None) -> None:
        one = market.instrument
        self.price_places = places(one.tick) if decimals is None else decimals
        self.size_places = places(one.lot) if decimals is None else decimals
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
