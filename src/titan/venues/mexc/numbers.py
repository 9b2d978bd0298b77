"""Numbers of the wire that cannot be true are refused here, with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf
from typing import Final

from titan.venues.mexc.wire import Level
from titan.venues.sink import Level as Pair

_MS_NS: Final = 1_000_000
_FIRST_MS: Final = 1_262_304_000_000
_LAST_MS: Final = 4_102_444_800_000
_LAST_VERSION: Final = 1 << 62


def moment(ms: int) -> int:
    """ms UTC as ns. Raises ValueError outside the years 2010 to 2099."""
    if not _FIRST_MS <= ms < _LAST_MS:
        raise ValueError("a time that cannot be")
    return ms * _MS_NS


def version(value: str | int) -> int:
    """A book's version. Raises ValueError for what is none."""
    number = int(value)
    if not 0 <= number < _LAST_VERSION:
        raise ValueError("a version that cannot be")
    return number


def positive(value: str | float, what: str = "a price") -> float:
    """A number above zero. Raises ValueError otherwise."""
    number = float(value)
    if not 0 < number < inf:
        raise ValueError(f"{what} that is not above zero")
    return number


def of_text(levels: Iterable[Level]) -> list[Pair]:
    """Levels in text. Raises ValueError for prices or sizes that cannot be."""
    return checked([(float(level.price), float(level.quantity)) for level in levels])


def of_contracts(levels: Iterable[Sequence[float]], contract: float) -> list[Pair]:
    """Levels as price, contracts and orders; sizes become base units."""
    return checked([(level[0], level[1] * contract) for level in levels])


def checked(levels: Iterable[Pair]) -> list[Pair]:
    """The same levels. Raises ValueError for prices or sizes that cannot be."""
    made = list(levels)
    for px, qty in made:
        if not (0 < px < inf and 0 <= qty < inf):
            raise ValueError("a price that is not above zero, or a negative size")
    return made
