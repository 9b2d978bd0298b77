"""Every verb of trading, by unmodified ccxt with its own options, at every market of every double.

Load markets (with currencies, as ccxt does by itself), watch book and trades, place, amend, cancel, fill,
balance, transfer: by ccxt.pro over sockets and REST, and by the synchronous ccxt over REST.
"""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

import ccxt
import ccxt.pro
import pytest

from tests.doubles.clients import hear, listening, topics
from tests.doubles.servers import Running, point_at, running


class Where(NamedTuple):
    """ccxt's class of a venue, its symbol, and the wallets that money is moved between."""

    venue: str
    client: str
    symbol: str
    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.client}-{self.symbol}"


SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
PLACES = [
    Where("binance", "binance", SPOT, "spot", "linear"),
    Where("binance", "binance", SWAP, "linear", "spot"),
    Where("binance", "binanceusdm", SWAP, "linear", "spot"),
    Where("bybit", "bybit", SPOT, "unified", "funding"),
    Where("bybit", "bybit", SWAP, "unified", "funding"),
    Where("okx", "okx", SPOT, "trading", "funding"),
    Where("okx", "okx", SWAP, "trading", "funding"),
    Where("kraken", "kraken", SPOT, "spot", "swap"),
]


def made(module: Any, where: Where, venue: Running) -> Any:
    """The client as anybody makes it: key, secret, and the hosts of the double."""
    key = venue.key
    ex = getattr(module, where.client)({"apiKey": key.key, "secret": key.secret, "password": key.passphrase})
    currencies = ex.has["fetchCurrencies"]
    point_at(ex, venue.base)
    ex.has["fetchCurrencies"] = currencies
    ex.enableRateLimit = where.venue != "kraken"  # it would wait for three seconds before each request
    if where.venue == "binance" and "ws" in ex.urls["api"]:  # ccxt.pro knows spot's sockets by this word
        ex.urls["api"]["ws"]["spot"] = f"{venue.ws}/stream/ws"
    return ex


def size(ex: Any, symbol: str, base: float) -> float:
    """An amount of `base` coins as the market counts it."""
    return float(ex.amount_to_precision(symbol, base / float(ex.market(symbol).get("contractSize") or 1)))


def standing(where: Where, placed: Any, moved: Any) -> str:
    """The id to cancel by after an amendment: what ccxt calls it at Kraken is that of the amendment."""
    return str(placed["id"] if where.venue == "kraken" else moved["id"])


def used(balance: Any) -> float:
    return float(balance["USDT"]["total"])


@pytest.mark.parametrize("where", PLACES, ids=str)
async def test_every_verb_by_ccxt_pro(where: Where) -> None:
    async with running(where.venue) as venue:
        ex, symbol = made(ccxt.pro, where, venue), where.symbol
        try:
            assert symbol in await ex.load_markets()
            assert "USDT" in ex.currencies
            book = await hear(lambda: ex.watch_order_book(symbol), lambda b: bool(b["bids"] and b["asks"]))
            assert (await asyncio.wait_for(ex.watch_trades(symbol), 10))[-1]["price"] > 0
            price = float(ex.price_to_precision(symbol, book["bids"][0][0] * 0.9))
            small, more = size(ex, symbol, 0.01), size(ex, symbol, 0.02)
            before, told = topics(venue), asyncio.ensure_future(ex.watch_orders(symbol))
            await listening(venue, before)
            placed = await ex.create_order(symbol, "limit", "buy", small, price)
            assert (await asyncio.wait_for(told, 10))[-1]["id"] == placed["id"]
            moved = await ex.edit_order(placed["id"], symbol, "limit", "buy", more, price)
            assert [o["amount"] for o in await ex.fetch_open_orders(symbol)] == [more]
            await ex.cancel_order(standing(where, placed, moved), symbol)
            assert await ex.fetch_open_orders(symbol) == []
            await ex.create_order(symbol, "market", "buy", small)
            assert sum(t["amount"] for t in await ex.fetch_my_trades(symbol)) == pytest.approx(small)
            await check_money(ex, where)
        finally:
            await ex.close()


async def check_money(ex: Any, where: Where) -> None:
    kind = {"type": "swap"} if where.venue == "binance" and where.symbol == SWAP else {}
    before = used(await ex.fetch_balance(kind))
    await ex.transfer("USDT", 25, where.source, where.target)
    assert used(await ex.fetch_balance(kind)) == pytest.approx(before - 25, abs=1)


@pytest.mark.parametrize("where", PLACES, ids=str)
async def test_every_verb_by_synchronous_ccxt(where: Where) -> None:
    async with running(where.venue) as venue:
        await asyncio.to_thread(trade, made(ccxt, where, venue), where)


def trade(ex: Any, where: Where) -> None:
    symbol = where.symbol
    assert symbol in ex.load_markets()
    book = ex.fetch_order_book(symbol, 5)
    assert ex.fetch_trades(symbol) is not None
    price = float(ex.price_to_precision(symbol, book["bids"][0][0] * 0.9))
    small, more = size(ex, symbol, 0.01), size(ex, symbol, 0.02)
    placed = ex.create_order(symbol, "limit", "buy", small, price)
    moved = ex.edit_order(placed["id"], symbol, "limit", "buy", more, price)
    assert [o["amount"] for o in ex.fetch_open_orders(symbol)] == [more]
    ex.cancel_order(standing(where, placed, moved), symbol)
    ex.create_order(symbol, "market", "buy", small)
    assert sum(t["amount"] for t in ex.fetch_my_trades(symbol)) == pytest.approx(small)
    assert used(ex.fetch_balance()) > 0
    assert ex.transfer("USDT", 25, where.source, where.target)
