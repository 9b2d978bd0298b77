"""A ticket: an order on its way, the intent behind it, and those who wait for its end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from titan.model.order import Order
from titan.model.signal import Intent


class Ticket:
    """`asked_ns`: when its cancel was asked for and not proven vain since, 0 where none is outstanding.
    `amends` counts the changes that were asked for.
    """

    __slots__ = ("_watchers", "amends", "asked_ns", "intent", "order")

    def __init__(self, order: Order, intent: Intent) -> None:
        self.order = order
        self.intent = intent
        self.asked_ns = 0
        self.amends = 0
        self._watchers: list[tuple[asyncio.Future[bool], Sequence[Ticket]]] = []

    def watch(self, done: asyncio.Future[bool], group: Sequence[Ticket]) -> None:
        """`done` becomes True once every ticket of `group` is final."""
        self._watchers.append((done, group))

    def wake(self) -> None:
        """Called after each report: tell the watchers whose whole group has ended."""
        if not self.order.state.is_final:
            return
        for done, group in self._watchers:
            if not done.done() and all(t.order.state.is_final for t in group):
                done.set_result(True)
        self._watchers.clear()
