"""Spot's frames, decoded by the venue's own messages, and the socket they come by."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import ccxt
import pytest
from ccxt.protobuf.mexc.PushDataV3ApiWrapper_pb2 import PushDataV3ApiWrapper
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles.clients import client
from tests.doubles.servers import Running, running
from tests.doubles.tapes import SPOT
from titan.doubles.faults import Fault
from titan.doubles.market import Market
from titan.doubles.market_text import MarketText
from titan.doubles.mexc import spot_keys, spot_sockets
from titan.doubles.mexc import spot_wire as wire
from titan.doubles.mexc.spot_streams import INTERVALS, feed
from titan.doubles.protobuf import message

NUMBERS = st.integers(-(1 << 63), (1 << 63) - 1)
DEPTH = "spot@public.aggre.depth.v3.api.pb@10ms@BTCUSDT"
DEALS = "spot@public.aggre.deals.v3.api.pb@10ms@BTCUSDT"
QUOTE = "spot@public.aggre.bookTicker.v3.api.pb@10ms@BTCUSDT"
BATCH = "spot@public.bookTicker.batch.v3.api.pb@BTCUSDT"
LIMIT = "spot@public.limit.depth.v3.api.pb@BTCUSDT@5"
KLINE = "spot@public.kline.v3.api.pb@BTCUSDT@Min1"


@given(st.text(), st.text(), NUMBERS, NUMBERS, st.lists(st.tuples(st.text(), st.text()), max_size=4))
def test_what_is_written_is_what_is_read(
    channel: str, symbol: str, made: int, sent: int, rows: list[tuple[str, str]]
) -> None:
    side = [list(row) for row in rows]
    data = wire.levels(1, side) + message(None, None, channel, "7", "9")
    push = PushDataV3ApiWrapper.FromString(
        wire.push(channel, wire.Body.AGGRE_DEPTHS, data, symbol, sent=sent, made=made)
    )
    assert (push.channel, push.symbol, push.createTime, push.sendTime) == (channel, symbol, made, sent)
    assert push.WhichOneof("body") == "publicAggreDepths"
    assert [[a.price, a.quantity] for a in push.publicAggreDepths.asks] == side
    assert (push.publicAggreDepths.fromVersion, push.publicAggreDepths.toVersion) == ("7", "9")
    assert not push.publicAggreDepths.bids


def test_which_streams_there_are() -> None:
    market = MarketText(Market(0, SPOT, 0), "BTCUSDT", lambda: 0)

    def known(topic: str) -> bool:
        return feed(topic, {"BTCUSDT": market}) is not None

    for topic in (DEPTH, DEALS, QUOTE, BATCH, LIMIT, KLINE, DEPTH.replace("10ms", "100ms")):
        assert known(topic)
        assert not known(topic.replace("BTC", "ETH"))
    assert all(known(KLINE.replace("Min1", interval)) for interval in INTERVALS)
    for topic in (
        "", "spot@public.miniTicker.v3.api.pb@BTCUSDT@UTC+8", "spot@public.deals.v3.api@BTCUSDT",
        DEPTH.replace("10ms", "50ms"), DEPTH.lower(), LIMIT.replace("@5", "@50"), LIMIT.replace("@5", ""),
        KLINE.replace("Min1", "Min2"), DEPTH + "X@", DEPTH + "@5", BATCH.replace("@B", "@10ms@B"),
        DEALS.replace("@10ms", ""), "spot@private.orders.v3.api.pb",
    ):  # fmt: skip
        assert not known(topic)


@asynccontextmanager
async def socket(venue: Running, query: str = "") -> AsyncIterator[Any]:
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{venue.ws}/ws{query}") as one:
        yield one


async def subscribe(one: Any, *topics: str, number: int = 1) -> str:
    await one.send_json({"method": "SUBSCRIPTION", "params": topics, "id": number})
    while True:
        heard = await one.receive(timeout=20)
        if heard.type is aiohttp.WSMsgType.TEXT:
            answer = heard.json()
            assert (answer["id"], answer["code"]) == (number, 0)
            return str(answer["msg"])


async def push(one: Any) -> Any:
    while True:
        heard = await one.receive(timeout=20)
        assert heard.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)
        if heard.type is aiohttp.WSMsgType.BINARY:
            return PushDataV3ApiWrapper.FromString(heard.data)


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        (DEALS, "publicAggreDeals"), (QUOTE, "publicAggreBookTicker"), (BATCH, "publicBookTickerBatch"),
        (LIMIT, "publicLimitDepths"), (KLINE, "publicSpotKline"), (DEPTH, "publicAggreDepths"),
    ],
)  # fmt: skip
async def test_every_stream_speaks(topic: str, body: str) -> None:
    async with running("mexc") as venue, socket(venue) as one:
        assert await subscribe(one, topic) == topic
        heard = await push(one)
        assert (heard.channel, heard.symbol, heard.WhichOneof("body")) == (topic, "BTCUSDT", body)
        assert abs(max(heard.sendTime, heard.createTime) - venue.world.now_ms()) < 5_000
        said = getattr(heard, body)
        market = venue.world.markets[0]
        if body == "publicAggreDeals":
            assert {d.tradeType for d in said.deals} <= {1, 2}
            assert said.deals[-1].time <= venue.world.now_ms()
            assert said.eventType == "spot@public.aggre.deals.v3.api.pb@10ms"
        elif body == "publicLimitDepths":
            assert len(said.asks) == len(said.bids) == 5
            assert int(said.version) <= market.update_id
            assert said.eventType == "spot@public.limit.depth.v3.api.pb"
        elif body == "publicSpotKline":
            assert (said.interval, said.windowEnd - said.windowStart) == ("Min1", 60)
            assert float(said.lowestPrice) <= float(said.openingPrice) <= float(said.highestPrice)
        elif body != "publicAggreDepths":
            quote = said if body == "publicAggreBookTicker" else said.items[0]
            assert float(quote.bidPrice) < float(quote.askPrice)
            assert float(quote.bidQuantity) > 0 < float(quote.askQuantity)


async def test_books_are_numbered_without_a_hole_until_a_fault_makes_one() -> None:
    async with running("mexc") as venue, socket(venue) as one, client(venue) as ex:
        await subscribe(one, DEPTH)
        first = (await push(one)).publicAggreDepths
        book = await ex.spotPublicGetDepth({"symbol": "BTCUSDT", "limit": 5000})
        last = int(first.toVersion)
        assert int(first.fromVersion) <= last
        while last < int(book["lastUpdateId"]):
            said = (await push(one)).publicAggreDepths
            assert int(said.fromVersion) == last + 1
            last = int(said.toVersion)
        venue.inject(Fault("sequence_gap", match="aggre.depth"))
        for _ in range(20):
            said = (await push(one)).publicAggreDepths
            if int(said.fromVersion) != last + 1:
                return
            last = int(said.toVersion)
        raise AssertionError("no gap")


async def test_answers_and_refusals_of_the_socket() -> None:
    async with running("mexc") as venue, socket(venue) as one:
        for method in ("PING", "ping"):
            await one.send_json({"method": method})
            assert await one.receive_json(timeout=20) == {"id": 0, "code": 0, "msg": "PONG"}
        assert await subscribe(one, LIMIT, BATCH, number=7) == f"{LIMIT},{BATCH}"
        for bad in ("spot@public.miniTickers.v3.api.pb@UTC+8", "spot@private.orders.v3.api.pb", DEALS + "X"):
            assert (await subscribe(one, bad)).startswith(f"Not Subscribed successfully! [{bad}]")
        many = [f"spot@public.kline.v3.api.pb@BTCUSDT@{i}" for i in INTERVALS]
        many += [DEPTH, DEALS, QUOTE] + [t.replace("10ms", "100ms") for t in (DEPTH, DEALS, QUOTE)]
        many += [LIMIT.replace("@5", "@10"), LIMIT.replace("@5", "@20")]
        assert (await subscribe(one, *many)).count("spot@") == 18
        await one.send_json({"method": "UNSUBSCRIPTION", "params": many})
        await one.send_str("nonsense")
        while (await one.receive(timeout=20)).data != '{"id":0,"code":0,"msg":"msg format invalid"}':
            pass
        assert {len(o.topics) for o in venue.server.outlets} == {2}


async def test_listen_keys_open_the_account_and_close_it() -> None:
    async with running("mexc") as venue, client(venue) as ex:
        key = (await ex.spotPrivatePostUserDataStream())["listenKey"]
        assert (await ex.spotPrivateGetUserDataStream())["listenKey"] == [key]
        assert (await ex.spotPrivatePutUserDataStream({"listenKey": key}))["listenKey"] == key
        async with socket(venue, f"?listenKey={key}") as one:
            topics = [f"spot@private.{what}.v3.api.pb" for what in ("account", "deals", "orders")]
            assert await subscribe(one, *topics) == ",".join(topics)
            order = await ex.create_order("BTC/USDT", "market", "sell", 0.01, None, {"clientOrderId": "s1"})
            heard = [await push(one) for _ in range(2)]
            while heard[-1].privateAccount.vcoinName != "USDT":
                heard.append(await push(one))
            bodies = {h.WhichOneof("body"): h for h in heard}
            assert set(bodies) == {"privateOrders", "privateDeals", "privateAccount"}
            done = bodies["privateOrders"].privateOrders
            assert (done.id, done.clientId, done.orderType, done.tradeType) == (order["id"], "s1", 5, 2)
            assert (done.status, done.cumulativeQuantity, done.remainQuantity) == (2, "0.01", "0")
            deal = bodies["privateDeals"].privateDeals
            assert (deal.orderId, deal.clientOrderId, deal.tradeType, deal.feeCurrency) == (
                order["id"], "s1", 2, "USDT",
            )  # fmt: skip
            money = bodies["privateAccount"].privateAccount
            assert (money.type, money.frozenAmountChange) == ("ENTRUST", "0")
            assert float(money.balanceAmountChange) == pytest.approx(
                float(deal.amount) - float(deal.feeAmount), rel=0.5
            )
            await ex.spotPrivateDeleteUserDataStream({"listenKey": key})
            while (await one.receive(timeout=20)).type is not aiohttp.WSMsgType.CLOSED:
                pass
        async with socket(venue, f"?listenKey={key}") as one:
            assert (await one.receive(timeout=20)).data == "Invalid listen key"


async def test_who_says_nothing_is_hung_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spot_sockets, "LONGEST_NS", 90_000_000_000)
    shift = [0]
    async with running("mexc", now=lambda: time.time_ns() + shift[0]) as venue, client(venue) as ex:
        key = (await ex.spotPrivatePostUserDataStream())["listenKey"]
        async with socket(venue) as idle, socket(venue, f"?listenKey={key}") as mine, socket(venue) as heard:
            await subscribe(mine, "spot@private.orders.v3.api.pb")
            await subscribe(heard, DEPTH)
            shift[0] = 31_000_000_000
            await closed(idle)
            assert not mine.closed
            shift[0] = 62_000_000_000
            await closed(mine)
            await push(heard)
            shift[0] = 91_000_000_000
            await closed(heard)


async def test_a_listen_key_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spot_keys, "LIVES_NS", 20_000_000_000)
    monkeypatch.setattr(spot_keys, "MOST_KEYS", 2)
    shift = [0]
    async with running("mexc", now=lambda: time.time_ns() + shift[0]) as venue, client(venue) as ex:
        first, second = [(await ex.spotPrivatePostUserDataStream())["listenKey"] for _ in range(2)]
        with pytest.raises(ccxt.ExchangeError, match="26"):
            await ex.spotPrivatePostUserDataStream()
        async with socket(venue, f"?listenKey={first}") as one, socket(venue, f"?listenKey={second}") as two:
            ex.nonce = lambda: ex.milliseconds() + shift[0] // 1_000_000
            shift[0] = 15_000_000_000
            await ex.spotPrivatePutUserDataStream({"listenKey": second})
            shift[0] = 22_000_000_000
            await closed(one)
            assert await subscribe(two, "spot@private.deals.v3.api.pb") == "spot@private.deals.v3.api.pb"
        assert (await ex.spotPrivateGetUserDataStream())["listenKey"] == [second]
        with pytest.raises(ccxt.BadRequest, match="22222"):
            await ex.spotPrivatePutUserDataStream({"listenKey": first})
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(5):
                await stack.enter_async_context(socket(venue, f"?listenKey={second}"))
            async with socket(venue, f"?listenKey={second}") as sixth:
                assert (await sixth.receive(timeout=20)).data == "Invalid listen key"


async def closed(one: Any) -> None:
    while (await one.receive(timeout=20)).type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
        pass
    assert one.closed
