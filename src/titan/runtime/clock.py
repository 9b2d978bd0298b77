"""The wall clock: the only module of Titan that reads it. `tools/house.py` fails on any other."""

from __future__ import annotations

import time


class WallClock:
    """`ports.Clock` for live and paper modes."""

    def now(self) -> int:
        """ns UTC."""
        return time.time_ns()

    def elapsed(self) -> float:
        """Seconds on a clock that never jumps; only differences mean anything."""
        return time.perf_counter()
