"""What all sagas share: a saga's memory is the journal.

Nothing that a saga knows lives only in it. Its orders carry its id (`Intent.saga`), so a restart finds
them; what an order does not tell is in the figures of its journalled steps. `Past` is both, and from a wish
and its past the saga is made again. Attempts go on counting where the past ended, so no client order id is
ever used twice.

No saga ends while the end of one of its orders is unknown: it waits for evidence. A lost answer is everyday
business and told by asking again; the operator is told, once, of a doubt that lasts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Final, Protocol

import msgspec

from titan.execution.desk import NS, Desk, Journal
from titan.execution.tickets import Ticket
from titan.model.events import Transfer
from titan.model.instrument import Instrument, InstrumentKind
from titan.model.order import OrderType, Side, TimeInForce
from titan.model.signal import Intent, Purpose, intent_id
from titan.model.step import IN_DOUBT, SagaStep
from titan.ports import Carrier, Mover
from titan.risk.gates import Approved, Refuse

BPS: Final = 10_000
DOUBT_NS: Final = 30 * NS
"""How long an unanswered cancel is waited for before it is asked again."""
LASTS_NS: Final = 90 * NS
"""How long a doubt lasts before the operator is told: by then the venue has answered, or an order that never
reached it can no longer be accepted there (65 s at the slowest, `valid_s` in `venues/gateway/profile.py`).
"""
RESTARTED: Final = "restarted"


class Touch(msgspec.Struct, frozen=True):
    """Best prices as we see them now, in quote units, and their mid in ticks of the instrument."""

    bid: float
    ask: float
    mid_ticks: int


class Prices(Protocol):
    def touch(self, instrument: str) -> Touch | None:
        """None when no price can be trusted now."""
        ...


class Past(msgspec.Struct, frozen=True):
    """What the journal holds of a saga: its orders in the order of sending, and its steps."""

    tickets: Sequence[Ticket] = ()
    steps: Sequence[SagaStep] = ()

    def figure(self, name: str) -> str | None:
        """As last written down; None where it never was."""
        return next((s.figures[name] for s in reversed(self.steps) if name in s.figures), None)

    def took(self, step: str) -> bool:
        return any(s.step == step for s in self.steps)


def _nothing(wallet: str, asset: str) -> Decimal:
    del wallet, asset
    return Decimal(0)


def _unknown(whose: str, what: str) -> Decimal | None:
    del whose, what
    return None


def _unheard(transfer: Transfer) -> None:
    del transfer


async def _at_once() -> None:
    return None


class Draws(Protocol):
    """As `random.Random` draws."""

    def randint(self, a: int, b: int) -> int:
        """Of a to b, both included."""
        ...


class Parts(msgspec.Struct):
    """What a saga works with, all of it handed in. `rng` draws gaps, `now` is ns UTC; `safe` returns when all
    entries so far are written down for good; `turn` lets one transfer at a time be under way, `lanes` has
    the withdrawals under way by their pair of venues.
    """

    instruments: Callable[[str], Instrument]
    desk: Desk
    prices: Prices
    journal: Journal
    rng: Draws
    now: Callable[[], int]
    mover: Mover | None = None
    booked: Callable[[str, str], Decimal] = _nothing
    """What the ledger holds in (wallet, asset)."""
    transferred: Callable[[Transfer], object] = _unheard
    """Journals and books a transfer that the venue confirmed; nothing where it is booked already."""
    safe: Callable[[], Awaitable[None]] = _at_once
    turn: asyncio.Lock = msgspec.field(default_factory=asyncio.Lock)
    carrier: Carrier | None = None
    worth: Callable[[str, str], Decimal | None] = _unknown
    """What one unit of (wallet, asset) is worth now in the ledger's currency; None where nobody knows."""
    lanes: dict[str, str] = msgspec.field(default_factory=dict)
    held: Callable[[str, str], Decimal | None] = _unknown
    """What (owner, instrument) holds by the books, in base units and signed; None where nobody knows."""


class Wish(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def strategy(self) -> str: ...


class Saga:
    """The base of all: notes, orders, waiting. `past` is None for a wish that is new."""

    def __init__(self, wish: Wish, parts: Parts, past: Past | None, *, wait_ns: int) -> None:
        self._wish, self._parts, self._past = wish, parts, past
        self._wait_ns = wait_ns
        self.tickets: list[Ticket] = list(past.tickets) if past else []
        self._attempt = max((attempt_of(t.intent) for t in self.tickets), default=0)
        self._halted = (past.figure("halted") or "") if past else ""
        self._doubted = False
        self._pausing: asyncio.Future[None] | None = None

    @property
    def in_doubt(self) -> bool:
        """An order was neither answered nor cancelled for long: the operator was told."""
        return self._doubted

    @property
    def closes(self) -> bool:
        """Whether it only reduces what is held."""
        return getattr(self._wish, "purpose", None) is Purpose.EXIT

    @property
    def protected(self) -> bool | None:
        """Whether a stop at its venue guards all that it holds, or all that it wants is on its way, so that
        it may be left there; None for a saga of which that is not so.
        """
        return None

    def halt(self, reason: str) -> None:
        """End as soon as that leaves nothing unsafe; survives a restart. The first reason stands."""
        if self._halted:
            return
        self._halted = reason
        self._note("halt", reason, halted=reason)
        if self._pausing is not None:
            _rouse(self._pausing)

    def _count(self) -> tuple[int, ...]:
        """Lots filled by now, for the notes."""
        return ()

    def _number(self) -> int:
        return self._attempt

    def _note(self, step: str, note: str = "", **figures: str) -> None:
        self._parts.journal(
            SagaStep(
                self._wish.id, step, self._number(), self._count(), self._parts.now(), note, dict(figures)
            )
        )

    def _name(self, subject: str, leg: str) -> str:
        self._attempt += 1
        return intent_id(self._wish.id, subject, self._attempt, leg)

    def _send(self, order: Approved) -> Ticket:
        ticket = self._parts.desk.send(order)
        self.tickets.append(ticket)
        return ticket

    def _send_together(self, orders: Sequence[Approved]) -> list[Ticket]:
        tickets = self._parts.desk.send_together(orders)
        self.tickets += tickets
        return tickets

    async def _end(self, tickets: Sequence[Ticket], wait_ns: int) -> None:
        """Until all are final: wait, withdraw what rests, then wait for evidence however long it takes."""
        if await self._parts.desk.settle(tickets, wait_ns):
            return
        self._note("withdraw")
        await self._withdraw(tickets)

    async def _withdraw(self, tickets: Sequence[Ticket]) -> None:
        """Cancel what rests, until the venue says what became of it."""
        wait_ns, late = self._wait_ns, self._parts.now() + LASTS_NS
        while not await self._parts.desk.withdraw(unfinished(tickets), wait_ns):
            wait_ns = max(wait_ns, DOUBT_NS)
            if not self._doubted and self._parts.now() >= late:
                self._doubted = True
                names = ", ".join(t.order.request.client_id for t in unfinished(tickets))
                self._tell(f"no word of {names} for {LASTS_NS // NS} s; the operator should look")
        self._doubted = False

    def _tell(self, why: str) -> None:
        """In doubt: written down, and the operator is paged."""
        self._note(IN_DOUBT, why)
        self._parts.desk.page(f"{self._wish.id}: {why}")

    async def _price(self, instrument: str, waits: int = 30) -> Touch | None:
        """A price that cannot be trusted is waited for, a little."""
        for _ in range(waits):
            touch = self._touch(instrument)
            if touch is not None:
                return touch
            await self._sleep()
        return self._touch(instrument)

    def _touch(self, instrument: str) -> Touch | None:
        return self._parts.prices.touch(instrument)

    async def _sleep(self) -> None:
        await asyncio.sleep(self._wait_ns / NS)

    async def _pause(self, low_ns: int, high_ns: int, until: Callable[[], bool] | None = None) -> None:
        """A drawn gap; a halt ends it, and so does `until`, which is looked at now and then."""
        gap = self._parts.rng.randint(low_ns, max(low_ns, high_ns))
        self._note("pause", f"{gap / NS:.1f} s")
        while until is not None and gap > self._wait_ns:
            await self._sleep()
            gap -= self._wait_ns
            if until() or self._halted:
                return
        if self._halted:
            return
        loop = asyncio.get_running_loop()
        self._pausing = loop.create_future()
        timer = loop.call_later(gap / NS, _rouse, self._pausing)
        try:
            await self._pausing
        finally:
            timer.cancel()
            self._pausing = None


def _rouse(pausing: asyncio.Future[None]) -> None:
    if not pausing.done():
        pausing.set_result(None)


def attempt_of(intent: Intent) -> int:
    """The number of the order within its saga, as `intent_id` wrote it down; 0 for what was not counted."""
    parts = intent.id.rsplit("-", 2)
    return int(parts[1]) if len(parts) == 3 and parts[1].isdigit() else 0


def leg_of(intent: Intent) -> str:
    """What the order was for, as `intent_id` wrote it down."""
    return intent.id.rpartition("-")[2]


def unfinished(tickets: Sequence[Ticket]) -> list[Ticket]:
    return [t for t in tickets if not t.order.state.is_final]


def through(instrument: Instrument, side: Side, touch: Touch, cap_bps: float) -> int:
    """A limit (ticks) so far through the touch that it fills at once, at no worse than the cap."""
    worst = touch.ask * (1 + cap_bps / BPS) if side is Side.BUY else touch.bid * (1 - cap_bps / BPS)
    return instrument.limit_ticks(worst, side)


def at_once(
    name: str, saga: str, strategy: str, owner: str, instrument: Instrument, side: Side, lots: int,
    purpose: Purpose, touch: Touch, cap_bps: float, *, reduces: bool,
) -> Intent:  # fmt: skip
    """An order that fills within the cap or expires."""
    return Intent(
        id=name,
        strategy=strategy,
        owner=owner,
        instrument=instrument.id,
        side=side,
        lots=lots,
        purpose=purpose,
        reference_ticks=touch.mid_ticks,
        type=OrderType.LIMIT,
        limit_ticks=through(instrument, side, touch, cap_bps),
        tif=TimeInForce.IOC,
        reduce_only=reduces and instrument.kind is InstrumentKind.PERP,
        saga=saga,
    )


def refused(answer: Refuse) -> str:
    return f"{answer.gate}: {answer.reason}"


def shortfall(tickets: Sequence[Ticket], instruments: Callable[[str], Instrument]) -> Decimal:
    """What these orders paid beyond the mid that each was decided at, fees at the taker's rate included; in
    quote units.
    """
    total = Decimal(0)
    for ticket in tickets:
        order, intent = ticket.order, ticket.intent
        if order.filled_lots:
            rules = instruments(intent.instrument)
            per_tick = rules.notional(1, 1)
            beyond = (order.filled_value - intent.reference_ticks * order.filled_lots) * int(intent.side)
            total += (beyond + order.filled_value * rules.fees.taker) * per_tick
    return total
