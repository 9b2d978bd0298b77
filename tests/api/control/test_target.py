"""Which run is meant is found by its journal, and no entry is looked at twice for it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from tests.runtime.trading.test_left import BEGAN, OPENING
from tests.storage.stores import Writing, submitted
from titan.api.control import target as module
from titan.api.control.target import OfJournal
from titan.api.settings import Settings
from titan.storage.schema import entries
from titan.storage.search import search

CONFIG = Path("config/doubles").absolute()


@pytest.fixture
def writing(tmp_path: Path) -> Writing:
    return Writing(f"sqlite:///{tmp_path / 'titan.db'}")


def finder(tmp_path: Path) -> OfJournal:
    return OfJournal(Settings(tmp_path, f"sqlite:///{tmp_path / 'titan.db'}"), {})


def began(place: Path | str, mode: str = "paper") -> object:
    return replace(BEGAN, place=str(place), mode=mode)


def write(writing: Writing, *events: object) -> None:
    for event in events:
        writing.journal(event)  # type: ignore[arg-type]
    writing.safe()


def test_the_run_that_began_last_is_meant(writing: Writing, tmp_path: Path) -> None:
    write(writing, began(tmp_path), *OPENING[1:], began(CONFIG, "live"), submitted("o"))
    found = finder(tmp_path)()
    assert found is not None
    assert (found.place, found.mode) == (CONFIG, "live")
    assert found.plan.folder == tmp_path
    writing.close()


def test_nobody_knows_before_one_began_or_without_its_config(writing: Writing, tmp_path: Path) -> None:
    find = finder(tmp_path)
    write(writing, submitted("o"))
    assert find() is None
    write(writing, began(tmp_path / "gone"))
    assert find() is None
    assert finder(tmp_path / "no journal")() is None
    write(writing, began(CONFIG))
    assert find() is not None
    writing.close()


def test_no_entry_is_looked_at_twice(
    writing: Writing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def looked(*given: object) -> object:
        for entry in search(*given):  # type: ignore[arg-type]
            seen.append(entry.seq)
            yield entry

    monkeypatch.setattr(module, "search", looked)
    find = finder(tmp_path)
    write(writing, began(tmp_path / "gone"), began(tmp_path / "gone"))
    assert find() is find() is None
    write(writing, submitted("o"), began(tmp_path / "gone"))
    assert find() is find() is None
    assert seen == [1, 2, 4]
    with writing.store.writing() as connection:
        connection.execute(sa.delete(entries).where(entries.c.seq > 1))
    assert find() is None
    assert seen == [1, 2, 4, 1]
    writing.close()


def test_an_entry_of_a_newer_version_is_no_run(writing: Writing, tmp_path: Path) -> None:
    write(writing, began(CONFIG))
    with writing.store.writing() as connection:
        connection.execute(sa.update(entries).values(body='{"what":"began","of":"tomorrow"}'))
    assert finder(tmp_path)() is None
    writing.close()
