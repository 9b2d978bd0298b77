"""Dead man's switches of the doubles, each as its own venue's client asks for it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from decimal import Decimal
from typing import Any

import aiohttp
import ccxt.async_support as ccxt
import pytest
from pybit import unified_trading

from tests.conformance.trading_at import Clock
from tests.doubles.clients import client, until
from tests.doubles.servers import Running, running
from titan.doubles.countdown import Countdowns
from titan.doubles.orders import Ticket
from titan.model.order import OrderType, Side

LINEAR, SPOT = "BTC/USDT:USDT", "BTC/USDT"


def rest_one(venue: Running, kind: str) -> int:
    """An order far from the touch, placed at the desk itself; its id."""
    market = venue.world.market(kind, "BTCUSDT")
    assert market is not None
    ticket = Ticket(
        inst=market.index, side=Side.BUY, type=OrderType.LIMIT, qty=Decimal("0.01"), price=Decimal(20_000)
    )
    return venue.world.desk.place(ticket).id


def resting(venue: Running) -> list[int]:
    return [order.id for order in venue.world.desk.open_orders()]


async def test_a_countdown_ends_once_and_only_what_it_covers() -> None:
    clock = Clock()
    async with running("binance", now=clock) as venue:
        spot, perp = rest_one(venue, "spot"), rest_one(venue, "perp")
        countdowns = Countdowns(venue.world.desk, clock)
        countdowns.arm("perps", 5_000_000_000, lambda order: order.id == perp)
        countdowns.tick()
        assert resting(venue) == [spot, perp]
        clock.ahead_s = 5.1
        countdowns.tick()
        assert resting(venue) == [spot]
        again = rest_one(venue, "perp")
        clock.ahead_s = 20
        countdowns.tick()
        assert resting(venue) == [spot, again]


async def test_binance_counts_by_symbol() -> None:
    clock = Clock()
    async with running("binance", now=clock) as venue, client(venue) as ex:
        spot, perp = rest_one(venue, "spot"), rest_one(venue, "perp")
        ask = ex.fapiPrivatePostCountdownCancelAll
        said = await ask({"symbol": "BTCUSDT", "countdownTime": 3_000})
        assert said == {"symbol": "BTCUSDT", "countdownTime": "3000"}
        clock.ahead_s = 1.5
        assert resting(venue) == [spot, perp]
        clock.ahead_s = 3.5
        await until(lambda: resting(venue) == [spot])
        with pytest.raises(ccxt.BaseError, match="countdownTime"):
            await ask({"symbol": "BTCUSDT"})


async def test_okx_counts_by_account_and_by_tag() -> None:
    clock = Clock()
    async with running("okx", now=clock) as venue, client(venue) as ex:
        await ex.create_order(SPOT, "limit", "buy", 0.01, 20_000, {"tag": "mine"})
        plain = rest_one(venue, "perp")
        said = await ex.privatePostTradeCancelAllAfter({"timeOut": "10", "tag": "mine"})
        assert said["data"][0]["tag"] == "mine"
        clock.ahead_s = 11
        await until(lambda: resting(venue) == [plain])
        await ex.cancel_all_orders_after(10_000)
        clock.ahead_s = 22
        await until(lambda: not resting(venue))
        with pytest.raises(ccxt.BaseError, match="timeOut"):
            await ex.cancel_all_orders_after(5_000)
        assert (await ex.cancel_all_orders_after(0))["data"][0]["triggerTime"] == "0"


def protected(venue: Running, product: str) -> Any:
    keys = {"api_key": venue.key.key, "api_secret": venue.key.secret, "testnet": False}
    http = unified_trading.HTTP(**keys)
    http.endpoint = venue.base
    http.set_dcp(product=product, timeWindow=3)
    return http.query_dcp_info()["result"]["dcpInfos"]


async def test_bybit_cancels_when_the_last_protected_socket_stays_away() -> None:
    clock = Clock()
    async with running("bybit", now=clock) as venue, aiohttp.ClientSession() as session:
        spot, perp = rest_one(venue, "spot"), rest_one(venue, "perp")
        info = await asyncio.to_thread(protected, venue, "DERIVATIVES")
        assert info == [{"product": "DERIVATIVES", "dcpStatus": "ON", "timeWindow": "3"}]
        first, second = await listening(session, venue), await listening(session, venue)
        await first.close()
        clock.ahead_s = 4
        await asyncio.sleep(0.1)
        assert resting(venue) == [spot, perp]  # one of the two is still there
        await second.close()
        await until(lambda: not venue.server.wanted("dcp.future"))
        third = await listening(session, venue)
        clock.ahead_s = 8
        await asyncio.sleep(0.1)
        assert resting(venue) == [spot, perp]  # it came back in time
        await third.close()
        await until(lambda: not venue.server.wanted("dcp.future"))
        clock.ahead_s = 12
        await until(lambda: resting(venue) == [spot])


async def listening(session: aiohttp.ClientSession, venue: Running) -> aiohttp.ClientWebSocketResponse:
    """A private socket that subscribed to dcp.future."""
    socket = await session.ws_connect(f"{venue.ws}/v5/private")
    expires = str(venue.world.now_ms() + 10_000)
    signed = hmac.new(venue.key.secret.encode(), f"GET/realtime{expires}".encode(), hashlib.sha256)
    await socket.send_json({"op": "auth", "args": [venue.key.key, expires, signed.hexdigest()]})
    await socket.send_json({"op": "subscribe", "args": ["dcp.future"]})
    for _ in range(2):
        assert (await socket.receive_json(timeout=20))["success"]
    return socket
