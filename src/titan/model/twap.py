"""One order worked in slices over time."""

from __future__ import annotations

import msgspec

from titan.model.order import Side
from titan.model.signal import Purpose


class TwapIntent(msgspec.Struct, frozen=True, tag="twap", tag_field="what"):
    """Trade `lots` in slices of at most `slice_lots`, with gaps drawn uniformly from [gap_min_ns,
    gap_max_ns].

    A pair's TWAP is its clips (`PairIntent`): there both legs go together.
    """

    id: str
    strategy: str
    owner: str
    instrument: str
    side: Side
    purpose: Purpose
    lots: int
    slice_lots: int
    reason: str
    gap_min_ns: int
    gap_max_ns: int
    slice_deadline_ns: int
    """How long a slice is waited for before it is withdrawn."""
    deadline_ns: int
    """ns UTC: no slice begins after it."""
    slippage_cap_bps: float
    """How far through the touch a slice's limit stands."""
    arrival_cap_bps: float
    """It stops before a slice when the touch is this much worse than at the first."""
