"""The double of OKX: REST under /api/v5, sockets at /ws/v5/public, /private and /business.

Paths: okx.com/docs-v5 (read 2026-11-21). REST and all sockets share one port here.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec
from aiohttp import web

from titan.doubles.faults import Faults
from titan.doubles.feeds import Body
from titan.doubles.hub import Hub, text
from titan.doubles.market import Market
from titan.doubles.market_text import MarketText
from titan.doubles.okx import bodies
from titan.doubles.okx.account.algo import Algos
from titan.doubles.okx.account.batches import Done
from titan.doubles.okx.account.trading import Trading
from titan.doubles.okx.account.wallets import Wallets
from titan.doubles.okx.errors import Refused
from titan.doubles.okx.gate import Gate
from titan.doubles.okx.listing import Listing, native
from titan.doubles.okx.rest_public import PublicRest
from titan.doubles.okx.sockets import Sockets
from titan.doubles.orders import AccountEvent
from titan.doubles.publish import Tick
from titan.doubles.server import VenueServer
from titan.doubles.world import World


class Server(VenueServer):
    """REST and the three kinds of socket of OKX over one world."""

    checksums = False
    """Whether books carry a checksum, as before 2026-06-23. A `wrong_checksum` fault writes a number that
    is wrong either way."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.listing = Listing(
            MarketText(m, native(m.instrument), world.now, _unit(m)) for m in world.markets
        )
        self.trading = Trading(world, self.listing)
        self.algos = Algos(world, self.listing)
        self.wallets = Wallets(world, self.listing)
        self.gate = Gate(world)
        self._public = PublicRest(self.listing, world.now)
        self.hub = Hub(self, self._spoil)
        self._sockets = Sockets(self)
        super().__init__(world, faults)

    def contract(self, symbol: str) -> Decimal:
        """Base currency in one contract of the swap of `symbol`, as BTCUSDT. Raises KeyError."""
        found = self.world.market("perp", symbol)
        if found is None:
            raise KeyError(symbol)
        return _unit(found)

    def sites(self) -> Mapping[str, web.Application]:
        app = self.application()
        for entry in ("public", "private", "business"):
            app.router.add_get(f"/ws/v5/{entry}", self._sockets.entry(entry))
        app.router.add_route("*", "/api/v5/{path:.*}", self._rest)
        return {"main": app}

    def on_tick(self, tick: Tick) -> None:
        self.hub.tell(tick)

    def on_account(self, event: AccountEvent) -> None:
        self._sockets.tell(event)

    def _spoil(self, topic: str, body: Body) -> Body:
        """A wrong checksum where a fault asks for one."""
        if "action" not in body or not self.faults.bad_checksum(topic):
            return body
        data = body["data"]
        rows = [dict(row, checksum=int(row["checksum"]) ^ 0x2A2A2A2A) for row in data]  # type: ignore[attr-defined]
        return body | {"data": rows}

    async def _rest(self, request: web.Request) -> web.Response:
        try:
            answer = self._answer(request, await request.text())
        except Refused as e:
            return web.json_response(bodies.refusal(e.code, e.message), status=e.status, dumps=text)
        return web.json_response(answer, dumps=text)

    def _answer(self, request: web.Request, said: str) -> Body:
        method, path = request.method, request.path
        if method == "GET" and path in self._public.routes:
            self.gate.charge(f"{request.remote} {request.query.get('instType', '')}", path)
            return bodies.envelope(self._public.routes[path](request.query))
        trading = self.trading.routes.get((method, path)) or self.algos.routes.get((method, path))
        wallets = self.wallets.routes.get((method, path))
        if trading is None and wallets is None:
            raise Refused("50404", "Path not found")
        key = self.gate.check(request.headers, method, request.raw_path, said)
        self.gate.allow(key, method, path)
        self.gate.charge(key.key, path)
        params = dict(request.query) if method == "GET" else decoded(said)
        if trading is not None:
            return framed(trading(params))
        if wallets is None or not isinstance(params, dict):
            raise Refused("50002", "JSON syntax error")
        return bodies.envelope(wallets(params, key))

    def too_many(self, request: web.Request, status: int, retry_s: int) -> web.Response:
        del request, status, retry_s
        return web.json_response(bodies.refusal("50011", "Too Many Requests"), status=429)

    def broken(self, request: web.Request, status: int) -> web.Response:
        del request
        return web.json_response(
            bodies.refusal("50001", "Service temporarily unavailable. Please try again later."), status=status
        )


def framed(result: object) -> Body:
    """Rows in their frame, with the code of a batch."""
    if isinstance(result, Done):
        return bodies.envelope(result.rows, result.code, result.message)
    return bodies.envelope(result if isinstance(result, list) else [])


def _unit(market: Market) -> Decimal:
    """The contract of a swap is its lot, so that every lot is a whole contract."""
    return market.instrument.lot if market.is_perp else Decimal(1)


def decoded(said: str) -> object:
    """The body of a POST. Raises Refused 50000 for an empty one, 50002 for what is no JSON."""
    if not said:
        raise Refused("50000", "Body for POST request cannot be empty.")
    try:
        return msgspec.json.decode(said)
    except msgspec.DecodeError:
        raise Refused("50002", "JSON syntax error") from None
