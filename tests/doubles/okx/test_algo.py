"""OKX's algo orders, by an unmodified ccxt.pro: stops, take-profits, pairs and trigger orders."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import ccxt
import pytest

from tests.doubles.clients import client, hear, until
from tests.doubles.servers import Running, running
from tests.doubles.tapes import climbing
from titan.doubles.okx.signing import signature

SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
TRIGGER = {"trigger": True}
STOPS = TRIGGER | {"ordType": "conditional"}


def ahead(venue: Running, kind: str = "perp") -> float:
    """A price that is reached in about two seconds, but not before it is asked for."""
    market = venue.world.market(kind, "BTCUSDT")
    assert market is not None
    return float(market.price(market.last_ticks)) + 150


@asynccontextmanager
async def listening(venue: Running, entry: str, channel: str) -> AsyncIterator[list[dict[str, Any]]]:
    """Rows of a private channel as they come: ccxt keeps the last state of each order only."""
    rows: list[dict[str, Any]] = []
    now = str(venue.world.now_ms() // 1000)
    sign = signature(venue.key.secret, f"{now}GET/users/self/verify")
    login = {"apiKey": venue.key.key, "passphrase": venue.key.passphrase, "timestamp": now, "sign": sign}

    async def listen(socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            rows.extend(message.json().get("data", ()))

    async with aiohttp.ClientSession() as web, web.ws_connect(f"{venue.ws}/ws/v5/{entry}") as socket:
        await socket.send_json({"op": "login", "args": [login]})
        await socket.send_json({"op": "subscribe", "args": [{"channel": channel, "instType": "ANY"}]})
        await until(lambda: any(f"{entry}/{channel}" in t for o in venue.server.outlets for t in o.topics))
        heard = asyncio.create_task(listen(socket))
        yield rows
        heard.cancel()


@pytest.mark.parametrize("symbol", [SPOT, SWAP])
async def test_a_stop_is_placed_found_listed_and_cancelled(symbol: str) -> None:
    async with running("okx") as venue, client(venue) as ex:
        asked = {"stopLossPrice": 33_000, "algoClOrdId": "mine1"}
        placed = await ex.create_order(symbol, "market", "buy", 1, None, asked)
        assert placed["info"]["algoClOrdId"] == "mine1"
        for id_, named in ((placed["id"], {}), (None, {"clientOrderId": "mine1"})):
            found = await ex.fetch_order(id_, symbol, TRIGGER | named)
            assert (found["id"], found["status"], found["amount"]) == (placed["id"], "open", 1)
            assert (found["stopLossPrice"], found["info"]["ordIdList"]) == (33_000, [])
        assert [o["id"] for o in await ex.fetch_open_orders(symbol, params=STOPS)] == [placed["id"]]
        assert await ex.fetch_open_orders(symbol, params=TRIGGER) == []  # those of ordType trigger
        assert await ex.fetch_open_orders(symbol) == []
        assert venue.world.desk.orders == {}
        gone = await ex.cancel_order(placed["id"], symbol, TRIGGER)
        assert gone["id"] == placed["id"]
        assert await ex.fetch_open_orders(symbol, params=STOPS) == []
        (known,) = await ex.fetch_canceled_orders(symbol, params=STOPS)
        assert (known["id"], known["status"]) == (placed["id"], "canceled")
        with pytest.raises(ccxt.OrderNotFound, match="51400"):
            await ex.cancel_order(placed["id"], symbol, TRIGGER)
        with pytest.raises(ccxt.OrderNotFound, match="51603"):
            await ex.fetch_order("1", symbol, TRIGGER)


@pytest.mark.parametrize(
    ("name", "source", "more"),
    [("triggerPrice", "6", {}), ("stopLossPrice", "7", {"algoClOrdId": "mine2"})],
)
async def test_what_is_set_off_is_told_as_order_and_as_algo_order(
    name: str, source: str, more: dict[str, Any]
) -> None:
    async with (
        running("okx", climbing()) as venue,
        client(venue) as ex,
        listening(venue, "business", "orders-algo") as algos,
        listening(venue, "private", "orders") as orders,
    ):
        placed = await ex.create_order(SWAP, "market", "buy", 5, None, {name: ahead(venue)} | more)
        await until(lambda: bool(orders) and len(algos) > 1, 10)
        assert [(row["algoId"], row["state"]) for row in algos] == [
            (placed["id"], "live"), (placed["id"], "effective"),
        ]  # fmt: skip
        order, algo = orders[-1], algos[-1]
        assert (order["state"], order["ordType"], order["accFillSz"]) == ("filled", "market", "5")
        assert (order["algoId"], order["algoClOrdId"]) == (placed["id"], more.get("algoClOrdId", ""))
        assert (order["clOrdId"], order["source"]) == ("", source)
        assert algo["ordIdList"] == [order["ordId"]]
        assert (algo["ordId"], algo["actualSz"], algo["failCode"]) == (order["ordId"], "5", "")
        assert float(algo["actualPx"]) == pytest.approx(float(order["avgPx"]))
        found = await ex.fetch_order(placed["id"], SWAP, TRIGGER)
        assert (found["status"], found["info"]["ordId"]) == ("closed", order["ordId"])
        by_its_id = await ex.fetch_order(order["ordId"], SWAP)
        assert (by_its_id["filled"], by_its_id["info"]["ordId"]) == (5, order["ordId"])
        (trade,) = await ex.fetch_my_trades(SWAP)
        assert (trade["order"], trade["amount"]) == (order["ordId"], 5)
        kind = TRIGGER | {"ordType": algo["ordType"], "state": "effective"}
        assert [o["id"] for o in await ex.fetch_canceled_orders(SWAP, params=kind)] == [placed["id"]]


async def test_ccxt_pro_hears_of_the_algo_order_and_of_the_order_that_it_became() -> None:
    async with running("okx", climbing()) as venue, client(venue) as ex:
        algo = asyncio.ensure_future(
            hear(lambda: ex.watch_orders(SWAP, params=TRIGGER), lambda h: h[-1]["status"] == "closed", 15)
        )
        fills = asyncio.ensure_future(ex.watch_my_trades(SWAP))
        for topic in ("business/orders-algo", "private/orders"):
            await until(lambda t=topic: any(t in one for o in venue.server.outlets for one in o.topics))
        placed = await ex.create_order(SWAP, "market", "buy", 5, None, {"triggerPrice": ahead(venue)})
        assert (await algo)[-1]["id"] == placed["id"]
        (trade,) = await fills
        assert (trade["amount"], trade["order"]) == (5, placed["id"])  # ccxt calls it by the algo's id


async def test_a_pair_waits_for_either_and_the_first_ends_both() -> None:
    async with running("okx", climbing()) as venue, client(venue) as ex:
        await ex.create_order(SWAP, "market", "buy", 5)
        pair = {"stopLossPrice": 27_000, "takeProfitPrice": ahead(venue), "reduceOnly": True}
        placed = await ex.create_order(SWAP, "market", "sell", 5, None, pair)
        (waits,) = await ex.fetch_open_orders(SWAP, params=TRIGGER | {"ordType": "oco"})
        assert waits["id"] == placed["id"]
        await until(lambda: not venue.world.conditionals.open(), 10)
        said = (await ex.fetch_order(placed["id"], SWAP, TRIGGER))["info"]
        assert (said["state"], said["actualSide"]) == ("effective", "tp")
        assert await ex.fetch_positions() == []


async def test_amendments_and_what_closes_the_position() -> None:
    async with running("okx") as venue, client(venue) as ex:
        placed = await ex.create_order(SWAP, "market", "sell", 5, None, {"stopLossPrice": 27_000})
        await ex.edit_order(
            placed["id"], SWAP, "conditional", "sell", 7, None, {"stopLossPrice": 26_000, "newSlOrdPx": -1}
        )
        seen = await ex.fetch_order(placed["id"], SWAP, TRIGGER)
        assert (seen["amount"], seen["stopLossPrice"]) == (7, 26_000)
        waits = await ex.create_order(SWAP, "limit", "buy", 5, 33_100, {"triggerPrice": 33_000})
        await ex.edit_order(waits["id"], SWAP, "trigger", "buy", None, 33_300, {"triggerPrice": 33_200})
        said = (await ex.fetch_order(waits["id"], SWAP, TRIGGER))["info"]
        assert (said["triggerPx"], said["ordPx"], said["sz"]) == ("33200", "33300", "5")
        whole = {"stopLossPrice": 27_000, "closeFraction": "1", "reduceOnly": True}
        closing = await ex.create_order(SWAP, "conditional", "sell", 0, None, whole)
        assert (await ex.fetch_order(closing["id"], SWAP, TRIGGER))["info"]["closeFraction"] == "1"
        with pytest.raises(ccxt.ExchangeError, match="51500"):
            await ex.privatePostTradeAmendAlgos({"algoId": placed["id"], "instId": "BTC-USDT-SWAP"})
        with pytest.raises(ccxt.ExchangeError, match="51503"):
            await ex.edit_order("1", SWAP, "conditional", "sell", 7)


async def test_a_trigger_order_waits_for_its_price_from_whichever_side() -> None:
    async with running("okx", climbing()) as venue, client(venue) as ex:
        await ex.create_order(SWAP, "market", "buy", 5, None, {"triggerPrice": 29_000})
        await ex.create_order(SWAP, "market", "sell", 5, None, {"triggerPrice": ahead(venue)})
        await until(lambda: len(venue.world.conditionals.open()) == 1, 10)
        (order,) = venue.world.desk.orders.values()
        assert order.side < 0


async def test_short_of_money_a_trigger_order_shrinks_and_a_stop_fails() -> None:
    async with running("okx", climbing()) as venue, client(venue) as ex:
        await ex.set_leverage(1, SWAP)
        price, much = ahead(venue), 300_000
        shrinks = await ex.create_order(SWAP, "market", "buy", much, None, {"triggerPrice": price + 60})
        fails = await ex.create_order(SWAP, "market", "buy", much, None, {"stopLossPrice": price})
        await until(lambda: not venue.world.conditionals.open(), 10)
        said = (await ex.fetch_order(fails["id"], SWAP, TRIGGER))["info"]
        assert (said["state"], said["failCode"], said["ordIdList"]) == ("order_failed", "51008", [])
        said = (await ex.fetch_order(shrinks["id"], SWAP, TRIGGER))["info"]
        assert (said["state"], said["sz"]) == ("effective", str(much))
        assert 0 < int(said["actualSz"]) < much


@pytest.mark.parametrize(
    ("symbol", "side", "more", "code"),
    [
        (SWAP, "buy", {"stopLossPrice": 29_000}, "51278"),
        (SWAP, "sell", {"stopLossPrice": 31_000}, "51280"),
        (SWAP, "buy", {"takeProfitPrice": 31_000}, "51277"),
        (SWAP, "sell", {"takeProfitPrice": 29_000}, "51279"),
        (SPOT, "buy", {"triggerPrice": 33_000}, "51281"),
        (SWAP, "buy", {"triggerPrice": 33_000, "algoClOrdId": "with a blank"}, "51000"),
        (SWAP, "buy", {"triggerPrice": 33_000, "triggerPxType": "best"}, "51000"),
        (SWAP, "buy", {"stopLossPrice": 33_000, "sz": "0.5"}, "51121"),
        (SWAP, "sell", {"trailingPercent": 5}, "51000"),
        (SWAP, "sell", {"stopLossPrice": 27_000, "closeFraction": "1"}, "51000"),
    ],
)
async def test_what_is_refused(symbol: str, side: str, more: dict[str, Any], code: str) -> None:
    async with running("okx") as venue, client(venue) as ex:
        with pytest.raises(ccxt.ExchangeError, match=code):
            await ex.create_order(symbol, "market", side, 1, None, more)
        assert venue.world.conditionals.all == {}


async def test_an_id_that_waits_is_taken_and_lists_want_a_type() -> None:
    async with running("okx") as venue, client(venue) as ex:
        asked = {"triggerPrice": 33_000, "algoClOrdId": "twice"}
        await ex.create_order(SWAP, "market", "buy", 1, None, asked)
        with pytest.raises(ccxt.ExchangeError, match="51068"):
            await ex.create_order(SWAP, "market", "buy", 1, None, asked)
        with pytest.raises(ccxt.ExchangeError, match="50014"):
            await ex.privateGetTradeOrdersAlgoPending()
        with pytest.raises(ccxt.ExchangeError, match="50014"):
            await ex.privateGetTradeOrdersAlgoHistory({"ordType": "trigger"})


async def test_the_channel_wants_a_login() -> None:
    async with (
        running("okx") as venue,
        aiohttp.ClientSession() as web,
        web.ws_connect(f"{venue.ws}/ws/v5/business") as socket,
    ):
        await socket.send_json({"op": "subscribe", "args": [{"channel": "orders-algo", "instType": "ANY"}]})
        assert (await socket.receive_json())["code"] == "60011"
