"""Spot stops at OKX: in the trade mode of the account, in the base currency, and taken back by our id."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.conformance.cases import Place
from tests.conformance.trading_at import At, trading_at
from tests.doubles.tapes import climbing
from titan.model.account import VenueOrder
from titan.model.instrument import InstrumentKind
from titan.model.order import OrderEvent, OrderState, OrderType, Side
from titan.model.signal import client_order_id
from titan.venues.gateway.okx import SpotMode
from titan.venues.gateway.orders import Arguments

SPOT, PERP = Place("okx", InstrumentKind.SPOT), Place("okx", InstrumentKind.PERP)


class Client:
    def __init__(self, level: str) -> None:
        self.level, self.asked = level, 0

    async def privateGetAccountConfig(self) -> dict[str, Any]:
        self.asked += 1
        return {"data": [{"acctLv": self.level}]}


@pytest.mark.parametrize(("level", "mode"), [("1", "cash"), ("2", "cash"), ("3", None), ("4", None)])
async def test_a_spot_stop_is_of_the_mode_of_the_account_which_is_asked_for_once(
    level: str, mode: str | None
) -> None:
    client = Client(level)
    asks = SpotMode(client)
    for _ in range(2):
        ready = await asks.fit(Arguments("BTC/USDT", "market", "buy", "1", None, {"a": 1}))
        assert (ready.params["a"], ready.params.get("tdMode")) == (1, mode)
    assert client.asked == 1


async def stop(at: At, side: Side, far: float, name: str = "stop") -> str:
    client_id = await at.send(name, side, type=OrderType.STOP, stop_ticks=await at.price(side, far))
    await at.until(lambda: any(getattr(e, "client_id", "") == client_id for e in at.events))
    return client_id


async def test_a_stop_that_buys_on_spot_names_its_size_in_the_base_currency() -> None:
    async with trading_at(SPOT) as at:
        client_id = await stop(at, Side.BUY, -0.05)
        (one,) = at.venue.world.conditionals.open()
        sent = at.gateway.entry.reports.sent[client_id].intent
        assert one.ticket.qty == at.instrument.size(sent.lots)
        assert (one.ticket.extra["target"], one.ticket.extra["mode"]) == ("base_ccy", "cross")


async def test_a_stop_without_an_id_of_the_venue_is_taken_back() -> None:
    async with trading_at(PERP) as at:
        client_id = await stop(at, Side.BUY, -0.05)
        at.gateway.entry.reports.sent[client_id].venue_ids = {"1"}
        at.gateway.entry.cancel(client_id)
        await at.until(at.ended)
        assert at.venue.world.conditionals.open() == []


async def test_stops_of_every_type_are_among_the_open_orders() -> None:
    async with trading_at(PERP) as at:
        client, symbol = at.gateway.client, "BTC/USDT:USDT"
        await stop(at, Side.BUY, -0.05)
        await client.create_order(symbol, "market", "buy", "1", None, {"triggerPrice": "33000"})
        pair = {"stopLossPrice": "27000", "takeProfitPrice": "33000"}
        await client.create_order(symbol, "market", "sell", "1", None, pair)
        found = list(await at.gateway.orders.open_orders())
        assert len(found) == len({o.venue_id for o in found}) == 3
        assert {type(o) for o in found} == {VenueOrder}
        assert all(o.type is OrderType.STOP and o.stop_ticks > 0 for o in found)


async def test_a_stop_that_fails_says_why_and_is_not_filled() -> None:
    """The stream of stops says it: nobody looks."""
    async with trading_at(PERP, tape=climbing(), check_s=60.0) as at:
        at.gateway.start()
        assert at.gateway.leverage is not None
        await at.gateway.leverage.set_leverage(at.instrument.id, 1)
        ticks = await at.price(Side.BUY, -0.002)
        lots = at.instrument.lots_within(Decimal(9_000_000) / at.instrument.price(ticks))
        client_id = await at.send("much", type=OrderType.STOP, stop_ticks=ticks, lots=lots)
        await at.until(at.ended)
        assert at.told() == [OrderEvent.ACCEPT, OrderEvent.CANCEL]
        assert at.events[-1].reason == "51008"  # type: ignore[union-attr]
        found = await at.gateway.orders.find_order(client_id, at.instrument.id)
        assert found is not None
        assert (found.state, found.filled_lots) == (OrderState.CANCELLED, 0)


async def test_an_algo_id_that_is_taken_already_is_looked_up_and_not_called_refused() -> None:
    async with trading_at(PERP) as at:
        ticks, lots = await at.price(Side.BUY, -0.05), 5
        before = {
            "stopLossPrice": str(at.instrument.price(ticks)),
            "algoClOrdId": client_order_id(f"{at.instrument.id}-stop"),
        }
        await at.gateway.client.create_order("BTC/USDT:USDT", "market", "buy", str(lots), None, before)
        await at.send("stop", type=OrderType.STOP, stop_ticks=ticks, lots=lots)
        await at.until(lambda: len(at.told()) > 1)
        assert at.told() == [OrderEvent.TIMEOUT, OrderEvent.ACCEPT]
        assert len(at.venue.world.conditionals.all) == 1
