"""A position with its own stop and targets (AUT-7)."""

from __future__ import annotations

import msgspec

from titan.model.order import Side


class Target(msgspec.Struct, frozen=True):
    """Where a share of the position is closed, in multiples of ATR from the entry price."""

    atr: float
    share: float


class BracketIntent(msgspec.Struct, frozen=True, tag="bracket", tag_field="what"):
    """Enter `lots` now and protect what was filled until nothing is left of it.

    `atr_ticks` is the average true range on which it was decided (AUT-7: of 5-minute bars). Where `held` the
    position stands already, at `entry_ticks` on average, and only the protection is wanted.
    """

    id: str
    strategy: str
    owner: str
    instrument: str
    side: Side
    """Of the entry: buy for long."""
    lots: int
    atr_ticks: int
    reason: str
    answer_ns: int
    """How long the venue is waited for."""
    look_ns: int
    """How often the market is looked at."""
    entry_cap_bps: float
    exit_cap_bps: float
    """How far through the touch an exit's limit stands; wider with each try."""
    deadline_ns: int = 0
    """ns UTC at which what is left is closed; 0 for never."""
    stop_atr: float = 1.5
    targets: tuple[Target, ...] = (Target(2.0, 0.5), Target(3.0, 0.3), Target(4.0, 0.2))
    trail_atr: float = 1.5
    venue_stops: bool = True
    """Whether the venue holds stops for us; else the stop is ours alone and dies with us."""
    held: bool = False
    entry_ticks: int = 0
