"""The desk: the only way from an intent to an order. It asks the gates, journals, sends, and applies what
venues report.

A send is never repeated: a client order id is used once, and a report that was applied once is not applied
again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec

from titan.execution.tickets import Ticket
from titan.model.events import OrderReport, Refused, Submitted
from titan.model.fill import Fill
from titan.model.order import Order
from titan.model.signal import Intent
from titan.ports import Clock, OrderEntry
from titan.risk.gates import Approved, Refuse

NS: Final = 1_000_000_000

Journal = Callable[[msgspec.Struct], None]


class Gate(Protocol):
    def __call__(self, intent: Intent) -> Approved | Refuse: ...

    def sent(self, ticket: Ticket) -> None:
        """An order that passed was sent; it counts from now on."""
        ...


class Desk:
    """`gate` decides, `entry` sends, `journal` remembers; all three are handed in."""

    def __init__(self, clock: Clock, entry: OrderEntry, gate: Gate, journal: Journal) -> None:
        self._clock, self._entry, self._gate, self._journal = clock, entry, gate, journal
        self._tickets: dict[str, Ticket] = {}
        self._fills: set[str] = set()

    @property
    def tickets(self) -> Sequence[Ticket]:
        """Every order of the run, in the order of sending."""
        return list(self._tickets.values())

    def open_orders(self) -> int:
        return sum(not t.order.state.is_final for t in self._tickets.values())

    def ticket(self, client_id: str) -> Ticket | None:
        return self._tickets.get(client_id)

    def approve(self, intent: Intent) -> Approved | Refuse:
        """Ask the gates, and journal a refusal with its figures."""
        answer = self._gate(intent)
        if isinstance(answer, Refuse):
            self._journal(
                Refused(intent.id, answer.gate, answer.reason, dict(answer.numbers), self._clock.now())
            )
        return answer

    def send(self, order: Approved) -> Ticket:
        """Journal, then send. An id that was sent before is answered with its own ticket and sent no
        second time.
        """
        known = self._tickets.get(order.client_id)
        if known is not None:
            return known
        now = self._clock.now()
        submitted = Submitted(order.client_id, order.intent, now)
        ticket = Ticket(Order(submitted.request, sent_ns=now, updated_ns=now), order.intent)
        self._tickets[order.client_id] = ticket
        self._journal(submitted)
        self._gate.sent(ticket)
        self._entry.submit(order)
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        if not ticket.order.state.is_final:
            self._entry.cancel(ticket.order.request.client_id)

    def apply(self, event: OrderReport | Fill) -> bool:
        """One report of a venue; False when it told nothing new (a fill seen before, an order not ours)."""
        ticket = self._tickets.get(event.client_id)
        if ticket is None:
            return False
        if isinstance(event, Fill):
            if event.id in self._fills:
                return False
            self._fills.add(event.id)
            ticket.order.apply_fill(event.ticks, event.lots, event.local_ns)
        else:
            ticket.order.apply(event.event, event.local_ns, reason=event.reason)
        ticket.wake()
        return True

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


def _expire(done: asyncio.Future[bool]) -> None:
    if not done.done():
        done.set_result(False)
