"""Binance's conditional futures orders, by an unmodified ccxt.pro: at the algo paths, nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import ccxt.async_support as ccxt
import ccxt.pro
import pytest

from tests.doubles.clients import hear, until
from tests.doubles.servers import Running, point_at, running
from tests.doubles.tapes import climbing

SWAP = "BTC/USDT:USDT"
TRIGGER = {"trigger": True}


@asynccontextmanager
async def usdm(venue: Running) -> AsyncIterator[Any]:
    ex = point_at(ccxt.pro.binanceusdm({"apiKey": venue.key.key, "secret": venue.key.secret}), venue.base)
    try:
        await ex.load_markets()
        yield ex
    finally:
        await ex.close()


async def test_a_stop_is_placed_found_listed_and_cancelled() -> None:
    async with running("binance") as venue, usdm(venue) as ex:
        named = {"stopLossPrice": 33_000, "clientOrderId": "mine-1"}
        placed = await ex.create_order(SWAP, "market", "buy", 0.01, None, named)
        assert (placed["status"], placed["clientOrderId"], placed["triggerPrice"]) == (
            "open", "mine-1", 33_000,
        )  # fmt: skip
        assert placed["info"]["algoStatus"] == "NEW"
        for asked in ({}, {"clientAlgoId": "mine-1"}):
            found = await ex.fetch_order(placed["id"], SWAP, TRIGGER | asked)
            assert (found["id"], found["type"], found["amount"]) == (placed["id"], "market", 0.01)
            assert found["info"]["actualOrderId"] == ""
        assert [o["id"] for o in await ex.fetch_open_orders(SWAP, params=TRIGGER)] == [placed["id"]]
        assert await ex.fetch_open_orders(SWAP) == []
        with pytest.raises(ccxt.OrderNotFound):
            await ex.fetch_order(None, SWAP, {"origClientOrderId": "mine-1"})
        gone = await ex.cancel_order(placed["id"], SWAP, TRIGGER)
        assert gone["id"] == placed["id"]
        assert await ex.fetch_open_orders(SWAP, params=TRIGGER) == []
        (known,) = await ex.fetch_orders(SWAP, params=TRIGGER)
        assert known["status"] == "canceled"
        with pytest.raises(ccxt.OrderNotFound):
            await ex.cancel_order(placed["id"], SWAP, TRIGGER)


async def test_all_are_cancelled_and_orders_stay() -> None:
    async with running("binance") as venue, usdm(venue) as ex:
        order = await ex.create_order(SWAP, "limit", "buy", 0.01, 25_000)
        await ex.create_order(SWAP, "market", "sell", 0.01, None, {"stopLossPrice": 27_000})
        await ex.create_order(SWAP, "limit", "sell", 0.01, 33_100, {"takeProfitPrice": 33_000})
        await ex.cancel_all_orders(SWAP, TRIGGER)
        assert await ex.fetch_open_orders(SWAP, params=TRIGGER) == []
        assert [o["id"] for o in await ex.fetch_open_orders(SWAP)] == [order["id"]]


@asynccontextmanager
async def user_stream(venue: Running, ex: Any) -> AsyncIterator[list[dict[str, Any]]]:
    """Every frame as it came: ccxt keeps the last state of each order only."""
    key = (await ex.fapiPrivatePostListenKey())["listenKey"]
    frames: list[dict[str, Any]] = []

    async def listen(socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            frames.append(message.json())

    async with aiohttp.ClientSession() as web, web.ws_connect(f"{venue.ws}/private/ws/{key}") as socket:
        listening = asyncio.create_task(listen(socket))
        yield frames
        listening.cancel()


def ahead(venue: Running) -> float:
    """A price that is reached in about two seconds, but not before it is asked for."""
    market = venue.world.market("perp", "BTCUSDT")
    assert market is not None
    return float(market.price(market.last_ticks)) + 150


async def test_what_is_set_off_is_told_as_order_and_as_algo_order() -> None:
    async with running("binance", climbing()) as venue, usdm(venue) as ex, user_stream(venue, ex) as frames:
        asked = {"triggerPrice": ahead(venue), "clientOrderId": "mine-2"}
        placed = await ex.create_order(SWAP, "market", "buy", 0.01, None, asked)
        await until(lambda: any(f.get("o", {}).get("X") == "FINISHED" for f in frames), 10)
        told = [(f["e"], f["o"]["X"]) for f in frames if "o" in f]
        assert told == [
            ("ALGO_UPDATE", "NEW"), ("ALGO_UPDATE", "TRIGGERING"), ("ORDER_TRADE_UPDATE", "NEW"),
            ("ORDER_TRADE_UPDATE", "FILLED"), ("ALGO_UPDATE", "TRIGGERED"), ("ALGO_UPDATE", "FINISHED"),
        ]  # fmt: skip
        algo, order = (
            [f["o"] for f in frames if f["e"] == e][-1] for e in ("ALGO_UPDATE", "ORDER_TRADE_UPDATE")
        )
        assert (algo["caid"], order["c"], str(algo["aid"])) == ("mine-2", "mine-2", placed["id"])
        assert (algo["ai"], algo["aq"], algo["act"]) == (str(order["i"]), "0.010", "MARKET")
        found = await ex.fetch_order(placed["id"], SWAP, TRIGGER)
        assert (found["info"]["algoStatus"], found["info"]["actualOrderId"]) == ("FINISHED", algo["ai"])
        (trade,) = await ex.fetch_my_trades(SWAP)
        assert (trade["order"], trade["amount"]) == (algo["ai"], 0.01)
        assert (await ex.fetch_order(algo["ai"], SWAP))["filled"] == 0.01


async def test_ccxt_pro_hears_of_the_order_that_was_set_off() -> None:
    async with running("binance", climbing()) as venue, usdm(venue) as ex:
        filled = asyncio.ensure_future(
            hear(lambda: ex.watch_orders(SWAP), lambda heard: heard[-1]["info"]["X"] == "FINISHED", 15)
        )
        await until(lambda: any("user" in t for o in venue.server.outlets for t in o.topics))
        placed = await ex.create_order(SWAP, "market", "buy", 0.01, None, {"stopLossPrice": ahead(venue)})
        assert (await filled)[-1]["id"] == placed["id"]


async def test_every_type_waits_as_it_was_asked_for() -> None:
    async with running("binance") as venue, usdm(venue) as ex:
        for side, kind, price, more, name in (
            ("buy", "limit", 33_100, {"stopLossPrice": 33_000}, "STOP"),
            ("sell", "limit", 33_100, {"takeProfitPrice": 33_000}, "TAKE_PROFIT"),
            ("sell", "market", None, {"takeProfitPrice": 33_000}, "TAKE_PROFIT_MARKET"),
            ("sell", "market", None, {"trailingPercent": 5}, "TRAILING_STOP_MARKET"),
            ("sell", "market", None, {"stopLossPrice": 27_000, "workingType": "MARK_PRICE"}, "STOP_MARKET"),
        ):
            placed = await ex.create_order(SWAP, kind, side, 0.01, price, more)
            assert (placed["info"]["orderType"], placed["price"]) == (name, price)
        assert len(await ex.fetch_open_orders(SWAP, params=TRIGGER)) == 5
        close = {"stopLossPrice": 27_000, "closePosition": True}
        assert (await ex.create_order(SWAP, "market", "sell", None, None, close))["info"]["closePosition"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"stopLossPrice": 29_000}, -2021),
        ({"takeProfitPrice": 31_000}, -2021),
        ({"trailingPercent": 20}, -2007),
        ({"stopLossPrice": 33_000, "closePosition": True, "quantity": 0.01}, -4137),
        ({"stopLossPrice": 33_000, "clientAlgoId": "with a blank"}, -1100),
        ({"stopLossPrice": 33_000, "algoType": "VP"}, -1116),
    ],
)
async def test_what_the_algo_service_refuses(more: dict[str, Any], code: int) -> None:
    async with running("binance") as venue, usdm(venue) as ex:
        algo_type = more.pop("algoType", "")
        call = ex.create_order(SWAP, "market", "buy", 0.01, None, more)
        if algo_type:
            call.close()
            wrong = {"symbol": "BTCUSDT", "side": "BUY", "type": "STOP_MARKET", "algoType": algo_type}
            call = ex.fapiPrivatePostAlgoOrder(wrong)
        with pytest.raises(ccxt.ExchangeError, match=f'"code":{code}'):
            await call
        assert venue.world.conditionals.all == {}


async def test_the_old_path_takes_none() -> None:
    async with running("binance") as venue, usdm(venue) as ex:
        old = {"symbol": "BTCUSDT", "side": "BUY", "type": "STOP_MARKET", "stopPrice": 33_000, "quantity": 1}
        with pytest.raises(ccxt.ExchangeError, match="-4120"):
            await ex.fapiPrivatePostOrder(old)


async def test_over_the_websocket_api() -> None:
    async with running("binance") as venue, usdm(venue) as ex:
        ex.urls["api"]["ws"]["ws-api"]["future"] = f"{venue.ws}/ws-fapi/v1"
        placed = await ex.create_order_ws(SWAP, "market", "buy", 0.01, None, {"stopLossPrice": 33_000})
        assert [str(c.id) for c in venue.world.conditionals.open()] == [placed["id"]]
        await ex.cancel_order_ws(placed["id"], SWAP, TRIGGER)
        assert venue.world.conditionals.open() == []
