"""Keeps what a run hears, in the order in which it heard it, so that every decision can be replayed.

Rows reach the disk before the journal's entry of any decision that was made on them does: the thread that
commits the journal writes them first. So a run that is killed leaves a tape that is whole to its last
decision; only where just then a million rows were being packed into a part may the last second be missing,
and a replay says so.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from titan.market.tape.file import TapeMeta
from titan.market.tape.grow import GrowingTape
from titan.market.tape.heard import Digest, as_heard
from titan.market.tape.local import LocalBlock
from titan.market.tape.rows import Rows, concat, length, take
from titan.model.errors import DataError, StorageError
from titan.model.instrument import Instrument

FLUSH_S: Final = 0.2
SYNC_FLUSHES: Final = 25
"""Flushes between two waits for the disk, for the sake of a power cut."""
MOST_ROWS: Final = 4_000_000
"""Rows kept in memory while the disk takes none; with more the tape ends."""


class HeardRecorder:
    """Hears blocks on the loop, writes them on any thread. `tell` is given lines for the user."""

    def __init__(self, path: Path, instruments: Sequence[Instrument], *, tell: Callable[[str], None]) -> None:
        """Raises StorageError when the tape cannot be begun."""
        meta = TapeMeta(tuple(instruments), notes=("heard by a run, in this order",), heard=True)
        self._tape, self._tell = GrowingTape(path, meta), tell
        self._pending: list[Rows] = []
        self._digest = Digest()
        self._writing = threading.Lock()
        self._flushes = 0
        self._stuck, self._ended = False, ""

    @property
    def rows(self) -> int:
        """On disk."""
        return self._tape.rows

    @property
    def digest(self) -> str:
        """Over all rows heard so far."""
        return self._digest.value

    def on_rows(self, block: LocalBlock, now_ns: int) -> None:
        """A block in the order in which it was heard."""
        del now_ns
        rows = as_heard(block)
        self._digest.add(rows)
        if not self._ended:
            self._pending.append(rows)

    def before_commit(self) -> None:
        """What was heard goes to disk, unless that would take long just now. Raises nothing."""
        if not self._pending or not self._writing.acquire(blocking=False):
            return
        try:
            if sum(map(length, self._pending)) <= self._tape.room:
                self._write()
        finally:
            self._writing.release()

    def flush(self) -> None:
        """What was heard goes to disk. A disk that is full is told once, and tried again."""
        with self._writing:
            self._write()
            self._flushes += 1
            if self._flushes % SYNC_FLUSHES == 0:
                self._tape.sync()

    async def run(self, stop: asyncio.Event) -> None:
        """Write until `stop` is set, then what is left."""
        while not stop.is_set():
            try:
                await asyncio.wait_for(stop.wait(), FLUSH_S)
            except TimeoutError:
                await asyncio.to_thread(self.flush)
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        with self._writing:
            self._write()
            self._ended = "the run has stopped"
            self._pending.clear()
            self._tape.close()

    def _write(self) -> None:
        count = len(self._pending)
        if not count or self._ended:
            return
        before = self._tape.rows
        rows = concat(self._pending[:count])
        try:
            self._tape.append(rows)
        except StorageError as error:
            written = self._tape.rows - before
            self._pending[:count] = [take(rows, slice(written, None))]
            self._fail(error)
        except DataError as error:
            self._end(error.message)
        else:
            del self._pending[:count]
            if self._stuck:
                self._stuck = False
                self._tell("the disk takes rows again")

    def _fail(self, error: StorageError) -> None:
        if length(self._pending[0]) > MOST_ROWS:
            self._end(error.message)
        elif not self._stuck:
            self._stuck = True
            self._tell(f"{error.message}; rows are kept in memory meanwhile. {error.remedy}")

    def _end(self, why: str) -> None:
        self._ended = why
        self._pending.clear()
        self._tell(f"the run's tape ends here, it cannot be replayed any further: {why}")
