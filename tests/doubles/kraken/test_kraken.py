"""Clients that we did not write trade on Kraken's double."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import ccxt.async_support as ccxt
import ccxt.pro as ccxtpro
import msgspec
import pytest
from kraken.spot import Market, SpotAsyncClient, Trade, User

from tests.doubles.clients import listening, topics
from tests.doubles.servers import Running, point_at, running
from titan.doubles.faults import Fault
from titan.model.instrument import InstrumentKind
from titan.venues.addresses import Addresses
from titan.venues.batch import Batch
from titan.venues.feed import Feed
from titan.venues.registry import lines
from titan.venues.stream import Channel
from titan.venues.stream import Market as Stream

SYMBOL = "BTC/USDT"


@pytest.fixture
async def venue() -> AsyncIterator[Running]:
    async with running("kraken") as one:
        yield one


def client(venue: Running, kind: Any = ccxt.kraken, name: str = "owner") -> Any:
    key = venue.world.keys.keys[name]
    made = point_at(kind({"apiKey": key.key, "secret": key.secret}), venue.base)
    made.enableRateLimit = False
    return made


def top(venue: Running) -> tuple[float, float]:
    market = venue.world.market("spot", "BTCUSDT")
    assert market is not None
    return float(market.price(market.bid[0])), float(market.price(market.ask[0]))


async def test_ccxt_trades(venue: Running) -> None:
    ex = client(venue)
    try:
        markets = await ex.load_markets()
        assert SYMBOL in markets
        assert (await ex.fetch_ticker(SYMBOL))["bid"] > 0
        assert (await ex.fetch_order_book(SYMBOL, 5))["asks"]
        assert await ex.fetch_trades(SYMBOL) is not None
        await ex.fetch_time()
        before = await ex.fetch_balance()
        bid, _ = top(venue)
        order = await ex.create_order(SYMBOL, "limit", "buy", 0.01, round(bid * 0.9, 1))
        assert [o["id"] for o in await ex.fetch_open_orders(SYMBOL)] == [order["id"]]
        assert (await ex.fetch_balance())["USDT"]["used"] > 0
        await ex.edit_order(order["id"], SYMBOL, "limit", "buy", 0.02, round(bid * 0.9, 1))
        assert (await ex.fetch_open_orders(SYMBOL))[0]["amount"] == 0.02
        await ex.cancel_order(order["id"], SYMBOL)
        assert (await ex.fetch_order(order["id"], SYMBOL))["status"] == "canceled"
        bought = await ex.create_order(SYMBOL, "market", "buy", 0.01)
        done = await ex.fetch_order(bought["id"], SYMBOL)
        assert (done["status"], done["filled"]) == ("closed", 0.01)
        trades = await ex.fetch_my_trades(SYMBOL)
        assert sum(t["amount"] for t in trades) == pytest.approx(0.01)
        after = await ex.fetch_balance()
        assert after["BTC"]["total"] == pytest.approx(before["BTC"]["total"] + 0.01)
        spent = sum(t["cost"] + t["fee"]["cost"] for t in trades)
        assert after["USDT"]["total"] == pytest.approx(before["USDT"]["total"] - spent)
        await ex.transfer("USDT", 10, "spot", "swap")
        assert (await ex.fetch_balance())["USDT"]["total"] == pytest.approx(after["USDT"]["total"] - 10)
        await ex.withdraw("BTC", 0.1, "bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh", params={"key": "home"})
    finally:
        await ex.close()


async def test_refusals_are_the_venues(venue: Running) -> None:
    ex = client(venue)
    reader = client(venue, name="reader")
    try:
        await ex.load_markets()
        with pytest.raises(ccxt.InsufficientFunds):
            await ex.create_order(SYMBOL, "limit", "buy", 1000, 50_000)
        with pytest.raises(ccxt.OrderNotFound):
            await ex.cancel_order("OAAAAA-BBBBB-CCCCCC", SYMBOL)
        with pytest.raises(ccxt.BaseError):
            await ex.create_order(SYMBOL, "limit", "buy", 0.0000001, 50_000)
        await reader.load_markets()
        with pytest.raises(ccxt.PermissionDenied):
            await reader.create_order(SYMBOL, "market", "buy", 0.01)
        ex.secret = reader.secret
        with pytest.raises(ccxt.ExchangeError, match="Invalid signature"):
            await ex.fetch_balance()
        ex.secret = venue.key.secret
        venue.key.nonce = 1 << 62
        with pytest.raises(ccxt.InvalidNonce):
            await ex.fetch_balance()
    finally:
        await ex.close()
        await reader.close()


async def test_a_client_order_id_counts_once(venue: Running) -> None:
    ex = client(venue)
    try:
        bid, _ = top(venue)
        await ex.load_markets()
        params = {"clientOrderId": "6d1b345e-2821-40e2-ad83-4ecb18a06876"}
        await ex.create_order(SYMBOL, "limit", "buy", 0.01, round(bid * 0.9, 1), params)
        with pytest.raises(ccxt.BaseError):
            await ex.create_order(SYMBOL, "limit", "buy", 0.01, round(bid * 0.9, 1), params)
        (order,) = await ex.fetch_open_orders(SYMBOL)
        assert order["clientOrderId"] == params["clientOrderId"]
    finally:
        await ex.close()


async def watched_book(venue: Running, ex: Any) -> None:
    """The client's book becomes the double's."""
    for _ in range(400):
        book = await ex.watch_order_book(SYMBOL, 10)
        bid, ask = top(venue)
        if book["bids"] and (book["bids"][0][0], book["asks"][0][0]) == (bid, ask):
            return
    raise AssertionError("the book never became the venue's")


async def test_ccxt_pro_watches(venue: Running) -> None:
    ex = client(venue, ccxtpro.kraken)
    try:
        await ex.load_markets()
        await asyncio.wait_for(watched_book(venue, ex), 20)
        trades = await asyncio.wait_for(ex.watch_trades(SYMBOL), 20)
        assert trades[0]["price"] > 0
        assert (await asyncio.wait_for(ex.watch_ticker(SYMBOL), 20))["ask"] > 0
        before = topics(venue)
        orders = asyncio.create_task(ex.watch_orders(SYMBOL))
        mine = asyncio.create_task(ex.watch_my_trades(SYMBOL))
        await listening(venue, before)
        bid, _ = top(venue)
        placed = await ex.create_order_ws(SYMBOL, "limit", "buy", 0.01, round(bid * 0.9, 1))
        seen = await asyncio.wait_for(orders, 20)
        assert seen[-1]["id"] == placed["id"]
        await ex.cancel_order_ws(placed["id"])
        bought = await ex.create_order(SYMBOL, "market", "buy", 0.01)
        fills = await asyncio.wait_for(mine, 20)
        assert fills[0]["order"] == bought["id"]
    finally:
        await ex.close()


@pytest.mark.parametrize("kind", ["wrong_checksum", "sequence_gap"])
async def test_our_own_feed_mends_its_book(venue: Running, kind: Any) -> None:
    market = venue.world.market("spot", "BTCUSDT")
    assert market is not None
    batch, rows = Batch(), []
    (line,) = lines("kraken", batch)
    feed = Feed("kraken", [line], addresses(venue), batch, rows.append, time.time_ns, random.Random(1))
    async with feed:
        feed.subscribe(Stream(0, SYMBOL, InstrumentKind.SPOT), (Channel.DEPTH, Channel.TRADES, Channel.BBO))
        await until(lambda: line.tally.checksums_ok > 20)
        assert line.tally.checksums_bad == 0
        venue.inject(Fault(kind=kind, match="book:", count=1))
        await until(lambda: line.tally.gaps == 1 and line.tally.resyncs == 2)
        before = line.tally.checksums_ok
        await until(lambda: line.tally.checksums_ok > before + 10)
        assert line.tally.checksums_bad == 1
        assert (line.tally.unknown, line.tally.malformed) == (0, 0)


async def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


def addresses(venue: Running) -> Addresses:
    return msgspec.convert(venue.addresses, Addresses)


async def test_the_kraken_sdk_trades(venue: Running) -> None:
    key = venue.key

    def blocking() -> None:
        market = Market(url=venue.base)
        assert market.get_asset_pairs()
        user = User(key=key.key, secret=key.secret, url=venue.base)
        trade = Trade(key=key.key, secret=key.secret, url=venue.base)
        assert float(user.get_account_balance()["USDT"]) > 0
        bid, _ = top(venue)
        placed = trade.create_order(
            ordertype="limit", side="buy", pair="XBTUSDT", volume=0.01, price=round(bid * 0.9, 1)
        )
        (txid,) = placed["txid"]
        assert txid in user.get_open_orders()["open"]
        assert trade.cancel_order(txid=txid)["count"] == 1
        trade.create_order(ordertype="market", side="buy", pair="XBTUSDT", volume=0.01)
        assert user.get_trades_history()["count"] >= 1

    await asyncio.to_thread(blocking)
    async with SpotAsyncClient(url=venue.base) as public:
        assert await public.request("GET", "/0/public/Time", auth=False)
