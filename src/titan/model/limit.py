"""A resting order with a plan for what happens when the market leaves it behind (AUT-6)."""

from __future__ import annotations

import msgspec

from titan.model.order import Side
from titan.model.signal import Purpose


class LimitIntent(msgspec.Struct, frozen=True, tag="limit", tag_field="what"):
    """Rest `lots` at `limit_ticks`. On drift the order is cancelled and replaced, once; what is left when
    `patience_ns` are over is taken from the market where `convert` says so and the guards still pass.
    """

    id: str
    strategy: str
    owner: str
    instrument: str
    side: Side
    purpose: Purpose
    lots: int
    limit_ticks: int
    reference_ticks: int
    """The mid on which this was decided."""
    reason: str
    patience_ns: int
    look_ns: int
    """How often the market is looked at while the order rests."""
    answer_ns: int
    """How long the venue is waited for."""
    drift_bps: float
    """How far the touch may leave the limit behind before the order is replaced at the touch."""
    cap_bps: float
    """Neither a replacement nor a conversion trades at a price this much worse than the reference."""
    post_only: bool = True
    convert: bool = False
