"""A trade that a venue reports against an order, and the other ways a venue changes an account."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from titan.model.money import ONE
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
    """`fee` is in `fee_asset`, positive when paid. `venue_ns` is the venue's clock, `local_ns` ours.
    `quote_rate` is what one unit of the instrument's quote was worth in the ledger's currency when the fill
    was heard.
    """

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
    quote_rate: Decimal = ONE


class FundingPayment(msgspec.Struct, frozen=True, tag="funding", tag_field="what"):
    """A settlement of a perp. `amount` is in `asset`, positive when received; `quote_rate` as in `Fill`."""

    id: str
    instrument: str
    rate: Decimal
    position_lots: int
    mark: Decimal
    amount: Decimal
    asset: str
    venue_ns: int
    local_ns: int
    quote_rate: Decimal = ONE
