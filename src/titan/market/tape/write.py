"""Writes a tape so that an interrupted run leaves either the whole tape or none.

Everything goes into a folder `NAME.tmp-XXXXXXXX` beside the target; closing syncs every file and the folder
and then renames it. A run that was killed leaves such a folder behind; the next writer of the same tape
removes it, and knows that nobody writes to it any more because a writer locks its folder for as long as it
lives.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from titan.market.tape.check import check_block
from titan.market.tape.file import (
    GROUP_ROWS,
    GROUPS_A_PART,
    META_KEY,
    PART_KEY,
    Group,
    Part,
    TapeMeta,
    digest,
    fingerprint,
    is_tape,
    part_name,
)
from titan.market.tape.rows import COLUMNS, Rows, columns, concat, length, pack, take
from titan.model.errors import StorageError, TapeError

SCHEMA: Final = pa.schema(
    [pa.field(name, pa.from_numpy_dtype(d), nullable=False) for name, d in COLUMNS.items()]
)
PARQUET: Final[dict[str, object]] = {
    "compression": "zstd",
    "compression_level": 1,
    "use_dictionary": ["inst", "kind", "side", "flags"],
    "write_statistics": False,
    "write_page_checksum": True,
    "store_schema": False,
}
"""How every part is written."""
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class TapeWriter:
    """Appends blocks in bounded memory: about two row groups (80 MB) whatever the tape's length.

        with TapeWriter(path, meta) as tape:
            tape.append(rows)

    Leaving the block by an exception removes everything written. `meta` may be replaced until `close`.
    Raises TapeError when `path` exists (unless `replace`, and then only over another tape), RowError for rows
    out of order, of unknown instruments or not finite, and StorageError when the disk is full or cannot be
    written.
    """

    def __init__(self, path: Path | str, meta: TapeMeta, *, replace: bool = False) -> None:
        self.path = Path(path).absolute()
        self.meta = meta
        self.rows = 0
        self._replace = replace
        self._held: list[Rows] = []
        self._held_rows = 0
        self._last_ts = np.iinfo(np.int64).min
        self._groups: list[Group] = []
        self._part_groups: list[Group] = []
        self._counts: NDArray[np.int64] = np.zeros((0, 256), np.int64)
        self._parts = 0
        self._file: IO[bytes] | None = None
        self._parquet: pq.ParquetWriter | None = None
        self._folder = self.path  # until the temporary folder is made
        self._refuse_existing()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._remove_abandoned()
            self._folder = Path(tempfile.mkdtemp(prefix=f"{self.path.name}.tmp-", dir=self.path.parent))
            self._lock = os.open(self._folder, os.O_RDONLY)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        except OSError as e:
            raise self._storage_error(e) from e
        self.closed = False

    @property
    def fingerprint(self) -> str:
        """Of the rows written so far; of the whole tape once closed."""
        return fingerprint(self.meta.instruments, self._groups)

    def append(self, rows: Rows) -> None:
        """Add a block that begins at or after the end of the one before. Its arrays are not kept."""
        n = length(rows)
        if n == 0:
            return
        check_block(str(self.path), rows, len(self.meta.instruments), self._last_ts, self.rows)
        self._last_ts = int(rows.ts[-1])
        self.rows += n
        at = 0
        while at < n:
            room = min(GROUP_ROWS - self._held_rows, n - at)
            piece = take(rows, slice(at, at + room))
            at += room
            if room == GROUP_ROWS:
                self._write_group(piece)
                continue
            self._held.append(pack(column.copy() for column in columns(piece)))
            self._held_rows += room
            if self._held_rows == GROUP_ROWS:
                self._flush()

    def close(self) -> None:
        """Write what is held, sync, and give the tape its name. After this the tape exists, whole."""
        if self.closed:
            return
        try:
            if self._held_rows:
                self._flush()
            self._end_part(last=True)
            os.fsync(self._lock)
            self._refuse_existing()
            self._rename()
        except OSError as e:
            error = self._storage_error(e)
            self.abort()
            raise error from e
        except BaseException:
            self.abort()
            raise
        self._release()

    def abort(self) -> None:
        """Remove everything written; the target is as it was before."""
        if self.closed:
            return
        if self._file is not None:
            with contextlib.suppress(OSError):  # the file is about to be removed
                self._file.close()
        self._file = self._parquet = None
        shutil.rmtree(self._folder, ignore_errors=True)
        self._release()

    def __enter__(self) -> TapeWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def _flush(self) -> None:
        block = concat(self._held)
        self._held, self._held_rows = [], 0
        self._write_group(block)

    def _write_group(self, rows: Rows) -> None:
        try:
            if len(self._part_groups) == GROUPS_A_PART:
                self._end_part(last=False)
            if self._parquet is None:
                self._begin_part()
            assert self._parquet is not None
            table = pa.Table.from_arrays([pa.array(column) for column in rows], schema=SCHEMA)
            self._parquet.write_table(table, row_group_size=GROUP_ROWS)
        except OSError as e:
            error = self._storage_error(e)
            self.abort()
            raise error from e
        group = Group(length(rows), int(rows.ts[0]), int(rows.ts[-1]), digest(rows))
        self._groups.append(group)
        self._part_groups.append(group)
        key = rows.inst.astype(np.int64) * 256 + rows.kind
        self._counts = self._counts + np.bincount(key, minlength=self._counts.size).reshape(-1, 256)

    def _begin_part(self) -> None:
        self._file = (self._folder / part_name(self._parts)).open("wb")
        self._parquet = pq.ParquetWriter(self._file, SCHEMA, **PARQUET)
        self._counts = np.zeros((len(self.meta.instruments), 256), np.int64)

    def _end_part(self, *, last: bool) -> None:
        if self._parquet is None:
            self._begin_part()
        assert self._parquet is not None
        assert self._file is not None
        counts = tuple((int(i), int(k), int(self._counts[i, k])) for i, k in np.argwhere(self._counts))
        part = Part(self._parts, last, tuple(self._part_groups), counts)
        self._parquet.add_key_value_metadata(
            {META_KEY: msgspec.json.encode(self.meta), PART_KEY: msgspec.json.encode(part)}
        )
        self._parquet.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = self._parquet = None
        self._part_groups = []
        self._parts += 1

    def _refuse_existing(self) -> None:
        if not self.path.exists() or (self._replace and is_tape(self.path)):
            return
        if self._replace:
            raise TapeError(
                f"{self.path} exists and is not a tape", remedy="choose another path: only a tape is replaced"
            )
        raise TapeError(
            f"{self.path} exists already", remedy="choose another path, or replace it with --force"
        )

    def _rename(self) -> None:
        old: Path | None = None
        if self.path.exists():
            old = self._folder.with_name(self._folder.name + "-old")
            self.path.rename(old)
        try:
            self._folder.rename(self.path)
        except OSError:
            if old is not None:
                old.rename(self.path)
            raise
        parent = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(parent)
        finally:
            os.close(parent)
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)

    def _remove_abandoned(self) -> None:
        for folder in self.path.parent.glob(f"{self.path.name}.tmp-*"):
            handle = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            except BlockingIOError:
                continue  # its writer lives
            finally:
                os.close(handle)

    def _release(self) -> None:
        os.close(self._lock)
        self.closed = True

    def _storage_error(self, e: OSError) -> StorageError:
        if e.errno not in _FULL:
            return StorageError(
                f"{self.path} cannot be written: {e}", remedy="check the path and its permissions"
            )
        written = sum(f.stat().st_size for f in self._folder.glob("*.parquet"))
        written_rows = (
            sum(g.rows for g in self._groups) or self.rows or 1
        )  # of whole groups, where there is one
        needed = max(written * self.rows // written_rows, written + 1)
        free = shutil.disk_usage(self.path.parent if self.path.parent.exists() else Path.cwd()).free
        return StorageError(
            f"{self.path}: no space left after {written / 1e6:.1f} MB; the {self.rows:,} rows so far need at "
            f"least {needed / 1e6:.1f} MB, and the disk has {free / 1e6:.1f} MB free. Nothing was kept",
            remedy="free some space or choose another disk",
        )
