"""Whether the book that a line follows is the venue's: compares it with each later snapshot.

A line whose `audit` is set tells it of the snapshots that its books begin with, of the updates it applies,
and of the snapshots that it hears and does not need. The importer of raw captures sets it; live it is None.

A snapshot of version V and a running book of version W above it can be compared although neither was seen at
the same moment: the snapshot with the updates from V to W set upon it must be the book, because updates hold
absolute sizes. Levels deeper than either snapshot reaches are not compared.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import inf
from typing import Final, NamedTuple

from titan.venues.sink import Level

_KEPT: Final = 2000
_TOLERANCE: Final = 1e-9


class _Change(NamedTuple):
    first: int
    last: int
    bids: Sequence[Level]
    asks: Sequence[Level]


class _Side:
    """Price to size. `worst` is how deep the snapshot that it began with reached."""

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.levels: dict[float, float] = {}
        self.worst = inf

    def start(self, levels: Sequence[Level]) -> None:
        self.levels = {px: qty for px, qty in levels if qty}
        self.worst = max((px * -self.sign for px in self.levels), default=inf)

    def set(self, levels: Sequence[Level]) -> None:
        for px, qty in levels:
            if qty:
                self.levels[px] = qty
            else:
                self.levels.pop(px, None)

    def within(self, worst: float) -> dict[float, float]:
        return {px: qty for px, qty in self.levels.items() if px * -self.sign <= worst}


class _Book:
    def __init__(self) -> None:
        self.version = -1
        self.bids, self.asks = _Side(1), _Side(-1)
        self.changes: deque[_Change] = deque(maxlen=_KEPT)
        self.ahead: list[tuple[int, Sequence[Level], Sequence[Level]]] = []

    def start(self, version: int, bids: Sequence[Level], asks: Sequence[Level]) -> None:
        self.version = version
        self.bids.start(bids)
        self.asks.start(asks)
        self.changes.clear()
        self.ahead.clear()

    def set(self, change: _Change) -> None:
        self.version = change.last
        self.bids.set(change.bids)
        self.asks.set(change.asks)


class Audit:
    """`matched` and `differ` count snapshots; one that cannot be compared is in neither."""

    def __init__(self) -> None:
        self.matched = 0
        self.differ = 0
        self.differences: list[str] = []
        """The first few, in words."""
        self._books: dict[int, _Book] = {}

    def start(self, inst: int, version: int, bids: Sequence[Level], asks: Sequence[Level]) -> None:
        """A snapshot that the line takes as its book."""
        self._books.setdefault(inst, _Book()).start(version, bids, asks)

    def update(self, inst: int, first: int, last: int, bids: Sequence[Level], asks: Sequence[Level]) -> None:
        """An update that the line applied."""
        book = self._books.get(inst)
        if book is None or book.version < 0:
            return
        change = _Change(first, last, bids, asks)
        book.set(change)
        book.changes.append(change)
        if book.ahead:
            waiting, book.ahead = book.ahead, []
            for version, *sides in waiting:
                self.snapshot(inst, version, *sides)

    def snapshot(self, inst: int, version: int, bids: Sequence[Level], asks: Sequence[Level]) -> None:
        """A snapshot that the line heard while it had a book."""
        book = self._books.get(inst)
        if book is None or book.version < 0:
            return
        if version > book.version:
            book.ahead.append((version, bids, asks))
            return
        after = [c for c in book.changes if c.last > version]
        if after and after[0].first > version + 1:
            return  # older than the book's beginning, or than what is remembered
        if not after and version != book.version:
            return
        said = _Book()
        said.start(version, bids, asks)
        for change in after:
            said.set(change)
        wrong = _differences(said.bids, book.bids) + _differences(said.asks, book.asks)
        if wrong:
            self.differ += 1
            if len(self.differences) < 5:
                self.differences.append(f"snapshot {version}: {wrong} levels differ")
        else:
            self.matched += 1

    def gap(self, inst: int) -> None:
        """The line has no book any more."""
        book = self._books.get(inst)
        if book is not None:
            book.version = -1
            book.ahead.clear()


def _differences(said: _Side, held: _Side) -> int:
    worst = min(said.worst, held.worst)
    a, b = said.within(worst), held.within(worst)
    return sum(abs(a.get(px, 0.0) - b.get(px, 0.0)) > _TOLERANCE for px in a.keys() | b.keys())
