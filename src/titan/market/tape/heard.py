"""Rows in the order in which a run heard them, as a tape: what a replay needs, and a backtest can be made of.

A tape is sorted by `ts`. A run hears its venues in turns, so what it heard in order is not sorted by the
venues' time, only by its own. A heard tape therefore has the two times in each other's place: `ts` is when a
row reached the run (`LocalBlock.local`), `recv` when it happened at the venue. `TapeMeta.heard` says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from titan.market.tape.local import LocalBlock
from titan.market.tape.log import LOG_NAME, read_frames, read_head, tail
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import COLUMNS, END, Kind, Rows, columns, concat, length, take
from titan.market.tape.seals import broken, seals, told
from titan.model.errors import TapeError


def as_heard(block: LocalBlock) -> Rows:
    """Rows for a heard tape; nothing is copied."""
    return block.rows._replace(ts=block.local, recv=block.rows.ts)


def as_local(rows: Rows, first: int) -> LocalBlock:
    """Rows of a heard tape as the run had them; `first` is the place of the first one, counted from 0."""
    place = np.arange(first, first + length(rows), dtype=np.int64)
    return LocalBlock(rows._replace(ts=rows.recv, recv=rows.ts), rows.ts, place)


class Digest:
    """Over the bytes of a heard tape's columns, however its rows were cut into blocks: a small block costs
    about 2 us.
    """

    def __init__(self) -> None:
        self._hashes = [hashlib.blake2b(digest_size=16) for _ in COLUMNS]

    def add(self, rows: Rows) -> None:
        for one, column in zip(self._hashes, columns(rows), strict=True):
            one.update(column if column.flags.c_contiguous else np.ascontiguousarray(column))  # type: ignore[arg-type]

    @property
    def value(self) -> str:
        """16 hexadecimal characters, over all rows so far."""
        whole = hashlib.blake2b(digest_size=8)
        for one in self._hashes:
            whole.update(one.digest())
        return whole.hexdigest()


class Heard:
    """The rows of a heard tape, given out up to a place, in the blocks of the reader."""

    def __init__(self, blocks: Iterable[Rows]) -> None:
        self._blocks: Iterator[Rows] = iter(blocks)
        self._left: Rows | None = None
        self.rows = 0
        """Given out so far."""
        self.digest = Digest()

    def until(self, rows: int) -> Iterator[LocalBlock]:
        """What is left of the first `rows`; less where the tape ends before."""
        while self.rows < rows:
            block = self._left if self._left is not None else next(self._blocks, None)
            if block is None:
                return
            n = min(length(block), rows - self.rows)
            self._left = take(block, slice(n, None)) if n < length(block) else None
            piece = take(block, slice(0, n)) if self._left is not None else block
            self.digest.add(piece)
            local = as_local(piece, self.rows)
            self.rows += n
            yield local


class HeardTape:
    """A heard tape on disk, also one that was damaged: `damage` says where, and what is readable of it is
    given out all the same. Raises TapeError where there is none, or where it is no heard tape.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._reader = path, TapeReader(path)
        if not self._reader.meta.heard:
            raise TapeError(f"{path} is not in the order in which a run heard it")
        self.instruments = tuple(self._reader.instruments)
        self.fingerprint, self.rows = self._reader.fingerprint, self._reader.rows
        """Of what is whole."""
        self.damage = ""
        self._beyond = _beyond(path / LOG_NAME, len(self.instruments))
        if self._beyond:
            self.damage = f"a frame that begins with row {self.rows} does not match its checksum"
        log = path / LOG_NAME
        head = read_head(log) if log.exists() else None
        self.sealed = head is not None and head.sealed
        """Whether the bytes of all its files could be compared with what was recorded of them."""
        if head is None:
            return
        found = seals(file for file in self._reader.files if file.name in head.parts)
        other, torn = broken(head.parts, found), tail(log)
        if not self.damage and (other or torn):
            self.damage = told(other) if other else f"{LOG_NAME}, after row {self.rows}: {torn}"

    def blocks(self) -> Iterator[Rows]:
        """Raises TapeError at a part that cannot be read."""
        yield from self._reader.blocks()
        yield from self._beyond

    def whole(self) -> Iterator[Rows]:
        """As `blocks`, before any damage."""
        return self._reader.blocks()


def _beyond(log: Path, instruments: int) -> list[Rows]:
    """What stands in a log after the last frame that is whole, as it is there."""
    if not log.exists():
        return []
    good = sum(1 for _ in read_frames(log))
    found: list[Rows] = []
    for number, (_, rows) in enumerate(read_frames(log, checked=False)):
        if number < good:
            continue
        known = (rows.inst < instruments) & (rows.kind >= Kind.TRADE) & (rows.kind <= Kind.GAP)
        if not bool(known.all()):  # a kernel must not be given it
            break
        found.append(rows)
    return found


def in_venue_order(blocks: Iterable[Rows]) -> Rows:
    """A heard tape's rows as an ordinary tape has them: instruments by their venues' time, messages whole.
    `ts` is when the last row of a message happened, `recv` when the run heard it. Needs room for all rows.

    An instrument's messages keep the order in which they were heard: a book is made of them in this order.
    """
    rows = concat(list(blocks))
    if length(rows) == 0:
        return rows
    ends = np.flatnonzero(rows.flags & END)
    starts = np.concatenate((np.zeros(1, np.int64), ends + 1))
    starts = starts[starts < length(rows)]
    happened = np.maximum.reduceat(rows.recv, starts)
    of = rows.inst[starts]
    for inst in np.unique(of):
        happened[of == inst] = np.maximum.accumulate(happened[of == inst])
    sizes = np.diff(np.append(starts, length(rows)))
    ts = np.repeat(happened, sizes)
    order = np.argsort(ts, kind="stable")
    return take(rows._replace(ts=ts, recv=rows.ts), order)
