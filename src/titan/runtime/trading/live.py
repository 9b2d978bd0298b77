"""The venues themselves: orders go to the gateway of their instrument's venue, its word comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from titan.engine.arrivals import Heard
from titan.execution.memory import Memory
from titan.execution.venue_ports import VenuePorts
from titan.model.account import Balance, TransferReceipt
from titan.model.errors import OrderError, VenueRefused
from titan.model.events import VenueEvent
from titan.model.instrument import Instrument, venue_of
from titan.model.money import STABLECOINS
from titan.model.recovery import Baseline, Deposited
from titan.portfolio.ledger import Ledger
from titan.ports import Approved, Carrier, DeadMansSwitch, Mover
from titan.runtime.capital import par
from titan.runtime.config import RunConfig
from titan.runtime.trading.carrying import LiveCarrier
from titan.runtime.trading.panicking import ports_of
from titan.runtime.trading.sides import Marks, Wiring
from titan.venues.feed import Feed
from titan.venues.gateway.gateway import Gateway


class LiveSide:
    """One entry over all gateways of a run."""

    def __init__(self, wiring: Wiring) -> None:
        self._gateways = wiring.gateways
        self._carrier: LiveCarrier | None = None
        if len(wiring.gateways) > 1:
            self._carrier = LiveCarrier(wiring.gateways, wiring.payers, wiring.config.venues.used())
        self._instruments, self._clock = wiring.instruments, wiring.clock
        self._venue_of: dict[str, Gateway] = {}

    @property
    def hears(self) -> Sequence[Heard]:
        return ()

    def submit(self, order: Approved) -> None:
        gateway = self._gateways[venue_of(order.intent.instrument)]
        self._venue_of[order.client_id] = gateway
        gateway.entry.submit(order)

    def rehearse(self, order: Approved) -> None:
        self._gateways[venue_of(order.intent.instrument)].entry.rehearse(order)

    def cancel(self, client_id: str) -> None:
        """Raises OrderError for an order that never left."""
        gateway = self._venue_of.get(client_id)
        if gateway is None:
            raise OrderError(f"no order {client_id} was sent to any venue")
        gateway.entry.cancel(client_id)

    def amends(self, instrument: str) -> bool:
        gateway = self._gateways[venue_of(instrument)]
        kind = next((i.kind for i in self._instruments if i.id == instrument), None)
        return gateway.amends is not None and kind in gateway.profile.amends

    def amend(self, client_id: str, *, lots: int, limit_ticks: int) -> None:
        """Raises OrderError for an order that never left, or that its venue does not change in place."""
        gateway = self._venue_of.get(client_id)
        if gateway is None or gateway.amends is None:
            raise OrderError(f"no order {client_id} can be changed in place")
        gateway.amends.amend(client_id, lots=lots, limit_ticks=limit_ticks)

    @property
    def mover(self) -> Mover:
        return Moving(self._gateways)

    @property
    def carrier(self) -> Carrier | None:
        return self._carrier

    def transfer(self, asset: str, amount: Decimal, source: str, target: str) -> str:
        """No venue moves money within a call. Raises VenueRefused."""
        raise VenueRefused(f"{amount} {asset} from {source} to {target}: transfers wait for the venue's word")

    def subscribe(self, sink: Callable[[VenueEvent], None]) -> None:
        for gateway in self._gateways.values():
            gateway.entry.subscribe(sink)

    async def capital(self, run: RunConfig, futures_share: Decimal) -> Sequence[Deposited | Baseline]:
        """Quote in the wallets that are traded from is the run's, other stablecoins that are paid with there
        one for one; coins that lie there already are not.
        """
        now = self._clock.now()
        found: list[Deposited | Baseline] = []
        for venue, gateway in self._gateways.items():
            kinds = {f"{venue}.{i.kind}" for i in self._instruments if i.venue == venue}
            coins = {i.base for i in self._instruments if i.venue == venue}
            money = {i.quote for i in self._instruments if i.venue == venue and i.quote in STABLECOINS}
            for one in await gateway.balances.fetch_balances():
                if one.asset in money - {run.quote} and one.wallet in kinds and one.total > 0:
                    found.append(Deposited(one.wallet, one.asset, one.total, now, par(one.asset)))
                elif one.asset == run.quote and one.wallet in kinds:
                    found.append(Deposited(one.wallet, one.asset, one.total, now))
                elif one.asset == run.quote and one.wallet in (f"{venue}.unified", venue):
                    found += _halves(one, venue, futures_share if len(kinds) > 1 else Decimal(0), now)
                elif one.asset in coins:
                    found.append(Baseline(venue, f"{one.wallet} {one.asset}", one.total, now))
        return found

    def restore(self, ledger: Ledger, memory: Memory, entries: int) -> None:
        """Orders of the earlier process are cancelled at the venue that they were sent to."""
        del ledger, entries
        for name, order in memory.orders.items():
            gateway = self._gateways.get(venue_of(order.submitted.intent.instrument))
            if gateway is not None:
                self._venue_of[name] = gateway

    def ports(self, instruments: Mapping[str, Instrument]) -> Sequence[VenuePorts]:
        return [
            ports_of(venue, gateway, {n: i for n, i in instruments.items() if i.venue == venue})
            for venue, gateway in self._gateways.items()
        ]

    def own_accounts(self, instruments: Mapping[str, Instrument], marks: Marks) -> Sequence[VenuePorts]:
        """The venues keep them: a panic there is a process of its own."""
        del instruments, marks
        return ()

    def switches(self) -> Mapping[str, DeadMansSwitch]:
        """The account's, or Binance's of each perp that the run trades."""
        found = {
            venue: gateway.switch_of([i.id for i in self._instruments if i.venue == venue])
            for venue, gateway in self._gateways.items()
        }
        return {venue: switch for venue, switch in found.items() if switch is not None}

    async def open(self, feeds: Mapping[str, Feed]) -> None:
        del feeds
        for gateway in self._gateways.values():
            gateway.start()

    async def close(self) -> None:
        """The gateways are closed by whoever opened them."""


class Moving:
    """Implements Mover over several venues: a wallet is named by its venue."""

    def __init__(self, gateways: Mapping[str, Gateway]) -> None:
        self._gateways = gateways

    async def move(self, asset: str, amount: Decimal, source: str, target: str) -> TransferReceipt:
        """Where one wallet serves all trading there is nothing to move: only our books tell them apart."""
        venue, there = venue_of(source), venue_of(target)
        gateway = self._gateways.get(venue)
        if gateway is None or venue != there or gateway.transfers is None:
            raise VenueRefused(f"no venue moves {asset} from {source} to {target}")
        if any(w.name == "unified" for w in gateway.profile.wallets):
            return TransferReceipt("one account", asset, amount, source, target, done=True)
        return await gateway.transfers.move(asset, amount, source, target)

    async def fetch_balances(self) -> Sequence[Balance]:
        found: list[Balance] = []
        for gateway in self._gateways.values():
            found += await gateway.balances.fetch_balances()
        return found


def _halves(one: Balance, venue: str, futures_share: Decimal, now: int) -> list[Deposited | Baseline]:
    """A wallet that serves all trading, as the two that a strategy thinks in."""
    perp = (one.total * futures_share).quantize(Decimal("0.01"))
    parts = ((f"{venue}.spot", one.total - perp), (f"{venue}.perp", perp))
    return [Deposited(wallet, one.asset, amount, now) for wallet, amount in parts if amount > 0]
