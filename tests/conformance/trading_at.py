"""A venue's double with our gateway on it: send, wait, and see what was told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from tests.conformance.cases import Place
from tests.doubles.servers import Running, running
from titan.model.credentials import Credentials
from titan.model.events import OrderReport, VenueEvent
from titan.model.fill import Fill
from titan.model.instrument import Instrument
from titan.model.order import OrderEvent, OrderType, Side, TimeInForce
from titan.model.signal import Intent, Purpose, client_order_id
from titan.venues.addresses import Addresses
from titan.venues.gateway.gateway import Gateway, open_gateway

FINAL = (OrderEvent.CANCEL, OrderEvent.REJECT, OrderEvent.EXPIRE)


class Passed(NamedTuple):
    """As `risk.gates.Approved`, which only the gates can make."""

    intent: Intent
    client_id: str


class At(NamedTuple):
    venue: Running
    gateway: Gateway
    instrument: Instrument
    events: list[VenueEvent]

    @property
    def profile(self) -> Any:
        return self.gateway.profile

    async def price(self, side: Side, far: float = 0.0) -> int:
        """Ticks that take the other side's best, or rest `far` (a share of the price) away from it."""
        listed = self.gateway.find(self.instrument.id)
        assert listed is not None
        book = await self.gateway.caller.query(lambda: self.gateway.client.fetch_order_book(listed.symbol, 5))
        best = float(book["asks" if side is Side.BUY else "bids"][0][0])
        return self.instrument.limit_ticks(best * (1 - side * far), side)

    async def send(self, name: str, side: Side = Side.BUY, **changes: Any) -> str:
        far = changes.pop("far", 0.0)
        wanted = {"type": OrderType.LIMIT, "tif": TimeInForce.GTC} | changes
        ticks = await self.price(side, far)
        if wanted["type"] is OrderType.LIMIT:
            wanted["limit_ticks"] = ticks
        lots = wanted.pop("lots", 0) or self.lots(ticks)
        intent = Intent(name, "s", "o", self.instrument.id, side, lots, Purpose.ENTRY, ticks, **wanted)
        order = Passed(intent, client_order_id(f"{self.instrument.id}-{name}"))
        self.gateway.entry.submit(order)
        return order.client_id

    def lots(self, ticks: int) -> int:
        """A size of about 200 quote units that every venue takes."""
        return max(self.instrument.lots_within(Decimal(200) / self.instrument.price(ticks)), 1) + 1

    async def until(self, what: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(45):
                while not what():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pytest.fail(f"only this was told: {self.events}")

    def told(self) -> list[OrderEvent]:
        return [e.event for e in self.events if isinstance(e, OrderReport)]

    def ended(self) -> bool:
        return any(event in FINAL for event in self.told())

    def fills(self) -> list[Fill]:
        return [e for e in self.events if isinstance(e, Fill)]

    def filled(self) -> int:
        return sum(f.lots for f in self.fills())


class Clock:
    """The wall clock and what a test adds to it, for a double's `now`."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> int:
        return time.time_ns() + round(self.ahead_s * 1e9)


@asynccontextmanager
async def trading_at(
    place: Place, timeout_ms: int = 5000, key: str = "owner", check_s: float = 10.0, **double: Any
) -> AsyncIterator[At]:
    """`double` are more arguments of `running`."""
    name, kind = place
    async with running(name, **double) as venue:
        said = venue.addresses
        fields = {n: said[n] for n in ("venue", "rest", "ws", "perp_rest", "perp_ws") if said.get(n)}
        one = venue.world.keys.keys[key]
        credentials = Credentials(name, "owner", one.key, one.secret, one.passphrase)
        gateway = open_gateway(
            name,
            now=time.time_ns,
            addresses=Addresses(**fields),
            credentials=credentials,
            timeout_ms=timeout_ms,
            check_s=check_s,
        )
        events: list[VenueEvent] = []
        gateway.entry.subscribe(events.append)
        try:
            known = await gateway.instruments()
            instrument = next(i for i in known if i.kind is kind and i.base == "BTC")
            yield At(venue, gateway, instrument, events)
        finally:
            venue.faults.clear()
            await gateway.close()
