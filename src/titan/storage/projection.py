"""What the journal says of orders and fills, as rows: kept beside it in the same transaction, so that a query
never sees one without the other.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from titan.model.errors import OrderError
from titan.model.events import OrderReport, Submitted
from titan.model.fill import Fill
from titan.model.order import Order, OrderRequest, OrderState, OrderType, Side, TimeInForce

Row = dict[str, Any]


class Changes(NamedTuple):
    """What a batch of entries changes: orders as they stand after it, and fills."""

    orders: dict[str, Order]
    fills: list[Row]

    def order_rows(self) -> list[Row]:
        return [order_row(order) for order in self.orders.values()]


class Projection:
    """Begins with the orders that the store holds. `apply` says what a batch would change, `keep` that it was
    committed."""

    def __init__(self, orders: Iterable[Order] = ()) -> None:
        self._orders = {order.request.client_id: order for order in orders}

    def apply(self, events: Iterable[msgspec.Struct]) -> Changes:
        changed: dict[str, Order] = {}
        fills: list[Row] = []
        for event in events:
            if isinstance(event, Submitted):
                order = Order(event.request, sent_ns=event.local_ns, updated_ns=event.local_ns)
                changed[event.request.client_id] = order
            elif isinstance(event, OrderReport | Fill):
                if isinstance(event, Fill):
                    fills.append(fill_row(event))
                known = changed.get(event.client_id) or copy.copy(self._orders.get(event.client_id))
                if known is not None and _moved(known, event):
                    changed[event.client_id] = known
        return Changes(changed, fills)

    def keep(self, changes: Changes) -> None:
        self._orders.update(changes.orders)


def _moved(order: Order, event: OrderReport | Fill) -> bool:
    """Whether the event could be applied; one that the table does not allow stays in the journal only."""
    try:
        if isinstance(event, Fill):
            order.apply_fill(event.ticks, event.lots, event.local_ns)
        else:
            order.apply(event.event, event.local_ns, reason=event.reason)
    except OrderError:
        return False
    return True


def order_row(order: Order) -> Row:
    request = order.request
    return {
        "client_id": request.client_id, "intent_id": request.intent_id, "strategy": request.strategy,
        "instrument": request.instrument, "side": int(request.side), "type": int(request.type),
        "lots": request.lots, "limit_ticks": request.limit_ticks, "stop_ticks": request.stop_ticks,
        "tif": int(request.tif), "reduce_only": request.reduce_only, "state": order.state.value,
        "filled_lots": order.filled_lots, "filled_value": order.filled_value, "reason": order.reason,
        "sent_ns": order.sent_ns, "updated_ns": order.updated_ns,
    }  # fmt: skip


def order_of(row: Any) -> Order:
    """The order of a row of the table."""
    request = OrderRequest(
        row.client_id, row.intent_id, row.strategy, row.instrument, Side(row.side), OrderType(row.type),
        row.lots, row.limit_ticks, row.stop_ticks, TimeInForce(row.tif), bool(row.reduce_only),
    )  # fmt: skip
    state = OrderState(row.state)
    return Order(request, row.sent_ns, state, row.filled_lots, row.filled_value, row.reason, row.updated_ns)


def fill_row(fill: Fill) -> Row:
    return {
        "id": fill.id, "client_id": fill.client_id, "instrument": fill.instrument, "side": int(fill.side),
        "ticks": fill.ticks, "lots": fill.lots, "fee": fill.fee, "fee_asset": fill.fee_asset,
        "liquidity": fill.liquidity.value, "finality": fill.finality.value, "venue_ns": fill.venue_ns,
        "local_ns": fill.local_ns,
    }  # fmt: skip
