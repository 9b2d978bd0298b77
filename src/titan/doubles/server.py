"""What every double's server is: HTTP and WebSocket sites over one world, topics, and the faults' hooks.

A venue's `Server` gives `sites` (an application for each port) and encoders in `on_tick` and `on_account`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import WSMsgType, web
from aiohttp.typedefs import Middleware

from titan.doubles.control import add_control
from titan.doubles.faults import Fault, Faults
from titan.doubles.orders import AccountEvent
from titan.doubles.outlet import Frame, Outlet
from titan.doubles.publish import Tick
from titan.doubles.world import STEP_S, World
from titan.model.errors import ConfigError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Heard = Callable[[Outlet, Frame], None]
UNANSWERED_S: Final = 3600.0
MOST_BYTES: Final = 1 << 20


class VenueServer:
    """Begins with `start`, ends with `close`. `ports` are by site name, `main` always among them."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.faults = faults
        self.host = "127.0.0.1"
        self.ports: dict[str, int] = {}
        self.outlets: set[Outlet] = set()
        self.running: asyncio.Task[None] | None = None
        self._subscribers: dict[str, set[Outlet]] = {}
        self._runners: list[web.AppRunner] = []
        world.listen(self.on_tick)
        world.listen_account(self.on_account)
        world.desk.slicer = faults.slices
        world.desk.refuse = faults.rejects
        world.account.mishap = faults.mishap

    # What a venue writes.

    def sites(self) -> Mapping[str, web.Application]:
        """An application for each port: `main`, and others where the venue has other hosts."""
        raise NotImplementedError

    def on_tick(self, tick: Tick) -> None:
        """Encode and `publish` what changed of a market."""

    def on_account(self, event: AccountEvent) -> None:
        """Encode and send what changed of the account."""

    def beat(self) -> None:
        """Once for every step of a served world: heartbeats, and what the venue does at a time."""

    def too_many(self, request: web.Request, status: int, retry_s: int) -> web.Response:
        """The venue's answer to too many requests."""
        del request
        return web.json_response({}, status=status, headers={"Retry-After": str(retry_s)})

    def broken(self, request: web.Request, status: int) -> web.Response:
        """The venue's answer when its servers fail."""
        del request
        return web.Response(status=status, text="<html>Service Unavailable</html>", content_type="text/html")

    def addresses(self) -> dict[str, object]:
        """`venue`, `rest`, `ws` and where they differ `perp_rest`, `perp_ws`, with the keys."""
        rest = f"{self.host}:{self.ports['main']}"
        perp = f"{self.host}:{self.ports.get('perp', self.ports['main'])}"
        other = {"perp_rest": f"http://{perp}", "perp_ws": f"ws://{perp}"} if perp != rest else {}
        keys = [
            {
                "name": one.name,
                "key": one.key,
                "secret": one.secret,
                "passphrase": one.passphrase,
                "permissions": list(one.permissions),
            }
            for one in self.world.keys.keys.values()
        ]
        found = {"venue": self.world.venue, "rest": f"http://{rest}", "ws": f"ws://{rest}"}
        return {**found, **other, "keys": keys}

    # What a venue uses.

    def application(self) -> web.Application:
        """An empty site with faults, the control paths, and room for routes."""
        app = web.Application(middlewares=[self._through_faults], client_max_size=MOST_BYTES)
        add_control(app, self.world, self.faults)
        return app

    def subscribe(self, outlet: Outlet, topic: str) -> None:
        outlet.topics.add(topic)
        self._subscribers.setdefault(topic, set()).add(outlet)

    def unsubscribe(self, outlet: Outlet, topic: str) -> None:
        outlet.topics.discard(topic)
        of_topic = self._subscribers.get(topic)
        if of_topic is not None:
            of_topic.discard(outlet)
            if not of_topic:
                del self._subscribers[topic]

    def wanted(self, topic: str) -> bool:
        """Whether anybody listens: encode nothing for nobody."""
        return topic in self._subscribers

    def publish(self, topic: str, frame: Frame, *, numbered: bool = False) -> None:
        """To every subscriber. `numbered` frames can be lost to all by a sequence_gap."""
        if numbered and self.faults.gap(topic):
            return
        for outlet in tuple(self._subscribers.get(topic, ())):
            outlet.send(topic, frame)

    async def serve(
        self, request: web.Request, heard: Heard, *, opened: Callable[[Outlet], None] | None = None,
        closed: Callable[[Outlet], None] | None = None, heartbeat_s: float | None = None,
    ) -> web.WebSocketResponse:  # fmt: skip
        """Run one client's socket until it closes: every message goes to `heard(outlet, text or bytes)`."""
        socket = web.WebSocketResponse(heartbeat=heartbeat_s, max_msg_size=MOST_BYTES)
        await socket.prepare(request)
        outlet = Outlet(request, socket, self.faults)
        self.outlets.add(outlet)
        try:
            if opened is not None:
                opened(outlet)
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    heard(outlet, message.data)
        finally:
            self._forget(outlet)
            if closed is not None:
                closed(outlet)
        return socket

    def _forget(self, outlet: Outlet) -> None:
        for topic in tuple(outlet.topics):
            self.unsubscribe(outlet, topic)
        self.outlets.discard(outlet)
        outlet.end()

    # Life.

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen: `port` for the main site, the next ones for others (0: any free). Raises ConfigError."""
        self.host = host
        for at, (name, app) in enumerate(self.sites().items()):
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
            await runner.setup()
            self._runners.append(runner)
            site = web.TCPSite(runner, host, port + at if port else 0)
            try:
                await site.start()
            except OSError as e:
                await self.close()
                raise ConfigError(
                    f"{host}:{port + at} cannot be used: {e.strerror or e}", remedy="choose another --port"
                ) from e
            self.ports[name] = int(runner.addresses[0][1])
        self.running = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            self.world.skew_ns = self.faults.skew_ns()
            self.world.step()
            self.beat()
            await asyncio.sleep(STEP_S)

    async def close(self) -> None:
        """Stop time, close every socket and every port."""
        if self.running is not None:
            self.running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.running
        for outlet in tuple(self.outlets):
            outlet.cut()
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()

    # Faults of requests.

    @property
    def _through_faults(self) -> Middleware:
        @web.middleware
        async def pass_on(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.startswith("/_titan/"):
                return await handler(request)
            self.world.skew_ns = self.faults.skew_ns()
            fault = self.faults.request(f"{request.method} {request.path}")
            return await (handler(request) if fault is None else self._suffer(request, handler, fault))

        return pass_on

    async def _suffer(self, request: web.Request, handler: Handler, fault: Fault) -> web.StreamResponse:
        if fault.kind == "http_5xx":
            return self.broken(request, fault.status or 503)
        if fault.kind == "rate_limit":
            return self.too_many(request, fault.status or 429, max(round(fault.seconds), 1))
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            return await handler(request)
        if fault.kind == "timeout_after":
            await request.read()
            await handler(request)
        if fault.kind in ("timeout_before", "timeout_after"):
            await asyncio.sleep(max(fault.seconds, UNANSWERED_S if fault.seconds <= 1 else 0.0))
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
