"""A desk and its books as the journal says: what an earlier process knew, and what it did not come to say."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from titan.execution.booking import book
from titan.execution.desk import Desk
from titan.execution.memory import Memory
from titan.model.errors import LedgerError
from titan.model.fill import Fill, FundingPayment
from titan.portfolio.ledger import Ledger


def restored(entries: Iterable[msgspec.Struct], memory: Memory, desk: Desk, ledger: Ledger) -> None:
    """Halts, orders, foreign fills and bookings into a new desk and ledger; `memory` is `entries` folded.

    Nothing is sent. What follows from an entry and was not written any more is written now: the halt of what
    needs an operator, of a venue's word that cannot be booked. Raises LedgerError for what is not a venue's
    word and cannot be booked.
    """
    for entry in entries:
        desk.halts.hear(entry)
    for order in memory.orders.values():
        desk.recall(order.submitted, order.heard)
    for stray in memory.foreign:
        desk.apply(stray)
    for event in memory.bookings:
        try:
            book(ledger, event, memory.intent)
        except LedgerError as e:
            if not isinstance(event, Fill | FundingPayment):
                raise
            desk.disbelieve(event, f"it cannot be booked: {e.message}", recalled=True)
    for outcome in memory.stuck.values():
        desk.needs_operator(outcome, recalled=True)
