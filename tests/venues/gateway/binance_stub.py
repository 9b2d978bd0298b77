"""As much of Binance's spot REST as an order needs, with answers that get lost. The real double is
`titan sim`; this one only fails on command, for tests of what the gateway makes of it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

EXCHANGE_INFO = {
    "timezone": "UTC", "serverTime": 0, "rateLimits": [], "exchangeFilters": [],
    "symbols": [{
        "symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "baseAssetPrecision": 8,
        "quoteAsset": "USDT", "quotePrecision": 8, "quoteAssetPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT"],
        "isSpotTradingAllowed": True, "isMarginTradingAllowed": False, "permissions": ["SPOT"],
        "permissionSets": [["SPOT"]],
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
            {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
            {"filterType": "NOTIONAL", "minNotional": "5", "applyMinToMarket": True},
        ],
    }],
}  # fmt: skip


class Stub:
    """`plan` holds what happens to the next POSTs of orders, in order: "before" (lost before it was
    accepted; `accept(late[0])` lets it arrive after all), "after" (accepted, the answer lost), "503"
    (accepted, answered 503), "refuse", "duplicate", "429"."""

    def __init__(self) -> None:
        self.plan: list[str] = []
        self.orders: dict[str, dict[str, Any]] = {}
        self.trades: list[dict[str, Any]] = []
        self.late: list[dict[str, Any]] = []
        self.posts = 0
        self.now_ms: Callable[[], int] = lambda: 0
        self.held = asyncio.Event()
        self._ids = itertools.count(1)
        app = web.Application()
        for method, path, handler in (
            ("GET", "/api/v3/exchangeInfo", self._info),
            ("GET", "/fapi/v1/exchangeInfo", self._no_perps),
            ("GET", "/api/v3/time", self._time),
            ("POST", "/api/v3/order", self._post),
            ("GET", "/api/v3/order", self._get),
            ("DELETE", "/api/v3/order", self._delete),
            ("GET", "/api/v3/myTrades", self._trades),
        ):
            app.router.add_route(method, path, _json(handler))
        self.server = TestServer(app)

    def fill(self, client_id: str, price: str, quantity: str) -> None:
        """A trade at the venue; nobody is told."""
        order = self.orders[client_id]
        done = float(order["executedQty"]) + float(quantity)
        order["executedQty"] = f"{done:.5f}"
        order["status"] = "FILLED" if done >= float(order["origQty"]) - 1e-12 else "PARTIALLY_FILLED"
        self.trades.append(
            {
                "symbol": "BTCUSDT", "id": next(self._ids), "orderId": order["orderId"], "price": price,
                "qty": quantity, "quoteQty": "0", "commission": "0.00000125", "commissionAsset": "BNB",
                "time": 1700000000123, "isBuyer": order["side"] == "BUY", "isMaker": True,
            }
        )  # fmt: skip

    async def _info(self, request: web.Request) -> Any:
        return EXCHANGE_INFO

    async def _time(self, request: web.Request) -> Any:
        return {"serverTime": self.now_ms()}

    async def _no_perps(self, request: web.Request) -> Any:
        return {"symbols": [], "rateLimits": [], "exchangeFilters": [], "serverTime": 0}

    async def _post(self, request: web.Request) -> Any:
        asked = dict(request.query) | dict(await request.post())
        self.posts += 1
        fate = self.plan.pop(0) if self.plan else "take"
        if fate == "before":
            self.late.append(asked)
            await self.held.wait()
            return 503, {}
        if fate == "refuse":
            return 400, {"code": -2010, "msg": "Account has insufficient balance for requested action."}
        if fate == "duplicate":
            return 400, {"code": -2010, "msg": "Duplicate order sent."}
        if fate == "429":
            return 429, {"code": -1003, "msg": "Too many requests."}
        order = self.accept(asked)
        if fate == "after":
            await self.held.wait()
        return (503, {}) if fate in ("503", "after") else order

    def accept(self, asked: dict[str, Any]) -> dict[str, Any]:
        order = {
            "symbol": "BTCUSDT", "orderId": next(self._ids), "clientOrderId": asked["newClientOrderId"],
            "price": asked.get("price", "0"), "origQty": asked["quantity"], "executedQty": "0.00000",
            "cummulativeQuoteQty": "0", "status": "NEW", "type": asked["type"], "side": asked["side"],
            "timeInForce": asked.get("timeInForce", "GTC"), "transactTime": 1700000000000,
            "time": 1700000000000, "updateTime": 1700000000000, "fills": [],
        }  # fmt: skip
        self.orders[asked["newClientOrderId"]] = order
        return order

    async def _get(self, request: web.Request) -> Any:
        order = self.orders.get(request.query["origClientOrderId"])
        return order or (400, {"code": -2013, "msg": "Order does not exist."})

    async def _delete(self, request: web.Request) -> Any:
        order = self.orders.get(request.query["origClientOrderId"])
        if order is None or order["status"] not in ("NEW", "PARTIALLY_FILLED"):
            return 400, {"code": -2011, "msg": "Unknown order sent."}
        order["status"] = "CANCELED"
        return order | {"origClientOrderId": order["clientOrderId"], "clientOrderId": "of-the-cancel"}

    async def _trades(self, request: web.Request) -> Any:
        wanted = request.query.get("orderId")
        return [t for t in self.trades if wanted is None or str(t["orderId"]) == wanted]


def _json(
    handler: Callable[[web.Request], Awaitable[Any]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        said = await handler(request)
        status, body = said if isinstance(said, tuple) else (200, said)
        return web.json_response(body, status=status, headers={"Retry-After": "3"} if status == 429 else {})

    return answer
