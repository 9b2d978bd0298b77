"""Rows leave a feed here, once in each turn of the loop in which any came, and their rhythm is watched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import numpy as np

from titan.market.tape.rows import END, Kind, Rows
from titan.venues.batch import Batch
from titan.venues.stream import Channel

_LEARNED: Final = 30
"""Intervals after which a rhythm is known."""
_WEIGHT: Final = 0.05
_BOOKS: Final = {int(Kind.LEVEL): Channel.DEPTH, int(Kind.BBO): Channel.BBO}


class Rhythm:
    """How often one book changes: a mean of its intervals that forgets."""

    __slots__ = ("count", "last", "usual")

    def __init__(self, at: float) -> None:
        self.last = at
        self.usual = 0.0
        self.count = 0

    def beat(self, at: float) -> None:
        interval = at - self.last
        self.last = at
        self.count += 1
        self.usual += (interval - self.usual) * max(_WEIGHT, 1.0 / self.count)


class Outlet:
    """One for a feed. `grown` after every frame; `rows` is the total that was given out."""

    def __init__(
        self, batch: Batch, on_rows: Callable[[Rows], None], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._batch = batch
        self._on_rows = on_rows
        self._loop = loop
        self._seen = 0
        self._scheduled = False
        self._rhythms: dict[tuple[int, Channel], Rhythm] = {}
        self._last = 0.0
        self.rows = 0

    def grown(self) -> int:
        """Rows that came since the last call; they go out in the loop's next turn."""
        waiting = self._batch.waiting
        new = waiting - self._seen
        if new:
            self._seen = waiting
            if not self._scheduled:
                self._scheduled = True
                self._loop.call_soon(self.flush)
        return new

    def flush(self) -> None:
        self._scheduled = False
        self._seen = 0
        rows = self._batch.take()
        if len(rows.ts):
            self.rows += len(rows.ts)
            self._on_rows(rows)
            self._listen(rows)

    def latency_ns(self, connection: int) -> int | None:
        return self._batch.latency_ns(connection)

    def stale(self, at: float, least_s: float, factor: float) -> list[tuple[int, Channel]]:
        """Books whose rhythm stopped while others go on. Each is told once, then learned anew."""
        found = [
            key
            for key, rhythm in self._rhythms.items()
            if rhythm.count >= _LEARNED
            and at - rhythm.last > max(least_s, factor * rhythm.usual)
            and self._last - rhythm.last > max(least_s, factor * rhythm.usual) / 2
        ]
        for key in found:
            del self._rhythms[key]
        return found

    def forget(self, inst: int, channel: Channel) -> None:
        self._rhythms.pop((inst, channel), None)

    def forget_all(self) -> None:
        """After a disconnect: the silence was ours."""
        self._rhythms.clear()

    def _listen(self, rows: Rows) -> None:
        self._last = at = self._loop.time()
        ends = np.flatnonzero(rows.flags & END)
        for inst, kind in set(zip(rows.inst[ends].tolist(), rows.kind[ends].tolist(), strict=True)):
            channel = _BOOKS.get(kind)
            if channel is not None:
                rhythm = self._rhythms.get((inst, channel))
                if rhythm is None:
                    self._rhythms[inst, channel] = Rhythm(at)
                else:
                    rhythm.beat(at)
