"""How far a connection is behind the venue: from that the time of a message that has none is estimated."""

from __future__ import annotations

from array import array
from typing import Final

from titan.market.compiled import compiled
from titan.venues.scan import put_word, word

AHEAD_NS: Final = 60_000_000_000
"""A time further ahead of our clock is taken for none: one of next year would keep a price fresh."""
_EVERY: Final = 64
_LEAST, _BEFORE, _NOW, _COUNT = range(4)


class Latency:
    """The usual time from the venue to us, of one connection, ns: the least of the last 64 to 128 messages.

    Near the least, so that a moment of congestion does not shift the venue's estimated time, and quick to
    follow a drift of the clocks. Four integers at `address`, where compiled readers learn too.
    """

    __slots__ = ("_memory", "address")

    def __init__(self) -> None:
        self._memory = array("q", (0, 0, 0, 0))
        self.address: int = self._memory.buffer_info()[0]

    @property
    def least(self) -> int:
        return self._memory[_LEAST]

    @property
    def count(self) -> int:
        return self._memory[_COUNT]

    def learn(self, latency: int) -> None:
        m = self._memory
        n = m[_COUNT]
        if n == 0:
            m[_LEAST] = m[_BEFORE] = m[_NOW] = latency
        elif n % _EVERY == 0:
            m[_BEFORE], m[_NOW] = m[_NOW], latency
            m[_LEAST] = min(m[_BEFORE], latency)
        elif latency < m[_NOW]:
            m[_NOW] = latency
            if latency < m[_LEAST]:
                m[_LEAST] = latency
        m[_COUNT] = n + 1


@compiled
def learn(address: int, latency: int) -> None:
    """`Latency.learn` where it lies."""
    n = word(address + 8 * _COUNT)
    if n == 0:
        put_word(address + 8 * _LEAST, latency)
        put_word(address + 8 * _BEFORE, latency)
        put_word(address + 8 * _NOW, latency)
    elif n % _EVERY == 0:
        before = word(address + 8 * _NOW)
        put_word(address + 8 * _BEFORE, before)
        put_word(address + 8 * _NOW, latency)
        put_word(address + 8 * _LEAST, min(before, latency))
    elif latency < word(address + 8 * _NOW):
        put_word(address + 8 * _NOW, latency)
        if latency < word(address + 8 * _LEAST):
            put_word(address + 8 * _LEAST, latency)
    put_word(address + 8 * _COUNT, n + 1)
