"""An order and its journal: nothing leaves before it is written, nobody is trapped when it cannot be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan.execution.durable import CANNOT, WITHDRAWN, DurableChanging
from titan.model.errors import InstrumentError, OrderError
from titan.model.events import OrderReport
from titan.model.order import OrderEvent, Side
from titan.model.signal import Intent, Purpose
from titan.ports import Approved


@dataclass(frozen=True)
class Passed:
    """As the gates would make it."""

    intent: Intent
    client_id: str


def order(name: str, purpose: Purpose = Purpose.ENTRY) -> Passed:
    return Passed(Intent(f"i-{name}", "s", "o", "binance.spot.BTCUSDT", Side.BUY, 1, purpose, 100), name)


ENTRY, EXIT, HEDGE = Purpose.ENTRY, Purpose.EXIT, Purpose.HEDGE


class Paper:
    """A journal that stores when it is told to."""

    def __init__(self) -> None:
        self.trouble = ""
        self.waiting: list[Callable[[], None]] = []
        self.ears: list[Callable[[str], object]] = []

    def after(self, done: Callable[[], None]) -> None:
        self.waiting.append(done)

    def watch(self, told: Callable[[str], object]) -> None:
        self.ears.append(told)

    def store(self) -> None:
        due, self.waiting = self.waiting, []
        for done in due:
            done()

    def fail(self, why: str) -> None:
        self.trouble = why
        for ear in self.ears:
            ear(why)


@dataclass
class Venue:
    said: list[str] = field(default_factory=list)

    def submit(self, order: Approved) -> None:
        if "impossible" in order.client_id:
            raise InstrumentError("not traded here")
        self.said.append(f"submit {order.client_id}")

    def cancel(self, client_id: str) -> None:
        self.said.append(f"cancel {client_id}")

    def amend(self, client_id: str, *, lots: int, limit_ticks: int) -> None:
        self.said.append(f"amend {client_id} {lots}")


class Stage:
    def __init__(self, patience_s: float = 60.0) -> None:
        self.paper, self.venue = Paper(), Venue()
        self.reports: list[OrderReport] = []
        self.told: list[str] = []
        self.entry = DurableChanging(
            self.venue, self.paper, lambda: 7, self.reports.append, self.told.append, patience_s=patience_s
        )

    async def reported(self) -> list[tuple[str, OrderEvent]]:
        await asyncio.sleep(0)
        return [(r.client_id, r.event) for r in self.reports]


async def test_an_order_leaves_when_it_is_stored_and_not_before() -> None:
    stage = Stage()
    stage.entry.submit(order("a"))
    stage.entry.submit(order("b", EXIT))
    assert stage.venue.said == []
    assert stage.entry.held == 2
    stage.paper.store()
    assert stage.venue.said == ["submit a", "submit b"]
    assert stage.entry.held == 0
    assert await stage.reported() == []


async def test_a_cancel_leaves_at_once_and_an_order_cancelled_before_it_left_never_does() -> None:
    stage = Stage()
    stage.entry.submit(order("a"))
    stage.paper.store()
    stage.entry.cancel("a")
    assert stage.venue.said == ["submit a", "cancel a"]
    stage.entry.submit(order("b"))
    stage.entry.cancel("b")
    assert stage.reports == []  # never from within the call
    assert await stage.reported() == [("b", OrderEvent.CANCEL)]
    assert stage.reports[0].reason == WITHDRAWN
    stage.paper.store()
    stage.entry.cancel("b")
    assert stage.venue.said == ["submit a", "cancel a"]


async def test_in_trouble_entries_are_refused_and_exits_and_hedges_leave() -> None:
    stage = Stage()
    for name, purpose in (("a", ENTRY), ("b", EXIT), ("c", ENTRY), ("d", HEDGE)):
        stage.entry.submit(order(name, purpose))
    stage.paper.fail("disk full")
    assert stage.venue.said == ["submit b", "submit d"]
    assert await stage.reported() == [("a", OrderEvent.REJECT), ("c", OrderEvent.REJECT)]
    assert all(r.reason == f"{CANNOT}: disk full" for r in stage.reports)
    stage.entry.submit(order("e"))
    stage.entry.submit(order("f", EXIT))
    assert stage.venue.said[-1] == "submit f"
    assert (await stage.reported())[-1] == ("e", OrderEvent.REJECT)
    assert stage.told == [f"{CANNOT}: disk full"]


async def test_what_was_refused_is_never_sent_later() -> None:
    stage = Stage()
    stage.entry.submit(order("a"))
    stage.paper.fail("locked")
    stage.entry.submit(order("b"))
    stage.paper.fail("")
    stage.paper.store()
    stage.entry.cancel("a")
    assert stage.venue.said == []
    assert stage.told == [f"{CANNOT}: locked", ""]
    stage.entry.submit(order("c"))
    stage.paper.store()
    assert stage.venue.said == ["submit c"]


async def test_a_store_that_is_silent_counts_as_failing_until_it_answers() -> None:
    stage = Stage(patience_s=0.01)
    stage.entry.submit(order("a"))
    stage.entry.submit(order("b", EXIT))
    while not stage.told:
        await asyncio.sleep(0.001)
    assert "has not answered" in stage.told[0]
    assert stage.venue.said == ["submit b"]
    stage.entry.submit(order("c"))
    stage.entry.submit(order("d", HEDGE))
    assert stage.venue.said == ["submit b", "submit d"]
    assert [name for name, _ in await stage.reported()] == ["a", "c"]
    stage.paper.store()
    assert stage.told[1:] == [""]
    assert stage.entry.trouble == ""
    stage.entry.submit(order("e"))
    stage.paper.store()
    assert stage.venue.said == ["submit b", "submit d", "submit e"]


async def test_an_order_that_the_venue_cannot_take_is_rejected_not_lost() -> None:
    stage = Stage()
    stage.entry.submit(order("impossible"))
    stage.paper.store()
    assert await stage.reported() == [("impossible", OrderEvent.REJECT)]
    assert stage.reports[0].reason == "not traded here"


async def test_a_change_follows_its_order_and_waits_for_the_journal_too() -> None:
    stage = Stage()
    stage.entry.submit(order("a"))
    stage.entry.amend("a", lots=3, limit_ticks=9)
    stage.entry.submit(order("b"))
    stage.entry.amend("b", lots=4, limit_ticks=9)
    stage.entry.cancel("b")
    stage.paper.store()
    assert stage.venue.said == ["submit a", "amend a 3"]
    with pytest.raises(OrderError, match="never left"):
        stage.entry.amend("b", lots=5, limit_ticks=9)
    stage.entry.submit(order("x", EXIT))
    stage.paper.store()
    stage.paper.fail("gone")
    stage.entry.amend("a", lots=5, limit_ticks=9)
    stage.entry.amend("x", lots=6, limit_ticks=9)
    assert stage.venue.said[-1] == "amend x 6"
    await asyncio.sleep(0)
    assert stage.reports[-1].event is OrderEvent.AMEND_REFUSED
    assert "gone" in stage.reports[-1].reason


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.sampled_from([ENTRY, EXIT, HEDGE])),
        st.tuples(st.just("cancel"), st.integers(0, 30)),
        st.tuples(st.sampled_from(["store", "fail", "heal"]), st.none()),
    ),
    max_size=40,
)


@given(STEPS)
def test_every_order_leaves_once_or_is_answered_once(steps: list[tuple[str, object]]) -> None:
    """Whatever the store does: each order either left, once, or was reported as ended, once; never both. An
    entry never left while the store was failing."""

    async def play() -> None:
        stage, sent = Stage(), list[Passed]()
        for verb, what in steps:
            if verb == "submit":
                assert isinstance(what, Purpose)
                one = order(f"o{len(sent)}", what)
                sent.append(one)
                before = len(stage.venue.said)
                stage.entry.submit(one)
                if what is ENTRY:
                    assert len(stage.venue.said) == before
            elif verb == "cancel" and sent:
                stage.entry.cancel(sent[int(str(what)) % len(sent)].client_id)
            elif verb == "store" and not stage.paper.trouble:
                stage.paper.store()
            elif verb in ("fail", "heal"):
                stage.paper.fail("full" if verb == "fail" else "")
        stage.paper.fail("")
        stage.paper.store()
        await asyncio.sleep(0)
        left = [s.removeprefix("submit ") for s in stage.venue.said if s.startswith("submit")]
        ended = [r.client_id for r in stage.reports]
        assert sorted(left + ended) == sorted(one.client_id for one in sent)
        cancelled = [s.removeprefix("cancel ") for s in stage.venue.said if s.startswith("cancel")]
        assert set(cancelled) <= set(left)

    asyncio.run(play())
