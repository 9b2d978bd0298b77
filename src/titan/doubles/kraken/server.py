"""The double of Kraken: REST under /0, WebSocket v2 under /v2. One port serves both."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from titan.doubles.faults import Faults
from titan.doubles.kraken import errors
from titan.doubles.kraken.errors import Refused
from titan.doubles.kraken.gate import Gate
from titan.doubles.kraken.private import Private
from titan.doubles.kraken.public import Pairs, Public
from titan.doubles.kraken.sockets import Sockets
from titan.doubles.kraken.trading import Trading
from titan.doubles.orders import AccountEvent
from titan.doubles.publish import Tick
from titan.doubles.server import VenueServer
from titan.doubles.world import World


class Server(VenueServer):
    """REST and sockets of Kraken over one world."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.pairs = Pairs(world)
        self.public = Public(world, self.pairs)
        self.trading = Trading(world, self.pairs)
        self.private = Private(world, self.pairs, self.trading)
        self._gate = Gate(world, world.now)
        self._sockets = Sockets(self)
        super().__init__(world, faults)

    def sites(self) -> Mapping[str, web.Application]:
        app = self.application()
        for path in ("/v2", "/v2/"):
            app.router.add_get(path, self._sockets.run)
        app.router.add_route("*", "/0/public/{method}", self._answer_public)
        app.router.add_post("/0/private/{method}", self._answer_private)
        return {"main": app}

    def on_tick(self, tick: Tick) -> None:
        self._sockets.tell(tick)

    def on_account(self, event: AccountEvent) -> None:
        self._sockets.tell_account(event)

    def beat(self) -> None:
        self._sockets.beat(self.world.now())

    def too_many(self, request: web.Request, status: int, retry_s: int) -> web.Response:
        """Kraken says it with HTTP 200, its firewall with 429."""
        del request
        if status == 418:
            return web.Response(status=429, text="rate limited", headers={"Retry-After": str(retry_s)})
        return _reply([errors.LIMIT], None)

    def broken(self, request: web.Request, status: int) -> web.Response:
        del request
        return web.json_response({"error": [errors.UNAVAILABLE]}, status=status)

    async def _answer_public(self, request: web.Request) -> web.Response:
        method = self.public.methods.get(request.match_info["method"])
        if method is None:
            return _reply([errors.METHOD], None)
        form = dict(await request.post()) if request.method == "POST" else {}
        params = {**request.query, **{name: str(value) for name, value in form.items()}}
        try:
            return _reply([], method(params))
        except Refused as e:
            return _reply([e.text], None)

    async def _answer_private(self, request: web.Request) -> web.Response:
        body = await request.text()
        params: dict[str, object] = dict(parse_qsl(body, keep_blank_values=True))
        if request.content_type == "application/json":
            try:
                params = msgspec.json.decode(body, type=dict[str, object])
            except msgspec.DecodeError:
                return _reply([errors.ARGUMENTS], None)
        try:
            plain = {name: str(value) for name, value in params.items()}
            key = self._gate.check(request.headers, request.path, body, plain)
            return _reply([], self.private.call(request.match_info["method"], params, key))
        except Refused as e:
            return _reply([e.text], None)


def _reply(problems: list[str], result: object) -> web.Response:
    body: dict[str, object] = {"error": problems}
    if not problems:
        body["result"] = result
    return web.Response(body=msgspec.json.encode(body), content_type="application/json")
