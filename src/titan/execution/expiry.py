"""Orders that are good until a moment (GTD), by our own clock: a venue's own GTD is not needed, and not
trusted.

The moment is part of the intent, so a restart knows it again. An order that is not done by then is
cancelled, and the cancel is asked for again until the order has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Final

from titan.execution.tickets import Ticket

NS: Final = 1_000_000_000
AGAIN_NS: Final = 10 * NS
"""How long a cancel may go unanswered before it is asked for again."""


class Expiry:
    """Sets its own timer where an event loop runs; `sweep` does the same by hand."""

    def __init__(self, now: Callable[[], int], cancel: Callable[[Ticket], object]) -> None:
        self._now, self._cancel = now, cancel
        self._due: list[tuple[int, str, Ticket]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._timer_ns = 0

    def add(self, ticket: Ticket) -> None:
        heappush(self._due, (ticket.intent.until_ns, ticket.order.request.client_id, ticket))
        self._arm()

    def sweep(self) -> int | None:
        """Cancel what is due; when something is due next, None where nothing is."""
        now = self._now()
        while self._due and (self._due[0][0] <= now or self._due[0][2].order.state.is_final):
            _, name, ticket = heappop(self._due)
            if not ticket.order.state.is_final:
                self._cancel(ticket)
                if not ticket.order.state.is_final:
                    heappush(self._due, (now + AGAIN_NS, name, ticket))
        self._arm()
        return self._due[0][0] if self._due else None

    def _arm(self) -> None:
        if not self._due or (self._timer is not None and self._timer_ns <= self._due[0][0]):
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # a restart takes orders up before its loop runs: the first `sweep` in it arms the timer
        if self._timer is not None:
            self._timer.cancel()
        self._timer_ns = self._due[0][0]
        self._timer = loop.call_later(max(self._timer_ns - self._now(), 0) / NS, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.sweep()
