"""How far holdings that should not move with prices do move with them, and from when on that is undone
(SEN-8). Pure.

The lean of a base is coins held plus perp sizes, so a basis between the two prices is none. A pair that is
being traded leans by up to a clip: that much is explained, and its own saga sees to it; what lies beyond
counts. Delta is the sum of what counts over all bases, whatever the sign: one coin does not hedge another.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from titan.model.guard import Band, DeltaReached
from titan.model.money import ZERO, exact


class DeltaLimits(msgspec.Struct, frozen=True):
    """Fractions of NAV."""

    warn: Decimal = Decimal("0.02")
    hedge: Decimal = Decimal("0.05")

    def __post_init__(self) -> None:
        if not 0 < self.warn <= self.hedge:
            raise ValueError(f"delta limits {self.warn} and {self.hedge} do not rise")

    @property
    def calm(self) -> Decimal:
        """Below this a warning ends, and hedging too: a little less than where it began."""
        return self.warn * 3 / 4


def unexplained(lean: Mapping[str, Decimal], explained: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """By base and signed: what of a lean lies beyond what is under way there."""
    found: dict[str, Decimal] = {}
    with exact():
        for base, value in lean.items():
            beyond = abs(value) - explained.get(base, ZERO)
            if beyond > 0:
                found[base] = beyond.copy_sign(value)
    return found


def share_of(lean: Mapping[str, Decimal], nav: Decimal) -> Decimal:
    """Of NAV; 1 where there is no NAV left and something leans."""
    total = sum((abs(value) for value in lean.values()), ZERO)
    if nav <= 0:
        return Decimal(1) if total else ZERO
    return total / nav


def band_of(share: Decimal, was: Band, limits: DeltaLimits) -> Band:
    """Where delta stands. HEDGE lasts until it is calm again, and so does WARN."""
    if share >= limits.hedge:
        return Band.HEDGE
    if share < limits.calm:
        return Band.INSIDE
    if was is Band.HEDGE:
        return Band.HEDGE
    return Band.WARN if share >= limits.warn or was is Band.WARN else Band.INSIDE


def steps(was: Band, now: Band) -> tuple[Band, ...]:
    """The bands that are passed on the way: WARN is never skipped on the way up."""
    if was is now:
        return ()
    return (Band.WARN, Band.HEDGE) if (was, now) == (Band.INSIDE, Band.HEDGE) else (now,)


def judged(
    lean: Mapping[str, Decimal], nav: Decimal, was: Band, limits: DeltaLimits, now_ns: int
) -> tuple[DeltaReached, ...]:
    """What to write down of it; `lean` is what is unexplained."""
    share = share_of(lean, nav)
    return tuple(
        DeltaReached(
            band, round(share, 6), limits.hedge if band is Band.HEDGE else limits.warn, nav,
            {base: round(value, 2) for base, value in lean.items()}, now_ns,
        )
        for band in steps(was, band_of(share, was, limits))
    )  # fmt: skip
