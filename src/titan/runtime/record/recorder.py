"""Takes rows from a feed and brings them to disk a few times a second, off the event loop.

A row is on disk (safe from `kill -9`) at most `FLUSH_NS + MOST_NS` after it was heard; it is synced for the
sake of a power cut every `SYNC_NS`. While the disk is full rows are kept in memory, up to `MOST_ROWS` an
instrument; what no longer fits is lost and the tape says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from titan.market.tape.rows import END, Kind, Rows, concat, empty, length, take
from titan.model.errors import StorageError
from titan.model.instrument import Instrument
from titan.runtime.record import sequence
from titan.runtime.record.days import Days

HOLD_NS: Final = 150_000_000
MOST_NS: Final = 400_000_000
FLUSH_NS: Final = 200_000_000
SYNC_NS: Final = 5_000_000_000
MOST_ROWS: Final = 2_000_000


class Recorded(msgspec.Struct, frozen=True):
    """One instrument as recorded by this process. `late` rows have an estimated time; `lost` had no room."""

    instrument: str
    folder: str
    rows: int
    gaps: int
    late: int
    lost: int


class Recorder:
    """Tapes of `instruments`, whose rows carry their index as `inst`. `tell` is given lines for the user."""

    def __init__(
        self,
        out: Path,
        instruments: Sequence[Instrument],
        *,
        note: str,
        now: Callable[[], int],
        tell: Callable[[str], None],
    ) -> None:
        self._now, self._tell = now, tell
        self._heard: list[Rows] = []
        self._days = [Days(out, one, note, tell) for one in instruments]
        self._sequences = [sequence.Sequence(HOLD_NS, MOST_NS) for _ in instruments]
        self._lost = [0 for _ in instruments]
        self._holes = [False for _ in instruments]
        self._synced = now()
        self._stuck = False

    def on_rows(self, rows: Rows) -> None:
        """Messages whole, in the order of their arrival."""
        self._heard.append(rows)

    async def run(self, stop: asyncio.Event) -> None:
        """Write until `stop` is set, then everything that is left."""
        while not stop.is_set():
            try:
                await asyncio.wait_for(stop.wait(), FLUSH_NS / 1e9)
            except TimeoutError:
                await self.flush()
        await self.flush(everything=True)
        for days in self._days:
            await asyncio.to_thread(days.close)

    async def flush(self, *, everything: bool = False) -> None:
        """Bring to disk what may be brought there. A full disk is told once, and tried again."""
        heard, self._heard = self._heard, []
        try:
            await asyncio.to_thread(self._write, heard, everything)
            if self._stuck:
                self._stuck = False
                self._tell("the disk takes rows again")
        except StorageError as error:
            if not self._stuck:
                self._tell(f"{error.message}; rows are kept in memory meanwhile. {error.remedy}")
            self._stuck = True

    def recorded(self) -> list[Recorded]:
        """What each instrument has so far."""
        return [
            Recorded(d.instrument.id, str(d.folder), d.rows, d.gaps, s.late, lost)
            for d, s, lost in zip(self._days, self._sequences, self._lost, strict=True)
        ]

    def _write(self, heard: Sequence[Rows], everything: bool) -> None:
        now = self._now()
        rows = concat(heard)
        failed: StorageError | None = None
        for inst, (days, order) in enumerate(zip(self._days, self._sequences, strict=True)):
            order.put(self._of(rows, inst))
            days.put(self._with_hole(order.take(now, everything=everything), inst))
            try:
                days.flush()
            except StorageError as error:
                failed = error
                self._shed(days, inst)
        if now - self._synced >= SYNC_NS:
            self._synced = now
            for days in self._days:
                days.sync()
        if failed is not None:
            raise failed

    def _of(self, rows: Rows, inst: int) -> Rows:
        if len(self._days) > 1:
            rows = take(rows, rows.inst == inst)
        return rows._replace(inst=np.zeros(length(rows), np.uint16))

    def _shed(self, days: Days, inst: int) -> None:
        """Forget all that waits when it no longer fits in memory."""
        n = length(days.backlog)
        if n > MOST_ROWS:
            n -= 2 if self._lost[inst] and days.backlog.kind[0] == Kind.GAP else 0  # our own rows of the hole
            days.backlog = empty(0)
            self._lost[inst] += n
            self._holes[inst] = True
            self._tell(f"{days.instrument.id}: {n:,} rows are lost, there is no room for them")

    def _with_hole(self, rows: Rows, inst: int) -> Rows:
        """After rows were lost the next ones begin with a gap."""
        if not self._holes[inst] or length(rows) == 0:
            return rows
        self._holes[inst] = False
        hole = empty(2)
        hole.ts[:], hole.recv[:] = rows.ts[0], rows.recv[0]
        hole.kind[:] = Kind.GAP, Kind.CLEAR
        hole.flags[1] = END
        return concat([hole, rows])
