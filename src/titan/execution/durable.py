"""An order leaves only when the journal's entries up to it are stored: kill the process at any instruction,
and every order that a venue can know of is written down.

A store that fails must not trap anybody in a position. While it does, exits and hedges leave at once and are
written down as soon as it works again; entries are refused, by a report like a venue's own, so that nothing
stays reserved for them. What was refused so is never sent later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from titan.model.errors import OrderError, TitanError
from titan.model.events import OrderReport
from titan.model.order import OrderEvent
from titan.model.signal import Purpose
from titan.ports import Amends, Approved, OrderEntry

CANNOT: Final = "the journal cannot be written"
WITHDRAWN: Final = "withdrawn before it left"
PATIENCE_S: Final = 1.0
"""A store that has not answered for so long counts as failing, whatever it says itself."""


class Keeper(Protocol):
    """The journal, as far as orders wait for it."""

    @property
    def trouble(self) -> str:
        """Why entries are not stored at present; empty while they are."""
        ...

    def after(self, done: Callable[[], None]) -> None:
        """`done` is called on the loop, once every entry up to now is stored; never from within."""
        ...

    def watch(self, told: Callable[[str], None]) -> None:
        """`told` is called on the loop with each change of `trouble`."""
        ...


class DurableEntry:
    """An OrderEntry around another. `report` takes what it says of orders that do not leave, as `Executions`
    gives a venue's word: on the loop, and never from within a call. `told` is the operator's ear: what is
    wrong with the journal, and "" when all is well again. Use on one event loop.
    """

    def __init__(
        self, inner: OrderEntry, journal: Keeper, now: Callable[[], int],
        report: Callable[[OrderReport], object], told: Callable[[str], object], *,
        patience_s: float = PATIENCE_S,
    ) -> None:  # fmt: skip
        self._inner, self._journal, self._now = inner, journal, now
        self._report, self._told, self._patience_s = report, told, patience_s
        self._held: dict[str, tuple[Approved, asyncio.TimerHandle]] = {}
        self._left: dict[str, Purpose] = {}
        self._kept: set[str] = set()
        self._silent = self._said = ""
        journal.watch(self._heard)

    @property
    def trouble(self) -> str:
        """Why entries are refused at present; empty while they are not."""
        return self._journal.trouble or self._silent

    @property
    def held(self) -> int:
        """Orders that wait for the store."""
        return len(self._held)

    def submit(self, order: Approved) -> None:
        """What the inner entry raises for an order that it cannot send at all is told as a REJECT."""
        if self.trouble:
            self._without_store(order)
            return
        timer = asyncio.get_running_loop().call_later(self._patience_s, self._waited)
        self._held[order.client_id] = order, timer
        self._journal.after(lambda: self._stored(order.client_id))

    def cancel(self, client_id: str) -> None:
        """At once, whatever the journal does. An order that has not left yet never will."""
        held = self._held.pop(client_id, None)
        if held is not None:
            held[1].cancel()
            self._keep(client_id, OrderEvent.CANCEL, WITHDRAWN)
        elif client_id not in self._kept:
            self._inner.cancel(client_id)

    def _stored(self, client_id: str) -> None:
        held = self._held.pop(client_id, None)
        if held is not None:
            held[1].cancel()
            self._leave(held[0])

    def _leave(self, order: Approved) -> None:
        self._left[order.client_id] = order.intent.purpose
        try:
            self._inner.submit(order)
        except TitanError as e:
            self._keep(order.client_id, OrderEvent.REJECT, e.message)

    def _without_store(self, order: Approved) -> None:
        if order.intent.purpose is Purpose.ENTRY:
            self._keep(order.client_id, OrderEvent.REJECT, f"{CANNOT}: {self.trouble}")
        else:
            self._leave(order)

    def _keep(self, client_id: str, event: OrderEvent, reason: str) -> None:
        """It does not leave, now or later."""
        self._kept.add(client_id)
        self._say(client_id, event, reason)

    def _say(self, client_id: str, event: OrderEvent, reason: str) -> None:
        now = self._now()
        asyncio.get_running_loop().call_soon(self._report, OrderReport(client_id, event, now, now, reason))

    def _heard(self, trouble: str) -> None:
        """The journal's word about its store."""
        del trouble  # `self.trouble` is how it stands by now
        self._release()

    def _waited(self) -> None:
        """An order waits for too long, and nobody has said why."""
        if not self._silent:
            self._silent = f"the store has not answered for {self._patience_s:g} s"
            self._journal.after(self._answered)
        self._release()

    def _answered(self) -> None:
        self._silent = ""
        self._release()

    def _release(self) -> None:
        """Decide about all that waits, in its order, and tell the operator what is new."""
        trouble = self.trouble
        if trouble:
            held, self._held = self._held, {}
            for order, timer in held.values():
                timer.cancel()
                self._without_store(order)
        if trouble != self._said:
            self._said = trouble
            self._told(trouble and f"{CANNOT}: {trouble}")


class Changing(OrderEntry, Amends, Protocol):
    """An entry that changes resting orders in place."""


class DurableChanging(DurableEntry):
    """Around an entry that amends: an `Amends` too. A change waits for the journal like an order does."""

    def __init__(
        self, inner: Changing, journal: Keeper, now: Callable[[], int],
        report: Callable[[OrderReport], object], told: Callable[[str], object], *,
        patience_s: float = PATIENCE_S,
    ) -> None:  # fmt: skip
        super().__init__(inner, journal, now, report, told, patience_s=patience_s)
        self._amends: Amends = inner

    def amend(self, client_id: str, *, lots: int, limit_ticks: int) -> None:
        """How it went is told as AMEND or AMEND_REFUSED. Raises OrderError for what did not leave."""
        if client_id in self._kept:
            raise OrderError(f"order {client_id} never left, and cannot be amended")
        if self.trouble:
            self._change(client_id, lots, limit_ticks)
        else:
            self._journal.after(lambda: self._change(client_id, lots, limit_ticks))

    def _change(self, client_id: str, lots: int, limit_ticks: int) -> None:
        if client_id in self._kept:
            return
        if self.trouble and self._left.get(client_id, Purpose.ENTRY) is Purpose.ENTRY:
            self._say(client_id, OrderEvent.AMEND_REFUSED, f"{CANNOT}: {self.trouble}")
            return
        try:
            self._amends.amend(client_id, lots=lots, limit_ticks=limit_ticks)
        except TitanError as e:
            self._say(client_id, OrderEvent.AMEND_REFUSED, e.message)
