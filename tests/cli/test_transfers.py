"""`titan transfers settle` as an operator meets it: at rest, beside a run, and with slips of the finger."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.cli.test_halts import SETTINGS, began, journal, titan
from titan.model.events import LEFT, Transfer
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd, TransferIntent
from titan.model.settled import Fate, Settled
from titan.runtime.entries import TYPES
from titan.storage.recall import recall
from titan.storage.store import open_store

WISH = TransferIntent("w-1", "s", "USDT", "binance.spot", "bybit.spot", "250", "margin")
WITHIN = TransferIntent("t-2", "s", "USDT", "binance.spot", "binance.perp", "90", "margin")
SETTLE = ("transfers", "settle", "w-1", "--config", ".", "--why", "ticket 4711")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A journal with a withdrawal on its way and a transfer within a venue that nobody can tell of."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TITAN_STORE", raising=False)
    (tmp_path / "titan.toml").write_text(SETTINGS)
    writing = journal(tmp_path)
    for entry in (
        began(), WISH, Transfer("w-1" + LEFT, "USDT", "binance.spot", "transit", Decimal(250), Decimal(0), 6),
        WITHIN,
    ):  # fmt: skip
        writing.journal(entry)
    writing.close()
    return tmp_path


def rows(capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    capsys.readouterr()
    titan("transfers", "--store", "run", "--json", *more)
    return {one["id"]: one for one in json.loads(capsys.readouterr().out)["transfers"]}


def words(place: Path) -> list[Settled]:
    store = open_store(f"sqlite:///{place / 'run' / 'titan.db'}")
    try:
        return [entry for entry in recall(store, TYPES) if isinstance(entry, Settled)]
    finally:
        store.close()


def test_what_never_arrives_is_settled_with_a_name_and_a_reason(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rows(capsys, "--open").keys() == {"w-1", "t-2"}
    titan(*SETTLE, "--arrived", "249.5")
    assert "when the run starts" in capsys.readouterr().out
    (word,) = words(place)
    assert (word.intent_id, word.fate, word.amount) == ("w-1", Fate.ARRIVED, "249.5")
    assert (bool(word.by), word.reason) == (True, "ticket 4711")
    assert rows(capsys, "--open").keys() == {"t-2"}
    settled = rows(capsys)["w-1"]
    assert settled["state"] == "settled: arrived"
    assert "249.5 arrived, ticket 4711" in settled["reason"]
    titan("trace", "w-1", "--store", "run")
    assert "settled by" in capsys.readouterr().out
    writing = journal(place)
    writing.journal(Transfer("w-1", "USDT", "transit", "bybit.spot", Decimal("249.5"), Decimal("0.5"), 7))
    writing.close()
    assert (rows(capsys)["w-1"]["state"], rows(capsys)["w-1"]["cost"]) == ("booked", "0.5")


def test_a_running_run_is_asked(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    running = journal(place)
    titan(*SETTLE, "--lost")
    assert "was asked" in capsys.readouterr().out
    (file,) = (place / "run").glob("asked-*")
    asked = msgspec.json.decode(file.read_bytes(), type=Settled)
    assert (asked.intent_id, asked.fate) == ("w-1", Fate.LOST)
    running.close()
    assert words(place) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("w-1",), "--arrived AMOUNT, --back, --lost"),
        (("w-1", "--back", "--lost"), "--arrived AMOUNT, --back, --lost"),
        (("w-1", "--arrived", "251"), "250 or less"),
        (("w-1", "--arrived", "0"), "250 or less"),
        (("w-1", "--arrived", "NaN"), "250 or less"),
        (("w-1", "--arrived", "all"), "250 or less"),
        (("w-1", "--arrived", "1e-19"), "250 or less"),
        (("w-2", "--back"), "those that are open: w-1, t-2"),
        (("t-2", "--back"), "still looked for"),
    ],
)
def test_a_slip_is_named(
    place: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], said: str
) -> None:
    titan("transfers", "settle", *more, "--config", ".", "--why", "x", code=2)
    assert said in " ".join(capsys.readouterr().err.split())
    assert words(place) == []


def test_within_a_venue_it_is_there_or_not(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    writing = journal(place)
    writing.journal(SagaOutcome(WITHIN, PairEnd.NEEDS_OPERATOR, 0, 0, "cannot be told", 8))
    writing.close()
    ask = ("transfers", "settle", "t-2", "--config", ".", "--why", "looked")
    titan(*ask, "--lost", code=2)
    titan(*ask, "--arrived", "89", code=2)
    assert words(place) == []
    titan(*ask, "--back")
    assert rows(capsys)["t-2"]["state"] == "settled: back"
