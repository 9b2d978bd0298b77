"""Two legs meant as one: long spot and short perp of the same base, or the way back."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from titan.model.signal import Purpose


class PairType(StrEnum):
    """What a pair is held for: funding, a stretched basis, or a liquidation vacuum."""

    CORE = "core"
    SATELLITE = "satellite"
    VACUUM = "vacuum"


class PairIntent(msgspec.Struct, frozen=True, tag="pair", tag_field="what"):
    """Open (`purpose` entry: buy spot, sell perp) or close (the reverse) `units` of a pair, clip by clip.

    One unit is the smallest size that both legs can trade: the coarser of the two lots. `position` names
    the holding that
    is changed, and owns every fill, fee and funding payment that comes of it.
    """

    id: str
    strategy: str
    pair: str
    position: str
    type: PairType
    purpose: Purpose
    spot: str
    perp: str
    units: int
    clip_units: int
    reason: str
    gap_min_ns: int
    gap_max_ns: int
    leg_deadline_ns: int
    slippage_cap_bps: float
    """How far through the touch a leg's limit stands."""
    arrival_cap_bps: float
    """The pair stops before a clip at which its executable basis is this much worse than it was at the
    first.
    """


class PairEnd(StrEnum):
    DONE = "done"
    ABORTED = "aborted"
    """A leg failed; what was open is neutral again."""
    REFUSED = "refused"
    """A gate refused the first clip; nothing was sent."""
    NEEDS_OPERATOR = "needs operator"
    """Neutralising failed too: the residual is named and entries of this pair stop."""


class PairOutcome(msgspec.Struct, frozen=True, tag="pair_outcome", tag_field="what"):
    """How a pair intent ended. `residual_lots` is (spot, perp), each in its own lots, beyond the matched
    `units`.
    """

    intent: PairIntent
    end: PairEnd
    units: int
    clips: int
    aborted_clips: int
    reason: str
    at_ns: int
    residual_lots: tuple[int, int] = (0, 0)
    cost: Decimal = Decimal(0)
    """What the repairs paid beyond the mids they were decided at, taker fees included; in quote units."""


class TransferIntent(msgspec.Struct, frozen=True, tag="transfer_intent", tag_field="what"):
    """Move quote between a venue's spot and perp wallets. `amount` is a decimal text, exact."""

    id: str
    strategy: str
    asset: str
    source: str
    target: str
    amount: str
    reason: str
    patience_ns: int = 120_000_000_000
    """How long the venue's word is waited for; longer than a request can be under way."""


class HaltIntent(msgspec.Struct, frozen=True, tag="halt", tag_field="what"):
    """Stop the pair intent `intent_id` after its present clip; what it has filled stays."""

    intent_id: str
    strategy: str
    reason: str
