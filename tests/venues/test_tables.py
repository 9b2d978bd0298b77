"""Tables of any form give the same columns, and say where a row stood."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan.model.errors import DataError
from titan.venues.recorded.tables import NO_TIME, read_table, to_ns

NS = 1_700_000_000_123_000_000
HEADER = "date,open,high,low,close,volume\n"


@given(st.integers(10**8 + 1, 9 * 10**9))
def test_an_epoch_in_any_unit_is_the_same_moment(seconds: int) -> None:
    for unit in (1, 10**3, 10**6, 10**9):
        assert to_ns(seconds * unit) == seconds * 10**9
    assert to_ns(-1) == to_ns(float("nan")) == NO_TIME


@pytest.mark.parametrize(
    "text",
    [
        "1700000000.123",
        "1700000000123",
        "1700000000123000",
        "2023-11-14 22:13:20.123",
        "2023-11-14T22:13:20.123Z",
    ],
)
def test_times_as_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}{text},1,2,0.5,1.5,10\n")
    table = read_table(path)
    assert table.times.tolist() == [NS]
    assert table.numbers["high"].tolist() == [2.0]


def test_csv_keeps_lines_and_reports_what_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    lines = f"{HEADER}1700000000,1,2,1,1,1\n1700000060,1,2\n\n1700000120,x,2,1,1,1\nsoon,1,2,1,1,1\n"
    path.write_bytes(gzip.compress(lines.encode()))
    table = read_table(path)
    assert table.row.tolist() == [2, 5, 6]
    assert table.ragged == (3,)
    assert np.isnan(table.numbers["open"]).tolist() == [False, True, False]
    assert table.times[2] == NO_TIME


def test_csv_without_a_header(tmp_path: Path) -> None:
    two = tmp_path / "a.csv"
    two.write_text("1640995259999,170.1\n1640995319999,170.4\n")
    assert read_table(two).numbers["close"].tolist() == [170.1, 170.4]
    klines = tmp_path / "b.csv"
    klines.write_text("1640995200000,1,3,0.5,2,10,1640995259999,5,6,7,8,0\n")
    table = read_table(klines)
    assert table.numbers["low"].tolist() == [0.5]
    assert table.row.tolist() == [1]
    odd = tmp_path / "c.csv"
    odd.write_text("1640995200000,1,3\n")
    with pytest.raises(DataError, match="no header"):
        read_table(odd)


def test_feather_and_parquet_read_alike(tmp_path: Path) -> None:
    when = [datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), None]
    table = pa.table(
        {"Date": pa.array(when, pa.timestamp("ms", tz="UTC")), "open": [1.0, None], "volume": [3, 4]}
    )
    feather.write_feather(table, tmp_path / "a.feather")
    pq.write_table(table, tmp_path / "a.parquet")
    for name in ("a.feather", "a.parquet"):
        read = read_table(tmp_path / name)
        assert read.times.tolist() == [1_700_000_000_000_000_000, NO_TIME]
        assert read.numbers["volume"].tolist() == [3.0, 4.0]
        assert np.isnan(read.numbers["open"][1])


@pytest.mark.parametrize("name", ["a.feather", "a.parquet", "a.csv.gz"])
def test_damaged_files_are_named(tmp_path: Path, name: str) -> None:
    table = pa.table({"date": list(range(1000)), "open": [1.0] * 1000})
    path = tmp_path / name
    if name.endswith("feather"):
        feather.write_feather(table, path)
    elif name.endswith("parquet"):
        pq.write_table(table, path)
    else:
        path.write_bytes(gzip.compress(HEADER.encode() + b"1700000000,1,2,1,1,1\n" * 1000))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=name):
        read_table(path)


def test_a_table_without_time_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("open,close\nx,y\n")
    with pytest.raises(DataError, match="no time column"):
        read_table(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("")
    with pytest.raises(DataError, match="is empty"):
        read_table(tmp_path / "b.csv")


def test_a_packed_table_with_broken_bytes_is_refused(tmp_path: Path) -> None:
    content = bytearray(gzip.compress((HEADER + "1700000000,1,2,0.5,1.5,9\n" * 500).encode()))
    content[20:30] = b"\xff" * 10
    path = tmp_path / "BTC_USDT-1m.csv.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"csv\.gz cannot be read, it is damaged"):
        read_table(path)
