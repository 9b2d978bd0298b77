"""Sides, types and plan orders of MEXC's contracts, as the venue means them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.order import OrderState, OrderType, Side
from titan.venues.gateway.ids import format_of
from titan.venues.gateway.mexc import mended, plan_order
from titan.venues.gateway.reports import fill_of, venue_order
from titan.venues.gateway.rules import Listed

PERP = Instrument(
    venue="mexc", kind=InstrumentKind.PERP, symbol="BTCUSDT", base="BTC", quote="USDT", tick=Decimal("0.1"),
    lot=Decimal("0.0001"), fees=FeeSchedule(Decimal(0), Decimal("0.0002")), min_qty=Decimal("0.0001"),
)  # fmt: skip
LISTED = Listed(PERP, "BTC/USDT:USDT", Decimal("0.0001"))


@pytest.mark.parametrize(("side", "ccxts", "ours"), [
    (1, "buy", Side.BUY), ("2", "sell", Side.BUY), ("3", "3", Side.SELL), (4, "4", Side.SELL),
])  # fmt: skip
def test_a_side_says_what_it_does_to_a_position(side: object, ccxts: str, ours: Side) -> None:
    trade = {"id": "1", "side": ccxts, "amount": 5, "price": 30_000, "info": {"side": side}}
    assert fill_of(trade, LISTED, "c", "k", 0).side is ours
    order = {"id": "1", "side": ccxts, "amount": 5, "price": 30_000, "status": "open"}
    found = venue_order(order | {"info": {"side": side, "orderType": 2}}, LISTED, format_of("mexc"))
    assert (found.side, found.type, found.limit_ticks) == (ours, OrderType.LIMIT, 300_000)


def test_other_markets_are_left_as_they_are() -> None:
    trade = {"side": "sell", "info": {"side": "2"}}
    assert mended(trade, LISTED._replace(instrument=replace(PERP, venue="okx"))) is trade
    assert mended(trade, LISTED._replace(instrument=replace(PERP, kind=InstrumentKind.SPOT))) is trade


class Client:
    """ccxt's part of it."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows = rows

    def market(self, _symbol: str) -> dict[str, str]:
        return {"id": "BTC_USDT"}

    async def contractPrivateGetPlanorderListOrders(self, _request: object) -> dict[str, Any]:
        return {"success": True, "data": self._rows}

    async def fetch_order(self, number: str, _symbol: str) -> dict[str, Any]:
        return {"id": number, "status": "closed", "info": {"orderId": number}}

    def parse_order(self, row: dict[str, Any], _market: object) -> dict[str, Any]:
        return {"id": row["id"], "status": "open", "info": row}


@pytest.mark.parametrize(
    ("state", "status"), [(1, "open"), (2, "canceled"), (4, "canceled"), (5, "rejected")]
)
async def test_a_plan_order_has_states_of_its_own(state: int, status: str) -> None:
    found = await plan_order(Client([{"id": "7", "state": state}]), LISTED, "7")
    assert found is not None
    assert (found["id"], found["status"]) == ("7", status)
    assert await plan_order(Client([]), LISTED, "7") is None


async def test_a_plan_that_was_triggered_is_the_order_that_it_sent() -> None:
    client = Client([{"id": "7", "state": 3, "orderId": "99"}])
    for number in ("7", "99"):
        found = await plan_order(client, LISTED, number)
        assert found is not None
        assert (found["id"], found["status"], found["info"]["ordId"]) == (number, "closed", "99")
    order = venue_order(found | {"amount": 1, "filled": 1, "side": "buy"}, LISTED, format_of("mexc"))
    assert order.state is OrderState.FILLED
