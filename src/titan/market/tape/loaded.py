"""A tape that is wholly in memory: for many runs over the same rows, which are decoded once.

A forked process shares these pages as long as nobody writes to them, and nobody does: runs read rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from titan.market.tape.file import GROUP_ROWS
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import Rows, length, take


class LoadedTape(TapeReader):
    """As `TapeReader`, but its blocks are windows of one load instead of fresh memory."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(path)
        self._all = TapeReader(path).load()

    def blocks(
        self,
        start: int | None = None,
        end: int | None = None,
        instruments: Sequence[str | int] | None = None,
        block_rows: int = GROUP_ROWS,
    ) -> Iterator[Rows]:
        """Rows with start <= ts < end (ns). Blocks are windows of shared memory: to be read, not written."""
        if instruments is not None:
            yield from super().blocks(start, end, instruments, block_rows)
            return
        ts = self._all.ts
        low = 0 if start is None else int(np.searchsorted(ts, start))
        high = length(self._all) if end is None else int(np.searchsorted(ts, end))
        for at in range(low, high, block_rows):
            yield take(self._all, slice(at, min(at + block_rows, high)))
