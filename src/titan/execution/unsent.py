"""Wishes for a single order that stand in the journal without one: the process died between the two.

What becomes of them is declared here. An order that was to open something, or to rest, is dropped: nobody
knows whether it is wanted still, and whoever wished for it decides again. One that was to reduce or to hedge
at once sets right what is real, so it is wound up by a saga (`UndoIntent`) that trades its size. An exit may
have left while the store failed: it is written down as that saga's first order, looked up at its venue by its
own id, and sent no second time.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from titan.execution.desk import Desk, Journal
from titan.execution.memory import Memory
from titan.execution.sagas.undo import CAP_BPS, WAIT_NS
from titan.model.events import Refused, Submitted
from titan.model.late import UndoIntent
from titan.model.order import OrderType
from titan.model.signal import Intent, Purpose, client_order_id

GATE = "restart"


def settle_unsent(
    memory: Memory, desk: Desk, journal: Journal, now: Callable[[], int], page: Callable[[str], None]
) -> None:
    """Once after a restart, on a desk and a memory as the journal says; both know it all afterwards."""

    def write(event: Refused | UndoIntent | Submitted) -> None:
        journal(event)
        memory(event)

    for intent in list(memory.unsent.values()):
        what = f"{intent.id}: {intent.side.name.lower()} {intent.lots} lots of {intent.instrument}"
        if not _sets_right(intent):
            write(Refused(intent.id, GATE, "the process died before it was sent", {}, now()))
            page(f"{what} was wished for before the restart and never sent: dropped")
            continue
        wish = winding_up(intent)
        if wish.id not in memory.wishes:
            write(wish)
        order = Submitted(client_order_id(intent.id), replace(intent, saga=wish.id), now())
        write(order)
        desk.recall(order)
        page(f"{what} was wished for before the restart and may not have been sent: it is wound up")


def winding_up(intent: Intent) -> UndoIntent:
    """The same intent, the same wish."""
    return UndoIntent(
        id=f"{intent.id}-again", strategy=intent.strategy, owner=intent.owner, instrument=intent.instrument,
        side=intent.side, lots=intent.lots, reference_ticks=intent.reference_ticks, wait_ns=WAIT_NS,
        cap_bps=CAP_BPS,
    )  # fmt: skip


def _sets_right(intent: Intent) -> bool:
    """Whether it was to trade at once, and against what is held."""
    through = (intent.limit_ticks - intent.reference_ticks) * int(intent.side) >= 0
    at_once = intent.type is OrderType.MARKET or (intent.type is OrderType.LIMIT and through)
    return intent.purpose is not Purpose.ENTRY and at_once
