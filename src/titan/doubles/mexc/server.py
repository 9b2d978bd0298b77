"""The double of MEXC: spot (`/api/v3`, `/ws`) and contracts (`/api/v1`, `/edge`), which share nothing but
an account and a port.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from aiohttp import web

from titan.doubles.faults import Faults
from titan.doubles.mexc.contracts.contract import Contract
from titan.doubles.mexc.spot import Spot
from titan.doubles.orders import AccountEvent
from titan.doubles.publish import Tick
from titan.doubles.server import VenueServer
from titan.doubles.world import World


class Server(VenueServer):
    """Each half adds its routes and tells its own subscribers."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.spot = Spot(self, world)
        self.perp = Contract(self, world)
        super().__init__(world, faults)

    def contract(self, symbol: str) -> Decimal:
        """Base currency in one contract of `symbol`, as BTCUSDT. Raises KeyError."""
        return self.perp.size(symbol)

    def sites(self) -> Mapping[str, web.Application]:
        app = self.application()
        self.spot.install(app)
        self.perp.install(app)
        return {"main": app}

    def on_tick(self, tick: Tick) -> None:
        (self.perp if tick.market.is_perp else self.spot).on_tick(tick)

    def on_account(self, event: AccountEvent) -> None:
        self.spot.on_account(event)
        self.perp.on_account(event)

    def beat(self) -> None:
        self.spot.beat()
        self.perp.beat()

    def too_many(self, request: web.Request, status: int, retry_s: int) -> web.Response:
        half = self.perp if request.path.startswith("/api/v1") else self.spot
        return half.too_many(status, retry_s)

    def broken(self, request: web.Request, status: int) -> web.Response:
        half = self.perp if request.path.startswith("/api/v1") else self.spot
        return half.broken(status)
