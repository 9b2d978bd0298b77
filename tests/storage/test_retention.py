"""What is old leaves the journal, and what is left still verifies and still says all that a restart asks."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from tests.storage.stores import BTC, Writing, fill, report, submitted
from titan.execution.memory import Memory, fold
from titan.model.errors import StorageError
from titan.model.events import OrderReport, Refused, Submitted
from titan.model.fill import Fill
from titan.model.order import OrderEvent
from titan.model.outcome import SagaOutcome
from titan.model.pair import HaltIntent, PairEnd, TransferIntent
from titan.model.run import RunBegan
from titan.model.signal import Intent, Signal
from titan.storage.archive import lines, parquet, verified_file
from titan.storage.recall import recall, verified
from titan.storage.retention import boundary, prune
from titan.storage.search import Wanted, search
from titan.storage.store import Store, open_store

TYPES = (
    Submitted,
    OrderReport,
    Fill,
    Signal,
    Refused,
    TransferIntent,
    SagaOutcome,
    HaltIntent,
    Intent,
    RunBegan,
)
SIGNAL = Signal("s", 1, "OPEN", "BTC", 7, 1, {"z": 2.5})
REFUSED = Refused("i-x", "size", "too large", {"lots": "5"}, 1)


def wish(name: str) -> TransferIntent:
    return TransferIntent(name, "s", "USDT", "a", "b", "5", "margin")


def began(*, resumed: bool) -> RunBegan:
    return RunBegan("r", "paper", "s", "here", Decimal(1), 1, "0", resumed, 5)


def outcome(name: str) -> SagaOutcome:
    return SagaOutcome(wish(name), PairEnd.ABORTED, 0, 0, "no", 9)


OLD: list[msgspec.Struct] = [
    SIGNAL, REFUSED,
    submitted("void"), report("void", OrderEvent.REJECT),
    submitted("filled"), fill("filled", 1, 5),
    submitted("part"), fill("part", 2, 1), report("part", OrderEvent.CANCEL),
    submitted("open"), report("open", OrderEvent.ACCEPT),
    submitted("late"),
    wish("ended"), HaltIntent("ended", "s", "slow"), submitted("e1", saga="ended"),
    report("e1", OrderEvent.EXPIRE), outcome("ended"),
    wish("running"), HaltIntent("running", "s", "slow"), submitted("r1", saga="running"),
    report("r1", OrderEvent.EXPIRE),
]  # fmt: skip
NEW: list[msgspec.Struct] = [SIGNAL, report("late", OrderEvent.CANCEL), submitted("new")]
GO = (1, 2, 3, 13, 14, 15)
"""Places in OLD: the refusal, the order that came to nothing, what is left of a saga that ended."""
STAY = [event for n, event in enumerate(OLD) if n not in GO] + NEW


def written(url: str) -> Store:
    writing = Writing(url)
    for event in (*OLD, *NEW):
        writing.journal(event)
    writing.safe()
    writing.close()
    return open_store(url)


def test_only_what_nobody_needs_goes_and_the_chain_holds(url: str) -> None:
    store = written(url)
    head = verified(store).head
    done = prune(store, len(OLD), 77)
    assert (done.dropped, done.kept) == (len(GO), len(OLD) - len(GO))
    assert list(recall(store, TYPES)) == STAY
    verdict = verified(store)
    assert verdict.broken is None
    assert verdict.head != head
    again = Writing(url)
    again.journal(submitted("newest"))
    again.safe()
    assert list(recall(again.store, TYPES))[-1] == submitted("newest")
    assert verified(again.store).broken is None
    with pytest.raises(StorageError, match="another process writes"):
        prune(again.store, len(OLD) + 2, 78)
    again.close()
    second = prune(store, len(OLD) + 3, 79)
    assert second.dropped == 2  # the order whose end is old by now
    assert verified(store).broken is None
    with pytest.raises(StorageError, match="nothing of that age"):
        prune(store, len(OLD), 80)
    store.close()


def test_of_earlier_runs_only_the_money_stays(url: str) -> None:
    """A run that goes on is none of its own."""
    writing = Writing(url)
    for event in (
        *OLD,
        began(resumed=True),
        *OLD[:1],
        began(resumed=False),
        *OLD[:2],
        began(resumed=True),
        *NEW,
    ):
        writing.journal(event)
    writing.safe()
    writing.close()
    store = open_store(url)
    prune(store, len(OLD) + 6, 77)
    gone = (0, *GO, 12, 16)
    stay = [event for n, event in enumerate(OLD) if n not in gone]
    rest = [began(resumed=True), began(resumed=False), SIGNAL, began(resumed=True), *NEW]
    assert list(recall(store, TYPES)) == stay + rest
    assert verified(store).broken is None
    store.close()


def test_what_became_of_a_wish_for_one_order_stays_with_the_wish(url: str) -> None:
    """Without it a restart would take the wish for one that was never sent."""
    void, no = submitted("void"), Refused("i-no", "size", "too large", {}, 1)
    story: list[msgspec.Struct] = [began(resumed=False), void.intent, void, report("void", OrderEvent.REJECT)]
    story += [msgspec.structs.replace(void.intent, id="i-no"), no, REFUSED]
    writing = Writing(url)
    for event in (*story, SIGNAL):
        writing.journal(event)
    writing.safe()
    writing.close()
    store = open_store(url)
    prune(store, len(story), 77)
    left = list(recall(store, TYPES))
    assert left == [*story[:-1], SIGNAL]
    assert fold(left).unsent == {}
    store.close()


@pytest.mark.parametrize(
    "change",
    [
        "update entries set body = replace(body, 'f1', 'f9') where seq = 6",
        "delete from entries where seq = 6",
        "update entries set body = replace(body, '\"kept\":15', '\"kept\":9') where what = 'pruned'",
        "delete from entries where what = 'pruned'",
        "update entries set what = 'x' where what = 'pruned'",
    ],
)
def test_what_was_kept_cannot_be_changed_unseen(url: str, change: str) -> None:
    store = written(url)
    prune(store, len(OLD), 77)
    with store.writing() as connection:
        connection.exec_driver_sql(change)
        connection.execute(sa.text("delete from entries where seq > 25"))
    broken = verified(store).broken
    assert broken is not None
    with pytest.raises(StorageError, match="is broken at"):
        list(recall(store, TYPES))
    store.close()


def test_a_broken_journal_is_not_pruned(url: str) -> None:
    store = written(url)
    with store.writing() as connection:
        connection.execute(sa.text("delete from entries where seq = 2"))
    with pytest.raises(StorageError, match="broken at entry 3"):
        prune(store, 10, 77)
    assert len(list(search(store))) == len(OLD) + len(NEW) - 1
    store.close()


def test_the_boundary_is_before_the_first_that_is_young_enough(url: str) -> None:
    store = written(url)
    times = [entry.at_ns for entry in search(store)]
    assert boundary(store, times[0]) == 0
    assert boundary(store, times[-1] + 1) == len(times)
    assert boundary(store, times[5]) == times.index(times[5])
    store.close()


def test_an_export_verifies_by_itself_before_and_after(url: str, tmp_path: Path) -> None:
    store = written(url)
    whole, rest, part = tmp_path / "a.jsonl", tmp_path / "b.jsonl", tmp_path / "c.jsonl"
    assert lines(whole, search(store)) == len(OLD) + len(NEW)
    assert verified_file(whole) == verified(store)
    prune(store, len(OLD), 77)
    lines(rest, search(store))
    assert verified_file(rest) == verified(store)
    whole.write_text(whole.read_text().replace('"lots":5', '"lots":6', 1))
    broken = verified_file(whole).broken
    assert broken is not None
    assert broken.seq == 3
    lines(part, search(store, Wanted(what="submitted")))
    assert verified_file(part).broken is not None
    part.write_text("nonsense\n")
    with pytest.raises(StorageError, match=r"c.jsonl, line 1: "):
        verified_file(part)
    store.close()


def test_parquet_has_every_entry_with_its_time(url: str, tmp_path: Path) -> None:
    from pyarrow import parquet as pq

    store = written(url)
    out = tmp_path / "a.parquet"
    assert parquet(out, search(store)) == len(OLD) + len(NEW)
    table = pq.read_table(out)
    assert table.schema.field("at").type.tz == "UTC"
    assert table.column("seq").to_pylist() == list(range(1, len(OLD) + len(NEW) + 1))
    assert json.loads(table.column("body")[4].as_py())["intent"]["instrument"] == BTC
    store.close()


def test_what_a_restart_is_made_of_is_the_same_afterwards(url: str) -> None:
    def folded(store: Store) -> tuple[object, ...]:
        memory = Memory()
        for event in recall(store, TYPES):
            memory(event)
        filled = {name: one.heard for name, one in memory.orders.items() if one.fills}
        at_work = [memory.orders_of(name) for name in memory.wishes]
        return memory.bookings, memory.wishes, memory.steps, filled, at_work

    store = written(url)
    before = folded(store)
    prune(store, len(OLD), 77)
    assert folded(store) == before
    store.close()


@pytest.mark.parametrize("write", [lines, parquet])
def test_an_export_that_has_no_place_says_so(tmp_path: Path, write: Callable[..., int]) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="could not be written") as raised:
        write(tmp_path / "file" / "export", [])
    assert raised.value.remedy
