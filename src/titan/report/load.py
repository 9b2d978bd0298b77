"""Reads a finished run's folder. Every error names the file and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from titan.model.errors import DataError
from titan.report.documents import ReportDocument, RunDocument

if TYPE_CHECKING:
    import pyarrow as pa

Column = NDArray[np.generic]
Table = dict[str, Column]
Document = TypeVar("Document", RunDocument, ReportDocument)

SCHEMA = 1
AGAIN = "Run the backtest again: `titan backtest` writes a whole folder, or none."

#: The columns the page needs, by table. More may be there and are ignored.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    name: tuple(columns.split())
    for name, columns in {
        "equity": "ts nav drawdown delta_usd deployed margin_utilisation"
        " funding basis fees slippage transfers stablecoin",
        "basis": "ts pair spot perp basis_bps mean_bps std_bps z",
        "signals": "ts pair name z basis_bps edge_bps action",
        "trades": "id pair type opened_ns closed_ns notional entry_basis_bps exit_basis_bps"
        " funding basis fees slippage transfers stablecoin total clips aborted reason",
        "orders": "client_id ts pair instrument side type price size filled average state reason trade_id",
        "fills": "ts client_id instrument side price size fee liquidity trade_id",
        "funding": "ts instrument rate amount trade_id",
        "daily": "day pnl",
        "comparisons": "ts name kind nav",
    }.items()
}

#: Runs of before they were written, and runs that are compared with nothing, have none.
OPTIONAL: Final = ("comparisons",)

#: Amounts that runs of before they were counted do not have: nothing, then.
ADDED: Final = ("stablecoin",)


@dataclass(frozen=True)
class RunFolder:
    """A whole run in memory. `tables` holds the columns of COLUMNS as NumPy arrays of equal length."""

    path: Path
    run: RunDocument
    report: ReportDocument
    tables: dict[str, Table]


def load_run(folder: Path) -> RunFolder:
    """Read `folder`.

    Raises:
        DataError: the folder is no run, or one of its files is missing or broken.
    """
    run, report = load_documents(folder)
    return RunFolder(folder, run, report, {name: _table(folder, name) for name in COLUMNS})


def load_documents(folder: Path) -> tuple[RunDocument, ReportDocument]:
    """Read only the two JSON documents of `folder`: enough for the terminal's summary."""
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder", remedy="Name the folder that `titan backtest --out` wrote.")
    if not (folder / "run.json").is_file():
        raise DataError(
            f"{folder} is no run: it holds no run.json",
            remedy="Name the folder that `titan backtest --out` wrote (it holds run.json and report.json).",
        )
    run = _document(folder / "run.json", RunDocument)
    if run.schema != SCHEMA:
        raise DataError(
            f"{folder / 'run.json'}: schema {run.schema} is not {SCHEMA}, the one this Titan reads",
            remedy=f"The run was written by Titan {run.titan or 'of another version'}: use that version.",
        )
    return run, _document(folder / "report.json", ReportDocument)


def _document(path: Path, kind: type[Document]) -> Document:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing", remedy=AGAIN) from error
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}", remedy="Check its permissions."
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is broken: {error}", remedy=AGAIN) from error


def _table(folder: Path, name: str) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / f"{name}.parquet"
    wanted = list(COLUMNS[name])
    if name in OPTIONAL and not path.exists():
        return {column: np.empty(0) for column in wanted}
    try:
        found = pq.read_schema(path).names
        added = [column for column in wanted if column in ADDED and column not in found]
        wanted = [column for column in wanted if column not in added]
        missing = [column for column in wanted if column not in found]
        if missing:
            raise DataError(f"{path} has no column {', '.join(missing)}", remedy=AGAIN)
        table = pq.read_table(path, columns=wanted, partitioning=None)
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing", remedy=AGAIN) from error
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} is broken: {str(error).splitlines()[0]}", remedy=AGAIN) from error
    columns = {column: _column(table.column(column)) for column in wanted}
    return columns | {column: np.zeros(table.num_rows) for column in added}


def _column(values: pa.ChunkedArray) -> Column:
    """An arrow column as NumPy: text for text and days, else numbers; a null number is NaN."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_decimal(values.type) or pa.types.is_null(values.type):
        values = values.cast(pa.float64())
    elif pa.types.is_timestamp(values.type):
        values = values.cast(pa.timestamp("ns")).cast(pa.int64())
    elif pa.types.is_date(values.type):
        values = values.cast(pa.string())
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return np.array(pc.fill_null(values, "").to_pylist(), dtype=np.str_)
    if pa.types.is_integer(values.type) and values.null_count:
        values = pc.fill_null(values, 0)
    if pa.types.is_boolean(values.type):
        values = pc.fill_null(values, False)
    return np.asarray(values.to_numpy(zero_copy_only=False))
