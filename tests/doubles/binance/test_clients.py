"""Unmodified clients trade on Binance's double: ccxt, ccxt.pro and binance-connector, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import ccxt.async_support as ccxt
import ccxt.pro as ccxtpro
import pytest
from binance.error import ClientError
from binance.spot import Spot

from tests.doubles.clients import listening, topics
from tests.doubles.servers import Running, point_at, running
from titan.doubles.faults import Fault

BTC, SWAP = "BTC/USDT", "BTC/USDT:USDT"


def client(make: Callable[[dict[str, Any]], Any], venue: Running, key: str = "owner") -> Any:
    of = venue.world.keys.keys[key]
    options = {"fetchMargins": False, "fetchMarkets": {"types": ["spot", "linear"]}}
    ex = point_at(make({"apiKey": of.key, "secret": of.secret, "options": options}), venue.base)
    if "ws" in ex.urls["api"]:  # ccxt.pro knows spot's sockets by this word in their address
        ex.urls["api"]["ws"]["spot"] = f"{venue.ws}/stream/ws"
    return ex


async def test_ccxt_trades_spot() -> None:
    async with running("binance") as venue:
        ex = client(ccxt.binance, venue)
        try:
            markets = await ex.load_markets()
            assert {BTC, SWAP} <= set(markets)
            assert abs(await ex.fetch_time() - venue.world.now_ms()) < 5_000
            book = await ex.fetch_order_book(BTC)
            assert book["bids"][0][0] < book["asks"][0][0]
            assert (await ex.fetch_ticker(BTC))["bid"] is not None
            placed = await ex.create_order(BTC, "limit", "buy", 0.01, 20_000, {"clientOrderId": "mine-1"})
            assert placed["status"] == "open"
            assert (await ex.fetch_balance())["USDT"]["used"] == 200
            assert [o["id"] for o in await ex.fetch_open_orders(BTC)] == [placed["id"]]
            moved = await ex.edit_order(placed["id"], BTC, "limit", "buy", 0.02, 21_000)
            gone = await ex.cancel_order(moved["id"], BTC)
            assert gone["status"] == "canceled"
            filled = await ex.create_order(BTC, "market", "buy", 0.001)
            assert (filled["status"], filled["filled"]) == ("closed", 0.001)
            (trade,) = await ex.fetch_my_trades(BTC)
            assert trade["order"] == filled["id"]
            with pytest.raises(ccxt.InsufficientFunds):
                await ex.create_order(BTC, "limit", "buy", 100, 20_000)
            with pytest.raises(ccxt.OrderNotFound):
                await ex.cancel_order("123", BTC)
            with pytest.raises(ccxt.BadRequest):
                await ex.create_order(BTC, "limit", "buy", 0.0001, 20_000)
            await ex.transfer("USDT", 500, "spot", "linear")
            assert venue.truth()["balances"]["perp"]["USDT"]["total"] == "100500"
            assert (await ex.withdraw("USDT", 10, "TXaddress"))["id"]
            assert (await ex.fetch_deposit_address("BTC"))["address"]
        finally:
            await ex.close()


async def test_ccxt_trades_futures() -> None:
    async with running("binance") as venue:
        ex = client(ccxt.binanceusdm, venue)
        try:
            await ex.load_markets()
            await ex.set_leverage(10, SWAP)
            placed = await ex.create_order(SWAP, "limit", "sell", 0.01, 40_000)
            moved = await ex.edit_order(placed["id"], SWAP, "limit", "sell", 0.02, 41_000)
            assert (moved["id"], moved["amount"], moved["price"]) == (placed["id"], 0.02, 41_000)
            await ex.cancel_order(placed["id"], SWAP)
            filled = await ex.create_order(SWAP, "market", "sell", 0.01)
            assert filled["status"] == "closed"
            (held,) = [p for p in await ex.fetch_positions([SWAP]) if p["contracts"]]
            assert (held["side"], held["contracts"], held["leverage"]) == ("short", 0.01, 10)
            assert (await ex.fetch_balance())["USDT"]["total"] > 99_000
            assert (await ex.fetch_funding_rate(SWAP))["fundingRate"] == 0.0001
            with pytest.raises(ccxt.InvalidOrder):
                await ex.create_order(SWAP, "limit", "buy", 0.01, 31_000, {"postOnly": True})
            await ex.create_order(SWAP, "market", "buy", 0.01, None, {"reduceOnly": True})
            assert venue.truth()["positions"]["binance.perp.BTCUSDT"] == "0.000"
        finally:
            await ex.close()


@pytest.mark.parametrize(("make", "symbol"), [(ccxtpro.binance, BTC), (ccxtpro.binanceusdm, SWAP)])
async def test_ccxt_pro_watches_market_and_account(make: Any, symbol: str) -> None:
    async with running("binance") as venue:
        ex = client(make, venue)
        try:
            await ex.load_markets()
            async with asyncio.timeout(20):
                for _ in range(5):
                    book = await ex.watch_order_book(symbol)
                assert book["bids"][0][0] < book["asks"][0][0]
                assert await ex.watch_trades(symbol)
                before = topics(venue)
                watching = asyncio.create_task(ex.watch_orders(symbol))
                balance = asyncio.create_task(ex.watch_balance())
                await listening(venue, before)
                placed = await ex.create_order(symbol, "market", "buy", 0.01)
                heard = await watching
                assert heard[-1]["id"] == placed["id"]
                assert "USDT" in await balance
        finally:
            await ex.close()


async def test_binance_connector() -> None:
    async with running("binance") as venue:
        spot = Spot(venue.key.key, venue.key.secret, base_url=venue.base)

        def session() -> None:
            assert spot.depth("BTCUSDT", limit=5)["bids"]
            ask = spot.new_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.001)
            assert ask["status"] == "FILLED"
            rest = spot.new_order(
                symbol="BTCUSDT", side="SELL", type="LIMIT", timeInForce="GTC", quantity=0.01, price=40000
            )
            assert spot.cancel_order("BTCUSDT", orderId=rest["orderId"])["status"] == "CANCELED"
            assert spot.user_universal_transfer(type="MAIN_UMFUTURE", asset="USDT", amount=5)["tranId"]

        await asyncio.to_thread(session)


@pytest.mark.parametrize(
    ("key", "secret", "shift", "code"),
    [
        ("reader", "", 0, -2015),
        ("nobody", "", 0, -2015),
        ("owner", "wrong", 0, -1022),
        ("owner", "", 90, -1021),
    ],
)
async def test_who_may_not_trade_is_refused(key: str, secret: str, shift: float, code: int) -> None:
    faults = [Fault("clock_skew", shift=shift, seconds=0)] if shift else []
    async with running("binance", faults=faults) as venue:
        of = venue.world.keys.keys.get(key)
        spot = Spot(of.key if of else "x" * 64, secret or (of.secret if of else "y"), base_url=venue.base)
        with pytest.raises(ClientError) as refused:
            await asyncio.to_thread(
                spot.new_order, symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.001
            )
        assert refused.value.error_code == code
        assert not venue.world.desk.orders
