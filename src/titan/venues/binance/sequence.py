"""Whether a depth update follows on what the book already holds.

The venue's rule ("How to manage a local order book correctly", developers.binance.com, spot and USD-M pages):
- USD-M: after a snapshot with `lastUpdateId` L, drop updates with u < L; the first one used has U <= L <= u;
  from then on each update's `pu` is the `u` of the one before.
- spot: drop updates with u <= L; the first one used has U <= L + 1 <= u; then each `U` is the last `u` plus
  one. In recorded captures the update that bridges the snapshot usually arrives before the snapshot's answer
  does.
"""

from __future__ import annotations

from enum import IntEnum

from titan.venues.binance.streams import Depth


class Step(IntEnum):
    APPLY = 0
    STALE = 1
    """Older than the snapshot: the book has it already."""
    BREAK = 2
    """Updates were lost before this one: what the book holds cannot be trusted."""


class DepthSequence:
    """Judges one instrument's updates in the order in which they arrived."""

    def __init__(self, *, perp: bool) -> None:
        self._perp = perp
        self._last = -1
        self._snapshot = -1

    @property
    def started(self) -> bool:
        """Whether any update or snapshot was seen."""
        return self._last >= 0 or self._snapshot >= 0

    def snapshot(self, last: int) -> None:
        """A snapshot replaces the book; the next update must bridge it."""
        self._snapshot, self._last = last, -1

    def step(self, update: Depth) -> Step:
        """Judge `update` and remember it. After a break the sequence goes on from it."""
        last, snapshot = self._last, self._snapshot
        if snapshot >= 0:
            if update.last < snapshot or (not self._perp and update.last == snapshot):
                return Step.STALE
            self._snapshot, self._last = -1, update.last
            bridge = snapshot if self._perp else snapshot + 1
            follows = self._perp and update.previous == snapshot
            return Step.APPLY if update.first <= bridge or follows else Step.BREAK
        self._last = update.last
        if last < 0:
            return Step.APPLY
        follows = update.previous == last if self._perp else update.first == last + 1
        return Step.APPLY if follows else Step.BREAK
