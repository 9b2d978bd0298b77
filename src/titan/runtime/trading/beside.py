"""A panic beside this run: obeyed at once, and when it has ended, what it did is taken into this run's books.

asked by its file        nothing leaves any more, not even between wallets; the latch is journalled
it works                 with orders of its own, which this run did not send
it has ended, or died    its orders and fills are journalled here, and booked; the venues are asked anew
from then on             flat and latched: `titan panic --rearm` at rest, then a new start

On paper nobody else reaches the account: there this run carries the panic out itself (`own_panic`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from titan.execution.booking import book
from titan.execution.memory import Memory
from titan.execution.panic import LATCH
from titan.execution.reconcile import Reconciler
from titan.execution.venue_ports import VenuePorts
from titan.model.errors import StorageError
from titan.model.events import OrderReport, Submitted
from titan.model.fill import Fill, FundingPayment
from titan.model.recovery import Latched, PanicEnded
from titan.runtime.trading.own_panic import begun, close_all, own_name, own_unfinished
from titan.runtime.trading.panic_request import Request, asked, latch_of
from titan.runtime.trading.panicking import written_beside
from titan.runtime.trading.run import Run


class Beside:
    """`look` now and then. `watch`, once there is one, is told to ask anew when the panic has ended."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.watch: Reconciler | None = None
        self._folder = run.plan.folder
        self._obeyed: Request | None = None
        self._own: asyncio.Task[None] | None = None
        self._unreadable = ""

    def look(self) -> bool:
        """Whether this run is halted by a panic."""
        request = asked(self._folder)
        if request is not None and self._obeyed is None:
            self._obey(request)
        if self._obeyed is not None:
            self._take_up()
        return self._obeyed is not None

    def go_on(self, memory: Memory) -> None:
        """With a panic of its own that an earlier process of this run began and did not end."""
        name, latch = own_unfinished(memory), memory.latches.get(LATCH)
        if name and latch is not None:
            self._halt(Request(name, latch.reason, latch.by, latch.local_ns), begun(memory, name))

    def _obey(self, request: Request) -> None:
        latch = latch_of(request)
        self._run.journal(latch)
        self._run.parts.halts.hear(latch)
        self._halt(request, Memory())

    def _halt(self, request: Request, memory: Memory) -> None:
        run, self._obeyed = self._run, request
        run.doors.shut, run.halted = _said(latch_of(request)), True
        run.parts.engine.halt(run.doors.shut)
        run.page(run.doors.shut)
        ports = run.side.own_accounts(run.by_id, run.parts.present.marks)
        if ports:
            self._own = run.parts.engine.watch(self._by_itself(ports, request, memory))

    async def close(self) -> None:
        """The run ends. A panic of its own that has not ended goes on with the next start."""
        if self._own is not None:
            self._own.cancel()
            await asyncio.gather(self._own, return_exceptions=True)

    async def _by_itself(self, ports: Sequence[VenuePorts], request: Request, memory: Memory) -> None:
        name = own_name(request.name)
        ended = await close_all(self._run, ports, name, request.reason, request.by, memory)
        self._ended(ended)

    def _take_up(self) -> None:
        try:
            found = written_beside(self._folder)
        except StorageError as e:
            if e.message != self._unreadable:
                self._unreadable = e.message
                self._run.page(f"what the panic did is not in the books: {e.message}")
            return
        if found is None:
            return
        events, done = found
        for event in events:
            self._hear(event)
        if not any(isinstance(event, PanicEnded) for event in events):
            self._run.page(f"the panic died: `titan panic --config {self._run.plan.place}` goes on with it")
        self._run.journal.after(done)
        if self.watch is not None:
            self.watch.hurry()

    def _hear(self, event: msgspec.Struct) -> None:
        """As if this run had sent what the panic sent, and heard what it heard; what was heard here as well
        counts once."""
        run, desk = self._run, self._run.parts.desk
        if isinstance(event, OrderReport | Fill | FundingPayment):
            run.hear(event)
            return
        run.journal(event)
        if isinstance(event, Submitted) and desk.ticket(event.client_id) is None:
            desk.recall(event)
        elif isinstance(event, PanicEnded):
            self._ended(event)

    def _ended(self, event: PanicEnded) -> None:
        run = self._run
        book(run.parts.ledger, event, lambda _id: None)
        if self._obeyed is not None:
            run.doors.shut = f"{_said(latch_of(self._obeyed))}: {_end(event)}"
        run.page(f"the panic has ended: {_end(event)}; {how_to_rearm(run)}")


def how_to_rearm(run: Run) -> str:
    return f"`titan panic --config {run.plan.place} --rearm` takes the latch back, when the run has stopped"


def _said(latch: Latched) -> str:
    """Begins with the word that `titan panic` waits for."""
    return f"panic: {latch.reason} (by {latch.by})"


def _end(event: PanicEnded) -> str:
    flat = [f"flat at {', '.join(event.flat)} by its own word"] if event.flat else []
    return "; ".join([*flat, *(f"NOT FLAT at {venue}: {why}" for venue, why in event.open.items())])
