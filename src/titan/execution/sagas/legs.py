"""The arithmetic of a pair's two legs: units, sizes, imbalance. Exact, and free of any waiting."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Final

import msgspec

from titan.model.errors import InstrumentError
from titan.model.instrument import Instrument
from titan.model.order import Side

NEARLY: Final = Decimal("1.05")


def unit_size(spot: Instrument, perp: Instrument) -> Decimal:
    """The smallest base size that is a whole number of lots on both legs: the least common multiple of the
    lots.
    """
    size = _common(spot.lot, perp.lot)
    if size is None:
        raise InstrumentError(f"{spot.id} and {perp.id} have no common lot: {spot.lot} and {perp.lot}")
    return size


@cache
def _common(one: Decimal, other: Decimal) -> Decimal | None:
    """None where no Decimal is exactly that."""
    a, b = Fraction(one), Fraction(other)
    numerator = math.lcm(a.numerator, b.numerator)
    size = Fraction(numerator, math.gcd(a.denominator, b.denominator))
    exact = Decimal(size.numerator) / Decimal(size.denominator)
    return exact if Fraction(exact) == size else None


class Legs(msgspec.Struct):
    """What has been filled of a pair so far, signed in the direction of the intent (positive = as meant).

    `unit` is in base units; `spot_lots` and `perp_lots` count each leg's own lots.
    """

    spot: Instrument
    perp: Instrument
    unit: Decimal
    spot_lots: int = 0
    perp_lots: int = 0

    def lots(self, instrument: Instrument, units: int) -> int:
        return int(units * self.unit / instrument.lot)

    def missing(self, instrument: Instrument, units: int) -> int:
        """Lots that this leg still lacks to stand at `units`."""
        filled = self.spot_lots if instrument.id == self.spot.id else self.perp_lots
        return self.lots(instrument, units) - filled

    @property
    def spot_base(self) -> Decimal:
        return self.spot_lots * self.spot.lot

    @property
    def perp_base(self) -> Decimal:
        return self.perp_lots * self.perp.lot

    @property
    def excess(self) -> Decimal:
        """Base units by which the spot leg is ahead of the perp leg; negative when it lags."""
        return self.spot_base - self.perp_base

    @property
    def matched_units(self) -> int:
        """Whole units that both legs have filled."""
        return int(min(self.spot_base, self.perp_base) / self.unit)

    @property
    def balanced(self) -> bool:
        """Both legs match within one lot of the coarser leg."""
        return abs(self.excess) < max(self.spot.lot, self.perp.lot)

    def add(self, instrument: str, lots: int) -> None:
        if instrument == self.spot.id:
            self.spot_lots += lots
        else:
            self.perp_lots += lots

    def least_units(self, spot_ticks: int, perp_ticks: int) -> int:
        """The smallest clip that both venues take at these prices."""
        return max(
            math.ceil(rules.size(least_lots(rules, ticks)) / self.unit)
            for rules, ticks in ((self.spot, spot_ticks), (self.perp, perp_ticks))
        )


def least_lots(instrument: Instrument, ticks: int) -> int:
    """The smallest order that the venue takes at about this price: a little may change until it is there."""
    by_size = math.ceil(instrument.min_qty / instrument.lot)
    if ticks <= 0 or not instrument.min_notional:
        return max(by_size, 1)
    return max(by_size, math.ceil(instrument.min_notional * NEARLY / instrument.notional(ticks, 1)), 1)


def leg_sides(buys_spot: bool) -> tuple[Side, Side]:
    """(spot, perp): one is bought and the other sold."""
    return (Side.BUY, Side.SELL) if buys_spot else (Side.SELL, Side.BUY)
