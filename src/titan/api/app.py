"""The gateway as an ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.di import Provide

from titan.api.auth.gate import Door, check_routes
from titan.api.auth.headers import add_headers
from titan.api.auth.origin import Origins
from titan.api.auth.rate import Rates
from titan.api.failures import HANDLERS
from titan.api.gateway import Gateway, Parts
from titan.api.openapi import Describing, openapi
from titan.api.outermost import Outermost
from titan.api.routes import health, history, journal, now, pages, replays, risk
from titan.api.settings import Settings
from titan.api.streams import Hub, stream

NOTHING = Parts()


def make_app(
    settings: Settings, parts: Parts = NOTHING, *, clock: Callable[[], int] | None = None
) -> Litestar:
    """`clock` is ns UTC, the same as the run's. The gateway itself is `app.state.gateway`.

    Every route stands behind one guard. Raises ConfigError for a route that declares no scope.
    """
    gateway = Gateway(settings, parts.gatekeeper, clock)

    origins = Origins((*settings.hosts, settings.host))
    rates = Rates(gateway.elapsed, settings.requests_s)
    door = Door(parts.gatekeeper, origins, parts.refused, rates)

    def the_gateway() -> Gateway:
        return gateway

    def the_hub() -> Hub:
        return gateway.hub

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with gateway.running():
            beside = [asyncio.ensure_future(work()) for work in parts.beside]
            try:
                yield
            finally:
                for one in beside:
                    one.cancel()
                await asyncio.gather(*beside, return_exceptions=True)

    reading = (now, history, journal, risk, replays, health, pages)
    routes = [*(route for of in reading for route in of.ROUTES), openapi, *parts.routes]
    app = Litestar(
        [*routes, stream],
        dependencies={
            "gateway": Provide(the_gateway, sync_to_thread=False),
            "hub": Provide(the_hub, sync_to_thread=False),
        },
        guards=[door.guard],
        middleware=list(parts.middleware),
        exception_handlers=HANDLERS,
        before_send=[add_headers],
        lifespan=[lifespan],
        request_max_body_size=1_000_000,
        openapi_config=None,
        logging_config=None,
    )
    check_routes(app)
    app.state.gateway, app.state.describing = gateway, Describing(routes)
    app.asgi_handler = Outermost(app.asgi_handler, gateway.elapsed, gateway.metrics.counted)
    return app
