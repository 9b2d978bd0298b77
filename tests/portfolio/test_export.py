"""Exports: exact text, clear errors, and nothing half-written."""

from __future__ import annotations

import errno
import json
import os
from decimal import Decimal as D
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from titan.model.errors import DataError, StorageError
from titan.portfolio import export
from titan.portfolio.entries import Entry
from titan.portfolio.files import write_whole
from titan.portfolio.performance import DailyPnL

ENTRIES = [
    Entry(0, 5, "fill:1", "fees", "USDT", D("0.10000000"), ""),
    Entry(1, 5, "fill:1", "w", "USDT", D("-0.1"), ""),
]
RECORDS = export.Records([], [], ENTRIES, [DailyPnL("2025-01-01", D("1e5"), D("-0.000000000000001"))])


def test_decimals_are_exact_text(tmp_path: Path) -> None:
    export.write_json(RECORDS, tmp_path / "run.json")
    document = json.loads((tmp_path / "run.json").read_text())
    assert document["entries"][0]["amount"] == "0.10000000"
    export.write_csv(RECORDS, tmp_path)
    assert (tmp_path / "entries.csv").read_text().splitlines()[1] == "0,5,fill:1,fees,USDT,0.10000000,"


def test_parquet_decimals_are_decimals(tmp_path: Path) -> None:
    export.write_parquet(RECORDS, tmp_path)
    schema = pq.read_schema(tmp_path / "daily.parquet")
    assert str(schema.field("pnl").type) == "decimal128(38, 15)"
    assert str(pq.read_schema(tmp_path / "trades.parquet").field("closed_ns").type) == "int64"


def test_a_number_too_long_for_parquet_says_so(tmp_path: Path) -> None:
    long = export.Records([], [], [], [DailyPnL("2025-01-01", D(10) ** 60, D("1e-30"))])
    export.write_parquet(
        export.Records([], [], [], [DailyPnL("2025-01-01", D(10) ** 40, D("1e-30"))]), tmp_path
    )
    wrong = export.Records([], [], [], [*long.daily, DailyPnL("2025-01-02", D("1e-30"), D(0))])
    with pytest.raises(StorageError, match=r"daily\.nav needs 91 digits"):
        export.write_parquet(wrong, tmp_path)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
def test_a_failed_write_leaves_what_was_there(tmp_path: Path, code: int) -> None:
    target = tmp_path / "run.json"
    export.write_json(RECORDS, target)
    before = target.read_bytes()

    def fail(file: object) -> None:
        file.write(b"half of it")  # type: ignore[attr-defined]
        raise OSError(code, os.strerror(code))

    with pytest.raises(StorageError, match=r"run\.json could not be written") as caught:
        write_whole(target, fail)
    assert ("free some space" in str(caught.value)) is (code == errno.ENOSPC)
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_full_disk_while_syncing_is_a_storage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        export.write_csv(RECORDS, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_that_cannot_be_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="check the path"):
        export.write_csv(RECORDS, tmp_path / "file" / "out")


def test_broken_exports_are_data_errors(tmp_path: Path) -> None:
    export.write_csv(RECORDS, tmp_path)
    export.write_parquet(RECORDS, tmp_path)
    (tmp_path / "run.json").write_text('{"trades": [')
    with pytest.raises(DataError, match="is no export"):
        export.read_json(tmp_path / "run.json")
    file = tmp_path / "entries.csv"
    file.write_text(file.read_text().replace("0.10000000", "a tenth"))
    with pytest.raises(DataError, match=r"entries\.csv, line 2"):
        export.read_csv(tmp_path)
    file.write_text("seq,at_ns\n")
    with pytest.raises(DataError, match="its columns are"):
        export.read_csv(tmp_path)
    (tmp_path / "fills.parquet").write_bytes((tmp_path / "fills.parquet").read_bytes()[:-20])
    with pytest.raises(DataError, match=r"fills\.parquet"):
        export.read_parquet(tmp_path)
