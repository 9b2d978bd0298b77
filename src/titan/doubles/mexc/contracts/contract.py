"""The contract half of MEXC's double: REST under `/api/v1`, the socket at `/edge`.

www.mexc.com/api-docs/futures (read 2026-11-21): `/api/v1/contract` is public, `/api/v1/private` signed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal

import msgspec
from aiohttp import web

from titan.doubles.feeds import Body
from titan.doubles.hub import text
from titan.doubles.mexc.contracts.account import Account
from titan.doubles.mexc.contracts.gate import Gate, Refused
from titan.doubles.mexc.contracts.listing import ROWS, Handler, Listing, Params
from titan.doubles.mexc.contracts.market import PublicRest
from titan.doubles.mexc.contracts.sockets import Sockets
from titan.doubles.mexc.contracts.trading import Trading
from titan.doubles.publish import Tick
from titan.doubles.server import VenueServer
from titan.doubles.world import World

Answers = Callable[[web.Request], Awaitable[web.Response]]


class Contract:
    """Contracts over one world; `server` need not be made whole yet."""

    def __init__(self, server: VenueServer, world: World) -> None:
        self.listing = Listing(world)
        self.gate = Gate(world)
        self.account = Account(world, self.listing)
        self.trading = Trading(world, self.listing, self.account)
        self._public = PublicRest(self.listing, world.now_ms)
        self._sockets = Sockets(server, self)
        self.on_account, self.beat = self._sockets.tell, self._sockets.beat

    def size(self, symbol: str) -> Decimal:
        """Base currency in one contract of `symbol`, as BTCUSDT. Raises KeyError."""
        return {m.instrument.symbol: m.unit for m in self.listing.all}[symbol]

    def install(self, app: web.Application) -> None:
        """Add all routes."""
        app.router.add_get("/edge", self._sockets.entry)
        for path, handler in self._public.routes.items():
            app.router.add_get(path, self._answering(handler, path, signed=False))
        for (method, path), handler in (self.trading.routes | self.account.routes).items():
            app.router.add_route(method, path, self._answering(handler, path, signed=True))

    def on_tick(self, tick: Tick) -> None:
        self._public.remember(tick)
        self._sockets.hub.tell(tick)

    def too_many(self, status: int, retry_s: int) -> web.Response:
        return refusal(Refused(510), status, {"Retry-After": str(retry_s)})

    def broken(self, status: int) -> web.Response:
        return refusal(Refused(500), status)

    def _answering(self, handler: Handler, path: str, *, signed: bool) -> Answers:
        async def answer(request: web.Request) -> web.Response:
            try:
                said = (await request.read()).decode(errors="replace")
                caller = self.gate.check(request, said) if signed else str(request.remote)
                self.gate.charge(caller, path)
                data = handler({**_params(request, said), **request.match_info})
            except Refused as e:
                return refusal(e)
            body: Body = {"success": True, "code": 0}
            return web.json_response(body if data is None else body | {"data": data}, dumps=text)

        return answer


def refusal(error: Refused, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    body: Body = {"success": False, "code": error.code, "message": error.message}
    return web.json_response(body, status=status, headers=headers, dumps=text)


def _params(request: web.Request, said: str) -> Params:
    """Query or body. Raises Refused 601 for a body that is neither an object nor a list."""
    if request.method == "GET" or not said:
        return dict(request.query)
    try:
        body = msgspec.json.decode(said)
    except (msgspec.DecodeError, RecursionError):
        raise Refused(601) from None
    if not isinstance(body, dict | list):
        raise Refused(601)
    return body if isinstance(body, dict) else {ROWS: body}
