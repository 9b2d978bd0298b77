"""The desk: the only way from an intent to an order. It asks the gates, journals, sends, and applies what
venues report.

A send is never repeated: a client order id is used once, and a report that was applied once is not applied
again. Whatever a venue says, the desk goes on: what cannot be is written down (`Contradicted`), told to the
operator, and stops entries of that instrument until somebody lifts it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

import msgspec
from msgspec.structs import replace

from titan.execution.crossing import met_by
from titan.execution.expiry import AGAIN_NS, NS, Expiry
from titan.execution.halts import Halts
from titan.execution.tickets import Ticket
from titan.model.errors import InstrumentError, OrderError
from titan.model.events import (
    AmendAsked,
    Contradicted,
    OrderReport,
    Refused,
    Submitted,
    VenueEvent,
)
from titan.model.fill import Fill
from titan.model.order import Order, OrderEvent, OrderState, Verdict
from titan.model.outcome import Outcome, doubt_halt, traded_by
from titan.model.signal import Intent
from titan.ports import Amends, Clock, OrderEntry
from titan.risk.decision import Reason
from titan.risk.gates import Approved, Refuse
from titan.risk.overrides import Scope

__all__ = ["NS", "Desk", "Gate", "Heard", "Journal"]

Journal = Callable[[msgspec.Struct], None]
Heard = OrderReport | Fill | AmendAsked
"""What the journal may hold of an order after its `Submitted`."""

_ALIVE: Final = (OrderEvent.ACCEPT, OrderEvent.AMEND, OrderEvent.AMEND_REFUSED)
"""What proves that an order outlived the cancel that was asked for before."""


class Gate(Protocol):
    def __call__(self, intent: Intent, beside: Sequence[Approved] = ()) -> Approved | Refuse:
        """`beside` passed a moment ago and leaves together with it: it counts as if it had been sent."""
        ...

    def sent(self, ticket: Ticket) -> None:
        """An order that passed was sent; it counts from now on."""
        ...

    def changed(self, ticket: Ticket) -> None:
        """A change of this order passed and was sent; it is a message like an order."""
        ...


def _unheard(message: str) -> None:
    """Nobody to tell: the journal has it."""
    del message


def _no_amends(instrument: str) -> Amends | None:
    del instrument
    return None


class Desk:
    """`gate` decides, `entry` sends, `journal` remembers; all three are handed in. `page` tells the
    operator, `halts` must be the one whose restraints the gate reads, `amender` gives what changes orders
    of an instrument in place, None where the venue cannot.
    """

    def __init__(
        self, clock: Clock, entry: OrderEntry, gate: Gate, journal: Journal, *,
        halts: Halts | None = None, page: Callable[[str], None] = _unheard,
        amender: Callable[[str], Amends | None] = _no_amends,
    ) -> None:  # fmt: skip
        self._clock, self._entry, self._gate, self._journal = clock, entry, gate, journal
        self.halts = Halts(journal, clock.now) if halts is None else halts
        self._page, self._amender = page, amender
        self._tickets: dict[str, Ticket] = {}
        self._live: dict[str, Ticket] = {}
        self._fills: set[tuple[str, str]] = set()
        self._foreign: dict[str, list[Fill]] = {}
        self._expiry = Expiry(clock.now, self.cancel)

    @property
    def tickets(self) -> Sequence[Ticket]:
        """Every order of the run, in the order of sending."""
        return list(self._tickets.values())

    @property
    def foreign(self) -> Sequence[Fill]:
        """Fills of orders that nobody here sent, and those that do not fit the order they name."""
        return [fill for fills in self._foreign.values() for fill in fills]

    def page(self, text: str) -> None:
        """Tell the operator."""
        self._page(text)

    @property
    def live(self) -> Sequence[Ticket]:
        """Those without an end, likewise."""
        return list(self._live.values())

    def open_orders(self) -> int:
        return len(self._live)

    def ticket(self, client_id: str) -> Ticket | None:
        return self._tickets.get(client_id)

    def approve(self, intent: Intent) -> Approved | Refuse:
        """Ask the gates, and journal a refusal with its figures. Where the limits say so, an order of our own
        that this one would trade with is cancelled; ask again when it has ended.
        """
        return self._ask(intent, ())

    def approve_together(self, intents: Iterable[Intent]) -> list[Approved] | Refuse:
        """As `approve`, for orders that shall leave together: each meets the limits as if those before it
        were on their way, so that all of them keep to these too. The first refusal is the answer for all.
        """
        passed: list[Approved] = []
        for intent in intents:
            answer = self._ask(intent, passed)
            if isinstance(answer, Refuse):
                return answer
            passed.append(answer)
        return passed

    def _ask(self, intent: Intent, beside: Sequence[Approved]) -> Approved | Refuse:
        answer = self._gate(intent, beside) if beside else self._gate(intent)
        if isinstance(answer, Refuse):
            self._journal(
                Refused(intent.id, answer.gate, answer.reason, dict(answer.numbers), self._clock.now())
            )
            if answer.reason is Reason.SELF_TRADE_CLEARING:
                for ticket in met_by(intent, self._live.values()):
                    self.cancel(ticket)
        return answer

    def send(self, order: Approved) -> Ticket:
        """Journal, then send. An id that was sent before is answered with its own ticket and sent no second
        time. What cannot be sent at all ends as rejected, with the reason.
        """
        return self.send_together([order])[0]

    def send_together(self, orders: Sequence[Approved]) -> list[Ticket]:
        """As `send`, but all are journalled before the first leaves: a store that stalls between two entries
        holds up every leg or none.
        """
        tickets: list[Ticket] = []
        leaving: list[tuple[Approved, Ticket]] = []
        for order in orders:
            ticket = self._tickets.get(order.client_id)
            if ticket is None:
                submitted = Submitted(order.client_id, order.intent, self._clock.now())
                self._journal(submitted)
                ticket = self._take(submitted)
                leaving.append((order, ticket))
            tickets.append(ticket)
        for order, ticket in leaving:
            try:
                self._entry.submit(order)
            except (InstrumentError, OrderError) as e:
                self._own_word(ticket, OrderEvent.REJECT, f"it could not be sent: {e.message}")
        return tickets

    def recall(self, submitted: Submitted, heard: Iterable[Heard] = ()) -> Ticket:
        """An order that the journal holds, with what it holds of it, in its order. Nothing is sent and
        nothing of this is journalled again. Let `halts` hear the whole journal first.
        """
        known = self._tickets.get(submitted.client_id)
        if known is not None:
            return known
        ticket = self._take(submitted)
        strays = self._foreign.pop(submitted.client_id, [])
        self._fills.difference_update((fill.instrument, fill.id) for fill in strays)
        for event in [*heard, *strays]:
            if isinstance(event, AmendAsked):
                ticket.amends += 1
                ticket.order.amend(event.lots, event.limit_ticks)
            elif isinstance(event, OrderReport):
                self._judge(ticket, event, recalled=True)
            elif (event.instrument, event.id) not in self._fills:
                self._fills.add((event.instrument, event.id))
                self._judge(ticket, event, recalled=True)
        return ticket

    def cancel(self, ticket: Ticket) -> bool:
        """Ask for a cancel, once: again only when the venue showed that the order lives on, or after ten
        seconds without its end. False where nothing was asked for.
        """
        now = self._clock.now()
        if ticket.order.state.is_final or (ticket.asked_ns and now - ticket.asked_ns < AGAIN_NS):
            return False
        ticket.asked_ns = now
        return self._ask_cancel(ticket)

    def amends(self, instrument: str) -> bool:
        """Whether orders of this instrument can be changed in place."""
        return self._amender(instrument) is not None

    def amend(self, ticket: Ticket, order: Approved) -> bool:
        """Change a resting order in place to `order`, which passed the gates: its lots are what shall rest
        from now on, and it `replaces` the ticket's order. False where that cannot be: the order has ended
        or is being changed or cancelled, or the venue cannot do it. Until the venue answers, the larger
        size is reserved.
        """
        intent, mine = order.intent, ticket.order
        amends = self._amender(mine.request.instrument)
        fits = (intent.replaces, intent.instrument, intent.side) == (
            mine.request.client_id, mine.request.instrument, mine.request.side,
        )  # fmt: skip
        if amends is None or not fits or mine.state.is_final or ticket.asked_ns or mine.amending is not None:
            return False
        lots = mine.filled_lots + intent.lots
        self._journal(AmendAsked(mine.request.client_id, lots, intent.limit_ticks, self._clock.now()))
        ticket.amends += 1
        mine.amend(lots, intent.limit_ticks)
        try:
            amends.amend(mine.request.client_id, lots=lots, limit_ticks=intent.limit_ticks)
        except (InstrumentError, OrderError) as e:
            self._own_word(ticket, OrderEvent.AMEND_REFUSED, e.message)
            return False
        self._gate.changed(ticket)
        return True

    def apply(self, event: OrderReport | Fill) -> bool:
        """One report of a venue; False when it told nothing new (a fill seen before, an order not ours). A
        fill of an order that nobody here sent is kept as foreign.
        """
        ticket = self._tickets.get(event.client_id)
        if isinstance(event, Fill):
            key = (event.instrument, event.id)
            if key in self._fills:
                return False
            self._fills.add(key)
            if ticket is None:
                self._foreign.setdefault(event.client_id, []).append(event)
        if ticket is None:
            return False
        self._judge(ticket, event)
        return True

    def disbelieve(self, event: VenueEvent, why: str, *, recalled: bool = False) -> None:
        """A venue's word that nothing can be made of: written down, told, and no entries of this instrument
        until somebody looked. A `recalled` one is in the journal, and its halt may be as well.
        """
        client_id = event.client_id if isinstance(event, OrderReport | Fill) else ""
        instrument = "" if isinstance(event, OrderReport) else event.instrument
        ticket = self._tickets.get(client_id)
        if ticket is not None and not instrument:
            instrument = ticket.order.request.instrument
        state = ticket.order.state if ticket is not None else OrderState.UNKNOWN
        said = event.event if isinstance(event, OrderReport) else event.id
        name = f"contradiction {client_id or said}"
        if not (recalled and self.halts.restraints.was_heard(name)):
            self._halt(name, client_id, instrument, state, f"{said}: {why}")

    def needs_operator(self, outcome: Outcome, *, recalled: bool = False) -> None:
        """A saga ended with something that it could not set right: no entries of what it was to trade. Of a
        `recalled` outcome only what the journal does not say of it yet."""
        saga, fresh = outcome.intent.id, list[str]()
        for instrument in traded_by(outcome):
            name = doubt_halt(saga, instrument)
            if not self.halts.restraints.was_heard(name):
                self.halts.halt(name, Scope(instrument=instrument), reason=outcome.reason, by="desk")
                fresh.append(instrument)
        if fresh or not recalled:
            halted = ", ".join(fresh) or "nothing"
            self._page(f"{saga} needs an operator: {outcome.reason}; entries are halted of {halted}")

    def sweep(self) -> int | None:
        """Cancel orders whose time is over; when the next one's is. Needed once after a restart, in the
        loop.
        """
        return self._expiry.sweep()

    async def settle(self, tickets: Sequence[Ticket], timeout_ns: int) -> bool:
        """Wait until all are final; False when the time ran out first."""
        loop = asyncio.get_running_loop()
        if all(t.order.state.is_final for t in tickets):
            return True
        done: asyncio.Future[bool] = loop.create_future()
        for ticket in tickets:
            ticket.watch(done, tickets)
        timer = loop.call_later(timeout_ns / NS, _expire, done)
        try:
            return await done
        finally:
            timer.cancel()

    async def withdraw(self, tickets: Sequence[Ticket], timeout_ns: int) -> bool:
        """Cancel what rests and wait for the venue's word; False when an order's outcome is still unknown."""
        for ticket in tickets:
            self.cancel(ticket)
        return await self.settle(tickets, timeout_ns)

    def _take(self, submitted: Submitted) -> Ticket:
        """From now on this order is ours, whatever becomes of it."""
        now = submitted.local_ns
        ticket = Ticket(Order(submitted.request, sent_ns=now, updated_ns=now), submitted.intent)
        self._tickets[submitted.client_id] = self._live[submitted.client_id] = ticket
        self._gate.sent(ticket)
        if submitted.intent.until_ns:
            self._expiry.add(ticket)
        return ticket

    def _own_word(self, ticket: Ticket, event: OrderEvent, reason: str) -> None:
        """What we know without the venue, in its form."""
        now = self._clock.now()
        report = OrderReport(ticket.order.request.client_id, event, now, now, reason)
        self._journal(report)
        self._judge(ticket, report)

    def _judge(self, ticket: Ticket, event: OrderReport | Fill, *, recalled: bool = False) -> None:
        order = ticket.order
        before = order.state
        if isinstance(event, OrderReport):
            verdict = order.apply(event.event, event.local_ns, reason=event.reason)
            if event.event in _ALIVE:
                ticket.asked_ns = 0
        elif (event.instrument, event.side) != (order.request.instrument, order.request.side):
            verdict = Verdict.CONTRADICTION
            self._foreign.setdefault(event.client_id, []).append(event)
        else:
            verdict = order.apply_fill(event.ticks, event.lots, event.local_ns)
        if order.state.is_final:
            self._live.pop(event.client_id, None)
        if verdict is Verdict.CONTRADICTION:
            self._contradicted(ticket, before, event, recalled=recalled)
        ticket.wake()

    def _contradicted(
        self, ticket: Ticket, before: OrderState, event: OrderReport | Fill, *, recalled: bool
    ) -> None:
        """Written down, told, and no entries of this instrument until somebody looked. An order that lives
        although it ended is asked to end.
        """
        name = f"contradiction {event.client_id}"
        instrument = ticket.order.request.instrument
        if recalled and self.halts.restraints.was_heard(name):
            return
        note = f"{_text(event)} of an order that is {before}, {_size(ticket.order)}"
        self._halt(name, event.client_id, instrument, before, note)
        if not recalled and isinstance(event, OrderReport) and event.event in _ALIVE:
            self._ask_cancel(ticket)

    def _halt(self, name: str, client_id: str, instrument: str, state: OrderState, note: str) -> None:
        self._journal(Contradicted(client_id, instrument, state, note, self._clock.now()))
        self.halts.halt(name, Scope(instrument=instrument), reason=note, by="desk")
        self._page(f"{instrument} {client_id}: the venue tells {note}; entries of it are halted ({name})")

    def _ask_cancel(self, ticket: Ticket) -> bool:
        try:
            self._entry.cancel(ticket.order.request.client_id)
        except (InstrumentError, OrderError) as e:
            ticket.asked_ns = 0
            self._page(f"{ticket.order.request.client_id} cannot be cancelled: {e.message}")
            return False
        return True


def amendment(ticket: Ticket, *, lots: int, limit_ticks: int) -> Intent:
    """The intent to rest `lots` at another limit, in the place of what rests now. Let the desk approve it,
    then `amend`, or cancel and send it as an order of its own. Ids count up, so that none is used twice.
    """
    intent = ticket.intent
    return replace(
        intent, id=f"{intent.id}~{ticket.amends + 1}", lots=lots, limit_ticks=limit_ticks,
        replaces=ticket.order.request.client_id,
    )  # fmt: skip


def _text(event: OrderReport | Fill) -> str:
    if isinstance(event, OrderReport):
        return f"'{event.event}'" + (f" ({event.reason})" if event.reason else "")
    return f"a fill: {event.side.name.lower()} {event.lots} lots of {event.instrument} at {event.ticks} ticks"


def _size(order: Order) -> str:
    return f"{order.filled_lots} of {order.request.lots} lots filled"


def _expire(done: asyncio.Future[bool]) -> None:
    if not done.done():
        done.set_result(False)
