"""The marks of a run: those of its own journal, wherever that is kept, and no others."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from titan.cli.marks import NONE, marks_beside
from titan.storage.store import Store

SERVER = "postgresql://titan:secret@db/main"
SHOWN = "postgresql://titan:***@db/main"


def status(name: str, at_ns: int, mark: str, store: str = SHOWN) -> None:
    folder = Path("runs") / name
    folder.mkdir(parents=True)
    prices = [{"instrument": "x.spot.BTCUSDT", "why": "", "mark": mark}]
    (folder / "status.json").write_text(
        json.dumps({"at_ns": at_ns, "prices": prices, "journal": {"store": store}})
    )


def on_server() -> Store:
    """Nothing is asked of it."""
    return Store(sa.create_engine("postgresql+psycopg://titan:secret@db/main"), SERVER)


def test_a_journal_on_a_server_has_the_marks_of_the_run_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert marks_beside(on_server()) is NONE
    status("other", 9, "1", "postgresql://titan:***@db/other")
    assert marks_beside(on_server()) is NONE
    status("older", 7, "2")
    status("newer", 8, "3")
    found = marks_beside(on_server())
    assert (found.prices, found.at_ns) == ({"x.spot.BTCUSDT": Decimal(3)}, 8)


def test_a_file_has_those_beside_it_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    status("a", 9, "1", "sqlite:///runs/b/titan.db")
    store = Store(sa.create_engine("sqlite:///runs/b/titan.db"), "sqlite:///runs/b/titan.db")
    assert marks_beside(store) is NONE
    status("b", 5, "2")
    assert marks_beside(store).prices == {"x.spot.BTCUSDT": Decimal(2)}
