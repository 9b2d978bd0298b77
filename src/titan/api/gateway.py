"""What the routes of a gateway share: its settings, who looks at the run, and all streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress

import msgspec
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler, Middleware

from titan.api.auth.gate import Refused
from titan.api.auth.scopes import Gatekeeper, Who
from titan.api.errors import Unauthorised
from titan.api.settings import Settings
from titan.api.shelf import Shelf
from titan.api.streams import Hub
from titan.api.watcher import Watcher
from titan.runtime.clock import WallClock
from titan.storage.store import Store, look_into

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
        self.hub = Hub(self.watcher.tables, gatekeeper, self.now, self.elapsed, settings.clients)
        self.began = self.elapsed()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        await asyncio.to_thread(self.watcher.attempt)
        self.watcher.looked = lambda: _wake(loop, self.hub)
        self.watcher.start()
        watch = asyncio.ensure_future(self.hub.watch())
        try:
            yield
        finally:
            watch.cancel()
            await self.hub.close()
            await asyncio.to_thread(self.watcher.stop)
            self.shelf.close()


TheGateway = NamedDependency[Gateway]
"""How a handler asks for it: a parameter `gateway` of this type."""


def _wake(loop: asyncio.AbstractEventLoop, hub: Hub) -> None:
    with suppress(RuntimeError):  # the loop has ended before the thread
        loop.call_soon_threadsafe(hub.wake)
