"""Numbers that only grow, from a venue that may send a broken one: how far ahead can be believed.

One message with a number far ahead would make all that follow look old. So a jump is believed only as far as
the time since the last message explains it; and a number that was too high from the first is given up when
nothing newer comes for long. Times are such numbers too.
"""

from __future__ import annotations

from typing import Final

_JUMP: Final = 10_000_000
_A_MICROSECOND: Final = 1
"""Growth that time explains: a million a second, ten times the busiest book of Binance."""
_PATIENCE: Final = 1000


class Ahead:
    """The newest number of one stream. `believe` before a number is used, `known` for one that is not new."""

    __slots__ = ("at", "newest", "stale")

    def __init__(self) -> None:
        self.newest = -1
        self.at = 0
        self.stale = 0

    def believe(self, number: int, at: int) -> None:
        """Take note of a new number, of the venue's time `at` (ns). Raises ValueError for one that lies too
        far ahead."""
        newest = self.newest
        if newest >= 0 and number > newest + _JUMP + abs(at - self.at) // 1000 * _A_MICROSECOND:
            raise ValueError("a number far ahead of its neighbours'")
        if number > newest:
            self.newest = number
        self.at = at
        self.stale = 0

    def known(self) -> bool:
        """One more number that is not new; True when that has gone on for so long that the newest one must
        have been wrong, and is forgotten."""
        self.stale += 1
        if self.stale <= _PATIENCE:
            return False
        self.newest, self.stale = -1, 0
        return True


_AHEAD_NS: Final = 3_600_000_000_000
_OLDER: Final = 100


class Latest:
    """The newest time of one stream, with a number that tells messages of one moment apart. A time far ahead
    of its neighbours' is doubted until another message is as young. `patience` is how many messages in a row
    may be older than the newest until that is given up."""

    __slots__ = ("at", "before", "newest", "older", "patience")

    def __init__(self, patience: int = _OLDER) -> None:
        self.newest = (-1, -1)
        self.before: tuple[int, int] | None = None
        """What was the newest, while the one that is now is doubted."""
        self.at = self.older = 0
        self.patience = patience

    def place(self, ts: int, recv: int, number: int = 0) -> int:
        """1 for a message younger than all before, which is the newest now; 0 for the newest again, -1 for an
        older one. Times in ns."""
        this, newest = (ts, number), self.newest
        if this == newest:
            return 0
        if this < newest:
            self.older += 1
            mistaken = self.before is not None and this > self.before
            if not mistaken and self.older <= self.patience:
                return -1
            self.before = None
        elif newest[0] >= 0 and ts > newest[0] + _AHEAD_NS + abs(recv - self.at):
            self.before = newest
        else:
            self.before = None
        self.newest, self.at, self.older = this, recv, 0
        return 1
