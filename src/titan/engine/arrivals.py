"""Live rows: they reach us block by block, and whoever reads blocks reads them from here.

The tape's place is taken by queues that are filled as rows come. Everything else is as it is on a tape: the
same cursor steps the same kernel and answers with the same signals, the same view follows the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from titan.engine.cursor import Cursor
from titan.market.tape.local import LocalBlock
from titan.market.tape.rows import Rows, length
from titan.market.tape.share import Queue
from titan.model.signal import Signal

Heard = Callable[[LocalBlock, int], None]
"""A block, and the moment (ns) at which it was handed over."""


class Arrivals:
    """Hands every block of rows to `queues` and `first`, then asks each cursor what it has to say.

    Local times are the receive stamps, made to run forwards: two venues' sockets are read in turns, and a
    wall clock may step back. A row never comes before one that was handed over earlier, nor after `now`.
    `first` hears of a block before any signal of it is decided (the simulated venue, the recorder).
    """

    def __init__(
        self, now: Callable[[], int], *, queues: Sequence[Queue[LocalBlock]], first: Sequence[Heard],
        on_signal: Callable[[Cursor, Signal], None],
    ) -> None:  # fmt: skip
        self._now, self._queues, self._first, self._on_signal = now, queues, first, on_signal
        self._cursors: list[Cursor] = []
        self._last = 0
        self.rows = 0
        """Rows so far: the place of the next one on the tape of this run."""

    def attach(self, cursor: Cursor) -> None:
        """A cursor that reads one of the queues."""
        self._cursors.append(cursor)

    def on_rows(self, rows: Rows) -> None:
        """A block in the order in which it was heard."""
        n = length(rows)
        if n == 0:
            return
        now = max(self._now(), self._last)
        local = np.maximum.accumulate(np.clip(rows.recv, self._last, now))
        block = LocalBlock(rows, local, np.arange(self.rows, self.rows + n, dtype=np.int64))
        self._last = int(local[-1])
        self.rows += n
        for queue in self._queues:
            queue.put(block)
        for hear in self._first:
            hear(block, now)
        for cursor in self._cursors:
            cursor.more()
            cursor.peek(now)
            while (signal := cursor.take(now)) is not None:
                self._on_signal(cursor, signal)
                cursor.peek(now)
