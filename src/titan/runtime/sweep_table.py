"""A sweep's answers as one table on disk: a row a set, in the order of the grid."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from titan.model.errors import ConfigError, StorageError
from titan.portfolio.files import write_whole
from titan.runtime.sweep import Figures, Played

KINDS = (".parquet", ".csv")


def check_out(out: Path) -> None:
    """Raise before anything is played when `out` cannot be written as a table."""
    if out.suffix not in KINDS:
        raise ConfigError(f"{out} is neither Parquet nor CSV", remedy="name it sweep.parquet or sweep.csv")
    if out.is_dir():
        raise StorageError(f"{out} is a folder", remedy="name a file, as sweep.parquet")
    there = next(folder for folder in out.absolute().parents if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise StorageError(f"nothing can be written into {there}", remedy="name another file with --out")


def table_of(played: Sequence[Played]) -> pa.Table:
    """`set`, the values as written, the figures, and `error`; a set that failed has no figures."""
    keys = list(dict.fromkeys(key for one in played for key in one.values))
    columns: dict[str, object] = {"set": pa.array([one.number for one in played], pa.int64())}
    for key in keys:
        columns[key] = _column([one.values.get(key) for one in played])
    for name in Figures.__struct_fields__:
        kind = pa.string() if name == "run_hash" else pa.int64() if name in COUNTS else pa.float64()
        found = [None if one.figures is None else getattr(one.figures, name) for one in played]
        columns[name] = pa.array(found, kind)
    columns["error"] = pa.array([one.error for one in played], pa.string())
    return pa.table(columns)


COUNTS = ("trades", "orders", "fills")


def _column(values: list[object]) -> pa.Array:
    """Numbers as numbers where all are, else text."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return pa.array([float(value) for value in values if isinstance(value, int | float)], pa.float64())
    return pa.array([str(value) for value in values], pa.string())


def write_sweep(played: Sequence[Played], out: Path) -> None:
    """Write `out` whole, or leave it as it was. Raises StorageError."""
    check_out(out)
    table = table_of(played)
    if out.suffix == ".csv":
        write_whole(out, lambda file: pc.write_csv(table, file))
    else:
        write_whole(out, lambda file: pq.write_table(table, file, compression="zstd"))
