"""Reads a tape block by block in bounded memory, without copying where Arrow's memory allows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from titan.market.tape.check import check_block
from titan.market.tape.file import (
    FORMAT,
    GROUP_ROWS,
    META_KEY,
    PART_KEY,
    Group,
    Part,
    TapeMeta,
    digest,
    fingerprint,
)
from titan.market.tape.log import LOG_NAME, read_log
from titan.market.tape.rows import COLUMNS, Kind, Rows, columns, concat, empty, length, pack, take
from titan.model.errors import InstrumentError, TapeError
from titan.model.instrument import Instrument

_IMPORT = "write it again, or make a tape with `titan tape import`"


class TapeReader:
    """A tape on disk, a folder of parts or one part. Implements `ports.MarketFeed`.

    Only footers are read when opened. Raises TapeError, which names the file, when it is missing, truncated,
    foreign or of a newer format; and on reading, when a page does not match its checksum.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._files = _part_files(self.path)
        read = [_footer(file) for file in self._files]
        self._log = read_log(self.path, len(read)) if (self.path / LOG_NAME).exists() else None
        if self._log is not None:
            read.append((self._log.meta, self._log.part))
            self._files.append(self.path / LOG_NAME)
        self.logged: int = length(self._log.rows) if self._log is not None else 0
        """Rows that are in no part yet: the last group, where there are any."""
        self.meta: TapeMeta = read[-1][0]
        self._parts: list[Part] = [part for _, part in read]
        if self.path.is_dir():
            self._check_complete(growing=self._log is not None)
        groups = [group for part in self._parts for group in part.groups]
        self.rows: int = sum(group.rows for group in groups)
        self.start: int = groups[0].start if groups else 0
        """Venue time of the first row, ns."""
        self.end: int = groups[-1].end if groups else 0
        """Venue time of the last row, ns."""
        self.bytes: int = sum(file.stat().st_size for file in self._files)
        """Size on disk."""
        self.fingerprint: str = fingerprint(self.meta.instruments, groups)

    @property
    def files(self) -> Sequence[Path]:
        """What it stands in, in the order of its rows."""
        return tuple(self._files)

    @property
    def instruments(self) -> Sequence[Instrument]:
        return self.meta.instruments

    @property
    def groups(self) -> Sequence[Group]:
        """What `group` gives by number: its rows, and when its first and last are."""
        return tuple(group for part in self._parts for group in part.groups)

    def group(self, number: int) -> Rows:
        """The rows of one row group, whatever stands before it. Raises TapeError."""
        left = number
        for file, part in zip(self._files, self._parts, strict=True):
            if left >= len(part.groups):
                left -= len(part.groups)
                continue
            rows = self._log_rows() if file.name == LOG_NAME else _read_group(file, _opened(file), left)
            check_block(str(file), rows, len(self.instruments), part.groups[left].start, 0)
            return rows
        raise TapeError(f"{self.path} has no row group {number}")

    @property
    def counts(self) -> dict[str, dict[Kind, int]]:
        """Rows per instrument id and kind; kinds without rows are absent."""
        counts: dict[str, dict[Kind, int]] = {i.id: {} for i in self.meta.instruments}
        for part in self._parts:
            for inst, kind, n in part.counts:
                of = counts[self.meta.instruments[inst].id]
                of[Kind(kind)] = of.get(Kind(kind), 0) + n
        return counts

    def blocks(
        self,
        start: int | None = None,
        end: int | None = None,
        instruments: Sequence[str | int] | None = None,
        block_rows: int = GROUP_ROWS,
    ) -> Iterator[Rows]:
        """Rows with start <= ts < end (ns) of the named instruments (ids or indices; all when None).

        Blocks have `block_rows` rows, the last fewer, and may end within a message. Columns are contiguous,
        writable and owned by the block. `inst` keeps the tape's numbering. Memory: two row groups (80 MB) and
        one block.
        """
        wanted = None if instruments is None else self._wanted(instruments)
        held: list[Rows] = []
        have = 0
        for rows in self._groups(start, end):
            block = rows if wanted is None else take(rows, wanted[rows.inst])
            n = length(block)
            if not held and n == block_rows:
                yield block
                continue
            at = 0
            while n - at + have >= block_rows:
                piece = take(block, slice(at, at + block_rows - have))
                at += block_rows - have
                yield concat([*held, piece])
                held, have = [], 0
            if at < n:
                held.append(take(block, slice(at, n)))
                have += n - at
        if have:
            yield held[0] if len(held) == 1 else concat(held)

    def load(
        self, start: int | None = None, end: int | None = None, instruments: Sequence[str | int] | None = None
    ) -> Rows:
        """Everything `blocks` would give, as one block: for tapes that fit in memory."""
        return concat(list(self.blocks(start, end, instruments)) or [empty(0)])

    def verify(self) -> None:
        """Compare every row group with the digest taken when it was written; TapeError where they differ."""
        for file, part in zip(self._files, self._parts, strict=True):
            if file.name == LOG_NAME:
                continue  # its frames were checked when it was read
            parquet = pq.ParquetFile(file)
            for index, group in enumerate(part.groups):
                if digest(_read_group(file, parquet, index)) != group.digest:
                    raise TapeError(
                        f"{file}, row group {index}: the rows differ from those written", remedy=_IMPORT
                    )

    def _wanted(self, instruments: Sequence[str | int]) -> NDArray[np.bool_]:
        ids = [i.id for i in self.meta.instruments]
        wanted = np.zeros(len(ids), np.bool_)
        for which in instruments:
            index = ids.index(which) if which in ids else which
            if not isinstance(index, int) or not 0 <= index < len(ids):
                raise InstrumentError(
                    f"{self.path} has no instrument {which}", remedy=f"it has: {', '.join(ids)}"
                )
            wanted[index] = True
        return wanted

    def _groups(self, start: int | None, end: int | None) -> Iterator[Rows]:
        at, last = 0, np.iinfo(np.int64).min
        for file, part in zip(self._files, self._parts, strict=True):
            parquet: pq.ParquetFile | None = None
            for index, group in enumerate(part.groups):
                first, before = at, last
                at, last = at + group.rows, group.end
                if (start is not None and group.end < start) or (end is not None and group.start >= end):
                    continue
                if self._log is not None and file.name == LOG_NAME:
                    rows = self._log_rows()
                else:
                    parquet = parquet or _opened(file)
                    rows = _read_group(file, parquet, index)
                # Another tool may have written the file anew; what is given out is in order all the same.
                check_block(str(file), rows, len(self.instruments), before, first)
                if (length(rows), rows.ts[0], rows.ts[-1]) != (group.rows, group.start, group.end):
                    raise TapeError(f"{file}, row group {index}: it is not as described", remedy=_IMPORT)
                low = 0 if start is None else int(np.searchsorted(rows.ts, start))
                high = group.rows if end is None else int(np.searchsorted(rows.ts, end))
                yield rows if (low, high) == (0, group.rows) else take(rows, slice(low, high))

    def _log_rows(self) -> Rows:
        assert self._log is not None
        return pack(column.copy() for column in columns(self._log.rows))

    def _check_complete(self, *, growing: bool) -> None:
        for index, (file, part) in enumerate(zip(self._files, self._parts, strict=True)):
            last = not growing and index == len(self._parts) - 1
            if part.index != index or part.last != last:
                raise TapeError(
                    f"{file} is part {part.index} where part {index} should stand", remedy=_IMPORT
                )


def _part_files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise TapeError(
            f"there is no tape at {path}", remedy="check the path, or make one with `titan tape import`"
        )
    files = sorted(path.glob("part-*.parquet"))
    if not files and not (path / LOG_NAME).exists():
        raise TapeError(
            f"{path} holds no tape", remedy="recorded series become a tape with `titan tape import`"
        )
    return files


def _footer(file: Path) -> tuple[TapeMeta, Part]:
    try:
        parquet = pq.read_metadata(file)
    except (pa.ArrowException, OSError) as e:
        _unreadable(file, e)
    stored = parquet.metadata or {}
    if META_KEY not in stored or PART_KEY not in stored:
        raise TapeError(
            f"{file} is a Parquet file but not a tape", remedy="make a tape with `titan tape import`"
        )
    try:
        version = msgspec.json.decode(stored[META_KEY], type=_Version).format
        if version > FORMAT:
            raise TapeError(
                f"{file} has tape format {version}, this titan reads {FORMAT}", remedy="update titan"
            )
        meta = msgspec.json.decode(stored[META_KEY], type=TapeMeta)
        part = msgspec.json.decode(stored[PART_KEY], type=Part)
    except (UnicodeDecodeError, msgspec.DecodeError) as e:
        raise TapeError(f"{file}: its description cannot be read: {e}", remedy=_IMPORT) from e
    names = [parquet.schema.column(i).name for i in range(parquet.num_columns)]
    rows = [parquet.row_group(i).num_rows for i in range(parquet.num_row_groups)]
    if names != list(COLUMNS) or rows != [group.rows for group in part.groups]:
        raise TapeError(f"{file}: columns or row groups differ from its description", remedy=_IMPORT)
    if any(inst >= len(meta.instruments) for inst, _, _ in part.counts):
        raise TapeError(f"{file}: it counts rows of an instrument it does not name", remedy=_IMPORT)
    return meta, part


class _Version(msgspec.Struct):
    format: int


def _opened(file: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(file, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as e:
        _unreadable(file, e)


def _read_group(file: Path, parquet: pq.ParquetFile, index: int) -> Rows:
    try:
        table = parquet.read_row_group(index, columns=list(COLUMNS))
    except (pa.ArrowException, OSError) as e:
        _unreadable(file, e, f", row group {index}")
    return pack(_column(table.column(name), dtype) for name, dtype in COLUMNS.items())


class _ArrowMemory:
    """Lends an Arrow buffer to NumPy as writable memory, and keeps it alive."""

    def __init__(self, array: pa.Array, address: int, dtype: np.dtype[np.generic]) -> None:
        self._array = array
        self.__array_interface__ = {
            "data": (address + array.offset * dtype.itemsize, False),
            "shape": (len(array),),
            "typestr": dtype.str,
            "version": 3,
        }


def _column(chunks: pa.ChunkedArray, dtype: np.dtype[np.generic]) -> NDArray[np.generic]:
    if chunks.num_chunks == 1 and len(chunks):
        array = chunks.chunk(0)
        buffer = array.buffers()[1]
        # Freshly decoded memory that nobody else holds. A read-only array would compile kernels twice.
        if array.type == pa.from_numpy_dtype(dtype) and array.null_count == 0 and buffer.is_mutable:
            return np.asarray(_ArrowMemory(array, buffer.address, dtype))
    return np.array(chunks.to_numpy(), dtype=dtype)


def _unreadable(file: Path, error: Exception, where: str = "") -> NoReturn:
    first = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
    raise TapeError(
        f"{file}{where} cannot be read as a tape, it is truncated or damaged: {first}", remedy=_IMPORT
    )
