"""A token bucket in whole numbers: how many orders may still leave for a venue now."""

from __future__ import annotations

from typing import Final

_WHOLE: Final = 1_000_000_000
"""A token in nanoseconds times tokens per second, so that refilling is exact."""


class Bucket:
    """`per_s` tokens flow in every second, up to `burst`. Begins full. Time comes in with each call, ns; one
    that lies before an earlier one counts as that.
    """

    __slots__ = ("_at_ns", "_burst", "_level", "_per_s")

    def __init__(self, per_s: int, burst: int) -> None:
        _check(per_s, burst)
        self._per_s, self._burst = per_s, burst * _WHOLE
        self._level = self._burst
        self._at_ns = 0

    def resize(self, per_s: int, burst: int) -> None:
        """Another rate and another size from the last call on: what was taken stays taken."""
        _check(per_s, burst)
        taken = self._burst - self._level
        self._per_s, self._burst = per_s, burst * _WHOLE
        self._level = self._burst - taken

    def left(self, now_ns: int) -> int:
        """Whole tokens at `now_ns`; below 0 where more was taken than there was."""
        if now_ns > self._at_ns:
            self._level = min(self._burst, self._level + (now_ns - self._at_ns) * self._per_s)
            self._at_ns = now_ns
        return self._level // _WHOLE

    def take(self, now_ns: int) -> None:
        """One token is gone. What must not wait (an exit) takes it even where there is none."""
        self.left(now_ns)
        self._level -= _WHOLE


def _check(per_s: int, burst: int) -> None:
    if per_s <= 0 or burst <= 0:
        raise ValueError(f"{per_s} a second with a burst of {burst}: both must be at least 1")
