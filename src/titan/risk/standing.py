"""What the gates are told: the limits that were configured, and how things stand at this moment."""

from __future__ import annotations

from collections.abc import Mapping, Set
from decimal import Decimal

import msgspec

from titan.model.instrument import Instrument
from titan.model.pair import PairType
from titan.risk.capital import CapitalPolicy
from titan.risk.overrides import FREE, Override


class Limits(msgspec.Struct, frozen=True):
    """Notionals in the quote asset. Entries meet all of these; exits and hedges only those that say so."""

    max_order_notional: Decimal
    max_exit_notional: Decimal | None = None
    """The same for exits and hedges; None where the position itself is bound enough."""
    collar_bps: Decimal = Decimal(100)
    """How far a limit, or the price decided on, may stand beyond the reference."""
    max_leverage: Decimal = Decimal(3)
    max_open_orders: int = 100
    blind_exits: bool = False
    """Whether an exit or a hedge may go out when no price can be trusted."""
    capital: CapitalPolicy = CapitalPolicy()


class Standing(msgspec.Struct, frozen=True):
    """One moment, for one intent. Orders on their way or UNKNOWN count as if they had filled."""

    rules: Instrument
    reference_ticks: int | None
    """The price now, in ticks of the instrument; None where there is none, with the reason in `no_price`."""
    nav: Decimal
    gross: Decimal
    """Absolute value of all positions and of all orders on their way."""
    open_orders: int = 0
    reducible_lots: int = 0
    """Signed lots that the intent's owner holds, less what reductions on their way will take of them."""
    deployed: Mapping[PairType, Decimal] = {}
    """Capital tied up by type, orders on their way included."""
    seen: Set[str] = frozenset()
    """Ids of intents that were sent before."""
    override: Override = FREE
    """All that covers this intent, combined (`risk.overrides.effective`)."""
    no_price: str = ""
