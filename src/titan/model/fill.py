"""A trade that a venue reports against an order, and the other ways a venue changes an account."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from titan.model.order import Side


class Finality(StrEnum):
    """How sure a fill is. Centralised venues report FINAL at once; chains pass through the others."""

    MATCHED = "matched"
    SETTLED = "settled"
    FINAL = "final"
    REVERSED = "reversed"


class Liquidity(StrEnum):
    MAKER = "maker"
    TAKER = "taker"


class Fill(msgspec.Struct, frozen=True, tag="fill", tag_field="what"):
    """`fee` is in `fee_asset`, positive when paid. `venue_ns` is the venue's clock, `local_ns` ours."""

    id: str
    client_id: str
    instrument: str
    side: Side
    ticks: int
    lots: int
    fee: Decimal
    fee_asset: str
    liquidity: Liquidity
    venue_ns: int
    local_ns: int
    finality: Finality = Finality.FINAL


class FundingPayment(msgspec.Struct, frozen=True, tag="funding", tag_field="what"):
    """A settlement of a perp. `amount` is in `asset`, positive when received."""

    id: str
    instrument: str
    rate: Decimal
    position_lots: int
    mark: Decimal
    amount: Decimal
    asset: str
    venue_ns: int
    local_ns: int
