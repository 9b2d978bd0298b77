"""What a venue says of an account. Amounts are exact; sizes of positions and orders are in lots."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from titan.model.instrument import FeeSchedule
from titan.model.order import OrderState, OrderType, Side


class Balance(msgspec.Struct, frozen=True):
    """One asset of one wallet. `wallet` is `<venue>.spot`, `<venue>.perp` or `<venue>.<venue's word>`; where
    one wallet serves all, it is reported once, as `<venue>.unified`. The total holds no unrealised profit."""

    wallet: str
    asset: str
    free: Decimal
    held: Decimal

    @property
    def total(self) -> Decimal:
        return self.free + self.held


class MarginMode(StrEnum):
    CROSS = "cross"
    ISOLATED = "isolated"


class VenuePosition(msgspec.Struct, frozen=True):
    """`lots` is signed (+ long). Prices are in quote units; 0 where the venue says none."""

    instrument: str
    lots: int
    entry: Decimal
    mark: Decimal
    unrealised: Decimal
    leverage: Decimal
    margin_mode: MarginMode
    liquidation: Decimal = Decimal(0)


class VenueOrder(msgspec.Struct, frozen=True):
    """An order as the venue knows it. `client_id` is empty for an order that was placed without one."""

    client_id: str
    venue_id: str
    instrument: str
    side: Side
    type: OrderType
    state: OrderState
    lots: int
    filled_lots: int
    limit_ticks: int
    stop_ticks: int
    venue_ns: int
    reason: str = ""


class TransferReceipt(msgspec.Struct, frozen=True):
    """A transfer between wallets of one venue that was accepted; `done` once it is booked."""

    id: str
    asset: str
    amount: Decimal
    source: str
    target: str
    done: bool


class WithdrawalState(StrEnum):
    PENDING = "pending"
    """Approved, checked, or waiting for the network."""
    SENT = "sent"
    """It left the venue."""
    FAILED = "failed"
    """Refused, cancelled or failed: the money is back."""


class Withdrawal(msgspec.Struct, frozen=True):
    """A withdrawal that the venue accepted. `amount` is what was asked for; `fee` is 0 where it is not said
    yet. `txid` names it on its network, empty until it has left.
    """

    id: str
    asset: str
    amount: Decimal
    fee: Decimal
    address: str
    tag: str
    network: str
    state: WithdrawalState = WithdrawalState.PENDING
    txid: str = ""


class Arrival(msgspec.Struct, frozen=True):
    """Money that came to a venue over a network. `credited` once it can be used."""

    txid: str
    asset: str
    amount: Decimal
    network: str
    credited: bool


class DepositAddress(msgspec.Struct, frozen=True):
    """`tag` is the memo that some chains ask for: money sent without it may be lost."""

    asset: str
    network: str
    address: str
    tag: str = ""


class FeeTier(msgspec.Struct, frozen=True):
    """The rates that this account pays on one instrument."""

    instrument: str
    fees: FeeSchedule


class KeyRights(msgspec.Struct, frozen=True):
    """What an API key may do. None where the venue does not tell."""

    read: bool | None = None
    trade: bool | None = None
    transfer: bool | None = None
    withdraw: bool | None = None
    ip_bound: bool | None = None
    expires_ns: int = 0
    """0 for never, or where it is not told."""


class Headroom(msgspec.Struct, frozen=True):
    """One window of a rate limit: `used` of `limit` units within `seconds`."""

    name: str
    used: float
    limit: float
    seconds: float
