"""A journal is read by place: whole, part by part, of a store and of a backtest's lines alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.views.scripts import NOW, folder, script
from titan.engine.journal import Journal
from titan.model.errors import StorageError
from titan.storage import lines as module
from titan.storage.finished import LINES
from titan.storage.lines import FileLines, Lines, StoreLines
from titan.storage.schema import entries
from titan.storage.search import search
from titan.storage.store import open_store

COUNT = len(script())


def written(place: Path) -> Path:
    place.mkdir(exist_ok=True)
    journal = Journal()
    for _, event in script():
        journal(event)
    journal.save(place / LINES)
    return place


def stored(place: Path) -> StoreLines:
    return StoreLines(f"sqlite:///{place / 'titan.db'}")


@pytest.fixture(params=["store", "file"])
def lines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lines]:
    found: Lines = (
        stored(folder(tmp_path / "run")) if request.param == "store" else FileLines(written(tmp_path))
    )
    yield found
    found.close()


def indexed(lines: Lines) -> Lines:
    while lines.grow():
        pass
    return lines


def test_any_part_is_what_a_search_finds(lines: Lines, tmp_path: Path) -> None:
    indexed(lines)
    live = stored(folder(tmp_path / "again"))
    whole = [e._replace(at_ns=0, link="", body="") for e in search(live.store)]
    live.close()
    for first, last in ((0, COUNT), (0, 1), (7, 8), (3, COUNT - 2), (COUNT - 1, COUNT), (5, 5)):
        found = [e._replace(at_ns=0, link="", body="") for e in lines.read(first, last)]
        assert found == whole[first:last]


def test_the_index_is_made_in_parts(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PART", 7)
    parts = 1
    while lines.grow():
        parts += 1
    assert parts == COUNT // 7 + 1
    assert list(lines.index.seqs) == list(range(1, COUNT + 1))
    assert not lines.grow()


def test_places_by_number_by_time_and_by_what_an_entry_is(lines: Lines) -> None:
    index = indexed(lines).index
    assert list(index.times) == sorted(index.times)
    assert index.by_time(script()[0][0] - 1) == index.by_seq(0) == 0
    assert index.by_time(NOW) == index.by_seq(10**9) == COUNT
    place = index.by_time(index.times[4])
    assert index.times[place - 1] == index.times[4] < index.times[place]
    assert [lines.read(n, n + 1)[0].what for n in index.places("signal")] == ["signal", "signal"]
    assert index.places("no such thing") == []
    both = index.places("signal", "refused")
    assert both == sorted({*index.places("signal"), *index.places("refused")})


def test_times_never_run_backwards(tmp_path: Path) -> None:
    """A clock that was put back: an entry counts as written when the one in front of it was."""
    place = folder(tmp_path / "run")
    store = open_store(f"sqlite:///{place / 'titan.db'}")
    with store.writing() as connection:
        connection.execute(sa.update(entries).where(entries.c.seq == 9).values(at_ns=5))
    store.close()
    lines = stored(place)
    index = indexed(lines).index
    assert index.times[8] == index.times[7]
    lines.close()


def test_a_store_that_grows_is_indexed_on(tmp_path: Path) -> None:
    lines = stored(folder(tmp_path / "run", few=10))
    indexed(lines)
    assert len(lines.index) == 10
    more = open_store(f"sqlite:///{tmp_path / 'run' / 'titan.db'}")
    with more.writing() as connection:
        row = {"seq": 11, "at_ns": NOW, "what": "new", "body": "{}", "link": "x"}
        connection.execute(sa.insert(entries).values(row))
    more.close()
    indexed(lines)
    assert lines.read(10, 11)[0].what == "new"
    lines.close()


def test_what_is_pruned_after_it_was_indexed_is_said(tmp_path: Path) -> None:
    place = folder(tmp_path / "run")
    lines = stored(place)
    indexed(lines)
    store = open_store(f"sqlite:///{place / 'titan.db'}")
    with store.writing() as connection:
        connection.execute(sa.delete(entries).where(entries.c.seq.between(10, 12)))
    store.close()
    assert len(lines.read(0, 9)) == 9
    with pytest.raises(StorageError, match="was pruned while it was read"):
        lines.read(5, 20)
    lines.close()
    fresh = stored(place)
    assert len(indexed(fresh).index) == COUNT - 3
    assert [e.seq for e in fresh.read(8, 10)] == [9, 13]
    assert fresh.index.by_seq(11) == 9
    fresh.close()


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    file = written(tmp_path) / LINES
    whole = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([*whole[:6], b'{"what":\n', *whole[6:]]))
    lines = FileLines(tmp_path)
    with pytest.raises(StorageError, match="line 7 is broken"):
        lines.grow()
    assert len(lines.read(0, 6)) == 6
    lines.close()


def test_a_journal_without_lines_or_without_a_last_end(tmp_path: Path) -> None:
    (tmp_path / LINES).write_bytes(b"")
    empty = FileLines(tmp_path)
    assert not empty.grow()
    assert empty.read(0, 0) == []
    empty.close()
    (tmp_path / LINES).write_bytes(b'{"what":"a","local_ns":5}\n{"what":"b"}')
    open_end = FileLines(tmp_path)
    indexed(open_end)
    assert [(e.seq, e.at_ns, e.what, e.body) for e in open_end.read(0, 2)] == [
        (1, 5, "a", '{"what":"a","local_ns":5}'),
        (2, 5, "b", '{"what":"b"}'),
    ]
    open_end.close()


def test_another_journal_in_its_place_is_noticed(lines: Lines, tmp_path: Path) -> None:
    assert not lines.changed()
    other = tmp_path / "other"
    if isinstance(lines, StoreLines):
        (folder(other) / "titan.db").replace(tmp_path / "run" / "titan.db")
    else:
        (written(other) / LINES).replace(tmp_path / LINES)
    assert lines.changed()
    assert len(indexed(lines).read(0, COUNT)) == COUNT


def test_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="there is no journal"):
        stored(tmp_path)
    with pytest.raises(StorageError, match="cannot be read"):
        FileLines(tmp_path)
