"""One venue as recovery sees it: the ports that it asks and acts through. What a venue has not is None."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from titan.model.instrument import Instrument
from titan.ports import (
    BalanceQuery,
    Executions,
    FundingHistory,
    OrderEntry,
    OrderQuery,
    OrderRemoval,
    PositionQuery,
    Recalls,
)


class Trading(OrderEntry, Executions, Recalls, Protocol):
    """Sends orders, tells of them, and takes up those of an earlier process."""


@dataclass(frozen=True)
class VenuePorts:
    """`instruments` are those that this run trades at the venue, by id."""

    venue: str
    instruments: Mapping[str, Instrument]
    entry: Trading
    orders: OrderQuery
    removal: OrderRemoval
    balances: BalanceQuery
    positions: PositionQuery | None = None
    funding: FundingHistory | None = None
    unseen: tuple[str, ...] = ()
    """What an account may hold there that none of these ports tells of, in words."""
