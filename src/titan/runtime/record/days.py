"""One instrument's tapes, a folder a day (UTC): `binance/perp.BTCUSDT/2026-11-21`.

Each day stands alone: it begins with the book as it was at midnight. Where an earlier process left off, the
hole until now is a row of the tape.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from titan.market.tape.file import TapeMeta
from titan.market.tape.grow import GrowingTape
from titan.market.tape.rows import END, SNAPSHOT, Kind, Rows, concat, empty, length, take
from titan.model.instrument import Instrument

DAY_NS: Final = 86_400_000_000_000


class Standing:
    """The book that the rows so far make: what a new day begins with."""

    def __init__(self) -> None:
        self.sides: dict[int, dict[float, float]] = {1: {}, -1: {}}
        self.known = False
        """Whether it is a book: a snapshot was seen, and no gap since."""

    def apply(self, rows: Rows) -> None:
        """Take LEVEL, CLEAR and GAP rows."""
        of = np.isin(rows.kind, (Kind.LEVEL, Kind.CLEAR, Kind.GAP))
        if not of.any():
            return
        for kind, side, flags, px, qty in zip(
            rows.kind[of].tolist(), rows.side[of].tolist(), rows.flags[of].tolist(), rows.px[of].tolist(),
            rows.qty[of].tolist(), strict=True,
        ):  # fmt: skip
            if kind != Kind.LEVEL:
                self.sides = {1: {}, -1: {}}
                self.known = bool(flags & SNAPSHOT)
            elif qty > 0.0:
                self.sides[side][px] = qty
            else:
                self.sides[side].pop(px, None)

    def rows(self, ts: int) -> Rows:
        """The whole book as a snapshot at `ts`; no rows where it is none."""
        levels = [(side, px, qty) for side, of in self.sides.items() for px, qty in sorted(of.items())]
        if not self.known or not levels:
            return empty(0)
        made = empty(len(levels) + 1)
        made.ts[:] = made.recv[:] = ts
        made.kind[0], made.kind[1:] = Kind.CLEAR, Kind.LEVEL
        made.flags[:] = SNAPSHOT
        made.flags[-1] |= END
        made.side[1:], made.px[1:], made.qty[1:] = zip(*levels, strict=True)
        return made


class Days:
    """Writes sorted blocks of one instrument. What cannot be written now stays in the backlog."""

    def __init__(self, out: Path, instrument: Instrument, note: str, tell: Callable[[str], None]) -> None:
        self.instrument = instrument
        self.folder = out / instrument.venue / f"{instrument.kind}.{instrument.symbol}"
        self.backlog = empty(0)
        """Rows not on disk yet."""
        self.rows = 0
        """Written by this process."""
        self.gaps = 0
        self._meta = TapeMeta((instrument,), notes=(note,))
        self._tell = tell
        self._tape: GrowingTape | None = None
        self._ends = 0
        self._book = Standing()

    def put(self, rows: Rows) -> None:
        """Add rows sorted by `ts`, none before those of an earlier call."""
        self.backlog = concat([self.backlog, rows]) if length(self.backlog) else rows

    def flush(self) -> None:
        """Write the backlog, across midnight where need be. Raises StorageError and keeps what is left."""
        while length(self.backlog):
            first = int(self.backlog.ts[0])
            if self._tape is None or first >= self._ends:
                self.backlog = concat([self._open(first), self.backlog])
                assert self._tape is not None
                # An earlier process may have heard a clock that ran ahead.
                np.maximum(self.backlog.ts, self._tape.last_ts, out=self.backlog.ts)
            tape = self._tape
            today = take(self.backlog, slice(0, int(np.searchsorted(self.backlog.ts, self._ends))))
            before = tape.rows
            try:
                tape.append(today)
            finally:
                done = tape.rows - before
                written = take(today, slice(0, done))
                self._book.apply(written)
                self.rows += done
                self.gaps += int((written.kind == Kind.GAP).sum())
                self.backlog = take(self.backlog, slice(done, length(self.backlog)))

    def sync(self) -> None:
        """Wait for the disk."""
        if self._tape is not None:
            self._tape.sync()

    def close(self) -> None:
        """Leave the day's tape as it is; a later process goes on with it."""
        if self._tape is not None:
            self._tape.close()
            self._tape = None

    def _open(self, first_ns: int) -> Rows:
        """The tape of the day of `first_ns`; returns the rows that it must begin, or go on, with."""
        if self._tape is not None:
            self._tape.finish()
            self._tell(f"{self.instrument.id}: finished {self._tape.path.name}")
            self._tape = None
        begins = first_ns // DAY_NS * DAY_NS
        day = datetime.fromtimestamp(begins // 1_000_000_000, UTC).strftime("%Y-%m-%d")
        tape = GrowingTape(self.folder / day, self._meta)
        self._tape, self._ends = tape, begins + DAY_NS
        if tape.rows == 0:
            return self._book.rows(begins)
        seconds = max(first_ns - tape.last_ts, 0) / 1e9
        self._tell(f"{self.instrument.id}: goes on after a hole of {seconds:.1f} s")
        hole = empty(2)
        hole.ts[:] = max(first_ns, tape.last_ts)
        hole.recv[:] = hole.ts
        hole.kind[:] = Kind.GAP, Kind.CLEAR
        hole.qty[0] = seconds
        hole.flags[1] = END
        return hole
