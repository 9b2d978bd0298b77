"""A panic beside this run: obeyed at once, and when it has ended, what it did is taken into this run's books.

asked by its file        nothing leaves any more, not even between wallets; the latch is journalled
it works                 with orders of its own, which this run did not send
it has ended, or died    its orders and fills are journalled here, and booked; the venues are asked anew
from then on             flat and latched: `titan panic --rearm` at rest, then a new start
"""

from __future__ import annotations

import msgspec

from titan.execution.booking import book
from titan.execution.reconcile import Reconciler
from titan.model.errors import StorageError
from titan.model.events import OrderReport, Submitted
from titan.model.fill import Fill, FundingPayment
from titan.model.recovery import Latched, PanicEnded
from titan.runtime.trading.panicking import Request, asked, latch_of, written_beside
from titan.runtime.trading.run import Run


class Beside:
    """`look` now and then. `watch`, once there is one, is told to ask anew when the panic has ended."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.watch: Reconciler | None = None
        self._folder = run.plan.folder
        self._obeyed: Request | None = None
        self._unreadable = ""

    def look(self) -> bool:
        """Whether this run is halted by a panic."""
        request = asked(self._folder)
        if request is not None and not self._run.doors.shut:
            self._obey(request)
        if self._obeyed is not None:
            self._take_up()
        return self._obeyed is not None

    def _obey(self, request: Request) -> None:
        run, self._obeyed = self._run, request
        latch = latch_of(request)
        run.journal(latch)
        run.parts.halts.hear(latch)
        run.doors.shut, run.halted = _said(latch), True
        run.parts.engine.halt(run.doors.shut)
        run.page(run.doors.shut)

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
