"""An unmodified python-kraken-sdk on Kraken's double: sockets, books with checksums, batches, money."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from kraken.spot import Funding, Market, SpotOrderBookClient, SpotWSClient, Trade, User

from tests.doubles.clients import until
from tests.doubles.servers import Running, running

PAIR = "BTC/USDT"


def hosts(venue: Running) -> dict[str, str]:
    return {"rest_url": venue.base, "ws_url": venue.ws, "auth_ws_url": venue.ws}


def signed(venue: Running) -> dict[str, str]:
    return {"key": venue.key.key, "secret": venue.key.secret}


async def test_books_trades_and_orders_come_by_socket() -> None:
    heard: list[dict[str, Any]] = []

    async def note(message: dict[str, Any]) -> None:
        heard.append(message)

    def of(channel: str, more: Callable[[dict[str, Any]], bool] = lambda _: True) -> list[dict[str, Any]]:
        return [m for m in heard if m.get("channel") == channel and more(m)]

    def states() -> list[str]:
        return [row["exec_type"] for m in of("executions") for row in m["data"]]

    async with running("kraken") as venue:
        socket = SpotWSClient(**signed(venue), **hosts(venue), callback=note)
        await socket.start()
        try:
            await socket.subscribe(params={"channel": "book", "symbol": [PAIR], "depth": 10})
            await socket.subscribe(params={"channel": "trade", "symbol": [PAIR]})
            await socket.subscribe(params={"channel": "executions"})
            await until(lambda: bool(of("book", lambda m: m["type"] == "update") and of("trade")))
            await until(lambda: bool(of("executions")))
            order = {"order_type": "limit", "side": "buy", "symbol": PAIR, "order_qty": 0.01}
            await socket.send_message(
                {"method": "add_order", "params": order | {"limit_price": 20_000.0, "cl_ord_id": "desk-1"}}
            )
            await until(lambda: "new" in states())
            assert [o.client_id for o in venue.world.desk.open_orders()] == ["desk-1"]
            change = {"cl_ord_id": "desk-1", "order_qty": 0.02}
            await socket.send_message({"method": "amend_order", "params": change})
            await until(lambda: "amended" in states())
            await socket.send_message({"method": "cancel_order", "params": {"cl_ord_id": ["desk-1"]}})
            await until(lambda: "canceled" in states())
            market = {"order_type": "market", "side": "buy", "symbol": PAIR, "order_qty": 0.01}
            await socket.send_message({"method": "add_order", "params": market})
            await until(lambda: "filled" in states())
        finally:
            await socket.close()


async def test_its_own_book_agrees_with_every_checksum(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running("kraken") as venue:
        monkeypatch.setattr(SpotOrderBookClient, "WS_URL", venue.ws)
        monkeypatch.setattr(SpotOrderBookClient, "URL", venue.base)
        monkeypatch.setattr(Market, "URL", venue.base)
        # It asks by REST within its loop, and waits: it needs a loop of its own.
        seen = await asyncio.to_thread(lambda: asyncio.run(thirty_updates()))
    assert len(seen) >= 30
    assert all(seen)


class Books(SpotOrderBookClient):
    """Notes after each update whether the client held its book valid."""

    def __init__(self) -> None:
        super().__init__(depth=10)
        self.seen: list[bool] = []

    async def on_book_update(self, pair: str, message: dict[str, Any]) -> None:
        del message
        book = self.get(pair=pair)
        self.seen.append(book is not None and bool(book["valid"]))


async def thirty_updates() -> list[bool]:
    books = Books()
    await books.start()
    try:
        await books.add_book(pairs=[PAIR])
        await until(lambda: len(books.seen) >= 30, 15)
    finally:
        await books.close()
    return books.seen


async def test_batches_and_money() -> None:
    async with running("kraken") as venue:
        await asyncio.to_thread(batches_and_money, venue)


def batches_and_money(venue: Running) -> None:
    trade = Trade(**signed(venue), url=venue.base)
    user = User(**signed(venue), url=venue.base)
    funding = Funding(**signed(venue), url=venue.base)
    rows = [
        {"ordertype": "limit", "type": "buy", "volume": "0.01", "price": "20000"},
        {"ordertype": "limit", "type": "buy", "volume": "1000", "price": "20100"},
    ]
    first, second = trade.create_order_batch(orders=rows, pair="XBTUSDT")["orders"]
    assert list(user.get_open_orders()["open"]) == [first["txid"]]
    assert second["error"].startswith("EOrder:")
    moved = trade.amend_order(extra_params={"txid": first["txid"], "order_qty": "0.02"})
    assert moved["amend_id"]
    assert trade.cancel_all_orders()["count"] == 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        before = float(user.get_account_balance()["USDT"])
        funding.wallet_transfer(asset="USDT", from_="Spot Wallet", to_="Futures Wallet", amount="25")
        assert float(user.get_account_balance()["USDT"]) == pytest.approx(before - 25)
        (method,) = funding.get_deposit_methods(asset="XBT")
        assert funding.get_deposit_address(asset="XBT", method=method["method"])[0]["address"]
        assert funding.withdraw_funds(asset="XBT", key="home", amount="0.1")["refid"]
