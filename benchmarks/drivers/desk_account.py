"""What the server of the `desk` suite says of an account: one that holds money, no position and no order.

Binance's USD-M futures REST (exchange, account, position mode, listen key) and its user data stream, with the
fields that nautilus_trader's adapter reads; developers.binance.com/docs/derivatives, read 2026-11-21.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import time
from typing import Any, Final

LISTEN_KEY: Final = "bench"
"""Names the user stream in a WebSocket's address."""

CONTRACT: Final = {
    "symbol": "BTCUSDT", "pair": "BTCUSDT", "contractType": "PERPETUAL", "deliveryDate": 4133404800000,
    "onboardDate": 1569398400000, "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT",
    "marginAsset": "USDT", "pricePrecision": 2, "quantityPrecision": 3, "baseAssetPrecision": 8,
    "quotePrecision": 8, "underlyingType": "COIN", "underlyingSubType": ["PoW"], "settlePlan": 0,
    "maintMarginPercent": "2.5000", "requiredMarginPercent": "5.0000", "triggerProtect": "0.0500",
    "liquidationFee": "0.012500", "marketTakeBound": "0.05", "orderTypes": ["LIMIT", "MARKET"],
    "timeInForce": ["GTC", "IOC"],
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.1", "maxPrice": "1000000", "tickSize": "0.10"},
        {"filterType": "LOT_SIZE", "stepSize": "0.001", "minQty": "0.001", "maxQty": "1000"},
    ],
}  # fmt: skip
INFO: Final = {"timezone": "UTC", "serverTime": 0, "rateLimits": [], "exchangeFilters": [], "assets": []}
_NOTHING: Final = dict.fromkeys(
    (
        "unrealizedProfit", "maintMargin", "initialMargin", "positionInitialMargin", "openOrderInitialMargin",
        "crossUnPnl",
    ), "0",
)  # fmt: skip
_MONEY: Final = dict.fromkeys(
    ("walletBalance", "marginBalance", "crossWalletBalance", "availableBalance", "maxWithdrawAmount"),
    "1000000",
)
_ACCOUNT: Final = {
    "feeTier": 0, "canTrade": True, "canDeposit": True, "canWithdraw": True, "updateTime": 1,
    "assets": [{"asset": "USDT", **_NOTHING, **_MONEY}], "positions": [],
}  # fmt: skip
_ID: Final = re.compile(rb"newClientOrderId=([^&\s]+)")
_PRICE: Final = re.compile(rb"[?&]price=([0-9.]+)")


def answer(line: bytes) -> Any:
    """To a request that is no order, by its first line; an empty list for what is not known here."""
    path = line.split(b" ")[1].partition(b"?")[0]
    if path == b"/fapi/v1/exchangeInfo":
        return INFO | {"symbols": [CONTRACT]}
    if path.endswith(b"/exchangeInfo"):
        return INFO | {"symbols": []}
    said: dict[bytes, Any] = {
        b"account": _ACCOUNT,
        b"dual": {"dualSidePosition": False},
        b"listenKey": {"listenKey": LISTEN_KEY},
        b"time": {"serverTime": time.time_ns() // 1_000_000},
    }
    return said.get(path.rpartition(b"/")[2], []) if path.startswith(b"/fapi/") else []


def order(request: bytes, number: int) -> dict[str, Any]:
    """The order's end, as the venue's answer says it: nothing was there to take."""
    name, price = _ID.search(request), _PRICE.search(request)
    return {
        "orderId": number, "symbol": "BTCUSDT", "status": "EXPIRED",
        "clientOrderId": name[1].decode() if name else "",
        "price": price[1].decode() if price else "30000", "avgPrice": "0.00", "origQty": "0.010",
        "executedQty": "0.000", "cumQuote": "0", "timeInForce": "IOC", "type": "LIMIT", "side": "BUY",
        "reduceOnly": False, "updateTime": 1,
    }  # fmt: skip


def update(said: dict[str, Any], state: str) -> bytes:
    """ORDER_TRADE_UPDATE of an order that came to `state` without a fill."""
    ms = time.time_ns() // 1_000_000
    body = {
        "s": "BTCUSDT", "c": said["clientOrderId"], "S": "BUY", "o": "LIMIT", "f": "IOC", "q": "0.010",
        "p": said["price"], "ap": "0", "sp": "0", "x": state, "X": state, "i": said["orderId"], "l": "0",
        "z": "0", "L": "0", "n": "0", "N": "USDT", "T": ms, "t": 0, "b": "0", "a": "0", "m": False,
        "R": False, "wt": "CONTRACT_PRICE", "ot": "LIMIT", "ps": "BOTH", "cp": False, "rp": "0", "pP": False,
        "si": 0, "ss": 0, "V": "EXPIRE_MAKER", "pm": "NONE", "gtd": 0,
    }  # fmt: skip
    data = {"e": "ORDER_TRADE_UPDATE", "T": ms, "E": ms, "o": body}
    return json.dumps({"stream": LISTEN_KEY, "data": data}).encode()


class UserStream:
    """Tells the one who listens how his orders ended; silent while nobody does."""

    def __init__(self) -> None:
        self._ears: list[socket.socket] = []

    def open(self, client: socket.socket) -> None:
        self._ears = [client]

    def tell(self, said: dict[str, Any]) -> None:
        for ear in self._ears:
            ear.sendall(text_frame(update(said, "NEW")) + text_frame(update(said, "EXPIRED")))


def text_frame(body: bytes) -> bytes:
    head = bytes([0x81, len(body)]) if len(body) < 126 else b"\x81\x7e" + struct.pack(">H", len(body))
    return head + body
