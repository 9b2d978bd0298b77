"""Cancel and send anew, where a venue changes no order in place: the two are never both live beyond the size
that is meant, because the second is sent only when the first has ended, and only for what it left unfilled.
"""

from __future__ import annotations

from titan.execution.desk import Desk, amendment
from titan.execution.tickets import Ticket
from titan.risk.gates import Refuse


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
