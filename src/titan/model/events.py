"""What the engine tells of itself: the audit stream. Everything a user sees later is rebuilt from these."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from titan.model.fill import Fill, FundingPayment
from titan.model.order import OrderEvent, OrderRequest, OrderState
from titan.model.signal import Intent

LEFT: Final = ".out"
CAME_BACK: Final = ".back"
"""Ends of the names of a withdrawal's entries; that of its arrival has the wish's own name."""


class OrderReport(msgspec.Struct, frozen=True, tag="report", tag_field="what"):
    """A venue's word about an order, other than a fill."""

    client_id: str
    event: OrderEvent
    venue_ns: int
    local_ns: int
    reason: str = ""


class Transfer(msgspec.Struct, frozen=True, tag="transfer", tag_field="what"):
    """Money moved between two wallets, one of which may be `portfolio.entries.TRANSIT`. `cost` is in `asset`
    and leaves the system; `price` is what one unit of it was worth, where it is not the ledger's currency.
    """

    id: str
    asset: str
    source: str
    target: str
    amount: Decimal
    cost: Decimal
    local_ns: int
    price: Decimal | None = None

    @property
    def wish(self) -> str:
        """The transfer that was wished: a withdrawal has two entries, its leaving (or coming back) first."""
        return self.id.removesuffix(LEFT).removesuffix(CAME_BACK)


VenueEvent = OrderReport | Fill | FundingPayment


class Submitted(msgspec.Struct, frozen=True, tag="submitted", tag_field="what"):
    """An order about to be sent: written down first, with all that a restart needs to know of it."""

    client_id: str
    intent: Intent
    local_ns: int

    @property
    def request(self) -> OrderRequest:
        intent = self.intent
        return OrderRequest(
            client_id=self.client_id,
            intent_id=intent.id,
            strategy=intent.strategy,
            instrument=intent.instrument,
            side=intent.side,
            type=intent.type,
            lots=intent.lots,
            limit_ticks=intent.limit_ticks,
            stop_ticks=intent.stop_ticks,
            tif=intent.tif,
            reduce_only=intent.reduce_only,
        )


class AmendAsked(msgspec.Struct, frozen=True, tag="amend_asked", tag_field="what"):
    """A resting order about to be changed: written down before it is asked for. `lots` is its new whole size,
    what is filled included.
    """

    client_id: str
    lots: int
    limit_ticks: int
    local_ns: int


class Contradicted(msgspec.Struct, frozen=True, tag="contradicted", tag_field="what"):
    """A venue said of an order what it cannot say. `state` is the order's before that, `note` what was
    said.
    """

    client_id: str
    instrument: str
    state: OrderState
    note: str
    local_ns: int


class Refused(msgspec.Struct, frozen=True, tag="refused", tag_field="what"):
    """A gate said no. `numbers` are the figures it compared."""

    intent_id: str
    gate: str
    reason: str
    numbers: dict[str, str]
    local_ns: int
