"""The basis of every pair over the last hours, for the chart: one sample a second at most, bounded."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from titan.api.shapes.markets import BasisPoint
from titan.api.wire import ms
from titan.views.board import Board
from titan.views.status import PairLine

SECOND_NS: Final = 1_000_000_000
HOURS: Final = 6
KEPT: Final = HOURS * 3600
"""Samples of a pair."""


class Series:
    """One writer, and readers in other threads."""

    def __init__(self) -> None:
        self._points: dict[str, deque[tuple[int, BasisPoint]]] = {}
        self._lock = threading.Lock()

    def clear(self) -> None:
        with self._lock:
            self._points = {}

    def hear(self, board: Board, sample_ns: int) -> None:
        """`sample_ns` is how often the kernel samples, 0 where that is not known: then the trail that a pair
        has when it is met first is left out.
        """
        for row in board.pairs:
            line = row.line
            if line.sampled_ns and line.samples:
                with self._lock:
                    self._take(line, sample_ns)

    def of(self, pair: str) -> tuple[BasisPoint, ...] | None:
        """Oldest first; None for a pair that was never heard of."""
        with self._lock:
            found = self._points.get(pair)
            return None if found is None else tuple(point for _, point in found)

    def _take(self, line: PairLine, sample_ns: int) -> None:
        points = self._points.get(line.pair)
        if points is None:
            points = self._points[line.pair] = deque(maxlen=KEPT)
            if sample_ns:
                points.extend(_trail(line, sample_ns))
        last_ns = points[-1][0] if points else 0
        if line.sampled_ns <= last_ns:
            return
        if points and line.sampled_ns // SECOND_NS == last_ns // SECOND_NS:
            points.pop()
        told = BasisPoint(ms(line.sampled_ns), line.basis, line.mean, line.z)
        points.append((line.sampled_ns, told))


def _trail(line: PairLine, sample_ns: int) -> list[tuple[int, BasisPoint]]:
    """What was sampled before, without the last, which is told in full."""
    count = len(line.trail) - 1
    found = []
    for n, basis in enumerate(line.trail[:-1]):
        at_ns = line.sampled_ns - (count - n) * sample_ns
        found.append((at_ns, BasisPoint(ms(at_ns), basis, None, None)))
    return found
