"""Finding an order: a stop that was triggered is the order that it placed."""

from __future__ import annotations

from typing import Any, cast

import ccxt
import pytest

from tests.venues.gateway.test_reports import LISTED
from titan.model.order import OrderState
from titan.venues.gateway.ids import format_of
from titan.venues.gateway.lookup import Lookup
from titan.venues.gateway.profile import PROFILES
from titan.venues.gateway.reports import venue_order
from titan.venues.gateway.rules import Listed


class Client:
    """Knows a stop by our id and the order that it placed by the venue's."""

    def __init__(self, info: dict[str, Any], placed: dict[str, Any] | None) -> None:
        self.stop = {"id": "7", "clientOrderId": "mine", "status": "closed", "filled": "0",
                     "triggerPrice": "5", "info": info}  # fmt: skip
        self.placed, self.gone = placed, False
        self.asked: list[str | None] = []

    async def fetch_order(self, order_id: str | None, symbol: str, params: object = None) -> Any:
        del symbol, params
        self.asked.append(order_id)
        if order_id is not None and self.gone:
            raise ccxt.OrderNotFound("no such order")
        return self.stop if order_id is None else self.placed


async def found(venue: str, client: Client, *, apart: bool = True) -> dict[str, Any] | None:
    listed = cast(Listed, type("Listed", (), {"symbol": "X", "instrument": None})())
    return await Lookup(PROFILES[venue], client).find(listed, "mine", apart=apart)


@pytest.mark.parametrize(
    ("venue", "info"),
    [
        ("binance", {"actualOrderId": "88"}),
        ("okx", {"ordIdList": ["88"], "ordId": ""}),
        ("okx", {"ordId": "88"}),
    ],
)
async def test_a_triggered_stop_is_the_order_that_it_placed(venue: str, info: dict[str, Any]) -> None:
    placed = {"id": "88", "clientOrderId": "", "status": "closed", "filled": "2"}
    client = Client(info, placed)
    assert await found(venue, client) == placed | {
        "clientOrderId": "mine", "triggerPrice": "5", "stopLossPrice": None,
    }  # fmt: skip
    assert client.asked == [None, "88"]


@pytest.mark.parametrize("info", [{}, {"actualOrderId": ""}, {"ordId": "0", "ordIdList": []}])
async def test_a_stop_that_waits_is_itself(info: dict[str, Any]) -> None:
    client = Client(info, None)
    assert await found("binance", client) == client.stop
    assert client.asked == [None]


@pytest.mark.parametrize("gone", [True, False])
async def test_a_stop_whose_order_is_not_found_is_neither_unknown_nor_filled(gone: bool) -> None:
    """It is not there yet, or was cancelled long ago: the venue calls the stop done either way."""
    client = Client({"actualOrderId": "88"}, None)
    client.gone = gone
    said = await found("binance", client)
    assert said == client.stop | {"status": "triggered"}
    order = venue_order(said | {"amount": "1"}, LISTED, format_of("binance"))
    assert (order.state, order.filled_lots) == (OrderState.UNKNOWN, 0)


def test_a_stranger_s_size_that_is_no_whole_number_of_lots_is_still_an_order() -> None:
    said = {"id": "7", "status": "open", "side": "buy", "amount": "1.00001", "filled": "0.000001"}
    order = venue_order(said, LISTED, format_of("binance"))
    one = LISTED.lots("1")
    assert (order.lots, order.filled_lots, order.state) == (one + 1, 1, OrderState.PARTIAL)
