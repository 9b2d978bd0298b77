"""The venues themselves: orders go to the gateway of their instrument's venue, its word comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from titan.engine.arrivals import Heard
from titan.model.errors import OrderError, VenueRefused
from titan.model.events import VenueEvent
from titan.model.recovery import Deposited
from titan.ports import Approved
from titan.runtime.config import RunConfig
from titan.runtime.trading.sides import Wiring
from titan.venues.feed import Feed
from titan.venues.gateway.gateway import Gateway


class LiveSide:
    """One entry over all gateways of a run."""

    def __init__(self, wiring: Wiring) -> None:
        self._gateways = wiring.gateways
        self._clock = wiring.clock
        self._venue_of: dict[str, Gateway] = {}

    @property
    def hears(self) -> Sequence[Heard]:
        return ()

    def submit(self, order: Approved) -> None:
        gateway = self._gateways[order.intent.instrument.partition(".")[0]]
        self._venue_of[order.client_id] = gateway
        gateway.entry.submit(order)

    def cancel(self, client_id: str) -> None:
        """Raises OrderError for an order that never left."""
        gateway = self._venue_of.get(client_id)
        if gateway is None:
            raise OrderError(f"no order {client_id} was sent to any venue")
        gateway.entry.cancel(client_id)

    def transfer(self, asset: str, amount: Decimal, source: str, target: str) -> str:
        raise VenueRefused(f"{amount} {asset} from {source} to {target}: transfers wait for the venue's word")

    def subscribe(self, sink: Callable[[VenueEvent], None]) -> None:
        for gateway in self._gateways.values():
            gateway.entry.subscribe(sink)

    async def capital(self, run: RunConfig, futures_share: Decimal) -> Sequence[Deposited]:
        """What is in the wallets that are traded from, in the run's quote, by the venues' own word."""
        del futures_share
        now, found = self._clock.now(), []
        for venue, gateway in self._gateways.items():
            traded = {f"{venue}.spot", f"{venue}.perp"}
            for one in await gateway.balances.fetch_balances():
                if one.wallet in traded and one.asset == run.quote:
                    found.append(Deposited(one.wallet, one.asset, one.free + one.held, now))
        return found

    async def open(self, feeds: Mapping[str, Feed]) -> None:
        del feeds
        for gateway in self._gateways.values():
            gateway.start()

    async def close(self) -> None:
        """The gateways are closed by whoever opened them."""
