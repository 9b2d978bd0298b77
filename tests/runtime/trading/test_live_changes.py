"""A live run's desk changes orders in place where their venue can, and else cancels and sends anew."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doubles.servers import running
from tests.execution.recovery_world import Clock, Gate, life
from titan.execution.desk import Desk
from titan.execution.replacing import change_order
from titan.execution.tickets import Ticket
from titan.model.instrument import InstrumentKind
from titan.model.order import OrderState, OrderType, Side
from titan.runtime.trading.live import LiveSide
from titan.runtime.trading.sides import Wiring

S = 1_000_000_000
UNUSED: Any = None


@pytest.mark.parametrize(
    ("name", "kind", "in_place"),
    [
        ("binance", InstrumentKind.PERP, True), ("binance", InstrumentKind.SPOT, False),
        ("bybit", InstrumentKind.PERP, True), ("bybit", InstrumentKind.SPOT, True),
        ("okx", InstrumentKind.PERP, True), ("okx", InstrumentKind.SPOT, True),
        ("kraken", InstrumentKind.SPOT, True), ("mexc", InstrumentKind.SPOT, False),
    ],
)  # fmt: skip
async def test_another_price_for_a_resting_order(name: str, kind: InstrumentKind, in_place: bool) -> None:
    async with running(name) as venue, life(venue, []) as one:
        one.gateway.start()
        rules = next(i for i in one.instruments.values() if i.kind is kind)
        side = LiveSide(Wiring(tuple(one.instruments.values()), {name: one.gateway}, UNUSED, UNUSED, UNUSED))
        assert side.amends(rules.id) is in_place

        def amender(instrument: str) -> LiveSide | None:
            return side if side.amends(instrument) else None

        one.desk = Desk(Clock(), side, Gate(one.instruments), one.journal.append, amender=amender)
        ticket = one.send("rests", rules, Side.BUY, type=OrderType.LIMIT)
        await one.until(lambda: ticket.order.state is OrderState.OPEN)
        lots, ticks = ticket.order.request.lots, ticket.order.request.limit_ticks + 100
        new = await change_order(one.desk, ticket, lots=lots, limit_ticks=ticks, timeout_ns=60 * S)
        assert isinstance(new, Ticket)
        assert (new is ticket) is in_place
        await one.until(lambda: new.order.state is OrderState.OPEN)
        (there,) = await one.gateway.orders.open_orders()
        assert (there.client_id, there.lots, there.limit_ticks) == (
            new.order.request.client_id, lots, ticks
        )  # fmt: skip
        assert len(venue.world.desk.orders) == (1 if in_place else 2)
