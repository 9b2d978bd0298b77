"""Another price for a resting order: in place where the venue can, which keeps it live all the time; else it
is cancelled and sent anew. Those two are never both live beyond the size that is meant, because the second is
sent only when the first has ended, and only for what it left unfilled.
"""

from __future__ import annotations

from typing import Final

from titan.execution.desk import NS, Desk, amendment
from titan.execution.tickets import Ticket
from titan.risk.gates import Refuse

LOOK_NS: Final = NS // 20
"""How often the answer to a change is looked for."""


async def change_order(
    desk: Desk, ticket: Ticket, *, lots: int, limit_ticks: int, timeout_ns: int
) -> Ticket | Refuse | None:
    """In place, or as `replace_order` where the venue cannot or would not."""
    left = lots - ticket.order.filled_lots
    if await in_place(desk, ticket, left=left, limit_ticks=limit_ticks, timeout_ns=timeout_ns):
        return ticket
    return await replace_order(desk, ticket, lots=lots, limit_ticks=limit_ticks, timeout_ns=timeout_ns)


async def in_place(desk: Desk, ticket: Ticket, *, left: int, limit_ticks: int, timeout_ns: int) -> bool:
    """Have `left` lots rest at another limit; False where the order was not changed, or nobody knows yet: it
    may have ended, and else is to be cancelled."""
    order = ticket.order
    if left <= 0 or order.state.is_final or not desk.amends(order.request.instrument):
        return False
    answer = desk.approve(amendment(ticket, lots=left, limit_ticks=limit_ticks))
    if isinstance(answer, Refuse) or not desk.amend(ticket, answer):
        return False
    for _ in range(max(1, timeout_ns // LOOK_NS)):
        if order.amending is None or await desk.settle([ticket], LOOK_NS):
            break
    return order.amending is None and order.request.limit_ticks == limit_ticks


async def replace_order(
    desk: Desk, ticket: Ticket, *, lots: int, limit_ticks: int, timeout_ns: int
) -> Ticket | Refuse | None:
    """`lots` is the whole size that is meant, what `ticket` has filled included. The new ticket; `ticket`
    itself when nothing is left to send; None when its end is still unknown (nothing was sent, ask again);
    or why the gates refused the new one (the old one is gone).
    """
    if not await desk.withdraw([ticket], timeout_ns):
        return None
    left = lots - ticket.order.filled_lots
    if left <= 0:
        return ticket
    answer = desk.approve(amendment(ticket, lots=left, limit_ticks=limit_ticks))
    return answer if isinstance(answer, Refuse) else desk.send(answer)
