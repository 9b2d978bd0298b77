"""What the routes of a gateway share: its settings, who looks at the run, and all streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

import msgspec
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler, Middleware

from titan.api.auth.gate import Refused
from titan.api.auth.scopes import Gatekeeper, Who
from titan.api.errors import Unauthorised
from titan.api.metrics import Metrics
from titan.api.replay.library import Library
from titan.api.settings import Settings
from titan.api.shapes.trading import GatewayRow
from titan.api.shelf import Shelf
from titan.api.streams import Hub
from titan.api.watcher import Watcher
from titan.api.wire import MS, bodies
from titan.runtime.clock import WallClock
from titan.storage.store import Store, look_into

TELL_S: Final = 1.0
Beside = Callable[[], Coroutine[None, None, None]]
"""Work that goes on until it is cancelled."""


class Nobody:
    """A gatekeeper that lets nobody in: what stands where none was given."""

    def check(self, token: str) -> Who:
        del token
        raise Unauthorised("this gateway knows no users")


async def nobody_told(who: str, scope: str, what: str, text: str, address: str) -> None:
    del who, scope, what, text, address


class Parts(msgspec.Struct, frozen=True):
    """What a gateway has beside its reading side: routes of authority, controls and replays, who vouches for
    a token (the one guard of all routes asks it), who is told of those sent away, and what has to run while
    it runs.
    """

    gatekeeper: Gatekeeper = Nobody()
    routes: Sequence[ControllerRouterHandler] = ()
    refused: Refused = nobody_told
    middleware: Sequence[Middleware] = ()
    beside: Sequence[Beside] = ()
    """Started with the gateway, and cancelled at its end."""


class Gateway:
    """`now` is ns UTC, `elapsed` seconds on a clock that never jumps."""

    def __init__(
        self, settings: Settings, gatekeeper: Gatekeeper, now: Callable[[], int] | None = None,
        elapsed: Callable[[], float] | None = None, opens: Callable[[str], Store] = look_into,
    ) -> None:  # fmt: skip
        clock = WallClock()
        self.settings = settings
        self.now, self.elapsed = now or clock.now, elapsed or clock.elapsed
        self.watcher = Watcher(
            settings.folder, settings.store, self.now, since_ns=settings.since_ns, pace_s=settings.pace_s,
            supervised=settings.supervised, opens=opens,
        )  # fmt: skip
        self.shelf = Shelf(settings.folder, settings.store, opens)
        self.library = Library(settings.folder.resolve().parent, self.elapsed)
        self.hub = Hub(self.watcher.tables, gatekeeper, self.now, self.elapsed, settings.clients)
        self.metrics = Metrics(lambda: self.watcher.board, self._gauges)
        self.began = self.elapsed()

    def _gauges(self) -> Iterator[tuple[str, str, float]]:
        """What is so of the gateway itself, beside its requests."""
        hub, row = self.hub, self.row()
        yield "up_seconds", "Since it began.", row.uptime_s
        yield "streams", "That are open.", row.clients
        yield "frames_sent", "Frames of streams so far.", row.sent
        yield "looks_conflated", "Looks that slow clients were not told of one by one.", row.conflated
        yield "streams_refused", "For there were too many.", hub.refused
        yield "behind", "Whether it has not read the whole journal.", float(row.behind)
        yield "status_age_seconds", "Of what the run says of itself.", row.status_age_ms / 1e3
        yield "markets_age_seconds", "Of quotes and ladders.", row.markets_age_ms / 1e3
        yield "look_seconds", "What the last look at the run took.", self.watcher.took_s

    def row(self) -> GatewayRow:
        """How the gateway does."""
        tables, now_ns = self.watcher.tables, self.now()
        behind = self.watcher.follower.behind or not self.watcher.caught_up
        return GatewayRow(
            len(self.hub.clients), round(self.elapsed() - self.began, 1), behind,
            _age_ms(tables["status"].source_ns, now_ns), _age_ms(tables["markets"].source_ns, now_ns),
            self.hub.sent, self.hub.conflated,
        )  # fmt: skip

    async def _tell(self) -> None:
        """Its own row in the tables, now and then."""
        while True:
            self.watcher.tables["metrics"].put({"gateway": bodies([("gateway", self.row())])}, 0)
            await asyncio.sleep(TELL_S)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        await asyncio.to_thread(self.watcher.attempt)
        self.watcher.looked = lambda: _wake(loop, self.hub)
        self.watcher.start()
        tasks = [asyncio.ensure_future(one) for one in (self.hub.watch(), self._tell())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await self.hub.close()
            await asyncio.to_thread(self.watcher.stop)
            await self.library.close()
            self.shelf.close()


def _age_ms(then_ns: int, now_ns: int) -> float:
    """0 where nothing is known yet."""
    return round(max(now_ns - then_ns, 0) / MS, 1) if then_ns else 0.0


TheGateway = NamedDependency[Gateway]
"""How a handler asks for it: a parameter `gateway` of this type."""


def _wake(loop: asyncio.AbstractEventLoop, hub: Hub) -> None:
    with suppress(RuntimeError):  # the loop has ended before the thread
        loop.call_soon_threadsafe(hub.wake)
