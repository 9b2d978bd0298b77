"""What the gates are told: the limits that were configured, and how things stand at this moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from decimal import Decimal
from enum import StrEnum

import msgspec

from titan.model.instrument import Instrument
from titan.model.pair import PairType
from titan.risk.capital import CapitalPolicy
from titan.risk.overrides import FREE, Override


class SelfTrade(StrEnum):
    """What happens to an order that would trade with one of our own."""

    REFUSE = "refuse"
    """It is refused. An exit or a hedge is worth more than what rests: that is cancelled first."""
    CANCEL_RESTING = "cancel resting"
    """Refused for now, and what rests is cancelled, whatever the order is for: ask again."""


class Opposing(msgspec.Struct, frozen=True):
    """An order of ours on the other side of the same instrument, as far as the two could trade."""

    client_id: str
    ticks: int
    """Its limit, the better one for the other side while a change is outstanding; 0 for a market order."""
    rests: bool
    """Whether it stays in the book; one that never rests is only met by one that does."""


class Limits(msgspec.Struct, frozen=True):
    """Notionals in the currency of NAV. Entries meet all of these; exits and hedges those that say so."""

    max_order_notional: Decimal
    max_exit_notional: Decimal | None = None
    """The same for exits and hedges; None where the position itself is bound enough."""
    collar_bps: Decimal = Decimal(100)
    """How far a limit, or the price decided on, may stand beyond the reference."""
    max_leverage: Decimal = Decimal(3)
    max_order_size: Mapping[str, Decimal] = {}
    """The largest entry by instrument or base, in base units, the tighter of both; what is not named has the
    notional's limit only."""
    max_open_orders: int = 100
    max_open_orders_here: int = 20
    """The same for one instrument."""
    orders_per_s: int = 10
    """How many orders a second may leave for one venue, `burst` of them at once."""
    burst: int = 50
    self_trade: SelfTrade = SelfTrade.REFUSE
    blind_exits: bool = False
    """Whether an exit or a hedge may go out when no price can be trusted."""
    capital: CapitalPolicy = CapitalPolicy()
    max_position: Decimal | None = None
    """Largest notional of one instrument after an entry, long or short; None where nothing is said."""


class Standing(msgspec.Struct, frozen=True):
    """One moment, for one intent. Orders on their way or UNKNOWN count as if they had filled."""

    rules: Instrument
    reference_ticks: int | None
    """The price now, in ticks of the instrument; None where there is none, with the reason in `no_price`."""
    nav: Decimal
    gross: Decimal
    """Absolute value of all positions and of all orders on their way."""
    open_orders: int = 0
    open_here: int = 0
    """Those of this instrument."""
    position: int = 0
    """Signed lots of this instrument over all owners, orders on their way in the intent's direction too."""
    rate: Decimal | None = Decimal(1)
    """What one unit of the instrument's quote is worth in the currency of NAV; None where nothing says so."""
    reducible_lots: int = 0
    """Signed lots that the intent's owner holds, less what reductions on their way will take of them."""
    deployed: Mapping[PairType, Decimal] | None = {}
    """Capital tied up by type, orders on their way included; None where it cannot be told."""
    seen: Set[str] = frozenset()
    """Ids of intents that were sent before."""
    override: Override = FREE
    """All that covers this intent, combined (`risk.overrides.effective`)."""
    no_price: str = ""
    imposed: tuple[str, ...] = ()
    """Names of what makes up the override."""
    now_ns: int | None = None
    lease_until_ns: int | None = None
    """Until when the Brain lets this strategy open anything; None where no Brain is configured."""
    tokens: int | None = None
    """Orders that may still leave for this venue now; None where nobody counts."""
    opposing: Sequence[Opposing] = ()
