"""Reads tables (Feather, Parquet, CSV, also gzipped) into NumPy columns, remembering where each row stood.

A cell that is not a number becomes NaN, a time that cannot be read becomes `NO_TIME`; the caller counts them
as bad rows. A CSV is read in chunks; the columns of one file are held in memory.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, TextIO

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
from numpy.typing import NDArray

from titan.model.errors import DataError

NO_TIME: Final = int(np.iinfo(np.int64).min)
TIME_NAMES: Final = ("date", "timestamp", "time", "open_time", "opentime", "datetime", "ts")
_BINANCE_KLINES: Final = ("open_time", "open", "high", "low", "close", "volume", "close_time")
_CHUNK: Final = 100_000
_DAMAGED: Final = "copy it again from where it came; a download may have been cut short"

Column = NDArray[np.float64]


class Table(NamedTuple):
    """`text` and `numbers` go by lower-case name. `row` is where each row stood in the file, from 1."""

    times: NDArray[np.int64]
    numbers: dict[str, Column]
    text: dict[str, list[str]]
    row: NDArray[np.int64]
    ragged: tuple[int, ...] = ()
    """Lines with another number of fields; they are not in the columns."""


def read_table(path: Path) -> Table:
    """Read a table file. Raises DataError where it is damaged or has no time column."""
    name = path.name.lower().removesuffix(".gz")
    try:
        if name.endswith(".feather"):
            return _from_arrow(path, feather.read_table(path, memory_map=False))
        if name.endswith(".parquet"):
            return _from_arrow(path, pq.read_table(path))
        with opened(path) as file:
            return from_csv(path, file)
    except (pa.ArrowException, OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as e:
        reason = str(e).splitlines()[0] if str(e) else type(e).__name__
        raise DataError(
            f"{path} cannot be read, it is damaged or cut short: {reason}", remedy=_DAMAGED
        ) from e


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """The file as text, unpacked when its name ends in .gz."""
    if path.name.endswith(".gz"):
        with gzip.open(path, "rb") as packed:
            yield io.TextIOWrapper(packed, encoding="utf-8", newline="")
    else:
        with path.open(encoding="utf-8", newline="") as file:
            yield file


def to_ns(value: float) -> int:
    """An epoch in s, ms, us or ns (told apart by its size, from 1973 to 2262) as ns; `NO_TIME` for none."""
    if not np.isfinite(value) or value <= 0:
        return NO_TIME
    for limit, unit in ((10**10, 1_000_000_000), (10**13, 1_000_000), (10**16, 1_000), (NO_TIME * -1 - 1, 1)):
        if value < limit:
            # A float64 of seconds is good to a fraction of a microsecond, no further.
            return value * unit if isinstance(value, int) else round(value * unit / 1000) * 1000
    return NO_TIME


def _from_arrow(path: Path, table: pa.Table) -> Table:
    names = [str(n).lower() for n in table.column_names]
    when = next((n for n in TIME_NAMES if n in names), None)
    if when is None:
        raise DataError(f"{path} has no time column (columns: {', '.join(names)})", remedy="name one `date`")
    times = _arrow_times(table.column(names.index(when)))
    numbers: dict[str, Column] = {}
    text: dict[str, list[str]] = {}
    for name, column in zip(names, table.columns, strict=True):
        if name == when:
            continue
        if (
            pa.types.is_floating(column.type)
            or pa.types.is_integer(column.type)
            or pa.types.is_null(column.type)
        ):
            numbers[name] = np.asarray(column.cast(pa.float64()).to_numpy(), np.float64)
        else:
            text[name] = [str(v) for v in column.to_pylist()]
    return Table(times, numbers, text, np.arange(1, table.num_rows + 1))


def _arrow_times(column: pa.ChunkedArray) -> NDArray[np.int64]:
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        ns = column.cast(pa.timestamp("ns", tz=getattr(column.type, "tz", None))).cast(pa.int64())
        return np.asarray(ns.fill_null(NO_TIME).to_numpy(), np.int64)
    return np.array([_time(v) for v in column.to_pylist()], np.int64)


def from_csv(path: Path, file: Iterable[str]) -> Table:
    """Read the lines of a CSV; `path` is only named in errors."""
    lines = csv.reader(file)
    head = next(lines, None)
    if head is None:
        raise DataError(f"{path} is empty", remedy=_DAMAGED)
    first: list[list[str]] = []
    if _time(head[0]) != NO_TIME or (len(head) > 1 and _number(head[0]) == _number(head[0])):
        first, names = [head], _names_without_header(path, head)
    else:
        names = [h.strip().lower().replace(" ", "_") for h in head]
    when = next((n for n in TIME_NAMES if n in names), None)
    if when is None:
        raise DataError(f"{path} has no time column (columns: {', '.join(names)})", remedy="name one `date`")
    width, at = len(names), names.index(when)
    parts: list[tuple[NDArray[np.int64], list[Column], NDArray[np.int64]]] = []
    kept: list[list[str]] = [[] for _ in names]
    ragged: list[int] = []
    wordy = {i for i, n in enumerate(names) if n in ("side", "type", "id", "symbol")}
    for rows, numbers in _chunks(lines, first, width, ragged):
        cells = list(zip(*rows, strict=True))
        times = np.array([_time(c) for c in cells[at]], np.int64)
        parts.append((times, [_numbers(c) if i != at else np.zeros(0) for i, c in enumerate(cells)], numbers))
        for i in wordy:
            kept[i].extend(cells[i])
    if not parts:
        raise DataError(f"{path} has no rows of {width} fields", remedy=_DAMAGED)
    columns = {
        n: np.concatenate([p[1][i] for p in parts]) for i, n in enumerate(names) if i != at and i not in wordy
    }
    return Table(
        np.concatenate([p[0] for p in parts]), columns, {names[i]: kept[i] for i in wordy},
        np.concatenate([p[2] for p in parts]), tuple(ragged),
    )  # fmt: skip


def _chunks(
    lines: Iterator[list[str]], first: list[list[str]], width: int, ragged: list[int]
) -> Iterator[tuple[list[list[str]], NDArray[np.int64]]]:
    line = 1 if not first else 0
    pending: Sequence[list[str]] = first
    while pending or (pending := list(islice(lines, _CHUNK))):
        good: list[list[str]] = []
        where: list[int] = []
        for cells in pending:
            line += 1
            if len(cells) == width:
                good.append(cells)
                where.append(line)
            elif cells:
                ragged.append(line)
        pending = []
        if good:
            yield good, np.array(where, np.int64)


def _names_without_header(path: Path, cells: list[str]) -> list[str]:
    if len(cells) == 2:
        return ["time", "close"]
    if len(cells) >= len(_BINANCE_KLINES):
        return [*_BINANCE_KLINES, *(f"column_{i}" for i in range(len(_BINANCE_KLINES), len(cells)))]
    if len(cells) == 6:
        return ["time", "open", "high", "low", "close", "volume"]
    raise DataError(
        f"{path} has {len(cells)} columns and no header that says what they are",
        remedy="add a header: date,open,high,low,close,volume",
    )


def _numbers(cells: Sequence[str]) -> Column:
    try:
        return np.array(cells, np.float64)
    except ValueError:
        return np.array([_number(c) for c in cells], np.float64)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def _time(cell: object) -> int:
    if isinstance(cell, datetime):
        moment = cell
    else:
        text = str(cell).strip()
        number = int(text) if text.isdecimal() else _number(text)
        if number == number:
            return to_ns(number)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return NO_TIME
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * 1_000_000_000 + moment.microsecond * 1_000
