"""The journal from its end: the same entries as forwards, in pages of any size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.storage.stores import Writing, fill, report, submitted
from titan.model.order import OrderEvent
from titan.storage import backwards as module
from titan.storage.backwards import backwards
from titan.storage.search import Wanted, search
from titan.storage.store import Store


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    writing = Writing(url)
    for n in range(40):
        for event in (submitted(f"o{n}"), report(f"o{n}", OrderEvent.ACCEPT), fill(f"o{n}", n, 2)):
            writing.journal(event)
    writing.safe()
    yield writing.store
    writing.close()


@pytest.mark.parametrize("stretch", [1, 7, 1000])
@pytest.mark.parametrize("limit", [1, 9, 500])
@pytest.mark.parametrize(
    "wanted", [Wanted(), Wanted(what="fill"), Wanted(what="fill,report"), Wanted(text="o7"), Wanted(what="x")]
)
def test_pages_are_what_a_search_finds(
    store: Store, wanted: Wanted, limit: int, stretch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST", stretch)
    found, before = [], 0
    while True:
        page = backwards(store, wanted, limit, before=before)
        found += page.entries
        before = page.before
        if not before:
            break
    assert found == list(search(store, wanted))[::-1]


def test_a_page_that_took_long_enough_says_where_to_go_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST", 10)
    page = backwards(store, Wanted(what="x"), 5, enough=lambda: True)
    assert (page.entries, page.before) == ([], 111)


def test_by_time_and_by_id(store: Store) -> None:
    entries = list(search(store))
    middle = entries[60].at_ns
    late = backwards(store, Wanted(since_ns=middle), 500).entries
    early = backwards(store, Wanted(until_ns=middle), 500).entries
    assert [*late, *early] == entries[::-1]
    assert [one.what for one in backwards(store, Wanted(), 500, about="o7").entries] == [
        "fill", "report", "submitted",
    ]  # fmt: skip
    assert backwards(store, Wanted(), 500, about="nobody").entries == []
