"""A restart: what the journal holds makes the same desk again, and nothing is sent for it."""

from __future__ import annotations

from tests.execution.scripted import SPOT, Stage
from tests.execution.test_desk import intent, sent
from tests.execution.test_desk_reports import fill, report, silent
from titan.execution.desk import Desk
from titan.execution.halts import Halts
from titan.execution.memory import fold
from titan.model.events import Contradicted
from titan.model.order import OrderEvent, OrderState
from titan.model.restraint import Imposed
from titan.risk.overrides import NO_TRADING, REDUCE_ONLY, Scope, scale


def again(stage: Stage) -> tuple[Desk, list[object]]:
    """A new desk from what the stage's journal holds, and what it writes."""
    written: list[object] = []
    halts = Halts(written.append, stage.loop.now)
    for line in stage.lines:
        halts.hear(line)
    desk = Desk(stage.loop, stage.venue, stage.gate, written.append, halts=halts)
    for one in fold(stage.lines).orders.values():
        desk.recall(one.submitted, one.heard)
    return desk, written


def heard(stage: Stage, *events: object) -> None:
    """As the engine does: journal, then desk."""
    for event in events:
        stage.lines.append(event)  # type: ignore[arg-type]
        stage.desk.apply(event)  # type: ignore[arg-type]


def test_tickets_come_back_as_they_were_and_nothing_is_sent_or_written() -> None:
    stage = silent()
    open_, done, unknown = (sent(stage, intent(name=name)) for name in ("a", "b", "c"))
    heard(stage, report(open_, OrderEvent.ACCEPT), fill(open_, 200), fill(done, 500, "f2"))
    heard(stage, report(unknown, OrderEvent.TIMEOUT))
    sends = len(stage.venue.sent)
    desk, written = again(stage)
    assert [t.order for t in desk.tickets] == [t.order for t in stage.desk.tickets]
    assert [t.intent for t in desk.tickets] == [t.intent for t in stage.desk.tickets]
    assert (len(stage.venue.sent), written) == (sends, [])
    assert desk.open_orders() == 2
    assert not desk.apply(fill(open_, 200))
    stage.loop.drop()


def test_a_recalled_order_is_not_sent_again() -> None:
    stage = silent()
    ticket = sent(stage, intent())
    order = stage.desk.approve(intent())
    desk, _ = again(stage)
    assert desk.send(order).order == ticket.order  # type: ignore[arg-type]
    assert len(stage.venue.sent) == 1
    stage.loop.drop()


def test_recalled_twice_is_recalled_once() -> None:
    stage = silent()
    ticket = sent(stage, intent())
    heard(stage, fill(ticket, 200))
    (one,) = fold(stage.lines).orders.values()
    desk, _ = again(stage)
    assert desk.recall(one.submitted, one.heard) is desk.tickets[0]
    assert desk.tickets[0].order.filled_lots == 200
    stage.loop.drop()


def test_a_halt_survives_and_what_was_lifted_stays_lifted() -> None:
    stage = silent()
    ticket = sent(stage, intent())
    heard(stage, report(ticket, OrderEvent.REJECT), fill(ticket, 200))
    name = f"contradiction {ticket.order.request.client_id}"
    desk, written = again(stage)
    assert desk.halts.restraints.stands(name)
    stage.desk.halts.lift(name, by="operator")
    desk, written = again(stage)
    assert not desk.halts.restraints.stands(name)
    assert written == []
    stage.loop.drop()


def test_a_contradiction_that_was_heard_but_not_yet_dealt_with_is_dealt_with_after_the_restart() -> None:
    stage = silent()
    ticket = sent(stage, intent())
    heard(stage, report(ticket, OrderEvent.REJECT), fill(ticket, 200))
    stage.lines[:] = [one for one in stage.lines if not isinstance(one, Contradicted | Imposed)]
    desk, written = again(stage)
    assert [type(one) for one in written] == [Contradicted, Imposed]
    assert desk.tickets[0].order.state is OrderState.CANCELLED
    stage.loop.drop()


def test_overrides_by_name_survive() -> None:
    stage = silent()
    halts = stage.desk.halts
    halts.impose("half", Scope(base="BTC"), scale("0.5"), reason="drawdown", by="monitor")
    halts.impose("half", Scope(base="BTC"), scale("0.25"), reason="more drawdown", by="monitor")
    halts.impose("stop okx", Scope(venue="okx"), NO_TRADING, reason="outage", by="operator")
    assert halts.halt("quiet", Scope(strategy="s"), reason="asked", by="operator")
    assert not halts.halt("quiet", Scope(strategy="s"), reason="asked again", by="operator")
    assert not halts.lift("never imposed", by="operator")
    desk, _ = again(stage)
    subject = Scope("t", "binance", "BTC", SPOT.id, "BTC:core:1")
    assert desk.halts.restraints.covering(subject) == (scale("0.25"), ("half",))
    quiet = Scope("s", "binance", "BTC", SPOT.id, "BTC:core:1")
    assert desk.halts.restraints.covering(quiet) == (REDUCE_ONLY, ("half", "quiet"))
    assert desk.halts.restraints.standing() == halts.restraints.standing()
    stage.loop.drop()
