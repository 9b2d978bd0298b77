"""What a run was worth since it began, and the holdings that ended: bounded, however long it goes on."""

from __future__ import annotations

import threading
from collections import deque
from decimal import Decimal
from typing import Final

from titan.api.shapes.history import NavPoint, TradeShape
from titan.api.wire import ms
from titan.model.money import ZERO
from titan.model.valuation import Valued
from titan.views.course import Course

POINTS: Final = 2000
TRADES: Final = 5000
BPS: Final = 10_000


class History:
    """NAV along the run, with its drawdown from the highest so far. When there are too many points every
    second one goes, and from then on only points that far apart are kept, with the last one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        with self._lock:
            self._points: list[NavPoint] = []
            self._last: NavPoint | None = None
            self._apart_ms = 0.0
            self._peak = ZERO
            self._deepest = 0.0

    def hear(self, event: Valued) -> None:
        with self._lock:
            self._peak = max(self._peak, event.nav)
            fallen = self.fallen(event.nav)
            self._deepest = max(self._deepest, fallen)
            at_ms = ms(event.local_ns)
            self._last = NavPoint(at_ms, event.nav, fallen, event.delta, event.deployed)
            if not self._points or at_ms - self._points[-1].at_ms >= self._apart_ms:
                self._points.append(self._last)
            if len(self._points) >= POINTS:
                span = self._points[-1].at_ms - self._points[0].at_ms
                self._points = self._points[::2]
                self._apart_ms = 2 * span / POINTS

    def points(self) -> tuple[NavPoint, ...]:
        """Oldest first."""
        with self._lock:
            last = self._last
            rest = [last] if last is not None and self._points[-1:] != [last] else []
            return (*self._points, *rest)

    @property
    def deepest(self) -> float:
        """The largest drawdown so far, also where its point went."""
        return self._deepest

    def fallen(self, nav: Decimal) -> float:
        """How far this NAV is below the highest so far, as a share of that."""
        return max(float((self._peak - nav) / self._peak), 0.0) if self._peak > 0 else 0.0


class Trades:
    """The last holdings that ended, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ended: deque[Course] = deque(maxlen=TRADES)

    def clear(self) -> None:
        with self._lock:
            self._ended.clear()

    def hear(self, closed: deque[Course]) -> None:
        """`closed` are those of the replica, of which some at the end may be new."""
        with self._lock:
            last = self._ended[-1] if self._ended else None
            fresh: list[Course] = []
            for course in reversed(closed):
                if course is last:
                    break
                fresh.append(course)
            self._ended.extend(reversed(fresh))

    def told(self, quote: str) -> list[TradeShape]:
        with self._lock:
            return [trade(one, quote) for one in self._ended]


def trade(one: Course, quote: str) -> TradeShape:
    """`quote` is the asset that money is told in. Fees in others make what was realised unknown; a signal
    without an edge (a core pair is opened for its funding) predicted nothing.
    """
    size, value = one.built
    sources = one.realised(quote) or {}
    total = sum(sources.values(), ZERO)
    edge = one.signal.figures.get("edge") or None if one.signal is not None else None
    return TradeShape(
        one.id, one.pair, one.type, ms(one.opened_ns), ms(one.closed_ns),
        (one.closed_ns - one.opened_ns) / 1e9, size, value, sources, total,
        float(total / value * BPS) if value and sources else None, edge, one.entry_basis_bps,
        one.exit_basis_bps, dict(one.fees), one.reason, one.closing, one.wishes[0] if one.wishes else "",
    )  # fmt: skip
