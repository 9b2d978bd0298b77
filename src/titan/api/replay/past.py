"""A journal folded up to any place in it: copies of what was folded are kept on the way, and a place is
reached from the nearest one before it.

A state is a function of the entries in front of its place alone, wherever it was folded from. Memory is
bounded: when the copies weigh too much every second one goes, so a longer journal has them wider apart.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from titan.api.replay.rolls import Kept, Rolls
from titan.runtime.watching.follower import event_of
from titan.storage.lines import Lines
from titan.storage.search import Entry
from titan.views.replica import Replica

STEP: Final = 1024
"""Entries between two copies, at least; and those that are read at once."""
ROOM: Final = 32 << 20
"""Bytes of all copies of one journal."""
_CHUNKS: Final = 6
"""Decoded parts that are kept, for a slider that goes back and forth."""


class Known(NamedTuple):
    """An entry with what it says; an event that nobody looks at is `OTHER`."""

    seq: int
    at_ns: int
    event: msgspec.Struct


class _Other(msgspec.Struct, frozen=True):
    pass


OTHER: Final = _Other()


class Past:
    """`at` any place. What it returns is read, and thrown away before the next call. Raises StorageError."""

    def __init__(self, lines: Lines, *, step: int = STEP, room: int = ROOM) -> None:
        self.lines, self._step, self._room = lines, step, room
        self._rolls = Rolls()
        self._places: list[int] = []
        self._kept: dict[int, Kept] = {}
        self._apart = step
        self._hand, self._place = Replica(), 0
        self._chunks: OrderedDict[int, list[Known]] = OrderedDict()
        self._keep(0)

    @property
    def folded(self) -> int:
        """The last place that a copy is kept of."""
        return self._places[-1]

    @property
    def copies(self) -> int:
        return len(self._places)

    @property
    def bytes(self) -> int:
        """Of all copies."""
        return sum(len(kept.packed) for kept in self._kept.values())

    def ahead(self) -> bool:
        """Fold a part of what was not folded yet, so that later places are near; whether there was any."""
        until = self._places[-1] + self._apart
        if until > len(self.lines.index):
            return False
        self.at(until)
        return True

    def at(self, place: int) -> Replica:
        """After the first `place` entries."""
        self.reach(place)
        return self._hand

    def reach(self, place: int, enough: Callable[[], bool] = lambda: False) -> bool:
        """As `at`, but only until it is `enough`: then False, and the next time goes on from there."""
        nearest = self._places[bisect_right(self._places, place) - 1]
        if not nearest <= self._place <= place:
            self._hand, self._place = self._rolls.copy(self._kept[nearest]), nearest
        while self._place < place:
            if enough():
                return False
            self._advance(min(place, (self._place // self._step + 1) * self._step))
        return True

    def _advance(self, until: int) -> None:
        """Within one chunk."""
        first = self._place // self._step * self._step
        chunk = self._chunk(first, until)
        for place in range(self._place, until):
            self._hand(*chunk[place - first])
        self._place = until
        if until % self._apart == 0 and until > self._places[-1]:
            self._keep(until)

    def _keep(self, place: int) -> None:
        self._places.append(place)
        self._kept[place] = self._rolls.keep(self._hand)
        while self.bytes > self._room and len(self._places) > 2:
            self._apart *= 2
            self._places = [one for one in self._places if one % self._apart == 0]
            self._kept = {one: self._kept[one] for one in self._places}

    def _chunk(self, first: int, until: int) -> list[Known]:
        """The entries from `first` on, up to `until` at least."""
        found = self._chunks.pop(first, [])
        if len(found) < until - first:
            last = min(first + self._step, len(self.lines.index))
            found = found + [known(one) for one in self.lines.read(first + len(found), last)]
        self._chunks[first] = found
        while len(self._chunks) > _CHUNKS:
            self._chunks.popitem(last=False)
        return found


def known(entry: Entry) -> Known:
    return Known(entry.seq, entry.at_ns, event_of(entry) or OTHER)
