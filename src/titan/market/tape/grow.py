"""A tape that grows while it is recorded, and is a whole tape to any reader at every moment.

The last rows stand in a log of checked frames (`log.py`); whenever there are enough for a row group they
become a Parquet part and the log begins anew. So nothing is ever half written: kill the process at any
instruction and all rows appended before are there.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from titan.market.tape.check import check_block
from titan.market.tape.file import GROUP_ROWS, META_KEY, PART_KEY, Part, TapeMeta, part_name
from titan.market.tape.log import LOG_NAME, TapeLog, describe, read_frames, read_head
from titan.market.tape.rows import Rows, columns, concat, empty, length, take
from titan.market.tape.seals import seal, seals
from titan.market.tape.write import PARQUET, SCHEMA
from titan.model.errors import StorageError, TapeError

_FIRST: Final = np.iinfo(np.int64).min


class GrowingTape:
    """Appends blocks to a tape folder, new or left by an earlier process.

    `rows` and `last_ts` are those of the whole tape. Raises TapeError when another process writes it or its
    instruments are others, and StorageError when it cannot be written; then `append` may be tried again, the
    tape is as it was before.
    """

    def __init__(self, path: Path, meta: TapeMeta) -> None:
        self.path = path
        self.meta = meta
        self.rows = 0
        self.last_ts = int(_FIRST)
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(path, os.O_RDONLY)
        except OSError as e:
            raise self._error(e) from e
        with contextlib.ExitStack() as undo:
            undo.callback(os.close, self._lock)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as e:
                raise TapeError(
                    f"{path} is being written by another process", remedy="stop that one, or record elsewhere"
                ) from e
            self._resume()
            undo.pop_all()

    def _resume(self) -> None:
        """Find the parts and the log's whole frames."""
        self._parts = 0
        self._seals: dict[str, str] = {}
        for file in sorted(self.path.glob("part-*.parquet")):
            part = _part_of(file)
            if part.last:
                raise TapeError(f"{self.path} is complete", remedy="record elsewhere, or into another folder")
            self._parts += 1
            self.rows += sum(g.rows for g in part.groups)
            self.last_ts = part.groups[-1].end
        log = self.path / LOG_NAME
        self._log_rows = 0
        good = 0
        head = read_head(log) if log.exists() else None
        if head is not None:
            since = [self.path / part_name(n) for n in range(head.after, self._parts)]
            self._seals = head.parts | seals(since)
        if head is not None and head.after == self._parts:
            if head.meta.instruments != self.meta.instruments:
                raise TapeError(
                    f"{self.path} was begun with other rules of its instruments",
                    remedy="record into another folder",
                )
            good = _line(log)
            for end, rows in read_frames(log):
                good = end
                self._log_rows += length(rows)
                self.last_ts = int(rows.ts[-1])
        try:
            self._log = TapeLog(log, good) if good else self._begin()
        except OSError as e:
            raise self._error(e) from e
        self.rows += self._log_rows

    def append(self, rows: Rows) -> None:
        """Add a block that begins at or after `last_ts`; when this returns a killed process loses none of
        it."""
        if length(rows) == 0:
            return
        check_block(str(self.path), rows, len(self.meta.instruments), self.last_ts, self.rows)
        at, n = 0, length(rows)
        while at < n:
            if self._log_rows >= GROUP_ROWS:  # killed, or out of disk, before they became a part
                self._make_part(last=False)
            piece = take(rows, slice(at, at + GROUP_ROWS - self._log_rows))
            try:
                self._log.append(piece)
            except OSError as e:
                raise self._error(e) from e
            at += length(piece)
            self.rows += length(piece)
            self._log_rows += length(piece)
            self.last_ts = int(piece.ts[-1])
            if self._log_rows == GROUP_ROWS:
                self._make_part(last=False)

    @property
    def room(self) -> int:
        """Rows that can be appended before a part has to be made, which takes a second or so."""
        return GROUP_ROWS - self._log_rows - 1

    def sync(self) -> None:
        """Wait for the disk."""
        self._log.sync()

    def finish(self) -> None:
        """Nothing follows any more: the log becomes the last part."""
        self._make_part(last=True)
        self._log.close()
        try:
            (self.path / LOG_NAME).unlink()
        except OSError as e:
            raise self._error(e) from e
        os.close(self._lock)

    def close(self) -> None:
        """Stop here; the tape may grow on later."""
        self._log.sync()
        self._log.close()
        os.close(self._lock)

    def _make_part(self, *, last: bool) -> None:
        log = self.path / LOG_NAME
        rows = concat([block for _, block in read_frames(log)] or [empty(0)])
        part = describe(rows, self._parts, len(self.meta.instruments), last=last)
        table = pa.Table.from_arrays([pa.array(column) for column in columns(rows)], schema=SCHEMA)
        temporary = self.path / f"{part_name(self._parts)}.new"
        try:
            with temporary.open("wb") as file:
                with pq.ParquetWriter(file, SCHEMA, **PARQUET) as parquet:
                    if length(rows):
                        parquet.write_table(table, row_group_size=GROUP_ROWS)
                    parquet.add_key_value_metadata(
                        {META_KEY: msgspec.json.encode(self.meta), PART_KEY: msgspec.json.encode(part)}
                    )
                file.flush()
                os.fsync(file.fileno())
            sealed = seal(temporary)
            temporary.replace(self.path / part_name(self._parts))
            os.fsync(self._lock)
            self._seals[part_name(self._parts)] = sealed
            self._parts += 1
            if not last:
                self._log.close()
                self._log = self._begin()
                self._log_rows = 0
        except OSError as e:
            temporary.unlink(missing_ok=True)
            raise self._error(e) from e

    def _begin(self) -> TapeLog:
        return TapeLog.begin(self.path / LOG_NAME, self.meta, self._parts, self._seals)

    def _error(self, e: OSError) -> StorageError:
        full = e.errno in (errno.ENOSPC, errno.EDQUOT)
        return StorageError(
            f"{self.path} cannot be written: {e.strerror or e}; the rows before are safe",
            remedy="free some space" if full else "check the path and its permissions",
        )


def _line(log: Path) -> int:
    with log.open("rb") as file:
        return len(file.readline())


def _part_of(file: Path) -> Part:
    stored = pq.read_metadata(file).metadata or {}
    return msgspec.json.decode(stored[PART_KEY], type=Part)
