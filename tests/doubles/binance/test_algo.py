"""USD-M's conditional orders on the double, by an unmodified ccxt.pro."""

from __future__ import annotations

import asyncio
from typing import Any

import ccxt.async_support as ccxt
import ccxt.pro as ccxtpro
import pytest

from tests.conformance.trading_at import Clock
from tests.doubles.binance.test_clients import SWAP, client
from tests.doubles.clients import hear, until
from tests.doubles.servers import running
from tests.doubles.tapes import lively

APART = {"trigger": True}


def order_is_filled(heard: Any) -> bool:
    """Told of the order in the book, not of the stop that placed it."""
    return heard[-1]["info"].get("X") == "FILLED"


async def test_a_stop_waits_apart_and_is_cancelled() -> None:
    async with running("binance") as venue:
        ex = client(ccxtpro.binanceusdm, venue)
        try:
            await ex.load_markets()
            with pytest.raises(ccxt.ExchangeError, match="-2021"):
                await ex.create_order(SWAP, "market", "sell", 0.01, None, {"stopLossPrice": 40_000})
            told = asyncio.ensure_future(ex.watch_orders(SWAP))
            await asyncio.sleep(0.5)
            placed = await ex.create_order(
                SWAP, "market", "sell", 0.01, None, {"stopLossPrice": 20_000, "clientOrderId": "desk-1"}
            )
            assert (placed["clientOrderId"], placed["status"]) == ("desk-1", "open")
            assert (await asyncio.wait_for(told, 5))[-1]["id"] == placed["id"]
            assert await ex.fetch_open_orders(SWAP) == []
            (open_,) = await ex.fetch_open_orders(SWAP, params=APART)
            assert (open_["id"], open_["triggerPrice"]) == (placed["id"], 20_000)
            await ex.cancel_order(placed["id"], SWAP, APART)
            assert (await ex.fetch_order(placed["id"], SWAP, APART))["status"] == "canceled"
            with pytest.raises(ccxt.OrderNotFound):
                await ex.cancel_order(placed["id"], SWAP, APART)
        finally:
            await ex.close()


async def test_a_triggered_stop_places_an_order_of_its_own() -> None:
    clock = Clock()
    async with running("binance", lively(prints=[(30, 30_500)]), now=clock) as venue:
        ex = client(ccxtpro.binanceusdm, venue)
        try:
            await ex.load_markets()
            filled = asyncio.ensure_future(hear(lambda: ex.watch_orders(SWAP), order_is_filled, 20))
            await asyncio.sleep(0.5)
            placed = await ex.create_order(SWAP, "market", "buy", 0.01, None, {"stopLossPrice": 30_300})
            clock.ahead_s = 31
            await until(lambda: bool(venue.world.desk.fills))
            clock.ahead_s = 0
            order = (await filled)[-1]
            stop = (await ex.fetch_order(placed["id"], SWAP, APART))["info"]
            assert (stop["algoStatus"], stop["actualOrderId"]) == ("FINISHED", order["id"])
            assert order["id"] != placed["id"]
            seen = await ex.fetch_order(order["id"], SWAP)
            assert (seen["status"], seen["type"], seen["filled"]) == ("closed", "market", 0.01)
        finally:
            await ex.close()
