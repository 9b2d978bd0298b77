"""A run goes on where an earlier process left it: books, orders and latches, then the venues' own word."""

from __future__ import annotations

from collections.abc import Callable

from titan.execution.booking import book, rebuild
from titan.execution.policy import Foreign, Policies
from titan.execution.reconcile import Reconciler
from titan.execution.recovery_parts import Hands
from titan.model.events import Submitted
from titan.model.pair import TransferIntent
from titan.model.recovery import Deposited
from titan.model.signal import Intent
from titan.risk.gates import Refuse
from titan.runtime.trading.doors import Doors
from titan.runtime.trading.entries import Left
from titan.runtime.trading.run import Run


class VenueDoors:
    """Implements `execution.recovery_parts.Gates` over the doors of a run."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def close(self, venue: str, why: str) -> None:
        self._doors.close(f"venue:{venue}", why)

    def open(self, venue: str) -> None:
        self._doors.open(f"venue:{venue}")


def restore(run: Run, left: Left) -> None:
    """Books and orders as the journal says. What venues know beyond it comes by reconciliation."""
    memory, parts = left.memory, run.parts
    rebuild(parts.ledger, memory.bookings, memory.intent)
    for one in memory.orders.values():
        sent = one.submitted
        parts.desk.recall(sent, one.heard)
    for latch in memory.latches.values():
        run.doors.close(f"latch:{latch.name}", latch.reason)
    run.side.restore(parts.ledger, memory, left.entries)


def reconciler(run: Run, left: Left, page: Callable[[str], None]) -> Reconciler | None:
    """Over every venue that has a word of its own; None where there is none."""
    venues, parts = run.side.ports(run.by_id), run.parts
    if not venues:
        return None
    live, wishes = run.config.live, left.memory.wishes
    policies = Policies(
        orders={"": Foreign(live.foreign_orders)},
        positions={"": Foreign(live.foreign_positions)},
        balances={"": Foreign(live.foreign_balances)},
    )
    made = Reconciler(
        venues, parts.desk, parts.ledger, VenueDoors(run.doors), _hands(run, page),
        now=run.clock.now, since_ns=left.memory.last_ns or run.clock.now(), policies=policies,
        baselines=list(left.memory.baselines.values()),
        transfers=lambda: [w for w in wishes.values() if isinstance(w, TransferIntent)],
    )  # fmt: skip
    made.recall(left.memory)
    return made


def _hands(run: Run, page: Callable[[str], None]) -> Hands:
    desk = run.parts.desk

    def deposit(event: Deposited) -> None:
        run.journal(event)
        book(run.parts.ledger, event, lambda _id: None)

    def adopt(event: Submitted) -> None:
        run.journal(event)
        desk.recall(event, ())

    def close(intent: Intent) -> None:
        run.journal(intent)
        order = desk.approve(intent)
        if not isinstance(order, Refuse):
            desk.send(order)

    return Hands(run.hear, run.journal, deposit, adopt, close, page)
