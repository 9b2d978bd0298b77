"""The read model: whatever a journal holds, wherever it is cut, however it is delivered, the replica is what
the engine's own books are by the same entries.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from decimal import Decimal as D
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.execution.scripted import INSTRUMENTS
from tests.properties.run_journals import journals
from titan.execution.desk import Desk
from titan.execution.halts import Halts
from titan.execution.restoring import restored
from titan.model.outcome import SagaOutcome
from titan.model.pair import TransferIntent
from titan.model.recovery import Latched, PanicEnded
from titan.model.restraint import Imposed
from titan.model.run import RunBegan, RunStopped
from titan.model.step import SagaStep
from titan.portfolio.entries import FEES, FUNDING
from titan.portfolio.ledger import Ledger
from titan.runtime.trading.left import Left, left_by
from titan.runtime.watching import follower
from titan.runtime.watching.follower import Follower
from titan.storage.journal import StoredJournal
from titan.storage.store import open_store
from titan.strategies.sentinel.past import past_of
from titan.views.latest import Latest
from titan.views.replica import Replica
from titan.views.works import Works

Timed = tuple[int, msgspec.Struct]


def told(part: object) -> Any:
    """All that a replica knows, as something that can be compared."""
    if isinstance(part, Replica | Works | Latest):
        return {name: told(value) for name, value in vars(part).items()}
    return list(part) if isinstance(part, deque) else part


def heard(replica: Replica, entries: Iterable[tuple[int, Timed]]) -> Replica:
    for seq, (at_ns, event) in entries:
        replica(seq, at_ns, event)
    return replica


def numbered(journal: Sequence[Timed]) -> list[tuple[int, Timed]]:
    return list(enumerate(journal, 1))


class Engine:
    """What the engine's parts are by a journal: as a process that goes on with it takes them up."""

    def __init__(self, journal: Sequence[Timed]) -> None:
        events = [event for _, event in journal]
        self.left: Left = left_by(events)
        self.ledger = Ledger(INSTRUMENTS, currency="USDT")
        halts = Halts(lambda _event: None, lambda: 0)
        still: Any = SimpleNamespace(now=lambda: 0)
        self.desk = Desk(still, still, Open(), lambda _event: None, halts=halts)
        restored(self.left.events, self.left.memory, self.desk, self.ledger)
        panics = [n for n, event in enumerate(self.left.events) if isinstance(event, PanicEnded)]
        self.past = past_of("sentinel", self.left.events[panics[-1] + 1 if panics else 0 :])
        self.stands = Halts(lambda _event: None, lambda: 0)
        for event in self.left.events:
            self.stands.hear(event)


class Open:
    """A gate that counts nothing."""

    def __call__(self, *_: object) -> Any: ...

    def sent(self, ticket: object) -> None: ...

    def changed(self, ticket: object) -> None: ...


@settings(max_examples=120, deadline=None)
@given(journals)
def test_the_replica_is_what_the_engine_holds(journal: list[Timed]) -> None:
    replica, engine = heard(Replica(), numbered(journal)), Engine(journal)
    ledger = engine.ledger
    assert replica.positions == {p.instrument: p for p in ledger.positions()}
    assert (replica.fills, replica.missing) == (len(ledger.fills()), 0)
    assert replica.fees.get("USDT", D(0)) == ledger.balance(FEES, "USDT")
    assert replica.funding.get("USDT", D(0)) == -ledger.balance(FUNDING, "USDT")
    begins = [n for n, (_, event) in enumerate(journal) if isinstance(event, RunBegan)]
    first = [n for n in begins if not journal[n][1].resumed][-1]  # type: ignore[attr-defined]
    assert replica.resumed == len([n for n in begins if n > first])
    stops = [event for _, event in journal[begins[-1] :] if isinstance(event, RunStopped)]
    assert replica.stopped == (stops[-1] if stops else None)
    live = {t.order.request.client_id: t.order for t in engine.desk.live}
    assert {name: sent.order for name, sent in replica.working.items()} == live
    known = {t.order.request.client_id: t for t in engine.desk.tickets}
    for sent in (*replica.working.values(), *replica.ended):
        ticket = known[sent.order.request.client_id]
        assert sent.order == ticket.order
        assert (sent.owner, sent.saga) == (ticket.intent.owner, ticket.intent.saga)
    assert {
        one.id: (one.units, one.flight, one.purpose, one.planned) for one in replica.holdings.values()
    } == {h.id: (h.units, h.flight, h.purpose, h.planned) for h in engine.past.holdings.values()}


@settings(max_examples=120, deadline=None)
@given(journals)
def test_what_is_imposed_and_wished_is_what_a_restart_would_find(journal: list[Timed]) -> None:
    replica, engine = heard(Replica(), numbered(journal)), Engine(journal)
    memory, imposed = engine.left.memory, engine.left.imposed
    assert replica.imposed == {name: e for name, e in imposed.items() if isinstance(e, Imposed)}
    assert replica.imposed.keys() == engine.stands.restraints.standing().keys()
    assert replica.latches == {e.name: e for e in imposed.values() if isinstance(e, Latched)}
    assert {f"latch {name}" for name in replica.latches} == engine.stands.restraints.latches().keys()
    assert replica.wishes == memory.wishes
    ended = {e.intent.id for e in engine.left.events if isinstance(e, SagaOutcome)}
    booked = {w.id for e in engine.left.events if isinstance(w := e, TransferIntent) and w.id not in ended}
    assert replica.works.working.keys() == memory.wishes.keys() | booked
    for name, work in replica.works.working.items():
        assert [sent.order.request.client_id for sent in work.orders] == [
            one.submitted.client_id for one in memory.orders_of(name)
        ]
        assert all(sent is replica.working.get(id_, sent) for sent in work.orders
                   for id_ in [sent.order.request.client_id])  # fmt: skip
        if name in memory.wishes:
            steps = [s for s in memory.steps.get(name, []) if isinstance(s, SagaStep)]
            assert [(s.at_ns, s.step, s.lots) for s in work.steps] == [
                (s.local_ns, s.step, s.lots) for s in steps
            ]
    ends = {w.id: w.end for w in replica.works.ended}
    past = {e.intent.id: e.end.value for e in engine.left.events if hasattr(e, "end")}
    assert {name: end for name, end in ends.items() if end != "panic"} == past


@settings(max_examples=40, deadline=None)
@given(journals, st.lists(st.integers(0, 99), max_size=5))
def test_it_is_the_same_after_any_cut_and_begun_again_anywhere(
    journal: list[Timed], cuts: list[int]
) -> None:  # fmt: skip
    """A reader that is killed reads on from where it was, or from any place before; or anew."""
    entries = numbered(journal)
    whole, folded = heard(Replica(), entries), Replica()
    for cut in cuts:
        heard(folded, entries[: cut % (len(entries) + 1)])
        assert told(folded) == told(heard(Replica(), entries[: folded.seq]))
        heard(folded, entries[: cut % (len(entries) + 1)])
    assert told(heard(folded, entries)) == told(whole)


batches = st.lists(st.tuples(st.integers(0, 99), st.integers(1, 30)), max_size=12)


@settings(max_examples=40, deadline=None)
@given(journals, batches)
def test_batches_that_come_twice_or_out_of_order_change_nothing_and_gaps_are_counted(
    journal: list[Timed], made: list[tuple[int, int]]
) -> None:
    entries, folded = numbered(journal), Replica()
    taken: list[tuple[int, Timed]] = []
    for start, size in made:
        batch = entries[start % len(entries) :][:size]
        taken += [one for one in batch if one[0] > folded.seq]
        heard(folded, batch)
    assert (folded.seq, folded.missing) == (
        (taken[-1][0], taken[-1][0] - len(taken)) if taken else (0, 0)
    )  # fmt: skip
    known = told(heard(Replica(), taken))
    assert told(folded) == known
    again = heard(Replica(), entries)
    assert (again.missing, told(again)) == (0, told(heard(Replica(), entries)))
    heard(folded, entries)
    assert folded.missing == (taken[-1][0] - len(taken) if taken else 0), "what is lost stays lost"


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(journals, st.integers(1, 9), st.lists(st.integers(1, 9), max_size=6))
def test_a_reader_of_the_store_ends_where_one_does_that_heard_all_at_once(
    tmp_path_factory: Any, monkeypatch: Any, journal: list[Timed], part: int, looks: list[int]
) -> None:
    """Written while it is read, read in parts of any size, by two readers of which one begins late."""
    folder: Path = tmp_path_factory.mktemp("run")
    monkeypatch.setattr(follower, "PART", part)
    url = f"sqlite:///{folder / 'titan.db'}"
    store, times = open_store(url), iter([at_ns for at_ns, _ in journal])
    journalled = StoredJournal(store, now=lambda: next(times), deliver=lambda act: act())
    early = Follower(folder, url, lambda: 0)
    left = list(journal)
    for many in (*looks, len(left)):
        for _, event in left[:many]:
            journalled(event)
        del left[:many]
        early.read()
    journalled.close()
    store.close()
    late = Follower(folder, url, lambda: 0)
    for reader in (early, late):
        for _ in range(len(journal) // part + 1):
            reader.read()
        reader.close()
        assert (reader.trouble, reader.behind, reader.replica.seq) == ("", False, len(journal))
    assert told(early.replica) == told(late.replica) == told(heard(Replica(), numbered(journal)))
