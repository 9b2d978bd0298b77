"""Virtual time: an asyncio event loop whose selector is the market.

A real loop sleeps in `select(timeout)` until a socket speaks or the next timer is due. Here the market is
asked to move on
instead: up to the next timer, or until it has something to say. Sagas are the same coroutines in live and
in simulation;
only what they wait on differs. Time is kept in integer nanoseconds; the floats that asyncio sees are
seconds since the
start of the run, so that they stay exact to a few nanoseconds over a year.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, Protocol

FOREVER: Final = (1 << 63) - 1


class Market(Protocol):
    """What moves while nobody computes."""

    def move(self, until_ns: int) -> int:
        """Go on to `until_ns` at most, or to the first wake before it; wakes are delivered. Returns the
        time reached.
        """
        ...


class VirtualLoop(asyncio.BaseEventLoop):
    """`now_ns` is the only clock of a simulated run."""

    def __init__(self, start_ns: int) -> None:
        super().__init__()
        self._start_ns = start_ns
        self._now_ns = start_ns
        self._market: Market | None = None
        self._selector = self
        # Above the spacing of floats at a year of seconds (4e-9), else a timer due "now" would never fire.
        self._clock_resolution = 1e-7

    def attach(self, market: Market) -> None:
        self._market = market

    def now(self) -> int:
        """ns UTC of virtual time (ports.Clock)."""
        return self._now_ns

    def time(self) -> float:
        return (self._now_ns - self._start_ns) * 1e-9

    def advance_to(self, now_ns: int) -> None:
        """The market moved; time never runs backwards."""
        self._now_ns = max(self._now_ns, now_ns)

    def select(self, timeout: float | None) -> list[Any]:
        """asyncio has nothing ready: let the market move instead of sleeping."""
        if self._market is None or (timeout is not None and timeout <= 0.0):
            return []
        until = FOREVER if timeout is None else self._now_ns + max(1, round(timeout * 1e9))
        self.advance_to(self._market.move(until))
        return []

    def drop(self) -> None:
        """End the loop for good: whatever still waits is cancelled, so that nothing is left half awake."""
        self._market = None
        left = asyncio.all_tasks(self)
        for task in left:
            task.cancel()
        if left:
            self.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self.close()

    def _process_events(self, event_list: list[Any]) -> None:
        """There are no sockets in virtual time."""

    def _write_to_self(self) -> None:
        """Nothing to wake: the loop never blocks."""
