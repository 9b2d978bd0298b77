"""What a venue may say, in whatever order and however mad: the desk goes on, and nothing real is dropped."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from tests.execution.scripted import PERP, SPOT, Answer, Stage
from tests.execution.test_desk import intent, sent
from titan.execution.tickets import Ticket
from titan.model.errors import InstrumentError, OrderError
from titan.model.events import Contradicted, OrderReport, Submitted
from titan.model.fill import Fill, Liquidity
from titan.model.order import OrderEvent, OrderState, Side
from titan.model.restraint import Imposed
from titan.ports import Approved as ApprovedPort
from titan.risk.overrides import FREE, REDUCE_ONLY, Scope


def silent() -> Stage:
    return Stage([Answer(silent=True)] * 9)


def fill(ticket: Ticket, lots: int, name: str = "f1", **changes: object) -> Fill:
    request = ticket.order.request
    one = Fill(
        name, request.client_id, request.instrument, request.side, 5_000_000, lots, Decimal(0), "USDT",
        Liquidity.TAKER, 1, 1,
    )  # fmt: skip
    return msgspec.structs.replace(one, **changes)  # type: ignore[arg-type]


def report(ticket: Ticket, event: OrderEvent, reason: str = "") -> OrderReport:
    return OrderReport(ticket.order.request.client_id, event, 1, 1, reason)


def here(stage: Stage, instrument: str) -> Scope:
    del stage
    return Scope("s", "binance", "BTC", instrument, "BTC:core:1")


def test_a_fill_may_come_before_the_order_was_accepted() -> None:
    stage = silent()
    ticket = sent(stage, intent())
    stage.desk.apply(fill(ticket, 500))
    stage.desk.apply(report(ticket, OrderEvent.ACCEPT))
    assert ticket.order.state is OrderState.FILLED
    assert stage.desk.open_orders() == 0
    stage.loop.drop()


CONTRADICTIONS = {
    "a fill of an order that was rejected": (OrderEvent.REJECT, {"lots": 200}),
    "a fill beyond the size": (None, {"lots": 501}),
    "a fill of the other side": (None, {"lots": 200, "side": Side.SELL}),
    "a fill of another instrument": (None, {"lots": 200, "instrument": PERP.id}),
    "a fill of nothing": (None, {"lots": 0}),
    "a fill at no price": (None, {"lots": 5, "ticks": 0}),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_what_cannot_be_is_journalled_told_and_halts_entries_of_the_instrument(name: str) -> None:
    first, changes = CONTRADICTIONS[name]
    stage = silent()
    pages: list[str] = []
    stage.desk._page = pages.append
    ticket = sent(stage, intent())
    if first is not None:
        stage.desk.apply(report(ticket, first))
    assert stage.desk.apply(fill(ticket, **changes))  # type: ignore[arg-type]
    said = [one for one in stage.lines if isinstance(one, Contradicted)]
    assert [one.instrument for one in said] == [SPOT.id]
    assert any(isinstance(one, Imposed) for one in stage.lines)
    assert len(pages) == 1
    covering = stage.desk.halts.restraints.covering
    assert covering(here(stage, SPOT.id)).override == REDUCE_ONLY
    assert covering(here(stage, PERP.id)).override == FREE
    (halted,) = covering(here(stage, SPOT.id)).names
    assert stage.desk.halts.lift(halted, by="operator")
    assert covering(here(stage, SPOT.id)).override == FREE
    stage.loop.drop()


def test_a_fill_of_another_side_or_instrument_is_kept_as_foreign_and_not_counted() -> None:
    stage = silent()
    ticket = sent(stage, intent())
    strange = fill(ticket, 200, side=Side.SELL)
    stage.desk.apply(strange)
    assert ticket.order.filled_lots == 0
    assert stage.desk.foreign == [strange]
    stage.loop.drop()


def test_an_order_that_lives_although_it_was_rejected_is_asked_to_end() -> None:
    stage = silent()
    asked: list[str] = []
    stage.venue.cancel = asked.append  # type: ignore[method-assign, assignment]
    ticket = sent(stage, intent())
    stage.desk.apply(report(ticket, OrderEvent.REJECT, "it never reached the venue"))
    stage.desk.apply(report(ticket, OrderEvent.ACCEPT))
    assert asked == [ticket.order.request.client_id]
    assert ticket.order.state is OrderState.REJECTED
    stage.loop.drop()


def test_a_fill_that_nobody_ordered_is_kept_until_its_order_is_known() -> None:
    stage, other = silent(), silent()
    ticket = sent(other, intent())
    stray = fill(ticket, 200)
    assert not stage.desk.apply(stray)
    assert not stage.desk.apply(stray)
    assert stage.desk.foreign == [stray]
    adopted = stage.desk.recall(next(one for one in other.lines if isinstance(one, Submitted)), [stray])
    assert adopted.order.filled_lots == 200
    assert stage.desk.foreign == []
    assert not stage.desk.apply(stray)
    for one in (stage, other):
        one.loop.drop()


def test_two_instruments_may_use_the_same_trade_id() -> None:
    stage = silent()
    spot = sent(stage, intent())
    perp = sent(
        stage, intent(lots=5, name="i2", instrument=PERP.id, reference_ticks=500_000, limit_ticks=500_010)
    )
    assert stage.desk.apply(fill(spot, 5, "7"))
    assert stage.desk.apply(fill(perp, 5, "7"))
    assert (spot.order.filled_lots, perp.order.filled_lots) == (5, 5)
    stage.loop.drop()


@pytest.mark.parametrize("error", [InstrumentError("not traded here"), OrderError("no such kind")])
def test_what_cannot_be_sent_at_all_ends_as_rejected(error: Exception) -> None:
    stage = silent()

    def submit(order: ApprovedPort) -> None:
        raise error

    stage.venue.submit = submit  # type: ignore[method-assign]
    ticket = sent(stage, intent())
    assert ticket.order.state is OrderState.REJECTED
    assert "could not be sent" in ticket.order.reason
    assert isinstance(stage.lines[-1], OrderReport)
    assert stage.desk.open_orders() == 0
    stage.loop.drop()


def test_what_could_not_be_journalled_is_not_sent_and_not_remembered() -> None:
    stage = silent()
    order = stage.desk.approve(intent())

    def full(entry: msgspec.Struct) -> None:
        raise OSError("no space left")

    stage.desk._journal = full
    with pytest.raises(OSError, match="no space"):
        stage.desk.send(order)  # type: ignore[arg-type]
    assert stage.venue.sent == []
    assert stage.desk.tickets == []
    stage.loop.drop()


def test_a_cancel_that_the_venue_cannot_place_stops_nobody() -> None:
    stage = silent()

    def cancel(client_id: str) -> None:
        raise OrderError("no order of that id")

    stage.venue.cancel = cancel  # type: ignore[method-assign]
    ticket = sent(stage, intent())
    assert not stage.desk.cancel(ticket)
    assert not ticket.order.state.is_final
    stage.loop.drop()


def test_a_cancel_is_asked_for_once_until_the_order_is_seen_alive_or_time_has_passed() -> None:
    stage = silent()
    asked: list[str] = []
    stage.venue.cancel = asked.append  # type: ignore[method-assign, assignment]
    ticket = sent(stage, intent())
    assert stage.desk.cancel(ticket)
    assert not stage.desk.cancel(ticket)
    stage.desk.apply(report(ticket, OrderEvent.TIMEOUT))
    assert not stage.desk.cancel(ticket)
    stage.desk.apply(report(ticket, OrderEvent.ACCEPT))
    assert stage.desk.cancel(ticket)
    stage.loop.advance_to(stage.loop.now() + 9_999_999_999)
    assert not stage.desk.cancel(ticket)
    stage.loop.advance_to(stage.loop.now() + 1)
    assert stage.desk.cancel(ticket)
    stage.desk.apply(report(ticket, OrderEvent.CANCEL))
    assert not stage.desk.cancel(ticket)
    assert len(asked) == 3
    stage.loop.drop()


def test_a_cancel_of_an_order_that_fills_meanwhile() -> None:
    stage = silent()
    ticket = sent(stage, intent())
    stage.desk.cancel(ticket)
    stage.desk.apply(fill(ticket, 300))
    stage.desk.apply(report(ticket, OrderEvent.CANCEL))
    stage.desk.apply(fill(ticket, 100, "f2"))
    assert (ticket.order.state, ticket.order.filled_lots) == (OrderState.CANCELLED, 400)
    assert not [one for one in stage.lines if isinstance(one, Contradicted)]
    stage.loop.drop()
