"""An account's orders at a double: tickets in, orders and fills out, as plain records."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Literal

import msgspec

from titan.doubles.refusal import Refusal
from titan.model.instrument import Instrument
from titan.model.order import OrderState, OrderType, Side, TimeInForce


class Ticket(msgspec.Struct, kw_only=True):
    """What a client asks for, in the instrument's own units. `quote_qty` (market orders) instead of `qty` is
    money to spend or to get. `extra` is whatever the venue wants to echo later.
    """

    inst: int
    side: Side
    type: OrderType
    qty: Decimal | None = None
    quote_qty: Decimal | None = None
    price: Decimal | None = None
    stop: Decimal | None = None
    tif: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    client_id: str = ""
    extra: dict[str, object] = {}


class Fill(msgspec.Struct, frozen=True):
    """One execution. `fee` is positive when paid; `realised` is the P&L of what it closed, without fees."""

    id: int
    order_id: int
    ticks: int
    lots: int
    side: Side
    maker: bool
    fee: Decimal
    fee_asset: str
    realised: Decimal
    time_ns: int


class Order(msgspec.Struct, eq=False):
    """An order and what became of it. `id` is 0 for one that was refused before the venue numbered it.
    `reason` says why it was refused or ended. `filled_value` sums ticks times lots.
    """

    id: int
    client_id: str
    inst: int
    instrument: Instrument
    side: Side
    type: OrderType
    tif: TimeInForce
    lots: int
    limit_ticks: int
    stop_ticks: int
    reduce_only: bool
    created_ns: int
    updated_ns: int
    extra: dict[str, object]
    state: OrderState = OrderState.PENDING
    reason: Refusal = Refusal.NONE
    triggered: bool = False
    filled_lots: int = 0
    filled_value: int = 0
    fee: Decimal = Decimal(0)
    fills: list[Fill] = msgspec.field(default_factory=list)
    amends: int = 0
    live: set[int] = msgspec.field(default_factory=set)
    """Handles of the engine under which it rests."""
    slices: list[tuple[int, int]] = msgspec.field(default_factory=list)
    """(due ns, lots) that a fault holds back."""
    amending: bool = False

    @property
    def is_open(self) -> bool:
        return not self.state.is_final

    @property
    def left(self) -> int:
        return self.lots - self.filled_lots

    @property
    def qty(self) -> Decimal:
        return self.instrument.size(self.lots)

    @property
    def filled_qty(self) -> Decimal:
        return self.instrument.size(self.filled_lots)

    @property
    def price(self) -> Decimal:
        """The limit; 0 for a market order."""
        return self.instrument.price(self.limit_ticks)

    @property
    def stop_price(self) -> Decimal:
        return self.instrument.price(self.stop_ticks)

    @property
    def quote_filled(self) -> Decimal:
        """Value of the fills in the quote asset."""
        return self.instrument.notional(self.filled_value, 1)

    @property
    def average(self) -> Decimal:
        """Average fill price, rounded to 1e-12; 0 without fills."""
        if not self.filled_lots:
            return Decimal(0)
        exact = self.instrument.tick * self.filled_value / self.filled_lots
        return exact.quantize(Decimal("1e-12")).normalize() + 0


class Leg(msgspec.Struct, frozen=True):
    """A price that sets an order off: the price `of` comes to `price`, from below where `rising`; then the
    order's limit is `limit`, None at market. With `trail`, a share of the price, it is set off that far from
    the best price since `price` was touched (at once where that is 0). `name` is the venue's affair.
    """

    price: Decimal
    rising: bool
    limit: Decimal | None = None
    of: Literal["last", "mark", "index"] = "last"
    trail: Decimal | None = None
    name: str = ""


class Stage(Enum):
    """Where a conditional order stands."""

    WAITING = "waiting"
    REACHED = "reached"
    """A price was touched, the order is on its way."""
    PLACED = "placed"
    DONE = "done"
    """The order that was placed has ended."""
    CANCELLED = "cancelled"
    REFUSED = "refused"
    """A price was touched, and the order was refused for `reason`."""


class Conditional(msgspec.Struct, eq=False):
    """An order that waits outside the matching engine for the first of its `legs`. `ticket` is what is placed
    then, as the leg wants it; `whole` closes the position of that moment; what `shrinks` is made smaller
    where the money does not suffice. `hit` and `order` are what it came to.
    """

    id: int
    client_id: str
    instrument: Instrument
    ticket: Ticket
    legs: tuple[Leg, ...]
    created_ns: int
    updated_ns: int
    whole: bool = False
    shrinks: bool = False
    stage: Stage = Stage.WAITING
    hit: Leg | None = None
    order: Order | None = None
    reason: Refusal = Refusal.NONE
    reached_ns: int = 0
    best: Decimal | None = None
    """What a trailing leg counts from."""

    @property
    def is_open(self) -> bool:
        return self.stage in (Stage.WAITING, Stage.REACHED)


OrderChange = Literal["new", "fill", "cancel", "expire", "reject", "amend", "trigger"]


class OrderUpdate(msgspec.Struct, frozen=True):
    """`fill` stands where `change` is "fill". The order is the live record: read it at once."""

    order: Order
    change: OrderChange
    fill: Fill | None
    time_ns: int


class ConditionalUpdate(msgspec.Struct, frozen=True):
    """It changed its stage. It is the live record: read it at once."""

    conditional: Conditional
    time_ns: int


class BalanceUpdate(msgspec.Struct, frozen=True):
    """Balances of `wallet` changed; `why` is "order", "funding", "transfer", "deposit" or "withdraw"."""

    wallet: str
    assets: tuple[str, ...]
    why: str
    time_ns: int


class PositionUpdate(msgspec.Struct, frozen=True):
    inst: int
    time_ns: int


class FundingUpdate(msgspec.Struct, frozen=True):
    """A settlement: `amount` is positive when received."""

    id: int
    inst: int
    rate: Decimal
    lots: int
    mark: Decimal
    amount: Decimal
    time_ns: int


AccountEvent = OrderUpdate | ConditionalUpdate | BalanceUpdate | PositionUpdate | FundingUpdate
