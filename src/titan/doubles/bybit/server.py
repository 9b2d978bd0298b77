"""The double of Bybit: REST under /v5, sockets under /v5/public, /v5/private and /v5/trade.

Paths: bybit-exchange.github.io/docs/v5 (read 2026-11-21). REST and all sockets share one port here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from aiohttp import web

from titan.doubles.bybit import bodies
from titan.doubles.bybit.errors import Refused
from titan.doubles.bybit.gate import Gate
from titan.doubles.bybit.listing import Listing
from titan.doubles.bybit.protection import Protection
from titan.doubles.bybit.rest_public import PublicRest
from titan.doubles.bybit.sockets import PrivateSocket, PublicSocket, TradeSocket
from titan.doubles.bybit.trading import Ext, Trading
from titan.doubles.bybit.wallets import Wallets
from titan.doubles.faults import Faults
from titan.doubles.hub import Hub
from titan.doubles.keys import ApiKey
from titan.doubles.market_text import MarketText
from titan.doubles.orders import AccountEvent
from titan.doubles.publish import Tick
from titan.doubles.server import VenueServer
from titan.doubles.world import World

CATEGORIES: Final = ("spot", "linear")


class Server(VenueServer):
    """REST, public, private and trade sockets of Bybit over one world."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.listing = Listing(MarketText(m, m.instrument.symbol, world.now) for m in world.markets)
        self.protection = Protection(world.countdowns)
        self.trading = Trading(world, self.listing, self.protection)
        self.wallets = Wallets(world, self.listing)
        self.gate = Gate(world)
        self._public = PublicRest(self.listing, world.now)
        self._hub = Hub(self)
        self._private = PrivateSocket(self)
        world.desk.client_ids_forever = True
        super().__init__(world, faults)

    def sites(self) -> Mapping[str, web.Application]:
        app = self.application()
        trade = TradeSocket(self)
        for category in CATEGORIES:
            public = PublicSocket(self, self._hub, category)
            app.router.add_get(f"/v5/public/{category}", public.run)
        app.router.add_get("/v5/private", self._private.run)
        app.router.add_get("/v5/trade", trade.run)
        app.router.add_route("*", "/v5/{path:.*}", self._rest)
        return {"main": app}

    def on_tick(self, tick: Tick) -> None:
        self._hub.tell(tick)

    def on_account(self, event: AccountEvent) -> None:
        self._private.tell(event)

    async def _rest(self, request: web.Request) -> web.Response:
        headers: dict[str, str] = {}
        try:
            self.gate.admit(request.remote or "")
            result = self._answer(request, await request.text(), headers)
        except Refused as e:
            body = bodies.envelope({}, self.world.now_ms(), e.code, e.message)
            return web.json_response(body, status=e.status, headers=headers, dumps=dumps)
        ext = result.ext if isinstance(result, Ext) else None
        said = result.result if isinstance(result, Ext) else result
        answer = bodies.envelope(said, self.world.now_ms(), ext=ext)
        return web.json_response(answer, headers=headers, dumps=dumps)

    def _answer(self, request: web.Request, text: str, headers: dict[str, str]) -> object:
        """The `result`; `headers` are filled on the way. Raises Refused."""
        method, path = request.method, request.path
        if method == "GET" and path in self._public.routes:
            return self._public.routes[path](request.query)
        trading, wallets = self.trading.routes.get((method, path)), self.wallets.routes.get((method, path))
        if trading is None and wallets is None:
            raise Refused(10017, "Route not found.", status=404)
        query = request.raw_path.partition("?")[2]
        key = self.gate.check(request.headers, query if method == "GET" else text)
        self.gate.allow(key, method, path)
        params = request.query if method == "GET" else decoded(text)
        headers |= self.gate.charge(key, path, str(params.get("category", "")))
        if trading is not None:
            return trading(params)
        return wallets(params, key) if wallets is not None else {}

    def too_many(self, request: web.Request, status: int, retry_s: int) -> web.Response:
        """10006 with the headers of the limit, or 403 where the address is banned."""
        del request
        now = self.world.now_ms()
        if status == 418:
            body = bodies.envelope({}, now, 10018, "Exceeded the IP Rate Limit. Access too frequent.")
            return web.json_response(body, status=403)
        body = bodies.envelope({}, now, 10006, "Too many visits. Exceeded the API Rate Limit.")
        headers = {
            "X-Bapi-Limit": "10",
            "X-Bapi-Limit-Status": "0",
            "X-Bapi-Limit-Reset-Timestamp": str(now + retry_s * 1000),
        }
        return web.json_response(body, headers=headers)

    def key(self, key: str) -> ApiKey | None:
        return self.world.keys.find(key)


def dumps(body: object) -> str:
    return msgspec.json.encode(body).decode()


def decoded(text: str) -> Mapping[str, object]:
    """A JSON object. Raises Refused 10001."""
    try:
        params = msgspec.json.decode(text or "{}")
    except msgspec.DecodeError:
        raise Refused(10001, "params error: the body is not JSON") from None
    if not isinstance(params, dict):
        raise Refused(10001, "params error: the body is not an object")
    return params
