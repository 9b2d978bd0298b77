"""Puts one instrument's rows from the order of their arrival into the order of the venue's time.

A tape is sorted by `ts`, and messages of different streams overtake each other by some milliseconds. Rows are
held back for a moment and sorted; what comes later than that takes the time of the row before it and is
flagged `ESTIMATED`. Within the book, and within the stated touch, the order of arrival is the order of truth
(the decoder has checked it), so there time never goes back.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from titan.market.tape.rows import ESTIMATED, Kind, Rows, concat, empty, length, take

_BOOK: Final = np.array([Kind.LEVEL, Kind.CLEAR, Kind.GAP], np.uint8)
_TOUCH: Final = np.array([Kind.BBO], np.uint8)
_LONG_AGO: Final = np.iinfo(np.int64).min


class Sequence:
    """`hold_ns` is how long a row waits for others to overtake it, `most_ns` the longest that any waits."""

    def __init__(self, hold_ns: int, most_ns: int) -> None:
        self._hold, self._most = hold_ns, most_ns
        self._waiting: list[Rows] = []
        self._last = _LONG_AGO
        self._last_of = {"book": _LONG_AGO, "touch": _LONG_AGO}
        self.late = 0
        """Rows that came too late for their own time."""

    def put(self, rows: Rows) -> None:
        """Rows in the order of their arrival, messages whole."""
        if length(rows) == 0:
            return
        ts = rows.ts.copy()
        for flow, kinds in (("book", _BOOK), ("touch", _TOUCH)):
            of = np.isin(rows.kind, kinds)
            if of.any():
                ts[of] = np.maximum.accumulate(np.maximum(ts[of], self._last_of[flow]))
                self._last_of[flow] = int(ts[of][-1])
        self._waiting.append(rows._replace(ts=ts))

    def take(self, now_ns: int, *, everything: bool = False) -> Rows:
        """The rows that have waited long enough, sorted by `ts`; never before those of an earlier call."""
        if not self._waiting:
            return empty(0)
        rows = concat(self._waiting)
        self._waiting = []
        ready = np.ones(length(rows), np.bool_) if everything else self._ready(rows, now_ns)
        if not ready.all():
            self._waiting = [take(rows, ~ready)]
            rows = take(rows, ready)
        order = np.argsort(rows.ts, kind="stable")
        rows = take(rows, order)
        late = rows.ts < self._last
        if late.any():
            self.late += int(late.sum())
            rows.flags[late] |= ESTIMATED
            np.maximum(rows.ts, self._last, out=rows.ts)
        if length(rows):
            self._last = int(rows.ts[-1])
        return rows

    def _ready(self, rows: Rows, now_ns: int) -> NDArray[np.bool_]:
        """A row is ready when it has been here for `hold_ns` and no younger row has an earlier time; or when
        it has been here for `most_ns`. Rows of one message have one `ts` and one `recv`: they stay together.
        """
        held = rows.recv > now_ns - self._hold
        if not held.any():
            return np.ones(length(rows), np.bool_)
        ready: NDArray[np.bool_] = ~held & (rows.ts < int(rows.ts[held].min()))
        return ready | (rows.recv <= now_ns - self._most)
