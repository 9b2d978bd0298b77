"""The price grid of an instrument: floats become whole ticks once on entry, and come back without noise.

A tick size is the fraction `num / den` of two whole floats (0.1 is 1/10, 0.25 is 1/4, 5 is 5/1). Both are
exact, so `ticks * num / den` is the correctly rounded float of the decimal price: the very float that parsing
the venue's text gives.
"""

from __future__ import annotations

from fractions import Fraction

from titan.market.compiled import inlined
from titan.model.errors import InstrumentError

NO_PRICE = 0.0
"""There is no such price. Prices are above 0, so no flag and no NaN is needed."""

ENDLESS = float("inf")
"""Above every price."""

MAX_TICKS = float(1 << 48)
"""Prices at or above this many ticks are refused: below it, rounding to ticks cannot be off by float
noise.
"""


def tick_ratio(tick: float) -> tuple[float, float]:
    """`(num, den)` of a tick size, from its shortest decimal form; raises InstrumentError when it is no
    tick size.
    """
    if not 0.0 < tick < 1e15:
        raise InstrumentError(
            f"tick size {tick} is not a finite number above 0", remedy="check the instrument's rules"
        )
    exact = Fraction(repr(float(tick)))
    if exact.numerator > 1 << 53 or exact.denominator > 1 << 53:
        raise InstrumentError(
            f"tick size {tick} is too fine to keep exact", remedy="state it as a short decimal"
        )
    return float(exact.numerator), float(exact.denominator)


@inlined
def to_price(ticks: int, num: float, den: float) -> float:
    """The price of a number of ticks."""
    return ticks * num / den
