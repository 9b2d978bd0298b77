"""The desk: one send an id, one booking a report, and a refusal that is journalled with its figures."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from tests.execution.scripted import PERP, SPOT, Answer, Stage
from titan.execution.tickets import Ticket
from titan.model.events import OrderReport, Refused, Submitted
from titan.model.fill import Fill, Liquidity
from titan.model.order import OrderEvent, OrderState, OrderType, Side, TimeInForce
from titan.model.signal import Intent, Purpose
from titan.risk.gates import Approved, Refuse


def intent(lots: int = 500, name: str = "i1", **changes: object) -> Intent:
    one = Intent(
        id=name, strategy="s", owner="BTC:core:1", instrument=SPOT.id, side=Side.BUY, lots=lots,
        purpose=Purpose.ENTRY, reference_ticks=5_000_000, type=OrderType.LIMIT, limit_ticks=5_000_100,
        tif=TimeInForce.IOC,
    )  # fmt: skip
    return msgspec.structs.replace(one, **changes)  # type: ignore[arg-type]


def sent(stage: Stage, one: Intent) -> Ticket:
    order = stage.desk.approve(one)
    assert isinstance(order, Approved)
    return stage.desk.send(order)


def test_the_order_is_journalled_before_it_is_sent() -> None:
    stage = Stage()
    seen: list[int] = []
    submit = stage.venue.submit
    stage.venue.submit = lambda order: (seen.append(len(stage.lines)), submit(order))[1]  # type: ignore[method-assign]
    sent(stage, intent())
    assert isinstance(stage.lines[0], Submitted)
    assert seen == [1]
    stage.loop.drop()


def test_the_same_intent_is_sent_once() -> None:
    stage = Stage()
    first = sent(stage, intent())
    order = stage.desk.approve(intent())
    assert isinstance(order, Approved)
    assert stage.desk.send(order) is first
    assert len(stage.venue.sent) == 1
    stage.loop.drop()


def test_a_fill_counts_once_however_often_it_comes() -> None:
    stage = Stage([Answer(silent=True)])
    ticket = sent(stage, intent())
    fill = Fill(
        "f1",
        ticket.order.request.client_id,
        SPOT.id,
        Side.BUY,
        5_000_000,
        200,
        Decimal(0),
        "USDT",
        Liquidity.TAKER,
        1,
        1,
    )
    assert stage.desk.apply(fill)
    assert not stage.desk.apply(fill)
    assert ticket.order.filled_lots == 200
    assert ticket.order.state is OrderState.PARTIAL
    stage.loop.drop()


def test_reports_of_orders_that_are_not_ours_are_left_alone() -> None:
    stage = Stage()
    assert not stage.desk.apply(OrderReport("someone else's", OrderEvent.CANCEL, 1, 1))
    stage.loop.drop()


def test_silence_is_not_failure_and_a_withdrawal_waits_for_the_word() -> None:
    stage = Stage([Answer(silent=True)])

    async def work() -> None:
        ticket = sent(stage, intent())
        assert not await stage.desk.settle([ticket], 1_000_000_000)
        assert not ticket.order.state.is_final
        assert stage.desk.open_orders() == 1
        assert await stage.desk.withdraw([ticket], 1_000_000_000)
        assert ticket.order.state is OrderState.CANCELLED

    stage.run(work())


def test_a_refusal_is_journalled_with_what_was_compared() -> None:
    stage = Stage()
    answer = stage.desk.approve(intent(lots=10**6))
    assert isinstance(answer, Refuse)
    line = stage.lines[-1]
    assert isinstance(line, Refused)
    assert line.numbers
    assert stage.desk.approve(intent(instrument=PERP.id, lots=0, name="i2")) is not None
    stage.loop.drop()
