"""A book of limited depth that remembers how its numbers were written: what checksums are taken over."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from sortedcontainers import SortedDict


class Ladder:
    """Both sides, best first. `depth` levels a side are kept; worse ones are cut off, as the venue does."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self._sides: dict[int, SortedDict[float, tuple[str, str]]] = {1: SortedDict(), -1: SortedDict()}

    def clear(self) -> None:
        """Forget all levels."""
        for side in self._sides.values():
            side.clear()

    def set(self, side: int, px: float, qty: float, px_text: str, qty_text: str) -> None:
        """Set a level (side +1 bid, -1 ask) to an absolute size; 0 deletes it."""
        of, key = self._sides[side], -px * side
        if qty > 0.0:
            of[key] = (px_text, qty_text)
        else:
            of.pop(key, None)

    def cut(self) -> list[tuple[int, float]]:
        """Drop what lies deeper than `depth`; returns side and price of each level dropped."""
        dropped = []
        for sign, side in self._sides.items():
            while len(side) > self.depth:
                key, _ = side.popitem()
                dropped.append((sign, -key * sign))
        return dropped

    def best(self, side: int) -> float | None:
        """The best price of a side."""
        of = self._sides[side]
        return -of.peekitem(0)[0] * side if of else None

    def crossed(self) -> bool:
        """Whether the best bid is at or above the best ask."""
        bid, ask = self.best(1), self.best(-1)
        return bid is not None and ask is not None and bid >= ask

    def texts(self, side: int, n: int) -> Iterator[tuple[str, str]]:
        """Price and size of the best `n` levels, as they were written."""
        return islice(self._sides[side].values(), n)

    def levels(self, side: int) -> list[tuple[float, float]]:
        """All levels of a side as numbers, best first."""
        return [(-key * side, float(qty)) for key, (_, qty) in self._sides[side].items()]
