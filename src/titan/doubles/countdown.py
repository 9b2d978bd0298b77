"""Dead man's switches: countdowns that cancel orders unless they are wound up again in time.

Each venue has its own: by symbol (Binance USD-M countdownCancelAll), by account or tag (OKX
cancel-all-after), by account (Kraken CancelAllOrdersAfter), by product once its sockets are gone (Bybit DCP).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import NamedTuple

from titan.doubles.desk import Desk
from titan.doubles.orders import Order
from titan.doubles.refusal import Refused


class _Armed(NamedTuple):
    at_ns: int
    covers: Callable[[Order], bool]


def every_order(order: Order) -> bool:
    """What a switch over the whole account covers."""
    del order
    return True


class Countdowns:
    """By name, which is the venue's affair. `now` is ns UTC, without skew."""

    def __init__(self, desk: Desk, now: Callable[[], int]) -> None:
        self._desk, self._now = desk, now
        self._armed: dict[str, _Armed] = {}

    def arm(self, name: str, after_ns: int, covers: Callable[[Order], bool] = every_order) -> None:
        """Begin anew: the orders that it `covers` are cancelled `after_ns` from now."""
        self._armed[name] = _Armed(self._now() + after_ns, covers)

    def disarm(self, name: str) -> None:
        self._armed.pop(name, None)

    def tick(self) -> None:
        """Cancel what is due; a countdown that has run down is off until it is armed again."""
        now = self._now()
        for name, one in list(self._armed.items()):
            if one.at_ns <= now:
                del self._armed[name]
                for order in [o for o in self._desk.open_orders() if one.covers(o)]:
                    with contextlib.suppress(Refused):  # it ended while we advanced
                        self._desk.cancel(order)
