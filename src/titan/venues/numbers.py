"""Numbers of the wire that cannot be true are refused here, with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Final

from titan.venues.sink import Level

_MS_NS: Final = 1_000_000
_FIRST_MS: Final = 1_262_304_000_000
_LAST_MS: Final = 4_102_444_800_000


def moment(ms: int) -> int:
    """ms UTC as ns. Raises ValueError outside the years 2010 to 2099."""
    if not _FIRST_MS <= ms < _LAST_MS:
        raise ValueError("a time that cannot be")
    return ms * _MS_NS


def positive(value: str | float, what: str = "a price") -> float:
    """A number above zero. Raises ValueError otherwise."""
    number = float(value)
    if not 0 < number < inf:
        raise ValueError(f"{what} that is not above zero")
    return number


def checked(levels: Iterable[Level]) -> list[Level]:
    """The same levels. Raises ValueError for prices or sizes that cannot be."""
    made = list(levels)
    for px, qty in made:
        if not (0 < px < inf and 0 <= qty < inf):
            raise ValueError("a price that is not above zero, or a negative size")
    return made
