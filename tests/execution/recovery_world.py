"""A process that trades at doubles, dies and begins again: the parts of a live run, without its strategies.

async with running("binance") as venue:
    async with life(venue, journal) as one: ...        # leaving it is the crash: the journal stays
    async with life(venue, journal) as two: ...
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.doubles.servers import Running
from titan.execution.booking import book
from titan.execution.desk import Desk
from titan.execution.memory import Memory, fold
from titan.execution.policy import Policies
from titan.execution.reconcile import Reconciler, Times
from titan.execution.recovery_parts import Hands, VenueGates
from titan.execution.tickets import Ticket
from titan.execution.venue_ports import VenuePorts
from titan.model.credentials import Credentials
from titan.model.events import OrderReport, Submitted, VenueEvent
from titan.model.fill import Fill
from titan.model.instrument import Instrument
from titan.model.order import OrderEvent, OrderType, Side, TimeInForce
from titan.model.recovery import Deposited, Found, Reconciled
from titan.model.signal import Intent, Purpose
from titan.portfolio.ledger import Ledger
from titan.risk.gates import Approved, Refuse, approve
from titan.risk.standing import Limits, Standing
from titan.venues.addresses import Addresses
from titan.venues.gateway.gateway import Gateway, open_gateway

MS = 1_000_000
QUICK = Times(
    period_ns=100 * MS, first_wait_ns=50 * MS, longest_wait_ns=200 * MS, settle_ns=50 * MS,
    grace_ns=300 * MS, page_after=2,
)  # fmt: skip
PRICE = Decimal(30_000)


class Clock:
    def now(self) -> int:
        return time.time_ns()


class Gate:
    """The real gates, told that all is well."""

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        self.instruments = instruments

    def __call__(self, intent: Intent, beside: Sequence[Approved] = ()) -> Approved | Refuse:
        rules = self.instruments[intent.instrument]
        held = -intent.side * 10**9
        standing = Standing(
            rules, rules.nearest_ticks(PRICE), Decimal(10**6), Decimal(0), reducible_lots=held
        )
        return approve(intent, standing, Limits(Decimal(10**6), collar_bps=Decimal(5000)))

    def sent(self, ticket: Ticket) -> None:
        pass

    def changed(self, ticket: Ticket) -> None: ...


def recalled(desk: Desk, memory: Memory) -> None:
    """The desk's tickets as they were."""
    for one in memory.orders.values():
        desk.recall(one.submitted, one.heard)


@dataclass
class Life:
    venue: Running
    gateway: Gateway
    instruments: dict[str, Instrument]
    journal: list[msgspec.Struct]
    pages: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.memory = fold(self.journal)
        self.ledger = Ledger(self.instruments, currency="USDT")
        self.desk = Desk(Clock(), self.gateway.entry, Gate(self.instruments), self.journal.append)
        for event in self.memory.bookings:
            book(self.ledger, event, self.memory.intent)
        recalled(self.desk, self.memory)
        self.gateway.entry.subscribe(self.hear)
        self.gates = VenueGates([self.name])
        self.reconciler: Reconciler

    @property
    def name(self) -> str:
        return self.gateway.profile.venue

    @property
    def perp(self) -> Instrument:
        return next(i for i in self.instruments.values() if i.kind == "perp")

    @property
    def spot(self) -> Instrument:
        return next(i for i in self.instruments.values() if i.kind == "spot")

    def hear(self, event: VenueEvent) -> None:
        """As the engine does: journal, ledger, desk."""
        self.journal.append(event)
        if isinstance(event, OrderReport):
            self.desk.apply(event)
            return
        book(self.ledger, event, self._intent)
        if isinstance(event, Fill):
            self.desk.apply(event)

    def deposit(self, event: Deposited) -> None:
        self.journal.append(event)
        book(self.ledger, event, self._intent)

    def adopt(self, event: Submitted) -> None:
        self.journal.append(event)
        self.desk.recall(event)

    def close(self, intent: Intent) -> None:
        self.journal.append(intent)
        order = self.desk.approve(intent)
        assert not isinstance(order, Refuse), order
        self.desk.send(order)

    def _intent(self, client_id: str) -> Intent | None:
        ticket = self.desk.ticket(client_id)
        return ticket.intent if ticket is not None else None

    def ports(self, **changes: Any) -> VenuePorts:
        g = self.gateway
        parts: dict[str, Any] = {
            "venue": self.name, "instruments": self.instruments, "entry": g.entry, "orders": g.orders,
            "removal": g.removal, "balances": g.balances, "positions": g.positions, "funding": g.funding,
        }  # fmt: skip
        return VenuePorts(**(parts | changes))

    def reconciles(
        self, policies: Policies | None = None, times: Times = QUICK, **more: Any
    ) -> Reconciler:  # fmt: skip
        """A reconciler of this life; `ports` replaces parts of the venue's."""
        hands = Hands(self.hear, self.journal.append, self.deposit, self.adopt, self.close, self.pages.append)
        first = min((e.local_ns for e in self.journal if isinstance(e, Deposited)), default=time.time_ns())
        self.reconciler = Reconciler(
            [self.ports(**more.pop("ports", {}))], self.desk, self.ledger, self.gates, hands,
            now=time.time_ns, since_ns=max(first, self.memory.last_ns), policies=policies, times=times,
            baselines=self.memory.baselines.values(), **more,
        )  # fmt: skip
        self.reconciler.recall(self.memory)
        return self.reconciler

    async def passes(self, **more: Any) -> Reconciled:
        """One pass of a new reconciler."""
        return await self.reconciles(**more).once(self.name)

    @property
    def why_closed(self) -> str:
        return self.gates.closed.get(self.name, "")

    async def fund(self) -> None:
        """What the venue holds becomes the ledger's capital."""
        for one in await self.gateway.balances.fetch_balances():
            wallet = one.wallet
            if wallet.endswith(".unified"):
                wallet = f"{self.name}.{'perp' if one.asset == 'USDT' else 'spot'}"
            if wallet not in (f"{self.name}.spot", f"{self.name}.perp") or one.asset not in ("USDT", "BTC"):
                continue
            price = None if one.asset == "USDT" else PRICE
            self.deposit(Deposited(wallet, one.asset, one.total, time.time_ns(), price))

    def intent(self, name: str, rules: Instrument, side: Side = Side.BUY, **changes: Any) -> Intent:
        ticks = rules.nearest_ticks(PRICE)
        lots = rules.lots_within(Decimal("0.01"))
        wanted = {"type": OrderType.MARKET, "tif": TimeInForce.IOC} | changes
        if wanted["type"] is OrderType.LIMIT:
            far = Decimal("0.95") if side is Side.BUY else Decimal("1.05")
            wanted |= {"limit_ticks": rules.limit_ticks(PRICE * far, side), "tif": TimeInForce.GTC}
        lots = wanted.pop("lots", lots)
        return Intent(name, "s", f"owner {name}", rules.id, side, lots, Purpose.ENTRY, ticks, **wanted)

    def send(self, name: str, rules: Instrument, side: Side = Side.BUY, **changes: Any) -> Ticket:
        order = self.desk.approve(self.intent(name, rules, side, **changes))
        assert not isinstance(order, Refuse), order
        return self.desk.send(order)

    async def until(self, what: Callable[[], bool], seconds: float = 60) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not what():
                    await asyncio.sleep(0.01)
        except TimeoutError:
            pytest.fail(f"it did not come: {self.journal[-6:]}, {self.why_closed}, {self.pages}")

    async def trade(self, name: str, rules: Instrument, side: Side = Side.BUY, **changes: Any) -> Ticket:
        ticket = self.send(name, rules, side, **changes)
        await self.until(lambda: ticket.order.state.is_final)
        return ticket

    def elsewhere(self, rules: Instrument, side: Side, lots: int, price: Decimal | None = None) -> Any:
        """An order that somebody else places on the same account."""
        from titan.doubles.orders import Ticket as Asked

        market = self.venue.world.market(rules.kind, rules.symbol)
        assert market is not None
        return self.venue.world.desk.place(
            Asked(
                inst=market.index, side=side, qty=rules.size(lots), price=price,
                type=OrderType.LIMIT if price else OrderType.MARKET,
            )
        )  # fmt: skip


def kinds(result: Reconciled) -> list[Found]:
    return [d.kind for d in result.differences]


def told(journal: Sequence[msgspec.Struct], event: OrderEvent) -> int:
    return sum(isinstance(e, OrderReport) and e.event is event for e in journal)


def opened(venue: Running, *, timeout_ms: int = 3000) -> Gateway:
    """A gateway to the double that knows nothing yet."""
    said, key, name = venue.addresses, venue.key, venue.world.venue
    fields = {n: said[n] for n in ("venue", "rest", "ws", "perp_rest", "perp_ws") if said.get(n)}
    return open_gateway(
        name, now=time.time_ns, addresses=Addresses(**fields), timeout_ms=timeout_ms,
        credentials=Credentials(name, "owner", key.key, key.secret, key.passphrase),
    )  # fmt: skip


@asynccontextmanager
async def life(
    venue: Running, journal: list[msgspec.Struct], *, timeout_ms: int = 3000, funded: bool = True
) -> AsyncIterator[Life]:
    """One process at one double. The first life takes what the venue holds as its capital."""
    gateway = opened(venue, timeout_ms=timeout_ms)
    try:
        known = await gateway.instruments()
        mine = {i.id: i for i in known if (i.base, i.quote) == ("BTC", "USDT")}
        one = Life(venue, gateway, mine, journal)
        if funded and not journal:
            await one.fund()
        yield one
        await one.reconciler.close() if hasattr(one, "reconciler") else None
    finally:
        await gateway.close()
