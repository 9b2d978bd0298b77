"""Keeps within a venue's rate limits: rolling windows, shared by everybody in this process who uses the key.

A rolling window holds whatever moment the venue begins its own at. Waiting requests go by priority, cancels
before orders before queries, and the last part of each window is kept for those that matter more, so that a
burst of queries can never delay a cancel. What other processes used is learned from the answers' headers.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Sequence
from enum import IntEnum
from itertools import count
from typing import Final, NamedTuple

from titan.model.account import Headroom


class Priority(IntEnum):
    CANCEL = 0
    ORDER = 1
    QUERY = 2


SHARE: Final = {Priority.CANCEL: 1.0, Priority.ORDER: 0.95, Priority.QUERY: 0.8}
"""The part of a window that each priority may fill."""


class Window(NamedTuple):
    """At most `limit` units in any `seconds`."""

    name: str
    limit: float
    seconds: float


class Charge(NamedTuple):
    """What one request costs in the window of that name."""

    window: str
    weight: float


class _Rolling:
    """What was used in the last `seconds`, oldest first."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.used = 0.0
        self._spent: deque[tuple[float, float]] = deque()

    def at(self, now: float) -> float:
        """Units in use."""
        while self._spent and self._spent[0][0] <= now - self.window.seconds:
            self.used -= self._spent.popleft()[1]
        if not self._spent:
            self.used = 0.0  # no dust of floating point stays behind
        return self.used

    def spend(self, now: float, weight: float) -> None:
        self._spent.append((now, weight))
        self.used += weight

    def free_at(self, now: float, weight: float, share: float) -> float:
        """The moment from which `weight` more fits; a weight that never fits goes alone."""
        room = max(self.window.limit * share, weight)
        used = self.at(now)
        for moment, spent in self._spent:
            if used + weight <= room:
                break
            used -= spent
            now = moment + self.window.seconds
        return now


class Limiter:
    """`clock` counts seconds and never jumps; every call must come from one event loop at a time."""

    def __init__(self, windows: Sequence[Window], clock: Callable[[], float] | None = None) -> None:
        self._windows = {w.name: _Rolling(w) for w in windows}
        self._given_clock = clock
        self._waiting: list[tuple[int, int, tuple[Charge, ...], asyncio.Future[None]]] = []
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None
        self._closed_until = 0.0

    async def take(self, charges: Sequence[Charge], priority: Priority) -> None:
        """Return when the request may be sent; it is counted from then on."""
        known = self._known(charges)
        if self._is_free(known, priority):
            self._spend(known)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), known, future))
        self._pump()
        await future

    def is_free(self, charges: Sequence[Charge], priority: Priority) -> bool:
        """Whether the request could be sent at this moment; nothing is counted."""
        return self._is_free(self._known(charges), priority)

    def learn(self, window: str, used: float) -> None:
        """The venue says that so much of a window is used: what is more than ours is somebody else's."""
        rolling = self._windows.get(window)
        if rolling is not None and used > (ours := rolling.at(self._clock())):
            rolling.spend(self._clock(), used - ours)

    def close(self, seconds: float) -> None:
        """The venue said wait: nothing goes out for so long."""
        self._closed_until = max(self._closed_until, self._clock() + seconds)

    def headroom(self) -> tuple[Headroom, ...]:
        now = self._clock()
        return tuple(
            Headroom(name, round(r.at(now), 6), r.window.limit, r.window.seconds)
            for name, r in self._windows.items()
        )

    def _clock(self) -> float:
        return self._given_clock() if self._given_clock is not None else asyncio.get_running_loop().time()

    def _known(self, charges: Sequence[Charge]) -> tuple[Charge, ...]:
        return tuple(c for c in charges if c.window in self._windows and c.weight > 0)

    def _is_free(self, known: tuple[Charge, ...], priority: Priority) -> bool:
        return not self._waiting and self._ready_at(known, priority) <= self._clock()

    def _ready_at(self, charges: tuple[Charge, ...], priority: int) -> float:
        now = self._clock()
        share = SHARE[Priority(priority)]
        moments = [self._windows[c.window].free_at(now, c.weight, share) for c in charges]
        return max([now, self._closed_until, *moments])

    def _spend(self, charges: tuple[Charge, ...]) -> None:
        now = self._clock()
        for charge in charges:
            self._windows[charge.window].spend(now, charge.weight)

    def _pump(self) -> None:
        """Let go what may go, the most urgent first; set a timer for the next."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            priority, _, charges, future = self._waiting[0]
            if future.done():  # its caller was cancelled
                heapq.heappop(self._waiting)
                continue
            wait = self._ready_at(charges, priority) - self._clock()
            if wait > 0:
                self._timer = asyncio.get_running_loop().call_later(wait, self._pump)
                return
            heapq.heappop(self._waiting)
            self._spend(charges)
            future.set_result(None)


class Shared:
    """One limiter for each address (limits by IP) and each key, whoever asks."""

    def __init__(self) -> None:
        self._limiters: dict[tuple[str, str], Limiter] = {}

    def of(self, address: str, key: str, windows: Sequence[Window]) -> Limiter:
        """`key` is "" for the limits of the address."""
        return self._limiters.setdefault((address, key), Limiter(windows))


SHARED: Final = Shared()
