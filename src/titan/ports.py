"""Every seam on one page. What is above speaks to these; what implements them is chosen in
`runtime/modes.py`.

Capabilities are small and separate: a venue that cannot transfer simply is not a `Transfers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Protocol

from titan.market.tape.rows import Rows
from titan.model.events import VenueEvent
from titan.model.instrument import Instrument
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


class Executions(Protocol):
    """The venue's word, in the order it reached us."""

    def subscribe(self, sink: Callable[[VenueEvent], None]) -> None: ...


class Balances(Protocol):
    """Wallet balances by (wallet, asset), exact, by the venue's own word."""

    def balances(self) -> dict[tuple[str, str], Decimal]: ...


class Transfers(Protocol):
    """Moves between wallets of one venue."""

    def transfer(self, asset: str, amount: Decimal, source: str, target: str) -> str: ...
