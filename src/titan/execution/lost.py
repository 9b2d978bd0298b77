"""Orders that a saga sent while the store failed, and that the process took with it: exits and hedges leave
then without being written down.

Their ids are deterministic: a wish's next attempts have names that can be told without the journal. Where a
venue has more than our books explain after a restart, it is asked for these, and what it knows is taken up as
the saga's own, before anything is concluded from positions and before the saga goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from titan.execution.recovery_parts import Tickets
from titan.execution.sagas.saga import attempt_of
from titan.execution.sagas.table import SagaWish
from titan.model.account import VenueOrder
from titan.model.bracket import BracketIntent
from titan.model.instrument import Instrument
from titan.model.late import UndoIntent
from titan.model.limit import LimitIntent
from titan.model.order import OrderType, TimeInForce
from titan.model.pair import PairIntent, TransferIntent
from titan.model.signal import Intent, Purpose, client_order_id, intent_id
from titan.model.twap import TwapIntent
from titan.ports import OrderQuery

MISSES: Final = 6
"""So many attempts that no venue knows end the search: a refused order uses its number up."""
_LEGS: Final[Mapping[type, tuple[str, ...]]] = {
    TwapIntent: ("slice", "excess"),
    LimitIntent: ("rest", "convert", "excess"),
    BracketIntent: ("entry", "stop", "target", "close", "back"),
    UndoIntent: ("undo",),
}


async def found_of(
    wish: SagaWish, desk: Tickets, orders: OrderQuery, instruments: Mapping[str, Instrument]
) -> list[tuple[VenueOrder, Intent]]:
    """Orders of an open wish that the venue knows and the desk does not, each with its intent.
    `instruments` are the venue's. Raises VenueError."""
    found: list[tuple[VenueOrder, Intent]] = []
    attempt = max((attempt_of(t.intent) for t in desk.tickets if t.intent.saga == wish.id), default=0)
    misses = 0
    while misses < MISSES:
        attempt, misses = attempt + 1, misses + 1
        for name, instrument in _names(wish, attempt, instruments):
            client_id = client_order_id(name)
            if desk.ticket(client_id) is not None:
                misses = 0
                continue
            there = await orders.find_order(client_id, instrument)
            if there is not None:
                found.append((there, sent_for(there, wish, name)))
                misses = 0
    return found


def _names(
    wish: SagaWish, attempt: int, instruments: Mapping[str, Instrument]
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """What orders of this attempt are called, each with its instrument; as the sagas name them."""
    if isinstance(wish, PairIntent):
        for leg in (wish.spot, wish.perp):
            if leg in instruments:
                yield intent_id(wish.id, wish.pair, attempt, instruments[leg].kind), leg
    elif not isinstance(wish, TransferIntent) and wish.instrument in instruments:
        for name in _LEGS[type(wish)]:
            yield intent_id(wish.id, wish.instrument, attempt, name), wish.instrument


def sent_for(order: VenueOrder, wish: SagaWish, name: str) -> Intent:
    """The intent as far as the venue can tell it; its size and side are certain."""
    owner = wish.position if isinstance(wish, PairIntent) else getattr(wish, "owner", "")
    return Intent(
        id=name, strategy=wish.strategy, owner=owner, instrument=order.instrument, side=order.side,
        lots=order.lots, purpose=Purpose.HEDGE, reference_ticks=order.limit_ticks or order.stop_ticks or 1,
        type=order.type, limit_ticks=order.limit_ticks, stop_ticks=order.stop_ticks,
        tif=TimeInForce.GTC if order.type is OrderType.STOP else TimeInForce.IOC, saga=wish.id,
    )  # fmt: skip
