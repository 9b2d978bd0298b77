"""The journal of a finished backtest is asked like any other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.views.scripts import HELD, folder, script
from titan.engine.journal import Journal
from titan.model.errors import StorageError
from titan.storage.finished import LINES, finished
from titan.storage.search import Entry, Wanted, following, search
from titan.storage.store import look_into
from titan.storage.story import story_of
from titan.storage.views import rules_of


@pytest.fixture
def run(tmp_path: Path) -> Path:
    journal = Journal()
    for _, event in script():
        journal(event)
    journal.save(tmp_path / LINES)
    return tmp_path


def unlinked(entry: Entry) -> Entry:
    return entry._replace(link="", at_ns=0, body="")


def test_it_is_what_a_run_on_live_data_would_have_stored(run: Path, tmp_path: Path) -> None:
    live = look_into(f"sqlite:///{folder(tmp_path / 'live') / 'titan.db'}")
    found = finished(run)
    assert [unlinked(e) for e in search(found)] == [unlinked(e) for e in search(live)]
    assert rules_of(found) == rules_of(live)
    ours, theirs = (story_of(one, "r-sentinel.BTC-2-entry") for one in (found, live))
    assert ours is not None
    assert theirs is not None
    assert [e.seq for e in ours.entries] == [e.seq for e in theirs.entries]
    found.close()
    live.close()


def test_times_are_those_of_the_entries(run: Path) -> None:
    found = finished(run)
    times = [e.at_ns for e in following(found, 0, 1000)]
    assert times == sorted(times)
    assert min(times) == script()[0][0]
    held = list(search(found, Wanted(text=HELD)))
    assert {at for at, _ in script()} >= {e.at_ns for e in held}
    found.close()


def test_what_is_torn_is_named(run: Path) -> None:
    whole = (run / LINES).read_bytes()
    (run / LINES).write_bytes(whole[:-40])
    with pytest.raises(StorageError, match=f"line {len(script())} is broken"):
        finished(run)
    (run / LINES).unlink()
    with pytest.raises(StorageError, match=r"journal.jsonl cannot be read: No such file"):
        finished(run)
