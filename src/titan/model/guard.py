"""What stepped in between the strategies and the account, as it is written down: the ladder of the day's
drawdown, the bands of delta (SEN-8), and rebalancing by margin utilisation (SEN-7).
"""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum, StrEnum

import msgspec


class Rung(StrEnum):
    """A response to the day's drawdown, in the order in which they come."""

    HALVE = "halve sizes"
    NO_ENTRIES = "no entries"
    FLATTEN = "flatten"


class DayOpened(msgspec.Struct, frozen=True, tag="day_opened", tag_field="what"):
    """The first NAV of a UTC day (`day` as 2026-11-21), which its drawdown is measured from. `deposits` is
    all that was paid in by then, so that money that comes or goes is neither gain nor loss.
    """

    day: str
    nav: Decimal
    deposits: Decimal
    local_ns: int


class DrawdownReached(msgspec.Struct, frozen=True, tag="drawdown", tag_field="what"):
    """A rung of the ladder was reached. `drawdown` and `limit` are fractions of the day's first NAV."""

    day: str
    rung: Rung
    drawdown: Decimal
    limit: Decimal
    first_nav: Decimal
    nav: Decimal
    local_ns: int


class Band(StrEnum):
    """How far the delta of market-neutral holdings has left zero."""

    INSIDE = "inside"
    WARN = "warn"
    HEDGE = "hedge"


class DeltaReached(msgspec.Struct, frozen=True, tag="delta", tag_field="what"):
    """Delta went into another band. `lean` is by base, signed, in the ledger's currency; `share` is of NAV,
    without what a clip under way explains.
    """

    band: Band
    share: Decimal
    limit: Decimal
    nav: Decimal
    lean: dict[str, Decimal]
    local_ns: int


class Tier(IntEnum):
    """Rebalancing by margin utilisation; the numbers are the specification's."""

    SPLIT = 0
    """Nothing is held at the venue: the wallets go back to their shares."""
    TOP_UP = 1
    """Quote moves from the spot to the perp wallet."""
    REDUCE = 2
    """Coins are sold and the shorts that cover them closed; the proceeds follow to the perp wallet."""
    SWEEP = 3
    """Profit moves from the perp to the spot wallet, and the pair grows by it."""


class MarginStep(msgspec.Struct, frozen=True, tag="margin_step", tag_field="what"):
    """A tier acted on a venue's wallets of `asset`. `utilisation` is margin in use over what the leverage
    limit allows. `to_perp` is the quote that is moved into the perp wallet (negative: out of it); `wishes`
    are what carries the step out. `begins` says whether more follows when they have ended: the transfer of a
    reduction, the growth after a sweep, by `grow` at most.
    """

    strategy: str
    venue: str
    asset: str
    tier: Tier
    utilisation: Decimal
    to_perp: Decimal
    wishes: tuple[str, ...]
    begins: bool
    reason: str
    local_ns: int
    grow: Decimal = Decimal(0)

    @property
    def intent_id(self) -> str:
        """The wish that it is told with; empty where it has none."""
        return self.wishes[0] if self.wishes else ""
