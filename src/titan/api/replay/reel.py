"""A run's tape by place, in the order of the run's own clock: from any row on, and while it is written.

A run on live data keeps what it heard as it heard it (`HeardReel`). A backtest names the tape that it played,
whose rows stand in the venues' order: when each reached it is made again as the run made it (`PlayedReel`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from titan.market.tape.heard import as_local
from titan.market.tape.local import LocalBlock
from titan.market.tape.log import LOG_NAME, read_frames, read_head
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import Rows, columns, concat, empty, length, pack, take
from titan.model.errors import TapeError
from titan.model.instrument import Instrument
from titan.simulation.feed import arrive, none_yet
from titan.simulation.models import Latency

HELD: Final = 2
"""Blocks of a tape that are kept decoded: a million rows each at most, 53 MB."""
MERGED: Final = 1 << 16
"""Rows of a growing tape's log that are put together into one block."""


_NOTHING: Final = LocalBlock(empty(0), np.zeros(0, np.int64), np.zeros(0, np.int64))


class Reel(Protocol):
    """Raises TapeError where a part cannot be read."""

    instruments: tuple[Instrument, ...]

    @property
    def rows(self) -> int:
        """In all, about."""
        ...

    def read(self, place: int) -> LocalBlock | None:
        """Rows from `place` on, some of them; None where there are no more, or not yet. A row may only be
        asked for when all before it were."""
        ...


class HeardReel:
    """`path` is a heard tape, whole or still growing. What follows a damaged frame is not read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._blocks = _Blocks(self._group)
        self._open()

    @property
    def rows(self) -> int:
        return self._logged_from + self._logged

    def read(self, place: int) -> LocalBlock | None:
        if place >= self.rows and not self._grow():
            return None
        if place < self._logged_from:
            number = bisect_right(self._starts, place) - 1
            return _behind(self._blocks[number], place - self._starts[number])
        for first, rows in reversed(self._log):
            if first <= place:
                return _behind(as_local(rows, first), place - first)
        return None

    def _open(self) -> None:
        """Raises TapeError where it is no heard tape."""
        self._inode = _inode(self._path / LOG_NAME)
        reader = TapeReader(self._path)
        if not reader.meta.heard:
            raise TapeError(f"{self._path} is not in the order in which a run heard it")
        self.instruments: tuple[Instrument, ...] = tuple(reader.instruments)
        self._reader = reader
        sizes = [group.rows for group in reader.groups]
        if reader.logged:
            sizes.pop()
        parts = sum(file.name != LOG_NAME for file in reader.files)
        self._in_log = bool(self._inode) and read_head(self._path / LOG_NAME).after == parts
        self._starts: list[int] = [0, *np.cumsum(sizes, dtype=np.int64).tolist()]
        self._logged_from, self._logged, self._end = self._starts[-1], 0, 0
        self._log: list[tuple[int, Rows]] = []
        if self._in_log:
            self._follow()

    def _grow(self) -> bool:
        """Whether there are more rows now. What a log had becomes a part when it is long enough."""
        if not self._inode:
            return False
        before = self.rows
        if _inode(self._path / LOG_NAME) != self._inode:
            self._open()
        elif self._in_log:
            self._follow()
        return self.rows > before

    def _follow(self) -> None:
        frames = list(read_frames(self._path / LOG_NAME, after=self._end))
        if _inode(self._path / LOG_NAME) != self._inode:  # what was read may be of another log
            self._open()
            return
        if not frames:
            return
        self._end = frames[-1][0]
        rows = concat([block for _, block in frames])
        if self._log and length(self._log[-1][1]) < MERGED:
            _, last = self._log.pop()
            self._logged -= length(last)
            rows = concat([last, rows])
        self._log.append((self._logged_from + self._logged, rows))
        self._logged += length(rows)

    def _group(self, number: int) -> LocalBlock:
        return as_local(self._reader.group(number), self._starts[number])


class PlayedReel:
    """The rows from `start_ns` to `end_ns` (venue time, both included), as they reached the run."""

    def __init__(self, tape: TapeReader, model: Latency, seed: int, start_ns: int, end_ns: int) -> None:
        self.instruments: tuple[Instrument, ...] = tuple(tape.instruments)
        self._tape, self._model, self._seed = tape, model, seed
        self._from, self._until = start_ns, end_ns
        self._numbers = [n for n, g in enumerate(tape.groups) if g.end >= start_ns and g.start <= end_ns]
        self.rows = sum(tape.groups[n].rows for n in self._numbers)
        self._before = [none_yet(len(self.instruments))]
        self._starts = [0]
        """Of each block that was made, and of the one after it."""
        self._blocks = _Blocks(self._block)

    def read(self, place: int) -> LocalBlock | None:
        while place >= self._starts[-1]:
            if len(self._starts) > len(self._numbers) + 1:
                return None
            block = self._blocks[len(self._starts) - 1]
            self._starts.append(self._starts[-1] + len(block.local))
        number = bisect_right(self._starts, place) - 1
        return _behind(self._blocks[number], place - self._starts[number])

    def _block(self, number: int) -> LocalBlock:
        """Of the row group of that number; behind the last one, what was still on its way."""
        before = self._before[number]
        if number == len(self._numbers):
            held = before.held
            return held if held is not None else _NOTHING
        rows = self._tape.group(self._numbers[number])
        low = int(np.searchsorted(rows.ts, self._from))
        high = int(np.searchsorted(rows.ts, self._until, "right"))
        if low == high:
            block, after = _NOTHING, before
        else:
            block, after = arrive(take(rows, slice(low, high)), before, self._model, self._seed)
        if len(self._before) == number + 1:
            held = after.held
            self._before.append(after._replace(held=None if held is None else _own(held)))
        return block


class _Blocks:
    """The last few that were asked for."""

    def __init__(self, made: Callable[[int], LocalBlock]) -> None:
        self._made, self._held = made, OrderedDict[int, LocalBlock]()

    def __getitem__(self, number: int) -> LocalBlock:
        found = self._held.pop(number, None)
        if found is None:
            found = self._made(number)
        self._held[number] = found
        while len(self._held) > HELD:
            self._held.popitem(last=False)
        return found


def _own(block: LocalBlock) -> LocalBlock:
    """A copy: a slice would keep the whole that it is of."""
    rows = pack(column.copy() for column in columns(block.rows))
    return LocalBlock(rows, block.local.copy(), block.row.copy())


def _behind(block: LocalBlock, n: int) -> LocalBlock:
    """Without its first `n` rows; nothing is copied."""
    if not n:
        return block
    return LocalBlock(take(block.rows, slice(n, None)), block.local[n:], block.row[n:])


def _inode(file: Path) -> int:
    """0 where it is gone."""
    try:
        return file.stat().st_ino
    except OSError:
        return 0
