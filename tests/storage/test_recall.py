"""The journal read back: as it was written, or not at all."""

from __future__ import annotations

import msgspec
import pytest
import sqlalchemy as sa

from tests.storage.stores import Writing, fill, report, submitted
from titan.model.errors import StorageError
from titan.model.events import OrderReport, Submitted
from titan.model.fill import Fill
from titan.model.order import OrderEvent
from titan.storage.recall import recall, verified
from titan.storage.store import Store

TYPES = (Submitted, OrderReport, Fill)


def written(url: str, count: int = 30) -> tuple[Store, list[msgspec.Struct]]:
    writing = Writing(url)
    events: list[msgspec.Struct] = []
    for n in range(count):
        events += [
            submitted(f"o{n}"),
            report(f"o{n}", OrderEvent.ACCEPT, 'é "\\\0'),
            fill(f"o{n}", n, 1, "1.50"),
        ]
    for event in events:
        writing.journal(event)
    writing.safe()
    writing.journal.close()
    return writing.store, events


def test_events_come_back_equal_and_in_order(url: str) -> None:
    store, events = written(url)
    assert list(recall(store, TYPES)) == events
    store.close()


def test_a_journal_of_nothing_is_whole(url: str) -> None:
    writing = Writing(url)
    assert list(recall(writing.store, TYPES)) == []
    assert verified(writing.store).broken is None
    writing.close()


def test_an_entry_of_a_newer_version_is_named(url: str) -> None:
    store, _ = written(url)
    with pytest.raises(StorageError, match=r"entry 3 \(fill\) .* not one that this version knows") as caught:
        list(recall(store, (Submitted, OrderReport)))
    assert "newer version" in caught.value.remedy
    store.close()


def test_an_entry_with_other_fields_is_named(url: str) -> None:
    class Other(msgspec.Struct, tag="fill", tag_field="what"):
        id: int

    store, _ = written(url)
    with pytest.raises(StorageError, match=r"entry 3 \(fill\) .*Expected `int`, got `str` - at `\$.id`"):
        list(recall(store, (Submitted, OrderReport, Other)))
    store.close()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("update entries set body = replace(body, 'because', 'x') where seq = 5", "entry 5: its content"),
        ("update entries set body = replace(body, 'f20', 'f21') where seq = 63", "entry 63: its content"),
        ("update entries set at_ns = at_ns + 1 where seq = 7", "entry 7: its content"),
        ("delete from entries where seq in (8, 9)", "entry 10: it follows on 7: 2 are missing"),
        ("delete from entries where seq = 1", "entry 2: it follows on 0: 1 are missing"),
    ],
)
def test_a_broken_journal_is_refused_and_the_place_is_named(url: str, change: str, said: str) -> None:
    store, events = written(url)
    with store.writing() as connection:
        if "because" in change:
            change = change.replace("'because', 'x'", "'accept', 'cancel'")
        connection.execute(sa.text(change))
    heard: list[msgspec.Struct] = []
    with pytest.raises(StorageError, match=r"the journal in .* is broken at ") as caught:
        heard.extend(recall(store, TYPES))
    assert said in str(caught.value)
    broken = verified(store).broken
    assert broken is not None
    assert f"entry {broken.seq}: {broken.why}".startswith(said)
    assert heard == events[: len(heard)]
    store.close()
