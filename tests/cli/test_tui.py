"""Which run `titan tui` looks at, and what it says of what is none."""

from __future__ import annotations

import os
from decimal import Decimal as D
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.views.scripts import NOW, STATUS, folder, script
from titan.cli.tui import source_of, tui
from titan.engine.journal import Journal
from titan.model.errors import ConfigError, StorageError
from titan.views.board import Board, Day, Freshness
from titan.views.status import encoded


def backtest(place: Path) -> Path:
    """The folder of a finished one, as far as it is looked at."""
    place.mkdir(parents=True)
    journal = Journal()
    for _, event in script():
        journal(event)
    journal.save(place / "journal.jsonl")
    (place / "run.json").write_text("{}")
    (place / "status.json").write_bytes(encoded(replace(STATUS, mode="backtest", state="stopped")))
    return place


def looked(run: str) -> Board:
    source = source_of(run, now=lambda: NOW + 10**17)
    try:
        return source.look()
    finally:
        source.close()


def test_a_backtest_is_shown_as_it_ended(tmp_path: Path) -> None:
    found = looked(str(backtest(tmp_path / "a")))
    assert (found.freshness, found.old, found.then_ns) == (Freshness.FINISHED, False, NOW)
    assert [one.id for one in found.ended] == ["BTC:satellite:3"]
    assert found.holdings[0].entry_basis is not None
    assert found.yields.day == Day(NOW - round(STATUS.seconds * 1e9), D("12.3456"), STATUS.pnl)


def test_the_newest_run_comes_before_any_backtest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    backtest(tmp_path / "runs" / "old")
    os.utime(tmp_path / "runs" / "old" / "status.json", (1, 1))
    backtest(tmp_path / "runs" / "a")
    assert source_of("").folder == Path("runs/a")
    folder(tmp_path / "runs" / "live")
    assert source_of("").folder == Path("runs/live")


def test_what_is_no_run_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StorageError, match="there is no journal here yet"):
        source_of("")
    folder(tmp_path / "runs" / "live")
    with pytest.raises(StorageError, match="there is no runs/liv") as missed:
        source_of("runs/liv")
    assert "runs/live" in missed.value.remedy
    (tmp_path / "tape").mkdir()
    (tmp_path / "tape" / "part-00000.parquet").touch()
    with pytest.raises(StorageError, match="tape is no run"):
        source_of("tape")
    (backtest(tmp_path / "old") / "status.json").unlink()
    with pytest.raises(StorageError, match="of an earlier version") as earlier:
        source_of("old")
    assert "old/report.html" in earlier.value.remedy


@pytest.mark.parametrize(
    ("tty", "term", "why"), [(False, "xterm", "this is no terminal"), (True, "dumb", "TERM=dumb")]
)
def test_where_nothing_can_be_drawn_it_says_what_prints(
    tty: bool, term: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: tty)
    monkeypatch.setenv("TERM", term)
    with pytest.raises(ConfigError, match=why) as refused:
        tui("")
    assert "titan positions" in refused.value.remedy


def test_a_journal_elsewhere_is_named_as_for_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = folder(tmp_path / "live")
    for file in run.glob("titan.db*"):
        file.rename(tmp_path / file.name)
    monkeypatch.setenv("TITAN_STORE", f"sqlite:///{tmp_path / 'titan.db'}")
    found = looked(str(run))
    assert found.status == STATUS
    assert [one.id for one in found.ended] == ["BTC:satellite:3"]
    monkeypatch.delenv("TITAN_STORE")
    source = source_of(str(run), store=f"sqlite:///{tmp_path / 'titan.db'}", now=lambda: NOW)
    assert [one.id for one in source.look().ended] == ["BTC:satellite:3"]
    source.close()
