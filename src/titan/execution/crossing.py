"""Which of our own orders a new one could trade with."""

from __future__ import annotations

from collections.abc import Iterable

from titan.execution.tickets import Ticket
from titan.model.order import OrderType, TimeInForce
from titan.model.signal import Intent
from titan.risk.standing import Opposing
from titan.risk.traffic import meets


def opposing(intent: Intent, pending: Iterable[Ticket]) -> list[Opposing]:
    """Orders of the other side that are not final; the one that the intent replaces is none of them."""
    found = []
    for ticket in pending:
        request = ticket.order.request
        if (
            request.instrument == intent.instrument
            and request.side is not intent.side
            and request.type is not OrderType.STOP
            and request.client_id != intent.replaces
        ):
            found.append(Opposing(request.client_id, _best_ticks(ticket), _rests(ticket)))
    return found


def met_by(intent: Intent, pending: Iterable[Ticket]) -> list[Ticket]:
    """Of these, what the intent's order would trade with."""
    waiting = {t.order.request.client_id: t for t in pending}
    return [waiting[o.client_id] for o in opposing(intent, waiting.values()) if meets(intent, o)]


def _best_ticks(ticket: Ticket) -> int:
    """Its limit, or the one that it may have by now where that is nearer to the other side."""
    request, change = ticket.order.request, ticket.order.amending
    if request.type is not OrderType.LIMIT:
        return 0
    if change is None:
        return request.limit_ticks
    return int(request.side) * max(request.side * request.limit_ticks, request.side * change.limit_ticks)


def _rests(ticket: Ticket) -> bool:
    request = ticket.order.request
    return request.type is OrderType.LIMIT and request.tif in (TimeInForce.GTC, TimeInForce.POST_ONLY)
