"""An unmodified binance-connector over sockets: streams, the WebSocket API, a user's stream by listen key."""

from __future__ import annotations

import asyncio
import json
import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from binance.spot import Spot
from binance.websocket.spot.websocket_api import SpotWebsocketAPIClient
from binance.websocket.spot.websocket_stream import SpotWebsocketStreamClient

from tests.doubles.servers import Running, running

Heard = Callable[[Callable[[dict[str, Any]], bool]], dict[str, Any]]


@contextmanager
def opened(make: Callable[..., Any]) -> Iterator[tuple[Any, Heard]]:
    """A socket, and a way to wait for the message that fits."""
    inbox: queue.Queue[str] = queue.Queue()
    socket = make(on_message=lambda _, text: inbox.put(text))

    def wait(fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            message = json.loads(inbox.get(timeout=20))
            if fits(message):
                return dict(message)

    try:
        yield socket, wait
    finally:
        socket.stop()


def market_data(venue: Running) -> None:
    def make(**on: Any) -> Any:
        return SpotWebsocketStreamClient(stream_url=venue.ws, **on)

    with opened(make) as (socket, heard):
        socket.diff_book_depth(symbol="btcusdt", speed=100)
        socket.trade(symbol="btcusdt")
        socket.partial_book_depth(symbol="btcusdt", level=5, speed=100)
        socket.book_ticker(symbol="btcusdt")
        diff = heard(lambda m: m.get("e") == "depthUpdate")
        assert diff["U"] <= diff["u"]
        assert heard(lambda m: m.get("e") == "trade")["s"] == "BTCUSDT"
        assert len(heard(lambda m: "lastUpdateId" in m)["bids"]) == 5
        assert float(heard(lambda m: "B" in m and "A" in m)["b"]) > 0


def orders(venue: Running) -> None:
    spot = Spot(venue.key.key, venue.key.secret, base_url=venue.base)
    listen_key = spot.new_listen_key()["listenKey"]

    def stream(**on: Any) -> Any:
        return SpotWebsocketStreamClient(stream_url=venue.ws, **on)

    def api(**on: Any) -> Any:
        url = f"{venue.ws}/ws-api/v3"
        return SpotWebsocketAPIClient(
            stream_url=url, api_key=venue.key.key, api_secret=venue.key.secret, **on
        )

    with opened(stream) as (user, told), opened(api) as (socket, answered):
        user.user_data(listen_key=listen_key, id=1)
        assert told(lambda m: m.get("id") == 1)["result"] is None
        socket.order_book(symbol="BTCUSDT", limit=5)
        assert answered(lambda m: "bids" in (m.get("result") or {}))["status"] == 200
        one: dict[str, Any] = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
        socket.new_order(**one, quantity=0.01, price=20_000, newClientOrderId="desk-1")
        placed = answered(lambda m: (m.get("result") or {}).get("clientOrderId") == "desk-1")["result"]
        assert told(lambda m: m.get("e") == "executionReport")["i"] == placed["orderId"]
        socket.cancel_replace_order(
            **one, cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=placed["orderId"], quantity=0.02,
            price=20_100,
        )  # fmt: skip
        moved = answered(lambda m: "newOrderResponse" in (m.get("result") or {}))["result"]
        assert moved["newOrderResponse"]["origQty"] == "0.02000000"
        socket.cancel_order(symbol="BTCUSDT", orderId=moved["newOrderResponse"]["orderId"])
        assert told(lambda m: m.get("X") == "CANCELED")["e"] == "executionReport"
        socket.new_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.01)
        assert told(lambda m: m.get("X") == "FILLED")["z"] == "0.01000000"
        assert told(lambda m: m.get("e") == "outboundAccountPosition")["B"]


def combined(venue: Running) -> None:
    """A listen key subscribed to on a combined socket, as Binance's newer SDKs do it."""
    spot = Spot(venue.key.key, venue.key.secret, base_url=venue.base)
    listen_key = spot.new_listen_key()["listenKey"]

    def stream(**on: Any) -> Any:
        return SpotWebsocketStreamClient(stream_url=venue.ws, is_combined=True, **on)

    with opened(stream) as (user, told):
        user.user_data(listen_key=listen_key, id=1)
        assert told(lambda m: m.get("id") == 1)["result"] is None
        spot.new_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.01)
        heard = told(lambda m: (m.get("data") or {}).get("X") == "FILLED")
        assert heard["stream"] == listen_key


@pytest.mark.parametrize("scenario", [market_data, orders, combined])
async def test_binance_connector_by_socket(scenario: Callable[[Running], None]) -> None:
    async with running("binance") as venue:
        await asyncio.to_thread(scenario, venue)
