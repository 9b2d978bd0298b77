"""Numbers of the wire that cannot be true are refused here, with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from titan.venues.bounds import FIRST_MS, LAST_MS, PX_BELOW, QTY_BELOW
from titan.venues.sink import Level

_MS_NS: Final = 1_000_000


def moment(ms: int) -> int:
    """ms UTC as ns. Raises ValueError outside the years 2010 to 2099."""
    if not FIRST_MS <= ms < LAST_MS:
        raise ValueError("a time that cannot be")
    return ms * _MS_NS


def positive(value: str | float, what: str = "a price") -> float:
    """A number above zero that can be. Raises ValueError otherwise."""
    number = float(value)
    if not 0 < number < PX_BELOW:
        raise ValueError(f"{what} that is not above zero, or too large to be true")
    return number


def checked(levels: Iterable[Level]) -> list[Level]:
    """The same levels. Raises ValueError for prices or sizes that cannot be."""
    made = list(levels)
    for px, qty in made:
        if not (0 < px < PX_BELOW and 0 <= qty < QTY_BELOW):
            raise ValueError("a price or size that cannot be")
    return made
