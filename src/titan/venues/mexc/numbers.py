"""MEXC's versions and levels as numbers; what cannot be true is refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from titan.venues.mexc.wire import Level
from titan.venues.numbers import checked
from titan.venues.sink import Level as Pair

_LAST_VERSION: Final = 1 << 62


def version(value: str | int) -> int:
    """A book's version. Raises ValueError for what is none."""
    number = int(value)
    if not 0 <= number < _LAST_VERSION:
        raise ValueError("a version that cannot be")
    return number


def of_text(levels: Iterable[Level]) -> list[Pair]:
    """Levels in text. Raises ValueError for prices or sizes that cannot be."""
    return checked([(float(level.price), float(level.quantity)) for level in levels])


def of_contracts(levels: Iterable[Sequence[float]], contract: float) -> list[Pair]:
    """Levels as price, contracts and orders; sizes become base units."""
    return checked([(level[0], level[1] * contract) for level in levels])
