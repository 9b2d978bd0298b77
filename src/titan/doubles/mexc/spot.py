"""The spot half of MEXC's double: `/api/v3` and `/ws`."""

from __future__ import annotations

from typing import Final

import msgspec
from aiohttp import web

from titan.doubles.limits import Limiter, Window
from titan.doubles.market_text import MarketText
from titan.doubles.mexc import spot_market, spot_orders, spot_wallet
from titan.doubles.mexc.errors import MexcError, refused
from titan.doubles.mexc.signing import Call, Endpoint, Table, admit, parameters
from titan.doubles.mexc.spot_keys import ListenKeys
from titan.doubles.mexc.spot_private import Private
from titan.doubles.mexc.spot_sockets import Sockets
from titan.doubles.orders import AccountEvent, OrderUpdate
from titan.doubles.publish import Tick
from titan.doubles.refusal import Refusal, Refused
from titan.doubles.server import Handler, VenueServer
from titan.doubles.world import World

_BROKEN: Final = {500: "Internal error", 503: "service not available, please try again"}
WEIGHT: Final = 500
"""In 10 s, for an address and for an account."""


class Spot:
    """Made before its server is whole: nothing of the server is used until `install`."""

    def __init__(self, server: VenueServer, world: World) -> None:
        self._world = world
        self.listing = {
            m.instrument.symbol: MarketText(m, m.instrument.symbol, world.now) for m in world.of_kind("spot")
        }
        self.keys = ListenKeys(world.random)
        self._private = Private(world)
        self._sockets = Sockets(server, self.listing, self.keys, lambda: world.now() - world.skew_ns)
        self._limits = {name: Limiter(Window("10S", 10, WEIGHT)) for name in ("address", "account")}
        world.desk.accept_first |= {Refusal.POST_ONLY_CROSSES}

    def install(self, app: web.Application) -> None:
        """Add every path to the one site of the venue."""
        table: Table = spot_market.TABLE | spot_orders.TABLE | spot_wallet.TABLE | self.keys.table
        for (method, path), endpoint in table.items():
            app.router.add_route(method, f"/api/v3/{path}", self._door(endpoint))
        app.router.add_get("/ws", self._sockets.run)

    def _door(self, endpoint: Endpoint) -> Handler:
        async def answer(request: web.Request) -> web.Response:
            now, owner = self._world.now(), request.headers.get("X-MEXC-APIKEY", "")
            name, caller = ("account", owner) if endpoint.permission else ("address", request.remote or "")
            verdict = self._limits[name].charge(caller, endpoint.weight, now)
            if verdict.status != 200:
                return self.too_many(verdict.status, verdict.retry_s)
            query, body = request.rel_url.raw_query_string, (await request.read()).decode("utf-8", "replace")
            try:
                call = Call(self._world, parameters(query, body, request.content_type), self.listing)
                if endpoint.permission:
                    admit(call, endpoint.permission, request.headers, query, body)
                return _json(endpoint.answer(call))
            except MexcError as no:
                return _json(no.body(), no.status)
            except Refused as no:
                return _json(refused(no.reason).body(), 400)

        return answer

    def too_many(self, status: int, retry_s: int) -> web.Response:
        answer = _json({"msg": "Too Many Requests", "code": 429}, status)
        answer.headers["Retry-After"] = str(retry_s)
        return answer

    def broken(self, status: int) -> web.Response:
        """What the venue's own servers say, or what stands before them."""
        if status in _BROKEN:
            return _json({"msg": _BROKEN[status], "code": status}, status)
        return web.Response(status=status, text="<html>Service Unavailable</html>", content_type="text/html")

    def on_tick(self, tick: Tick) -> None:
        self._sockets.on_tick(tick)

    def on_account(self, event: AccountEvent) -> None:
        market = None
        if isinstance(event, OrderUpdate) and event.order.instrument.kind == "spot":
            market = self.listing[event.order.instrument.symbol]
        for topic, frame in self._private.tell(event, market):
            self._sockets.publish(topic, frame)

    def beat(self) -> None:
        self._sockets.beat()


def _json(body: object, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")
