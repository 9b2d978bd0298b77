"""The life of an order as one table. Every report of every venue passes through `Order.apply`, once, in
any order.

An order whose send was not answered is UNKNOWN: its exposure stays reserved until the venue gives evidence.
A report that the table does not allow is an error in the venue or in us, so it raises; a report that adds
nothing
(a duplicate, or one that arrives late) is ignored, which the table says in its own cell.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final

import msgspec

from titan.model.errors import OrderError


class Side(IntEnum):
    BUY = 1
    SELL = -1

    @property
    def other(self) -> Side:
        return Side(-self.value)


class OrderType(IntEnum):
    MARKET = 0
    LIMIT = 1
    STOP = 2
    """Rests unseen until the last price reaches `stop_ticks`, then becomes a market order."""


class TimeInForce(IntEnum):
    GTC = 0
    IOC = 1
    FOK = 2
    POST_ONLY = 3


class OrderState(StrEnum):
    PENDING = "pending"
    """Journalled and sent; the venue has not answered yet."""
    OPEN = "open"
    PARTIAL = "partial"
    UNKNOWN = "unknown"
    """The send was not answered in time. Neither failed nor placed."""
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    """Ended by its own time in force (IOC or FOK remainder)."""

    @property
    def is_final(self) -> bool:
        return self in FINAL


FINAL: Final = frozenset({OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED, OrderState.EXPIRED})


class OrderEvent(StrEnum):
    ACCEPT = "accept"
    PARTIAL_FILL = "partial fill"
    FILL = "fill"
    CANCEL = "cancel"
    REJECT = "reject"
    EXPIRE = "expire"
    TIMEOUT = "timeout"


_S, _E = OrderState, OrderEvent

TRANSITIONS: Final[dict[OrderState, dict[OrderEvent, OrderState]]] = {
    _S.PENDING: {
        _E.ACCEPT: _S.OPEN, _E.PARTIAL_FILL: _S.PARTIAL, _E.FILL: _S.FILLED, _E.CANCEL: _S.CANCELLED,
        _E.REJECT: _S.REJECTED, _E.EXPIRE: _S.EXPIRED, _E.TIMEOUT: _S.UNKNOWN,
    },
    _S.UNKNOWN: {
        _E.ACCEPT: _S.OPEN, _E.PARTIAL_FILL: _S.PARTIAL, _E.FILL: _S.FILLED, _E.CANCEL: _S.CANCELLED,
        _E.REJECT: _S.REJECTED, _E.EXPIRE: _S.EXPIRED, _E.TIMEOUT: _S.UNKNOWN,
    },
    _S.OPEN: {
        _E.ACCEPT: _S.OPEN, _E.PARTIAL_FILL: _S.PARTIAL, _E.FILL: _S.FILLED, _E.CANCEL: _S.CANCELLED,
        _E.EXPIRE: _S.EXPIRED, _E.TIMEOUT: _S.OPEN,
    },
    _S.PARTIAL: {
        _E.ACCEPT: _S.PARTIAL, _E.PARTIAL_FILL: _S.PARTIAL, _E.FILL: _S.FILLED, _E.CANCEL: _S.CANCELLED,
        _E.EXPIRE: _S.EXPIRED, _E.TIMEOUT: _S.PARTIAL,
    },
    # A fill that was on its way while the cancel was answered is still a fill: the position is real.
    _S.CANCELLED: {
        _E.ACCEPT: _S.CANCELLED, _E.PARTIAL_FILL: _S.CANCELLED, _E.FILL: _S.FILLED, _E.CANCEL: _S.CANCELLED,
        _E.EXPIRE: _S.CANCELLED, _E.TIMEOUT: _S.CANCELLED,
    },
    _S.EXPIRED: {
        _E.ACCEPT: _S.EXPIRED, _E.PARTIAL_FILL: _S.EXPIRED, _E.FILL: _S.FILLED, _E.CANCEL: _S.EXPIRED,
        _E.EXPIRE: _S.EXPIRED, _E.TIMEOUT: _S.EXPIRED,
    },
    _S.FILLED: {
        _E.ACCEPT: _S.FILLED, _E.FILL: _S.FILLED, _E.CANCEL: _S.FILLED,
        _E.EXPIRE: _S.FILLED, _E.TIMEOUT: _S.FILLED,
    },
    _S.REJECTED: {_E.REJECT: _S.REJECTED, _E.TIMEOUT: _S.REJECTED},
}  # fmt: skip


class OrderRequest(msgspec.Struct, frozen=True):
    """What is asked of a venue. `limit_ticks` is 0 for market orders, `stop_ticks` 0 for all but stops."""

    client_id: str
    intent_id: str
    strategy: str
    instrument: str
    side: Side
    type: OrderType
    lots: int
    limit_ticks: int = 0
    stop_ticks: int = 0
    tif: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False


class Order(msgspec.Struct):
    """A request and what became of it. `filled_value` sums ticks times lots of its fills, exactly."""

    request: OrderRequest
    sent_ns: int
    state: OrderState = OrderState.PENDING
    filled_lots: int = 0
    filled_value: int = 0
    reason: str = ""
    updated_ns: int = 0

    @property
    def leaves_lots(self) -> int:
        """Lots that may still fill: the exposure that stays reserved."""
        return 0 if self.state.is_final else self.request.lots - self.filled_lots

    @property
    def average_ticks(self) -> float:
        return self.filled_value / self.filled_lots if self.filled_lots else 0.0

    def apply(self, event: OrderEvent, at_ns: int, *, reason: str = "") -> bool:
        """Move by the table; True when the state changed. Raises OrderError where the table has no cell."""
        after = TRANSITIONS[self.state].get(event)
        if after is None:
            raise OrderError(
                f"order {self.request.client_id} is {self.state}: the report '{event}' cannot follow"
            )
        changed = after is not self.state
        self.state, self.updated_ns = after, at_ns
        if reason:
            self.reason = reason
        return changed

    def apply_fill(self, ticks: int, lots: int, at_ns: int) -> None:
        """Book one fill; raises OrderError when it is larger than what was asked for."""
        if lots <= 0 or self.filled_lots + lots > self.request.lots:
            raise OrderError(
                f"order {self.request.client_id}: a fill of {lots} lots"
                f" on {self.filled_lots} of {self.request.lots}"
            )
        self.filled_lots += lots
        self.filled_value += ticks * lots
        whole = self.filled_lots == self.request.lots
        self.apply(OrderEvent.FILL if whole else OrderEvent.PARTIAL_FILL, at_ns)
