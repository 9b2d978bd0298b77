"""What a panic wrote beside a run: left alone while it writes, taken up once, also when it died."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from tests.storage.stores import Writing, fill, submitted
from tests.storage.test_projection import SPOT
from titan.execution.halts import Halts
from titan.model.errors import StorageError
from titan.model.events import Submitted
from titan.model.recovery import Latched, PanicEnded, PanicStep
from titan.portfolio.ledger import Ledger
from titan.runtime.trading.beside import Beside
from titan.runtime.trading.doors import Doors
from titan.runtime.trading.panic_request import Request, ask
from titan.runtime.trading.panicking import BESIDE, written_beside

LATCH = Latched("panic", "a drill", "somebody", 9)
STEP = PanicStep("panic-1", "", "began", 8)


def panic_in(place: Path) -> Writing:
    writing = Writing(f"sqlite:///{place / BESIDE}")
    writing.journal(STEP)
    writing.journal(LATCH)
    return writing


def test_what_still_writes_is_left_alone(tmp_path: Path) -> None:
    assert written_beside(tmp_path) is None
    panic_ = panic_in(tmp_path)
    assert written_beside(tmp_path) is None
    panic_.close()
    assert written_beside(tmp_path) is not None


def test_it_is_taken_up_once_and_stays_until_it_is_safe_elsewhere(tmp_path: Path) -> None:
    panic_in(tmp_path).close()
    found = written_beside(tmp_path)
    assert found is not None
    events, done = found
    assert events == [STEP, LATCH]
    assert (tmp_path / BESIDE).exists()
    assert written_beside(tmp_path) is None  # ours until it is done
    done()
    assert not (tmp_path / BESIDE).exists()
    assert not (tmp_path / f"{BESIDE}-wal").exists()
    assert written_beside(tmp_path) is None
    panic_in(tmp_path).close()  # another panic begins a file of its own
    again = written_beside(tmp_path)
    assert again is not None
    assert again[0] == [STEP, LATCH]


def test_what_cannot_be_read_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / BESIDE).write_bytes(b"no database at all" * 100)
    for _ in range(2):
        with pytest.raises(StorageError):
            written_beside(tmp_path)


class Desk:
    def __init__(self) -> None:
        self.recalled: list[Submitted] = []

    def ticket(self, client_id: str) -> object:
        return next((one for one in self.recalled if one.client_id == client_id), None)

    def recall(self, event: Submitted) -> None:
        self.recalled.append(event)


class Journal:
    """Everything is safe when `store` is called."""

    def __init__(self) -> None:
        self.entries: list[msgspec.Struct] = []
        self.due: list[Callable[[], None]] = []

    def __call__(self, event: msgspec.Struct) -> None:
        self.entries.append(event)

    def after(self, done: Callable[[], None]) -> None:
        self.due.append(done)


class Halted:
    """A run as far as a panic beside it is concerned."""

    def __init__(self, place: Path) -> None:
        self.plan = SimpleNamespace(folder=place, place=Path("config/x"))
        self.doors, self.journal, self.desk = Doors(), Journal(), Desk()
        self.heard: list[object] = []
        self.pages: list[str] = []
        self.stopped: list[str] = []
        self.halted = False
        self.by_id: dict[str, object] = {}
        self.side = SimpleNamespace(own_accounts=lambda *_: ())
        self.parts = SimpleNamespace(
            present=SimpleNamespace(marks=dict), desk=self.desk,
            ledger=Ledger({SPOT.id: SPOT}), engine=SimpleNamespace(halt=self.stopped.append),
            halts=Halts(lambda _: None, lambda: 1),
        )  # fmt: skip
        self.page, self.hear = self.pages.append, self.heard.append
        self.hurried = 0

    def hurry(self) -> None:
        self.hurried += 1

    def beside(self) -> Beside:
        made = Beside(cast(Any, self))
        made.watch = cast(Any, self)
        return made


ENDED = PanicEnded("panic-1", ("binance",), {"okx": "it is down"}, 20)


def test_a_run_halts_at_once_and_takes_up_what_the_panic_did_when_it_has_ended(tmp_path: Path) -> None:
    run, panic_ = Halted(tmp_path), panic_in(tmp_path)
    beside = run.beside()
    assert not beside.look()
    ask(tmp_path, Request("panic-1", "a drill", "somebody", 9))
    assert beside.look()
    assert (run.halted, run.stopped) == (True, [run.doors.shut])
    assert run.journal.entries == [LATCH]
    assert run.parts.halts.restraints.latches().keys() == {"latch panic"}
    order, sold = submitted("tpanic", 5), fill("tpanic", 1, 5)
    for event in (order, order, sold, ENDED):
        panic_.journal(event)
    assert beside.look()
    assert run.heard == []  # it still writes
    panic_.close()
    assert beside.look()
    assert (run.desk.recalled, run.heard, run.hurried) == ([order], [sold], 1)
    assert run.doors.shut.startswith("panic: a drill (by somebody): flat at binance")
    assert "NOT FLAT at okx: it is down" in run.doors.shut
    assert "config/x --rearm" in run.pages[-1]
    assert ENDED in run.journal.entries
    beside.look()
    assert run.heard == [sold]  # once
    assert (tmp_path / BESIDE).exists()  # until it is safe
    for done in run.journal.due:
        done()
    assert not (tmp_path / BESIDE).exists()


def test_a_panic_that_died_is_taken_up_and_its_end_is_not_made_up(tmp_path: Path) -> None:
    run, panic_ = Halted(tmp_path), panic_in(tmp_path)
    ask(tmp_path, Request("panic-1", "a drill", "somebody", 9))
    panic_.close()
    assert run.beside().look()
    assert "the panic died: `titan panic --config config/x` goes on with it" in run.pages
    assert "flat" not in run.doors.shut
    assert STEP in run.journal.entries
