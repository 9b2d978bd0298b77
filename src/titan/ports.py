"""Every seam on one page. What is above speaks to these; what implements them is chosen in
`runtime/modes.py`.

Capabilities are small and separate: a venue that cannot transfer simply is not a `Transfers`.

What waits for a venue's answer is a coroutine and raises the four errors of `model.errors`: VenueBusy,
VenueRefused, VenueUnknown and VenueFatal. Orders are different: they never wait and never raise for what the
venue does; its word arrives through `Executions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Protocol

from titan.market.tape.rows import Rows
from titan.model.account import (
    Arrival,
    Balance,
    DepositAddress,
    FeeTier,
    Headroom,
    KeyRights,
    MarginMode,
    TransferReceipt,
    VenueOrder,
    VenuePosition,
    Withdrawal,
)
from titan.model.events import VenueEvent
from titan.model.fill import Fill, FundingPayment
from titan.model.instrument import Instrument
from titan.model.pair import TransferIntent
from titan.model.signal import Intent


class Clock(Protocol):
    """The only source of time. Wall in live, virtual in simulation."""

    def now(self) -> int:
        """ns UTC."""
        ...


class MarketFeed(Protocol):
    """Rows in the order in which we would see them, block by block."""

    @property
    def instruments(self) -> Sequence[Instrument]: ...

    def blocks(self) -> Iterator[Rows]: ...


class Approved(Protocol):
    """An order that passed the gates. Only `risk.gates` makes one; nothing else type-checks at
    `OrderEntry`.
    """

    @property
    def intent(self) -> Intent: ...

    @property
    def client_id(self) -> str: ...


class OrderEntry(Protocol):
    """Sends; never waits for the outcome. Reports arrive through `Executions`."""

    def submit(self, order: Approved) -> None: ...

    def cancel(self, client_id: str) -> None: ...


class Recalls(Protocol):
    """Takes up an order that an earlier process sent."""

    def recall(
        self, client_id: str, intent: Intent, sent_ns: int, *, known: Sequence[Fill] = (), left_ns: int = 0
    ) -> None:
        """Nothing is sent: the order is looked up until its end is known, and what is new of it is told.
        `known` are the fills that were heard before, `left_ns` the last moment at which it can have left us,
        0 for now. Raises InstrumentError.
        """
        ...


class Executions(Protocol):
    """The venue's word, in the order it reached us."""

    def subscribe(self, sink: Callable[[VenueEvent], None]) -> None: ...


class Balances(Protocol):
    """Wallet balances by (wallet, asset), exact, by the venue's own word."""

    def balances(self) -> dict[tuple[str, str], Decimal]: ...


class Transfers(Protocol):
    """Moves between wallets of one venue."""

    def transfer(self, asset: str, amount: Decimal, source: str, target: str) -> str: ...


class Amends(Protocol):
    """Changes a resting limit order in place; like `submit`, it does not wait."""

    def amend(self, client_id: str, *, lots: int, limit_ticks: int) -> None:
        """`lots` is the order's new whole size, what is filled included."""
        ...


class InstrumentRules(Protocol):
    async def instruments(self) -> Sequence[Instrument]:
        """All spot pairs and linear perpetuals, by the venue's rules of now."""
        ...


class BalanceQuery(Protocol):
    async def fetch_balances(self) -> Sequence[Balance]: ...


class PositionQuery(Protocol):
    async def fetch_positions(self) -> Sequence[VenuePosition]: ...


class OrderQuery(Protocol):
    """What reconciliation asks."""

    async def open_orders(self) -> Sequence[VenueOrder]: ...

    async def find_order(self, client_id: str, instrument: str) -> VenueOrder | None:
        """The order, whatever became of it; None when the venue knows no such order now."""
        ...

    async def fills_since(self, instrument: str, since_ns: int) -> Sequence[Fill]: ...


class OrderRemoval(Protocol):
    async def cancel_order(self, order: VenueOrder) -> None:
        """Any order of the account, whoever placed it, by the venue's own id. Raises VenueRefused where there
        is nothing to cancel any more.
        """
        ...


class FundingHistory(Protocol):
    async def funding_since(self, instrument: str, since_ns: int) -> Sequence[FundingPayment]: ...


class Leverage(Protocol):
    async def set_leverage(self, instrument: str, leverage: int) -> None: ...


class MarginModes(Protocol):
    async def set_margin_mode(self, instrument: str, mode: MarginMode) -> None: ...


class WalletTransfers(Protocol):
    """Moves between wallets of one venue, named as in `model.account.Balance`."""

    async def move(self, asset: str, amount: Decimal, source: str, target: str) -> TransferReceipt: ...


class Mover(WalletTransfers, BalanceQuery, Protocol):
    """Moves money, and can be asked afterwards where it is."""


class Withdrawals(Protocol):
    async def withdraw(
        self, asset: str, amount: Decimal, address: str, *, network: str, tag: str = "", name: str = ""
    ) -> Withdrawal:
        """`amount` leaves the wallet, the fee is taken out of it. `name` is our own of it, where the venue
        takes one.
        """
        ...

    async def find_withdrawal(
        self, name: str, asset: str, amount: Decimal, address: str, since_ns: int, known: str = ""
    ) -> Withdrawal | None:
        """By the venue's own id where that is `known`, else by the name that it was asked for with, or where
        the venue tells none by what it was and when. None where it knows no such withdrawal now.
        """
        ...


class Arrivals(Protocol):
    async def find_arrival(self, txid: str, asset: str, since_ns: int) -> Arrival | None:
        """None until the venue has seen it."""
        ...


class Carrier(BalanceQuery, Protocol):
    """Withdrawals between the venues of a run. Where money may go is known to it alone, by what was
    configured.
    """

    async def send(self, wish: TransferIntent) -> Withdrawal:
        """Ask for it, once. Raises VenueRefused where no address is allowed or no key may withdraw."""
        ...

    async def sent(self, wish: TransferIntent, since_ns: int, known: str = "") -> Withdrawal | None:
        """What became of it at its source; None where that knows no such withdrawal now. `known` is its
        source's id of it, where it told one.
        """
        ...

    async def arrived(self, wish: TransferIntent, txid: str, since_ns: int) -> Arrival | None:
        """What its target knows of it."""
        ...


class DepositAddresses(Protocol):
    async def deposit_address(self, asset: str, network: str = "") -> DepositAddress: ...


class FeeTiers(Protocol):
    async def fee_tier(self, instrument: str) -> FeeTier: ...


class AccountLimits(Protocol):
    async def key_rights(self) -> KeyRights: ...

    def headroom(self) -> Sequence[Headroom]:
        """The rate limits as they stand, without asking anybody."""
        ...


class DeadMansSwitch(Protocol):
    async def cancel_all_after(self, seconds: int) -> None:
        """Unless asked again in time the venue cancels every order of this account; 0 disarms it."""
        ...
