"""How many requests a caller may make: so many a second, and some at once.

One who asks too much is told so (429) before anything is looked up for him. By session, and where there is
none by network; what acts on the run is not counted, for a pause must not wait behind a chart.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from titan.api.errors import TooMany

BURST_S: Final = 10
"""At once: what comes in these seconds."""
MOST: Final = 10_000
"""Callers that are kept; the one longest quiet goes first, and begins anew."""


class _Bucket(msgspec.Struct):
    left: float
    at_s: float


class Rates:
    """`elapsed` is in seconds, on a clock that never jumps. `each_s` of 0: no limit. In one thread."""

    def __init__(self, elapsed: Callable[[], float], each_s: float, most: int = MOST) -> None:
        self._elapsed = elapsed
        self._each_s = each_s
        self._most = most
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, caller: str) -> None:
        """One request. Raises TooMany."""
        if not self._each_s:
            return
        now, burst = self._elapsed(), self._each_s * BURST_S
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = self._buckets[caller] = _Bucket(burst, now)
        self._buckets.move_to_end(caller)
        while len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        bucket.left = min(burst, bucket.left + (now - bucket.at_s) * self._each_s)
        bucket.at_s = now
        if bucket.left < 1:
            raise TooMany("too many requests", retry_after_s=1, remedy="ask less often, or use the stream")
        bucket.left -= 1
