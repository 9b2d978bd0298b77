"""A folder that is no run, or a run with a broken file: the error names the file and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.report.made_runs import SEVEN_MINUTES, write_run
from titan.model.errors import DataError
from titan.report.load import COLUMNS, OPTIONAL, load_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run", SEVEN_MINUTES)


def refused(folder: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        load_run(folder)
    assert caught.value.remedy
    return caught.value


def test_a_missing_folder(tmp_path: Path) -> None:
    assert f"{tmp_path / 'gone'} is no folder" in refused(tmp_path / "gone").message


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    assert "holds no run.json" in refused(tmp_path).message


@pytest.mark.parametrize("name", ["run.json", "report.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"schema": 1}'])
def test_a_broken_document_is_named(run: Path, name: str, content: bytes) -> None:
    (run / name).write_bytes(content)
    assert str(run / name) in refused(run).message


def test_a_missing_document_is_named(run: Path) -> None:
    (run / "report.json").unlink()
    assert "report.json is missing" in refused(run).message


def test_a_run_of_another_schema(run: Path) -> None:
    document = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(document | {"schema": 2}))
    assert "schema 2 is not 1" in refused(run).message


@pytest.mark.parametrize("name", list(COLUMNS))
def test_a_missing_or_truncated_table_is_named(run: Path, name: str) -> None:
    path = run / f"{name}.parquet"
    path.write_bytes(path.read_bytes()[:-40])
    assert f"{path} is broken" in refused(run).message
    path.unlink()
    if name in OPTIONAL:
        assert not len(load_run(run).tables[name]["ts"])
    else:
        assert f"{path} is missing" in refused(run).message


def test_a_missing_column_is_named(run: Path) -> None:
    path = run / "equity.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["nav"]), path)
    assert f"{path} has no column nav" in refused(run).message


def test_unknown_fields_and_columns_are_no_error(run: Path) -> None:
    document = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(document | {"new_thing": {"a": 1}}))
    path = run / "equity.parquet"
    table = pq.read_table(path)
    pq.write_table(table.append_column("new", table.column("nav")), path)
    assert set(load_run(run).tables["equity"]) == set(COLUMNS["equity"])
