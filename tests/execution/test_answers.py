"""Answers that no double gives on command: older than what we know, with parts missing, changing while they
are read, or never coming. A small exact venue stands in for the ports.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.execution.scripted import INSTRUMENTS, PERP, SPOT
from titan.execution.booking import book
from titan.execution.comparison import balance_gaps, position_gaps
from titan.execution.policy import Policies
from titan.execution.reconcile import Reconciler, Times
from titan.execution.recovery_parts import Hands, VenueGates
from titan.execution.tickets import Ticket
from titan.execution.venue_ports import VenuePorts
from titan.model.account import Balance, MarginMode, VenueOrder, VenuePosition
from titan.model.errors import LedgerError, VenueBusy, VenueFatal
from titan.model.events import OrderReport, VenueEvent
from titan.model.fill import Fill, Liquidity
from titan.model.order import Order, OrderEvent, OrderRequest, OrderState, OrderType, Side
from titan.model.recovery import Found
from titan.model.signal import Intent, Purpose
from titan.portfolio.ledger import Ledger

MS = 1_000_000
TIMES = Times(
    period_ns=5 * MS, first_wait_ns=MS, longest_wait_ns=2 * MS, settle_ns=MS, grace_ns=0, pass_ns=300 * MS,
    page_after=2,
)  # fmt: skip
CAPITAL = Decimal(1_000)


def fill(n: int, lots: int, side: Side = Side.BUY, instrument: str = PERP.id, client_id: str = "c") -> Fill:
    return Fill(
        f"f{n}", client_id, instrument, side, 500_000, lots, Decimal("0.05"), "USDT", Liquidity.TAKER, n, n
    )


@dataclass
class Exact:
    """A venue that says exactly what it is told to say. `before` runs while an answer is on its way."""

    order: VenueOrder | None = None
    resting: Sequence[VenueOrder] = ()
    fills: list[Fill] = field(default_factory=list)
    lots: int = 0
    cash: Decimal = CAPITAL
    before: Callable[[str], Any] = lambda what: None

    async def _asked(self, what: str) -> None:
        coming = self.before(what)
        if coming is not None:
            await coming

    async def open_orders(self) -> Sequence[VenueOrder]:
        await self._asked("orders")
        return self.resting

    async def find_order(self, client_id: str, instrument: str) -> VenueOrder | None:
        await self._asked("order")
        return self.order

    async def fills_since(self, instrument: str, since_ns: int) -> Sequence[Fill]:
        await self._asked("fills")
        return [f for f in self.fills if f.instrument == instrument]

    async def fetch_positions(self) -> Sequence[VenuePosition]:
        await self._asked("positions")
        price = Decimal(50_000)
        one = VenuePosition(PERP.id, self.lots, price, price, Decimal(0), Decimal(1), MarginMode.CROSS)
        return [one] if self.lots else []

    async def fetch_balances(self) -> Sequence[Balance]:
        await self._asked("balances")
        return [Balance("binance.perp", "USDT", self.cash, Decimal(0))]


@dataclass
class World:
    venue: Exact
    tickets: list[Ticket] = field(default_factory=list)
    told: list[msgspec.Struct] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    times: Times = TIMES
    now_ns: int = 1000

    def __post_init__(self) -> None:
        self.ledger = Ledger({PERP.id: PERP})
        self.ledger.deposit("binance.perp", "USDT", CAPITAL, 0)
        self.gates = VenueGates(["binance"])
        side: Any = self.venue
        ports = VenuePorts("binance", {PERP.id: PERP}, side, side, side, side, side)
        hands = Hands(
            self.hear, self.told.append, self.told.append, self.told.append, self.told.append, self.page
        )
        self.work = Reconciler(
            [ports], self, self.ledger, self.gates, hands, now=self.now, since_ns=0, times=self.times
        )

    def now(self) -> int:
        self.now_ns += 1
        return self.now_ns

    def page(self, text: str) -> None:
        self.pages.append(text)

    def ticket(self, client_id: str) -> Ticket | None:
        return next((t for t in self.tickets if t.order.request.client_id == client_id), None)

    def hear(self, event: VenueEvent) -> None:
        self.told.append(event)
        ticket = self.ticket(getattr(event, "client_id", ""))
        if isinstance(event, Fill):
            book(self.ledger, event, lambda _: None)
            if ticket is not None:
                ticket.order.apply_fill(event.ticks, event.lots, event.local_ns)
        elif isinstance(event, OrderReport) and ticket is not None:
            ticket.order.apply(event.event, event.local_ns)

    def sent(self, lots: int = 10) -> Ticket:
        request = OrderRequest("c", "i", "s", PERP.id, Side.BUY, OrderType.LIMIT, lots, 500_000)
        intent = Intent("i", "s", "o", PERP.id, Side.BUY, lots, Purpose.ENTRY, 500_000)
        self.tickets.append(Ticket(Order(request, 1), intent))
        return self.tickets[-1]

    async def once(self) -> Any:
        return await self.work.once("binance")


def there(state: OrderState, filled: int) -> VenueOrder:
    return VenueOrder("c", "v", PERP.id, Side.BUY, OrderType.LIMIT, state, 10, filled, 500_000, 0, 1)


async def test_an_order_that_the_venue_knows_less_of_is_asked_for_again_and_nothing_is_told() -> None:
    world = World(Exact(order=there(OrderState.CANCELLED, 3), lots=5, cash=CAPITAL - Decimal("0.05")))
    ticket = world.sent()
    world.hear(fill(1, 5))
    told = len(world.told)
    result = await world.once()
    assert (result.complete, ticket.order.state) == (False, OrderState.PARTIAL)
    assert "older than our last event" in world.gates.closed["binance"]
    assert all(not isinstance(e, OrderReport | Fill) for e in world.told[told:])


async def test_an_end_is_not_told_while_its_fills_are_missing() -> None:
    """The venue says that 10 lots are filled, and its page of fills holds 4 of them."""
    world = World(Exact(order=there(OrderState.FILLED, 10), fills=[fill(1, 4)]))
    ticket = world.sent()
    result = await world.once()
    assert (result.complete, ticket.order.filled_lots, ticket.order.state) == (False, 4, OrderState.PARTIAL)
    assert "parts missing" in result.why
    world.venue.fills.append(fill(2, 6))
    world.venue.lots, world.venue.cash = 10, CAPITAL - Decimal("0.1")
    result = await world.once()
    assert (result.opens, ticket.order.state) == (True, OrderState.FILLED)


@pytest.mark.parametrize(
    ("state", "event", "after"),
    [
        (OrderState.OPEN, OrderEvent.ACCEPT, OrderState.OPEN),
        (OrderState.CANCELLED, OrderEvent.CANCEL, OrderState.CANCELLED),
        (OrderState.EXPIRED, OrderEvent.EXPIRE, OrderState.EXPIRED),
        (OrderState.REJECTED, OrderEvent.REJECT, OrderState.REJECTED),
    ],
)
async def test_what_was_missed_of_an_order_is_told_once(
    state: OrderState, event: OrderEvent, after: OrderState
) -> None:
    world = World(Exact(order=there(state, 0)))
    ticket = world.sent()
    for _ in range(2):
        assert (await world.once()).opens
    assert [e.event for e in world.told if isinstance(e, OrderReport)] == [event]
    assert ticket.order.state is after


async def test_an_answer_that_lags_behind_our_stream_is_no_difference() -> None:
    """Positions and balances still without a fill that was told long ago come right a moment later."""
    world = World(Exact())
    world.hear(fill(1, 5))
    asked: list[str] = []

    def later(what: str) -> None:
        asked.append(what)
        if asked.count("positions") == 2:
            world.venue.lots, world.venue.cash = 5, CAPITAL - Decimal("0.05")

    world.venue.before = later
    result = await world.once()
    assert (result.opens, result.differences) == (True, ())
    assert asked.count("positions") == 2


async def test_a_difference_counts_when_two_answers_show_it() -> None:
    world = World(Exact(lots=3))
    result = await world.once()
    assert result.complete
    (gap,) = result.differences
    assert (gap.kind, gap.subject, gap.ours, gap.theirs, gap.blocks) == (
        Found.POSITION, PERP.id, "0", "3", True,
    )  # fmt: skip
    assert "binance" in world.gates.closed


async def test_answers_that_change_each_time_open_nothing() -> None:
    world = World(Exact(lots=3))

    def wanders(what: str) -> None:
        world.venue.lots += what == "positions"

    world.venue.before = wanders
    result = await world.once()
    assert (result.complete, result.differences) == (False, ())
    assert "differ from one answer to the next" in result.why


async def test_events_that_come_while_it_is_compared_neither_open_nor_close() -> None:
    world = World(Exact())
    count = 0

    def moves(what: str) -> None:
        nonlocal count
        if what == "balances":
            count += 1
            world.hear(fill(count, 1))

    world.venue.before = moves
    assert (await world.once()).complete is False
    assert "binance" in world.gates.closed  # it was not open before
    world.venue.before = lambda what: None
    world.venue.lots, world.venue.cash = count, CAPITAL - count * Decimal("0.05")
    assert (await world.once()).opens
    world.venue.before = moves
    assert (await world.once()).complete is False
    assert world.gates.closed == {}  # nothing speaks against what was known


async def test_a_venue_that_never_answers_keeps_its_gate_closed_and_holds_up_nobody() -> None:
    world = World(
        Exact(before=lambda what: asyncio.sleep(60)), times=msgspec.structs.replace(TIMES, pass_ns=MS)
    )
    result = await world.once()
    assert "no answer within" in result.why
    assert "binance" in world.gates.closed


async def test_what_a_venue_asks_to_wait_is_waited_for_and_a_dead_key_is_paged_at_once() -> None:
    world = World(Exact())

    async def busy() -> None:
        raise VenueBusy("slow down", retry_after_ns=7 * MS)

    async def fatal() -> None:
        raise VenueFatal("the key is gone")

    world.venue.before = lambda what: busy()
    assert (await world.once()).why == "slow down"
    assert world.work._pause == {"binance": 7 * MS}
    assert world.pages == []
    world.venue.before = lambda what: fatal()
    assert (await world.once()).why == "the key is gone"
    assert "the key is gone" in world.pages[0]
    await world.once()
    assert len(world.pages) == 1  # once for as long as it is so
    world.venue.before = lambda what: None
    assert (await world.once()).opens
    world.venue.before = lambda what: fatal()
    await world.once()
    assert len(world.pages) == 2


async def test_a_report_that_our_books_cannot_take_closes_the_gate_and_is_paged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(Exact(order=there(OrderState.FILLED, 10), fills=[fill(1, 10)]))
    world.sent()

    def refuses(*_: object, **__: object) -> None:
        raise LedgerError("it makes no sense")

    monkeypatch.setattr(world.ledger, "book_fill", refuses)
    monkeypatch.setattr(world.ledger, "has", lambda *_: False)
    result = await world.once()
    assert not result.opens
    assert world.pages


async def test_a_watch_that_breaks_by_our_own_fault_leaves_the_gate_closed_and_says_so() -> None:
    world = World(Exact(before=lambda what: 1 / 0))
    await world.work.start()
    for _ in range(200):
        await asyncio.sleep(0.001)
        if world.pages:
            break
    assert "reconciliation broke" in world.pages[0]
    assert "its reconciliation broke" in world.gates.closed["binance"]
    await world.work.close()


async def test_continuous_passes_find_what_comes_later() -> None:
    world = World(Exact())
    await world.work.start()
    assert await world.work.until_open(5)
    assert world.gates.closed == {}
    world.venue.cash += 1
    async with asyncio.timeout(30):
        while not world.gates.closed:
            await asyncio.sleep(0.001)
    world.venue.cash -= 1
    async with asyncio.timeout(30):
        while world.gates.closed:
            await asyncio.sleep(0.001)
    await world.work.close()
    assert not await World(Exact(lots=1)).work.until_open(0.01)


TRADES = st.lists(
    st.tuples(
        st.sampled_from([SPOT.id, PERP.id]), st.sampled_from(list(Side)), st.integers(1, 50),
        st.integers(4_000_000, 6_000_000), st.decimals(0, 1, places=6),
    ),
    max_size=20,
)  # fmt: skip


@given(TRADES, st.booleans(), st.decimals(Decimal("-0.00000001"), Decimal("0.00000001"), places=8))
@settings(max_examples=60, deadline=None)
def test_books_and_venue_agree_to_the_last_unit_or_the_unit_is_named(
    trades: list[tuple[str, Side, int, int, Decimal]], unified: bool, off: Decimal
) -> None:
    ledger = Ledger(INSTRUMENTS)
    for wallet in ("binance.spot", "binance.perp"):
        ledger.deposit(wallet, "USDT", CAPITAL, 0)
    for n, (instrument, side, lots, ticks, fee) in enumerate(trades):
        one = msgspec.structs.replace(fill(n, lots, side, instrument), ticks=ticks, fee=fee)
        book(ledger, one, lambda _: None)
    held = ledger.position(PERP.id).lots
    at = Decimal(50_000)
    positions = (
        [VenuePosition(PERP.id, held, at, at, Decimal(0), Decimal(1), MarginMode.CROSS)] if held else []
    )
    spot, perp = (ledger.balance(f"binance.{kind}", "USDT") for kind in ("spot", "perp"))
    coin = ledger.balance("binance.spot", "BTC")
    if unified:
        told = [("unified", "USDT", spot + perp + off), ("unified", "BTC", coin)]
    else:
        told = [("spot", "USDT", spot), ("perp", "USDT", perp + off), ("spot", "BTC", coin)]
    balances = [Balance(f"binance.{w}", asset, amount, Decimal(0)) for w, asset, amount in told]
    assert position_gaps(ledger, "binance", positions, {}) == []
    gaps = balance_gaps(ledger, "binance", balances, {}, {})
    assert [g.size for g in gaps] == ([off] if off else [])
    tolerant = Policies(tolerances={"USDT": Decimal("0.00000001")})
    assert balance_gaps(ledger, "binance", balances, {}, tolerant.tolerances) == []
