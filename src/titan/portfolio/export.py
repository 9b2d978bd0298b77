"""A run's records for other programs, as JSON, CSV and Parquet; each reads back to the same records.

Decimals are exact everywhere: text in JSON and CSV, decimal columns in Parquet (whose scale is the finest
the column needs, so trailing zeros may differ while values never do). A file is there whole or not at all.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import BinaryIO, Final, TypeVar, get_args, get_type_hints

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from titan.model.errors import DataError, StorageError
from titan.model.fill import Liquidity
from titan.model.instrument import Instrument
from titan.model.money import exact
from titan.model.order import Side
from titan.portfolio.entries import Entry
from titan.portfolio.files import write_whole
from titan.portfolio.ledger import BookedFill
from titan.portfolio.performance import DailyPnL
from titan.portfolio.trades import TradeRecord

Cell = str | int | Decimal | None
Row = TypeVar("Row", bound=msgspec.Struct)


class FillLine(msgspec.Struct, frozen=True):
    """A booked fill in plain figures. `fee` is positive when paid; `side` is BUY or SELL."""

    id: str
    client_id: str
    owner: str
    instrument: str
    side: str
    price: Decimal
    size: Decimal
    reference_price: Decimal
    fee: Decimal
    fee_asset: str
    liquidity: Liquidity
    venue_ns: int
    local_ns: int

    @classmethod
    def of(cls, booked: BookedFill, rules: Instrument) -> FillLine:
        fill = booked.fill
        with exact():
            return cls(
                fill.id, fill.client_id, booked.owner, fill.instrument, Side(fill.side).name,
                rules.price(fill.ticks), rules.size(fill.lots), rules.price(booked.reference_ticks),
                fill.fee, fill.fee_asset, fill.liquidity, fill.venue_ns, fill.local_ns,
            )  # fmt: skip


class Records(msgspec.Struct, frozen=True):
    """All that is exported of one run."""

    trades: list[TradeRecord]
    fills: list[FillLine]
    entries: list[Entry]
    daily: list[DailyPnL]


TABLES: Final[dict[str, type[msgspec.Struct]]] = {
    "trades": TradeRecord,
    "fills": FillLine,
    "entries": Entry,
    "daily": DailyPnL,
}


def write_json(records: Records, path: Path) -> None:
    """One document with a list for each table. Raises StorageError."""
    content = msgspec.json.format(msgspec.json.encode(records), indent=1)
    write_whole(path, lambda file: file.write(content))


def read_json(path: Path) -> Records:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Records)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is no export of records: {error}") from error


def write_csv(records: Records, folder: Path) -> None:
    """A file for each of TABLES in `folder`; an empty cell is None. Raises StorageError."""
    for name, kind in TABLES.items():
        text = io.StringIO(newline="")
        # RFC 4180 line ends, which also make the writer quote a lone CR or LF inside a cell.
        writer = csv.writer(text, lineterminator="\r\n")
        names = kind.__struct_fields__
        writer.writerow(names)
        for row in getattr(records, name):
            writer.writerow(["" if value is None else str(value) for value in _cells(row)])
        content = text.getvalue().encode()
        write_whole(folder / f"{name}.csv", _writer(content))


def read_csv(folder: Path) -> Records:
    return Records(
        _read_csv(folder / "trades.csv", TradeRecord),
        _read_csv(folder / "fills.csv", FillLine),
        _read_csv(folder / "entries.csv", Entry),
        _read_csv(folder / "daily.csv", DailyPnL),
    )


def write_parquet(records: Records, folder: Path) -> None:
    """The same four tables as Parquet (zstd), decimals as decimal columns. Raises StorageError."""
    for name, kind in TABLES.items():
        table = _arrow(getattr(records, name), kind, name)
        sink = io.BytesIO()
        pq.write_table(table, sink, compression="zstd")
        write_whole(folder / f"{name}.parquet", _writer(sink.getvalue()))


def read_parquet(folder: Path) -> Records:
    return Records(
        _read_parquet(folder / "trades.parquet", TradeRecord),
        _read_parquet(folder / "fills.parquet", FillLine),
        _read_parquet(folder / "entries.parquet", Entry),
        _read_parquet(folder / "daily.parquet", DailyPnL),
    )


def _writer(content: bytes) -> Callable[[BinaryIO], object]:
    return lambda file: file.write(content)


def _cells(row: msgspec.Struct) -> list[Cell]:
    values = (getattr(row, name) for name in row.__struct_fields__)
    return [str(value.value) if isinstance(value, Enum) else value for value in values]


def _read_csv(path: Path, kind: type[Row]) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        header = next(reader, None)
        if header != list(kind.__struct_fields__):
            raise DataError(f"{path}: its columns are {header}, not those of {kind.__name__}")
        optional = {name for name, hint in get_type_hints(kind).items() if _may_be_none(hint)}
        rows: list[Row] = []
        for cells in reader:
            if len(cells) != len(header):
                raise DataError(f"{path}, line {reader.line_num}: {len(cells)} cells, not {len(header)}")
            told = {n: None if n in optional and not cell else cell for n, cell in zip(header, cells)}
            try:
                rows.append(msgspec.convert(told, kind, strict=False))
            except msgspec.ValidationError as error:
                raise DataError(f"{path}, line {reader.line_num}: {error}") from error
    return rows


def _may_be_none(hint: object) -> bool:
    return isinstance(hint, UnionType) and type(None) in get_args(hint)


def _arrow(rows: Sequence[msgspec.Struct], kind: type[msgspec.Struct], table: str) -> pa.Table:
    cells = [_cells(row) for row in rows]
    columns: dict[str, pa.Array] = {}
    for n, (name, hint) in enumerate(get_type_hints(kind).items()):
        values = [row[n] for row in cells]
        columns[name] = pa.array(values, _arrow_type(hint, values, f"{table}.{name}"))
    return pa.table(columns)


def _arrow_type(hint: object, values: Sequence[Cell], column: str) -> pa.DataType:
    plain = next(arg for arg in get_args(hint) if arg is not type(None)) if _may_be_none(hint) else hint
    if plain is int:
        return pa.int64()
    if plain is not Decimal:
        return pa.string()
    numbers = [value for value in values if isinstance(value, Decimal)]
    scale = max([8, *(-int(number.as_tuple().exponent) for number in numbers)])
    digits = scale + max([1, *(number.adjusted() + 1 for number in numbers if number)])
    if digits > 76:
        raise StorageError(
            f"{column} needs {digits} digits, Parquet holds 76", remedy="export it as CSV or JSON"
        )
    return pa.decimal128(38, scale) if digits <= 38 else pa.decimal256(76, scale)


def _read_parquet(path: Path, kind: type[Row]) -> list[Row]:
    try:
        table = pq.read_table(path, partitioning=None)
    except pa.ArrowInvalid as error:
        raise DataError(f"{path} is no Parquet file, or a broken one: {error}") from error
    if table.column_names != list(kind.__struct_fields__):
        raise DataError(f"{path}: its columns are {table.column_names}, not those of {kind.__name__}")
    return [msgspec.convert(row, kind) for row in table.to_pylist()]
