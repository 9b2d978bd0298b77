"""The life of an order as one table. Every report of every venue passes through `Order.apply`, once, in
any order.

An order whose send was not answered is UNKNOWN: its exposure stays reserved until the venue gives evidence.
The table has a cell for every state and event: a move, a stated "ignored" (a duplicate, or what comes late
and tells nothing), or a contradiction: what a venue cannot say in that state. A contradiction raises
nothing. What it proves is taken over (a fill is a position, whatever was said before), and whoever applied
the report is told.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

import msgspec


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
    AMEND = "amend"
    """The order stands as it was last asked to be changed."""
    AMEND_REFUSED = "amend refused"
    """It stands as before."""


class Verdict(StrEnum):
    """What a report was worth."""

    MOVE = "move"
    """It was taken over; the state may be the same, as after the second partial fill."""
    IGNORED = "ignored"
    CONTRADICTION = "contradiction"
    """The venue cannot say this of such an order. What it proves was taken over all the same."""


class Cell(NamedTuple):
    """What an event makes of a state."""

    after: OrderState
    verdict: Verdict


_S, _E = OrderState, OrderEvent

_EVENTS: Final = (
    _E.ACCEPT, _E.PARTIAL_FILL, _E.FILL, _E.CANCEL, _E.REJECT, _E.EXPIRE, _E.TIMEOUT, _E.AMEND,
    _E.AMEND_REFUSED,
)  # fmt: skip


class _Not(NamedTuple):
    """A contradiction, and the state that it leaves."""

    after: OrderState


def _row(state: OrderState, *cells: OrderState | _Not | None) -> dict[OrderEvent, Cell]:
    """Cells in the order of `_EVENTS`: the state after it, None for what is ignored, or a contradiction."""
    row = {}
    for event, cell in zip(_EVENTS, cells, strict=True):
        if cell is None:
            row[event] = Cell(state, Verdict.IGNORED)
        elif isinstance(cell, _Not):
            row[event] = Cell(cell.after, Verdict.CONTRADICTION)
        else:
            row[event] = Cell(cell, Verdict.MOVE)
    return row


_ROWS: Final[dict[OrderState, tuple[OrderState | _Not | None, ...]]] = {
    # accept, partial fill, fill, cancel, reject, expire, timeout, amend, amend refused
    _S.PENDING: (
        _S.OPEN, _S.PARTIAL, _S.FILLED, _S.CANCELLED, _S.REJECTED, _S.EXPIRED, _S.UNKNOWN, _S.OPEN, _S.OPEN,
    ),
    _S.UNKNOWN: (
        _S.OPEN, _S.PARTIAL, _S.FILLED, _S.CANCELLED, _S.REJECTED, _S.EXPIRED, None, _S.OPEN, _S.OPEN,
    ),
    # Many venues acknowledge receipt and judge afterwards (post-only, balance): a reject may follow an
    # accept.
    _S.OPEN: (None, _S.PARTIAL, _S.FILLED, _S.CANCELLED, _S.REJECTED, _S.EXPIRED, None, _S.OPEN, _S.OPEN),
    # What has filled was not rejected; that nothing rests any more is believed.
    _S.PARTIAL: (
        None, _S.PARTIAL, _S.FILLED, _S.CANCELLED, _Not(_S.CANCELLED), _S.EXPIRED, None, _S.PARTIAL,
        _S.PARTIAL,
    ),
    # A fill that was on its way while the cancel was answered is still a fill: the position is real.
    _S.CANCELLED: (None, _S.CANCELLED, _S.FILLED, None, None, None, None, None, None),
    _S.EXPIRED: (None, _S.EXPIRED, _S.FILLED, None, None, None, None, None, None),
    _S.FILLED: (None, _Not(_S.FILLED), _S.FILLED, None, _Not(_S.FILLED), None, None, None, None),
    # Rejected means that it never was at the venue. It may rest there now: it is over for us, and cancelled.
    _S.REJECTED: (
        _Not(_S.REJECTED), _Not(_S.CANCELLED), _Not(_S.FILLED), None, None, None, None, _Not(_S.REJECTED),
        None,
    ),
}  # fmt: skip

TRANSITIONS: Final[dict[OrderState, dict[OrderEvent, Cell]]] = {
    state: _row(state, *cells) for state, cells in _ROWS.items()
}


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


class Amendment(msgspec.Struct, frozen=True):
    """A change that was asked for: the whole size, what is filled included, and the limit."""

    lots: int
    limit_ticks: int


class Order(msgspec.Struct):
    """A request and what became of it. `filled_value` sums ticks times lots of its fills, exactly.

    `request` is as the venue confirmed it last; `amending` is a change whose answer is outstanding. `ceiling`
    is the largest size that was ever asked for: no more than that can fill.
    """

    request: OrderRequest
    sent_ns: int
    state: OrderState = OrderState.PENDING
    filled_lots: int = 0
    filled_value: int = 0
    reason: str = ""
    updated_ns: int = 0
    amending: Amendment | None = None
    ceiling: int = 0

    def __post_init__(self) -> None:
        self.ceiling = max(self.ceiling, self.request.lots)

    @property
    def leaves_lots(self) -> int:
        """Lots that may still fill: the exposure that stays reserved."""
        if self.state.is_final:
            return 0
        lots = self.request.lots if self.amending is None else max(self.request.lots, self.amending.lots)
        return max(lots - self.filled_lots, 0)

    @property
    def surplus_lots(self) -> int:
        """Filled beyond what was ever asked for: the venue's mistake, and our position."""
        return max(self.filled_lots - self.ceiling, 0)

    @property
    def average_ticks(self) -> float:
        return self.filled_value / self.filled_lots if self.filled_lots else 0.0

    def apply(self, event: OrderEvent, at_ns: int, *, reason: str = "") -> Verdict:
        """Move by the table. A report that speaks of fills tells no lots, so it only proves that the order is
        known; lots come with `apply_fill`.
        """
        if event is OrderEvent.FILL or event is OrderEvent.PARTIAL_FILL:
            event = OrderEvent.ACCEPT
        verdict = self._move(event, at_ns)
        if reason and verdict is not Verdict.IGNORED:
            self.reason = reason
        if self.amending is not None:
            self._amended(event)
        return verdict

    def apply_fill(self, ticks: int, lots: int, at_ns: int) -> Verdict:
        """Book one fill. One of no lots or no price is no fill and leaves the order as it is; one beyond the
        size is a position and is counted. Both are contradictions.
        """
        if lots <= 0 or ticks <= 0:
            return Verdict.CONTRADICTION
        self.filled_lots += lots
        self.filled_value += ticks * lots
        lots_asked = (
            self.request.lots if self.amending is None else max(self.request.lots, self.amending.lots)
        )
        whole = self.filled_lots >= lots_asked
        verdict = self._move(OrderEvent.FILL if whole else OrderEvent.PARTIAL_FILL, at_ns)
        return Verdict.CONTRADICTION if self.surplus_lots else verdict

    def amend(self, lots: int, limit_ticks: int) -> None:
        """A change is on its way: the larger of the two sizes stays reserved until the venue has answered."""
        self.amending = Amendment(lots, limit_ticks)
        self.ceiling = max(self.ceiling, lots)

    def _move(self, event: OrderEvent, at_ns: int) -> Verdict:
        after, verdict = TRANSITIONS[self.state][event]
        if verdict is not Verdict.IGNORED:
            self.state, self.updated_ns = after, at_ns
        return verdict

    def _amended(self, event: OrderEvent) -> None:
        """Take over or drop the change that was asked for; what has filled may be the whole of it by now."""
        assert self.amending is not None
        if event is OrderEvent.AMEND:
            self.request = msgspec.structs.replace(
                self.request, lots=self.amending.lots, limit_ticks=self.amending.limit_ticks
            )
        if event in (OrderEvent.AMEND, OrderEvent.AMEND_REFUSED) or self.state.is_final:
            self.amending = None
            if self.filled_lots >= self.request.lots:
                self.state = OrderState.FILLED
