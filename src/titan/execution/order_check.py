"""Orders at one venue beside the desk's: what was missed is told once, what is not ours is dealt with as
declared.

Nothing is concluded from an answer that knows less than we do: it is older than our last event, and is asked
for again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from titan.execution.lost import found_of
from titan.execution.policy import Foreign, Policies, declared
from titan.execution.recovery_parts import Findings, Hands, Tickets
from titan.execution.sagas.table import SagaWish
from titan.execution.tickets import Ticket
from titan.execution.venue_ports import VenuePorts
from titan.model.account import VenueOrder
from titan.model.errors import VenueRefused
from titan.model.events import OrderReport, Submitted
from titan.model.order import OrderEvent, OrderState, OrderType, TimeInForce
from titan.model.recovery import Found
from titan.model.signal import Intent, Purpose, is_client_order_id
from titan.portfolio.ledger import HOUSE, Ledger

LOOK_BACK_NS: Final = 60_000_000_000
"""Clocks differ: fills are asked for from so long before an order was sent."""
_REPORT_OF: Final[Mapping[OrderState, OrderEvent]] = {
    OrderState.CANCELLED: OrderEvent.CANCEL, OrderState.EXPIRED: OrderEvent.EXPIRE,
    OrderState.REJECTED: OrderEvent.REJECT, OrderState.OPEN: OrderEvent.ACCEPT,
    OrderState.PARTIAL: OrderEvent.ACCEPT,
}  # fmt: skip
_UNSEEN: Final = (OrderState.PENDING, OrderState.UNKNOWN)


class OrderCheck:
    """`grace_ns`: an order sent more recently is on its way, and not missed yet; one of an earlier process
    (`recalled`) has no such grace, because nobody here saw it leave.
    """

    def __init__(
        self, side: VenuePorts, desk: Tickets, ledger: Ledger, hands: Hands, policies: Policies,
        now: Callable[[], int], grace_ns: int, differs: Callable[[], Awaitable[bool]],
    ) -> None:  # fmt: skip
        """`differs` asks whether positions or balances are other than the ledger's."""
        self._side, self._desk, self._ledger, self._hands = side, desk, ledger, hands
        self._policies, self._now, self._grace_ns, self._differs = policies, now, grace_ns, differs
        self.recalled: set[str] = set()
        self.wishes: list[SagaWish] = []
        """Those without an end of an earlier process, until it is known that the venue has no order of theirs
        that is not in the journal. Each possible id is asked for, which takes long, so only where something
        rests there or differs that our books do not explain: what left no trace need not be known."""

    async def run(self, found: Findings) -> None:
        """Raises VenueError where an answer is missing."""
        resting = await self._side.orders.open_orders()
        for ticket in open_tickets(self._desk, self._side.venue):
            if not ticket.order.state.is_final:
                found.orders += 1
                await self._ours(ticket, found)
        if self.wishes and (self._unknown(resting) or await self._differs()):
            while self.wishes:
                await self._lost(self.wishes[0], found)
                del self.wishes[0]
        self.wishes.clear()
        for order in resting:
            await self._resting(order, found)

    def _unknown(self, resting: Sequence[VenueOrder]) -> bool:
        """Whether an order rests that Titan sent and our journal does not know."""
        return any(is_client_order_id(o.client_id) and not self._desk.ticket(o.client_id) for o in resting)

    async def _lost(self, wish: SagaWish, found: Findings) -> None:
        for order, intent in await found_of(wish, self._desk, self._side.orders, self._side.instruments):
            self._take_up(order, intent)
            done = f"taken up for {wish.id}"
            found.say(Found.FORGOTTEN, _name(order), "not in the journal", _text(order), done)

    async def _ours(self, ticket: Ticket, found: Findings) -> None:
        request = ticket.order.request
        there = await self._side.orders.find_order(request.client_id, request.instrument)
        mine = ticket.order
        if mine.state.is_final:
            return  # its end was told while we asked
        if there is None:
            late = self._now() - mine.sent_ns > self._grace_ns or request.client_id in self.recalled
            if mine.state not in _UNSEEN or late:
                done = "entries stop until it is found, or can no longer arrive"
                found.say(Found.IN_DOUBT, request.client_id, mine.state, "unknown there", done, blocks=True)
            return
        if there.filled_lots > mine.filled_lots:
            await self._missed_fills(ticket, there, found)
        if there.filled_lots < mine.filled_lots:
            found.stale(f"{request.client_id}: {there.filled_lots} lots filled, {mine.filled_lots} were told")
        elif there.filled_lots > mine.filled_lots:
            found.missing(
                f"{request.client_id}: {there.filled_lots} lots filled, fills of {mine.filled_lots} are told"
            )
        else:
            self._missed_report(ticket, there, found)

    async def _missed_fills(self, ticket: Ticket, there: VenueOrder, found: Findings) -> None:
        request, before = ticket.order.request, ticket.order.filled_lots
        fills = await self._side.orders.fills_since(request.instrument, ticket.order.sent_ns - LOOK_BACK_NS)
        for fill in fills:
            if fill.client_id == request.client_id and not self._ledger.has("fill", fill.id, fill.instrument):
                self._hands.hear(fill)
        if ticket.order.filled_lots > before:
            theirs = f"{there.filled_lots} of {there.lots} lots filled"
            found.say(Found.MISSED, request.client_id, f"{before} lots filled", theirs, "fills told")

    def _missed_report(self, ticket: Ticket, there: VenueOrder, found: Findings) -> None:
        mine = ticket.order
        known = mine.state not in _UNSEEN
        if not there.state.is_final and known:
            return
        event = _REPORT_OF.get(there.state)
        if event is None:
            return
        if event is OrderEvent.REJECT and known:
            event = OrderEvent.CANCEL  # it did rest
        before = str(mine.state)
        reason = there.reason or "found by reconciliation"
        self._hands.hear(OrderReport(mine.request.client_id, event, there.venue_ns, self._now(), reason))
        found.say(Found.MISSED, mine.request.client_id, before, there.state, "report told")

    async def _resting(self, order: VenueOrder, found: Findings) -> None:
        ticket = self._desk.ticket(order.client_id) if order.client_id else None
        if ticket is not None and not ticket.order.state.is_final:
            return
        if ticket is not None:
            there = await self._side.orders.find_order(order.client_id, order.instrument)
            if there is None or there.state.is_final:
                return
            if self._now() - ticket.order.updated_ns <= self._grace_ns:
                found.stale(f"{order.client_id} rests there, here it is {ticket.order.state}")
            else:
                await self._cancel(Found.STALE, order, found, f"{ticket.order.state} by our books")
            return
        ours = is_client_order_id(order.client_id)
        kind = Found.FORGOTTEN if ours else Found.FOREIGN_ORDER
        policy = declared(self._policies.orders, self._side.venue, order.instrument)
        if policy is Foreign.CLOSE:
            await self._cancel(kind, order, found, "not ours" if not ours else "not in the journal")
        elif policy is Foreign.ADOPT and ours and order.instrument in self._side.instruments:
            self._adopt(order)
            found.say(kind, _name(order), "not in the journal", _text(order), "adopted for the house")
        elif policy is Foreign.HOLD:
            found.say(
                kind,
                _name(order),
                "none",
                _text(order),
                "declare what to do with it (foreign_orders)",
                blocks=True,
            )
        else:
            found.say(kind, _name(order), "none", _text(order), f"left alone ({policy})")

    async def _cancel(self, kind: Found, order: VenueOrder, found: Findings, ours: str) -> None:
        """It blocks until a later pass no longer sees it."""
        try:
            await self._side.removal.cancel_order(order)
        except VenueRefused as e:
            found.say(kind, _name(order), ours, _text(order), f"cancel refused: {e.message}", blocks=True)
        else:
            found.say(kind, _name(order), ours, _text(order), "cancel asked for", blocks=True)

    def _adopt(self, order: VenueOrder) -> None:
        """As if it had been journalled: with its own id, for the house."""
        intent = Intent(
            id=f"adopted-{order.client_id}", strategy="", owner=HOUSE, instrument=order.instrument,
            side=order.side, lots=order.lots, purpose=Purpose.HEDGE, type=order.type,
            reference_ticks=order.limit_ticks or order.stop_ticks, limit_ticks=order.limit_ticks,
            stop_ticks=order.stop_ticks,
            tif=TimeInForce.IOC if order.type is OrderType.MARKET else TimeInForce.GTC,
        )  # fmt: skip
        self._take_up(order, intent)

    def _take_up(self, order: VenueOrder, intent: Intent) -> None:
        self._hands.adopt(Submitted(order.client_id, intent, self._now()))
        self._side.entry.recall(order.client_id, intent, order.venue_ns or self._now())


def open_tickets(desk: Tickets, venue: str) -> Sequence[Ticket]:
    """Those at this venue that are not final."""
    head = venue + "."
    return [
        t for t in desk.tickets if not t.order.state.is_final and t.order.request.instrument.startswith(head)
    ]


def _name(order: VenueOrder) -> str:
    return f"{order.instrument} {order.client_id or order.venue_id}"


def _text(order: VenueOrder) -> str:
    price = f" at {order.limit_ticks} ticks" if order.limit_ticks else ""
    return f"{order.side.name.lower()} {order.lots} lots{price}, {order.filled_lots} filled"
