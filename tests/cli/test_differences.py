"""What a reconciliation found, as the terminal and a machine read it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from titan.cli.app import app
from titan.model.recovery import Difference, Found, Reconciled
from titan.storage.journal import StoredJournal
from titan.storage.store import open_store

GAP = Difference(Found.BALANCE, "okx.unified USDT", "100.5", "99.25", "declare what to do with it", True)
PASSES = [
    Reconciled("binance", False, "binance does not answer", 0, 0, 0, (), 1, 2),
    Reconciled("okx", True, "", 1, 2, 3, (GAP,), 3, 4),
    Reconciled("binance", True, "", 2, 1, 3, (), 5, 6),
]


@pytest.fixture
def store(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'titan.db'}"
    kept = open_store(url)
    journal = StoredJournal(kept, now=lambda: 7, deliver=lambda call: call(), on_trouble=lambda why: None)
    for one in PASSES:
        journal(one)
    journal.close()
    kept.close()
    return url


def said(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["differences", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_last_pass_of_each_venue_is_told_with_its_figures(store: str) -> None:
    text = said("--store", store)
    assert "does not answer" not in text
    assert "binance since 1970-01-01 00:00:00.000: agrees (2 open orders, 1 position, 3 balances)" in text
    assert "1 difference, entries are closed (1 open order, 2 positions, 3 balances)" in text
    row = next(line for line in text.splitlines() if "okx.unified USDT" in line)
    assert all(word in row for word in ("balance", "100.5", "99.25", "declare what", "entries closed"))


def test_every_pass_is_told_where_asked_for(store: str) -> None:
    assert "not answered completely: binance does not answer" in said("--store", store, "--all")


def test_a_machine_reads_the_same(store: str) -> None:
    passes = msgspec.json.decode(said("--store", store, "--json"))["passes"]
    assert [(p["venue"], p["opens"]) for p in passes] == [("binance", True), ("okx", False)]
    assert passes[1]["differences"][0]["theirs"] == "99.25"


def test_where_nothing_was_reconciled_it_says_so(tmp_path: Path) -> None:
    kept = open_store(f"sqlite:///{tmp_path / 'titan.db'}")
    kept.close()
    assert said("--store", str(tmp_path)) == "no venue was reconciled yet\n"
