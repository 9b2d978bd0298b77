"""How long to wait before trying again: exponential, with full jitter.

A wait drawn evenly between nothing and the current bound spreads the clients that a venue dropped at one
moment better than other schemes do: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
"""

from __future__ import annotations

from random import Random
from typing import Final

_DOUBLINGS: Final = 32


class Backoff:
    """Waits in seconds: `first_s` bounds the first, every further bound is twice the last, up to `most_s`."""

    def __init__(self, random: Random, first_s: float = 0.5, most_s: float = 60.0) -> None:
        self._random = random
        self._first_s = first_s
        self._most_s = most_s
        self.failures = 0
        """Waits given since the last reset."""

    def bound(self) -> float:
        """What the next wait stays under."""
        return min(self._most_s, self._first_s * 2.0 ** min(self.failures, _DOUBLINGS))

    def next(self, least_s: float = 0.0) -> float:
        """The next wait; `least_s` is what the venue itself asked for, and comes on top of nothing."""
        bound = self.bound()
        self.failures += 1
        return max(least_s, self._random.uniform(0.0, bound))

    def reset(self) -> None:
        self.failures = 0
