"""An unmodified pybit trades on the double of Bybit: REST, public and private streams, orders by socket."""

from __future__ import annotations

import asyncio
import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pybit import _websocket_trading, unified_trading
from pybit.exceptions import InvalidRequestError

from tests.doubles.servers import Running, running
from titan.doubles.faults import Fault


def session(venue: Running) -> Any:
    http = unified_trading.HTTP(api_key=venue.key.key, api_secret=venue.key.secret)
    http.endpoint = venue.base
    return http


def trade(http: Any) -> dict[str, Any]:
    """One order's life over REST; gives what was seen on the way."""
    one = {"category": "linear", "symbol": "BTCUSDT"}
    resting = http.place_order(
        **one, side="Buy", orderType="Limit", qty="0.01", price="29000", orderLinkId="p-1"
    )["result"]["orderId"]
    http.amend_order(**one, orderLinkId="p-1", qty="0.02")
    seen = {"open": http.get_open_orders(**one)["result"]["list"]}
    http.cancel_order(**one, orderId=resting)
    taken = http.place_order(**one, side="Buy", orderType="Market", qty="0.1")["result"]["orderId"]
    seen["fills"] = http.get_executions(**one, orderId=taken)["result"]["list"]
    seen["position"] = http.get_positions(**one)["result"]["list"]
    seen["wallet"] = http.get_wallet_balance(accountType="UNIFIED")["result"]["list"]
    with pytest.raises(InvalidRequestError, match="110001"):
        http.cancel_order(**one, orderId=resting)
    return seen


async def test_rest() -> None:
    async with running("bybit") as venue:
        seen = await asyncio.to_thread(trade, session(venue))
    assert [o["qty"] for o in seen["open"]] == ["0.02"]
    assert sum(float(f["execQty"]) for f in seen["fills"]) == pytest.approx(0.1)
    assert [(p["size"], p["side"]) for p in seen["position"]] == [("0.1", "Buy")]
    assert float(seen["wallet"][0]["totalEquity"]) > 90_000


@contextmanager
def listening(make: Callable[[], Any]) -> Iterator[tuple[Any, queue.Queue[Any]]]:
    heard: queue.Queue[Any] = queue.Queue()
    socket = make()
    try:
        yield socket, heard
    finally:
        socket.exit()


def stream(venue: Running) -> tuple[Any, Any]:
    """The first book and trade that pybit hears."""
    make = lambda: unified_trading.WebSocket(channel_type="spot", testnet=False)  # noqa: E731
    with listening(make) as (socket, heard):
        socket.orderbook_stream(50, "BTCUSDT", lambda m: heard.put(("book", m)))
        socket.trade_stream("BTCUSDT", lambda m: heard.put(("trade", m)))
        found: dict[str, Any] = {}
        while len(found) < 2:
            kind, message = heard.get(timeout=20)
            found.setdefault(kind, message)
    return found["book"], found["trade"]


async def test_public_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running("bybit", faults=[FAR]) as venue:
        monkeypatch.setattr(unified_trading, "PUBLIC_WSS", f"{venue.ws}/v5/public/{{CHANNEL_TYPE}}")
        book, heard = await asyncio.to_thread(stream, venue)
    assert book["topic"] == "orderbook.50.BTCUSDT"
    assert len(book["data"]["b"]) == 50
    assert heard["data"][0]["s"] == "BTCUSDT"


FAR = Fault("delay", on="ws", count=0, seconds=0.5)
"""pybit files a callback after it has sent what the callback is for: on a loopback and a busy machine the
answer can be there first. No venue is that near."""


def private(venue: Running) -> list[dict[str, Any]]:
    """Orders as the private stream tells them while one is placed over the trade socket."""
    keys = {"api_key": venue.key.key, "api_secret": venue.key.secret, "testnet": False}
    make = lambda: unified_trading.WebSocket(channel_type="private", **keys)  # noqa: E731
    with (
        listening(make) as (socket, heard),
        listening(lambda: unified_trading.WebSocketTrading(**keys)) as (trading, answers),
    ):
        socket.order_stream(heard.put)
        until = time.monotonic() + 5
        while not venue.server.wanted("order") and time.monotonic() < until:
            time.sleep(0.01)  # pybit does not wait for the answer to a subscription
        trading.place_order(
            answers.put, category="spot", symbol="BTCUSDT", side="Sell", orderType="Limit", qty="0.01",
            price="40000",
        )  # fmt: skip
        answer = answers.get(timeout=20)
        told = heard.get(timeout=20)
    return [answer, told]


async def test_private_stream_and_orders_by_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running("bybit", faults=[FAR]) as venue:
        monkeypatch.setattr(unified_trading, "PRIVATE_WSS", f"{venue.ws}/v5/private")
        monkeypatch.setattr(_websocket_trading, "TRADE_WSS", f"{venue.ws}/v5/trade")
        answer, told = await asyncio.to_thread(private, venue)
    assert answer["retCode"] == 0
    assert told["data"][0]["orderId"] == answer["data"]["orderId"]
    assert told["data"][0]["orderStatus"] == "New"
