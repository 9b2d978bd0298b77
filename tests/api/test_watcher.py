"""The watcher over files of every kind: old, torn, another run's, pruned, of a run that was killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from tests.api.stage import Clock, says
from tests.views.scripts import HELD, NOW, STATUS, folder
from titan.api.watcher import Watcher
from titan.storage.schema import entries
from titan.storage.store import open_store
from titan.views.frame import NAME

S = 10**9


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watcher(tmp_path: Path, clock: Clock) -> Iterator[Watcher]:
    place = folder(tmp_path / "run")
    made = Watcher(place, f"sqlite:///{place / 'titan.db'}", clock)
    made.look()
    yield made
    made.stop()


def run_of(watcher: Watcher) -> Any:
    row = watcher.tables["status"].row("run", "run")
    return msgspec.json.decode(row) if row is not None else None


def holdings(watcher: Watcher) -> set[str]:
    return set(watcher.tables["status"].rows("holdings"))


def test_a_run_that_says_nothing_any_more_is_stale(watcher: Watcher, clock: Clock) -> None:
    assert run_of(watcher)["freshness"] == "live"
    clock.now_ns += 10 * S
    watcher.look()
    assert run_of(watcher)["freshness"] == "stale"
    texts = [msgspec.json.decode(row)["text"] for row in watcher.tables["status"].rows("alerts").values()]
    assert any("said nothing" in text for text in texts)
    says(watcher.follower.folder, at_ns=clock.now_ns)
    watcher.look()
    assert run_of(watcher)["freshness"] == "live"


def test_a_run_that_stopped_is_ended(watcher: Watcher) -> None:
    says(watcher.follower.folder, state="stopped", at_ns=NOW + 1)
    watcher.look()
    assert run_of(watcher)["freshness"] == "ended"
    assert not watcher.tables["status"].rows("doors")


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"\xff\xfe", b'{"run_id": 7}'])
def test_garbage_in_its_files_changes_nothing_that_is_known(watcher: Watcher, content: bytes) -> None:
    (watcher.follower.folder / "status.json").write_bytes(content)
    (watcher.follower.folder / NAME).write_bytes(content * 50)
    assert watcher.attempt(), watcher.fault
    assert run_of(watcher)["nav"] == "100012.3456"
    assert watcher.follower.unread


def test_another_run_in_the_folder_begins_another_epoch(watcher: Watcher) -> None:
    epoch = watcher.tables["status"].epoch
    says(watcher.follower.folder, msgspec.structs.replace(STATUS, holdings=()), run_id="other", at_ns=NOW + 1)
    watcher.look()
    assert watcher.tables["status"].epoch != epoch
    assert (run_of(watcher)["run_id"], holdings(watcher)) == ("other", set())


def test_another_journal_in_its_place_is_read_from_its_beginning(tmp_path: Path, watcher: Watcher) -> None:
    epoch = watcher.tables["status"].epoch
    other = folder(tmp_path / "other", few=5)
    (other / "titan.db").replace(watcher.follower.folder / "titan.db")
    watcher.look()
    watcher.look()
    assert watcher.tables["status"].epoch != epoch
    assert run_of(watcher)["seq"] == 5
    assert watcher.history.points()[-1].nav == 100_000


def test_a_pruned_journal_is_told_with_what_is_missing(tmp_path: Path, clock: Clock) -> None:
    place = folder(tmp_path / "pruned")
    store = open_store(f"sqlite:///{place / 'titan.db'}")
    with store.writing() as connection:
        connection.execute(sa.delete(entries).where(entries.c.seq.between(7, 9)))
    store.close()
    watcher = Watcher(place, f"sqlite:///{place / 'titan.db'}", clock)
    watcher.look()
    assert (run_of(watcher)["missing"], holdings(watcher)) == (3, {HELD, "ETH:satellite:8"})
    watcher.stop()


def test_before_a_run_there_is_nothing_and_no_fault(tmp_path: Path, clock: Clock) -> None:
    watcher = Watcher(tmp_path / "none", f"sqlite:///{tmp_path / 'none' / 'titan.db'}", clock)
    assert watcher.attempt(), watcher.fault
    assert (run_of(watcher), watcher.caught_up) == (None, False)
    folder(tmp_path / "none")
    watcher.look()
    assert (run_of(watcher)["state"], watcher.caught_up) == ("trading", True)
    watcher.stop()


def test_a_fault_of_the_gateway_is_told_and_passes(watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError("as it must never be")

    with monkeypatch.context() as patch:
        patch.setattr(watcher.follower, "read", broken)
        assert not watcher.attempt()
    assert watcher.fault == "ZeroDivisionError: as it must never be"
    assert watcher.attempt()
    assert not watcher.fault
