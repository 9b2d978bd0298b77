"""When a new connection may take over from an old one: when it demonstrably delivers what the old one does.

Both are listened to for a while. Where a topic's name stands in the venue's frames, each topic that the old
connection brought must have come on the new one too; where it does not (numbers, binary codes), the new
connection must have brought as many frames as the old one, but for a share. Lines drop what comes twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_SHARE: Final = 0.8
_SOME: Final = 10


class _Side:
    """What one connection brought since the overlap began."""

    __slots__ = ("frames", "unseen")

    def __init__(self, names: Iterable[bytes]) -> None:
        self.frames = 0
        self.unseen = set(names)

    def hear(self, frame: bytes) -> None:
        self.frames += 1
        seen = [name for name in self.unseen if name in frame]
        self.unseen.difference_update(seen)


class Overlap:
    """Begins when every topic of the new connection is answered. Give `old` and `new` their frames."""

    def __init__(self, topics: Iterable[str], at: float, least_s: float, most_s: float) -> None:
        names = [topic.encode() for topic in topics]
        self._old = _Side(names)
        self._new = _Side(names)
        self._names = frozenset(names)
        self._least = at + least_s
        self._most = at + most_s

    def hear_old(self, frame: bytes) -> None:
        self._old.hear(frame)

    def hear_new(self, frame: bytes) -> None:
        self._new.hear(frame)

    @property
    def seamless(self) -> bool:
        """The old one was alive when the new one carried everything: nothing fell between the two."""
        return self._old.frames > 0 or self._new.frames == 0

    def failed(self, at: float) -> bool:
        """The new one has brought nothing in all the time, and the old one more than what was on its way."""
        return at >= self._most and self._old.frames >= _SOME and self._new.frames == 0

    def complete(self, at: float) -> bool:
        if at >= self._most:
            return True
        owed = (self._names - self._old.unseen) & self._new.unseen
        return at >= self._least and not owed and self._new.frames >= _SHARE * self._old.frames
