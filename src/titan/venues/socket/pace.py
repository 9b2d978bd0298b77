"""How often something may be done: at most so many in any window, exactly, and shared by all who do it."""

from __future__ import annotations

from collections import deque
from urllib.parse import urlsplit


class Pace:
    """At most `most` units in any `window_s`. Times are seconds of a clock that never jumps."""

    def __init__(self, most: float, window_s: float) -> None:
        self.most = max(1.0, most)
        self.window_s = window_s
        self._taken: deque[tuple[float, float]] = deque()
        self._sum = 0.0
        self._closed_until = float("-inf")

    def wait(self, at: float, units: float = 1.0) -> float:
        """Seconds until `units` may be taken; 0 when they may be taken now. Takes nothing."""
        self._forget(at)
        held = max(0.0, self._closed_until - at)
        over = self._sum + min(units, self.most) - self.most
        if over <= 1e-9:
            return held
        for when, taken in self._taken:
            over -= taken
            if over <= 1e-9:
                return max(held, when + self.window_s - at)
        return max(held, self.window_s)

    def take(self, at: float, units: float = 1.0) -> float:
        """Takes `units` if that is allowed at `at` and returns 0, else the seconds to wait before asking
        again."""
        wait = self.wait(at, units)
        if wait <= 0.0:
            units = min(units, self.most)
            self._taken.append((at, units))
            self._sum += units
        return max(wait, 0.0)

    def close(self, until: float) -> None:
        """Nothing more before `until`: the venue said so."""
        self._closed_until = max(self._closed_until, until)

    def _forget(self, at: float) -> None:
        while self._taken and self._taken[0][0] <= at - self.window_s:
            self._sum -= self._taken.popleft()[1]


class Doors:
    """A `Pace` for each host, so that all connections to it together keep its limit. Share one of these
    between all feeds of a process."""

    def __init__(self, window_s: float = 60.0) -> None:
        self._window_s = window_s
        self._paces: dict[str, Pace] = {}

    def of(self, url: str, most: float) -> Pace:
        """The pace of the URL's host; of several limits that were named for it, the lowest counts."""
        host = urlsplit(url).netloc
        pace = self._paces.get(host)
        if pace is None:
            pace = self._paces[host] = Pace(most, self._window_s)
        pace.most = min(pace.most, max(1.0, most))
        return pace
