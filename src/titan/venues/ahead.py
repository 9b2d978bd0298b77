"""Numbers that only grow, from a venue that may send a broken one: how far ahead can be believed.

One message with a number far ahead would make all that follow look old. So a jump is believed only as far as
the time since the last message explains it; and a number that was too high from the first is given up when
nothing newer comes for long.
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
