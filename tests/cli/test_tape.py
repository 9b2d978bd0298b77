"""`titan tape`: one JSON document where it is asked for, tables for people, errors that say what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from titan.cli.tape import app
from titan.market.tape.read import TapeReader
from titan.model.errors import ConfigError, DataError, InstrumentError, TapeError


def call(*args: object) -> str:
    """Standard output of a command that must succeed."""
    result = CliRunner().invoke(app, [str(a) for a in args], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    folder = tmp_path / "binance-1m"
    for name, px in (("BTC_USDT-1m.csv", 100.0), ("futures/BTC_USDT_USDT-1m-futures.csv", 101.0)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = "".join(f"{1_700_000_040 + i * 60},{px},{px + 2},{px - 1},{px + 1},8\n" for i in range(30))
        path.write_text("date,open,high,low,close,volume\n" + rows + "1700009000,nan,1,1,1,1\n")
    return folder


@pytest.fixture
def tape(recording: Path, tmp_path: Path) -> Path:
    call("import", recording, "--out", tmp_path / "tape")
    return tmp_path / "tape"


def test_import_prints_one_document(recording: Path, tmp_path: Path) -> None:
    document = json.loads(call("import", recording, "--out", tmp_path / "a", "--json"))
    assert document["rows"] == 240
    assert [i["id"] for i in document["instruments"]] == ["binance.spot.BTCUSDT", "binance.perp.BTCUSDT"]
    assert document["bad_row_count"] == 2
    assert document["bad_rows"][0]["row"] == 32
    assert document["fingerprint"] == TapeReader(tmp_path / "a").fingerprint


def test_import_shows_people_a_table_and_the_bad_rows(recording: Path, tmp_path: Path) -> None:
    shown = call("import", recording, "--out", tmp_path / "a")
    assert "binance.perp.BTCUSDT" in shown
    assert "bars 1 min" in shown
    assert "240 rows" in shown
    assert "2 rows could not be used" in shown
    assert "BTC_USDT-1m.csv, row 32: not a number" in shown


def test_import_takes_a_window_and_replaces_only_when_told(recording: Path, tape: Path) -> None:
    window = ("--start", "2023-11-14T22:14", "--end", "2023-11-14T22:24", "--json")
    with pytest.raises(TapeError, match="exists already"):
        call("import", recording, "--out", tape, *window)
    document = json.loads(call("import", recording, "--out", tape, "--force", *window))
    assert document["rows"] == 2 * 10 * 4
    with pytest.raises(ConfigError, match="--start soon is no time"):
        call("import", recording, "--out", tape, "--start", "soon")


def test_import_names_what_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(DataError, match=r"a\.txt is nothing"):
        call("import", tmp_path / "a.txt", "--out", tmp_path / "t")


def test_info(tape: Path) -> None:
    document = json.loads(call("info", tape, "--json", "--check"))
    assert document["rows"] == 240
    assert document["instruments"][0]["id"] == "binance.spot.BTCUSDT"
    assert document["instruments"][0]["tick"] == "0.01"
    assert document["instruments"][0]["rows"]["bar_close"] == 30
    assert document["check"]["findings"] == []
    assert document["sources"][0]["sha256"]
    shown = call("info", tape, "--check")
    assert "10/10" in shown
    assert "2 sources" in shown


def test_head(tape: Path) -> None:
    document = json.loads(call("head", tape, "-n", 3, "--json"))
    assert [r["row"] for r in document["rows"]] == [0, 1, 2]
    assert document["rows"][0]["kind"] == "bar_open"
    only = json.loads(call("head", tape, "-n", 2, "--instrument", "perp", "--kind", "bar_close", "--json"))
    assert {(r["instrument"], r["kind"]) for r in only["rows"]} == {("binance.perp.BTCUSDT", "bar_close")}
    assert only["rows"][0]["flags"] == ["end"]
    assert "bar_open" in call("head", tape)
    with pytest.raises(ConfigError, match="no kind nonsense"):
        call("head", tape, "--kind", "nonsense")
    with pytest.raises(InstrumentError, match="fits several"):
        call("head", tape, "--instrument", "BTC")


def test_merge(recording: Path, tape: Path, tmp_path: Path) -> None:
    spot = tmp_path / "spot"
    perp = tmp_path / "perp"
    call("import", recording / "BTC_USDT-1m.csv", "--out", spot)
    call("import", recording / "futures", "--out", perp, "--venue", "binance")
    document = json.loads(call("merge", spot, perp, "--out", tmp_path / "both", "--json"))
    assert document["rows"] == 240
    assert document["fingerprint"] == TapeReader(tape).fingerprint
    assert "240 rows" in call("merge", spot, perp, "--out", tmp_path / "both", "--force")


def test_a_folder_of_tapes_is_shown_and_joined(tmp_path: Path) -> None:
    from tests.market.tape.making import meta, trades
    from titan.market.tape.grow import GrowingTape

    for name, seed in (("binance/spot.BTCUSDT/2026-01-01", 1), ("binance/spot.BTCUSDT/2026-01-02", 2)):
        tape = GrowingTape(tmp_path / "rec" / name, meta())
        tape.append(trades(10, seed=seed))
        tape.close()
    assert [t["rows"] for t in json.loads(call("info", tmp_path / "rec", "--json"))["tapes"]] == [10, 10]
    assert "2026-01-02" in call("info", tmp_path / "rec")
    call("merge", tmp_path / "rec", "--out", tmp_path / "one")
    assert TapeReader(tmp_path / "one").rows == 20
