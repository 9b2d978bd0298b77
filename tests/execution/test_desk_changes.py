"""Orders that are changed: in place, by a second one in the place of the first, or as their time is over."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from tests.execution.scripted import Answer, Stage
from tests.execution.test_desk import intent, sent
from tests.execution.test_desk_recall import again, heard
from tests.execution.test_desk_reports import fill, report, silent
from titan.execution.desk import amendment
from titan.execution.replacing import change_order, replace_order
from titan.execution.tickets import Ticket
from titan.model.errors import OrderError
from titan.model.events import AmendAsked, Refused
from titan.model.order import OrderEvent, OrderState, Side, TimeInForce
from titan.model.signal import Intent
from titan.risk.decision import Reason
from titan.risk.gates import Approved, Refuse

S = 1_000_000_000


class Amender:
    """A venue's `Amends`: remembers what was asked."""

    def __init__(self, *, refuses: str = "") -> None:
        self.asked: list[tuple[str, int, int]] = []
        self.refuses = refuses

    def amend(self, client_id: str, *, lots: int, limit_ticks: int) -> None:
        if self.refuses:
            raise OrderError(self.refuses)
        self.asked.append((client_id, lots, limit_ticks))


def amending(stage: Stage, *, refuses: str = "") -> Amender:
    one = Amender(refuses=refuses)
    stage.desk._amender = lambda instrument: one
    return one


def resting(stage: Stage, **changes: object) -> Ticket:
    ticket = sent(stage, intent(tif=TimeInForce.GTC, limit_ticks=4_999_000, **changes))
    heard(stage, report(ticket, OrderEvent.ACCEPT))
    return ticket


def change(stage: Stage, ticket: Ticket, lots: int, ticks: int) -> bool:
    order = stage.desk.approve(amendment(ticket, lots=lots, limit_ticks=ticks))
    assert isinstance(order, Approved)
    return stage.desk.amend(ticket, order)


def test_a_change_is_journalled_before_it_is_asked_for_and_taken_over_when_it_is_confirmed() -> None:
    stage = silent()
    venue = amending(stage)
    ticket = resting(stage)
    heard(stage, fill(ticket, 100))
    assert change(stage, ticket, 600, 4_999_500)
    name = ticket.order.request.client_id
    assert stage.lines[-1] == AmendAsked(name, 700, 4_999_500, stage.loop.now())
    assert venue.asked == [(name, 700, 4_999_500)]
    assert (ticket.order.leaves_lots, ticket.order.request.lots) == (600, 500)
    heard(stage, report(ticket, OrderEvent.AMEND))
    assert (ticket.order.request.lots, ticket.order.request.limit_ticks) == (700, 4_999_500)
    desk, _ = again(stage)
    assert desk.tickets[0].order == ticket.order
    stage.loop.drop()


def test_no_second_change_before_the_first_is_answered_and_ids_count_up() -> None:
    stage = silent()
    amending(stage)
    ticket = resting(stage)
    assert amendment(ticket, lots=1, limit_ticks=1).id == "i1~1"
    assert change(stage, ticket, 400, 4_999_100)
    assert not change(stage, ticket, 300, 4_999_100)
    desk, _ = again(stage)
    assert desk.tickets[0].order == ticket.order
    assert amendment(desk.tickets[0], lots=1, limit_ticks=1).id == "i1~2"
    heard(stage, report(ticket, OrderEvent.AMEND_REFUSED))
    assert ticket.order.request.lots == 500
    assert change(stage, ticket, 300, 4_999_100)
    stage.loop.drop()


def test_what_the_venue_cannot_change_stays_as_it_is() -> None:
    stage = silent()
    ticket = resting(stage)
    assert not change(stage, ticket, 400, 4_999_100)
    amending(stage, refuses="spot orders are not amended")
    assert not change(stage, ticket, 400, 4_999_100)
    assert (ticket.order.leaves_lots, ticket.order.amending) == (500, None)
    amending(stage)
    other = stage.desk.approve(intent(name="other", tif=TimeInForce.GTC))
    assert isinstance(other, Approved)
    assert not stage.desk.amend(ticket, other)
    stage.desk.cancel(ticket)
    assert not change(stage, ticket, 400, 4_999_100)
    stage.loop.drop()


@pytest.mark.parametrize(("filled", "sends"), [(0, [500, 700]), (200, [500, 500]), (500, [500])])
def test_a_replacement_is_sent_when_the_first_has_ended_and_for_what_it_left(
    filled: int, sends: list[int]
) -> None:
    stage = silent()

    async def work() -> None:
        ticket = resting(stage)
        if filled:
            heard(stage, fill(ticket, filled))
        lots = 700 if filled < 500 else 500
        new = await replace_order(stage.desk, ticket, lots=lots, limit_ticks=4_999_500, timeout_ns=S)
        assert ticket.order.state.is_final
        assert isinstance(new, Ticket)
        assert [one.lots for _, one in stage.venue.sent] == sends
        if len(sends) == 2:
            assert new.intent.replaces == ticket.order.request.client_id
            assert new.order.request.client_id != ticket.order.request.client_id
        else:
            assert new is ticket

    stage.run(work())


def test_nothing_is_sent_while_the_end_of_the_first_is_unknown() -> None:
    stage = silent()
    stage.venue.cancel = lambda client_id: None  # type: ignore[method-assign]

    async def work() -> None:
        ticket = resting(stage)
        assert await replace_order(stage.desk, ticket, lots=500, limit_ticks=1, timeout_ns=S) is None
        assert len(stage.venue.sent) == 1
        assert not ticket.order.state.is_final

    stage.run(work())


def test_an_order_is_cancelled_when_its_time_is_over_and_again_until_it_has_ended() -> None:
    stage = silent()
    asked: list[int] = []
    stage.venue.cancel = lambda client_id: asked.append(stage.loop.now())  # type: ignore[method-assign]

    async def work() -> None:
        began = stage.loop.now()
        late = resting(stage, until_ns=began + 60 * S)
        soon = resting(stage, name="i2", until_ns=began + 5 * S)
        done = resting(stage, name="i3", until_ns=began + 6 * S)
        heard(stage, fill(done, 500, "f3"))
        await asyncio.sleep(7)
        heard(stage, report(soon, OrderEvent.CANCEL))
        await asyncio.sleep(66)
        assert [round((at - began) / S) for at in asked] == [5, 60, 70]
        heard(stage, report(late, OrderEvent.CANCEL))
        await asyncio.sleep(100)
        assert len(asked) == 3

    stage.run(work())


def test_expiry_survives_a_restart_because_the_intent_has_it() -> None:
    stage = silent()
    began = stage.loop.now()
    resting(stage, until_ns=began + 5 * S)
    desk, _ = again(stage)
    asked: list[str] = []
    stage.venue.cancel = asked.append  # type: ignore[method-assign, assignment]

    async def work() -> None:
        assert desk.sweep() == began + 5 * S
        await asyncio.sleep(5.1)
        assert asked == [desk.tickets[0].order.request.client_id]

    stage.run(work())


class Clearing:
    """A gate that says what the limits would: our own order first."""

    def __init__(self, inner: object) -> None:
        self.inner, self.blocked = inner, True

    def __call__(self, one: Intent) -> Approved | Refuse:
        if one.side is Side.SELL and self.blocked:
            return Refuse("self-trade", Reason.SELF_TRADE_CLEARING, {"order": "x"})
        return self.inner(one)  # type: ignore[no-any-return, operator]

    def sent(self, ticket: Ticket) -> None:
        self.inner.sent(ticket)  # type: ignore[attr-defined]

    def changed(self, ticket: Ticket) -> None: ...


def test_our_own_order_is_cancelled_before_one_that_would_meet_it() -> None:
    stage = Stage([Answer(silent=True)] * 9)
    stage.desk._gate = Clearing(stage.gate)
    asked: list[str] = []
    stage.venue.cancel = asked.append  # type: ignore[method-assign, assignment]
    met, far = resting(stage), resting(stage, name="i2")
    far.order.request = replace(far.order.request, limit_ticks=4_000_000)
    sell = intent(name="i3", side=Side.SELL, limit_ticks=4_998_000)
    assert isinstance(stage.desk.approve(sell), Refuse)
    assert asked == [met.order.request.client_id]
    assert isinstance(stage.lines[-1], Refused)
    assert met.order.state is OrderState.OPEN
    stage.loop.drop()


@pytest.mark.parametrize("answer", [OrderEvent.AMEND, OrderEvent.AMEND_REFUSED, None])
def test_another_price_is_had_in_place_or_else_by_a_second_order(answer: OrderEvent | None) -> None:
    """A venue that refuses, or does not answer, has the order cancelled and sent anew."""
    stage = silent()
    venue = amending(stage)
    ticket = resting(stage)

    async def play() -> Ticket | Refuse | None:
        if answer is not None:
            stage.loop.call_later(0.2, stage.desk.apply, report(ticket, answer))
        return await change_order(stage.desk, ticket, lots=500, limit_ticks=4_999_500, timeout_ns=2 * S)

    new = stage.run(play())
    assert venue.asked == [(ticket.order.request.client_id, 500, 4_999_500)]
    assert isinstance(new, Ticket)
    assert new.order.request.limit_ticks == 4_999_500
    assert (new is ticket) is (answer is OrderEvent.AMEND)
    assert ticket.order.state is (OrderState.OPEN if new is ticket else OrderState.CANCELLED)


def test_where_nothing_is_changed_in_place_the_gates_are_asked_once() -> None:
    stage = silent()
    ticket = resting(stage)
    lines = len(stage.lines)
    work = change_order(stage.desk, ticket, lots=500, limit_ticks=4_999_500, timeout_ns=2 * S)
    new = stage.run(work)
    assert isinstance(new, Ticket)
    assert new is not ticket
    assert not [line for line in stage.lines[lines:] if isinstance(line, AmendAsked)]
