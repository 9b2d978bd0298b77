"""Disconnection protection (DCP): orders of a product are cancelled once its private sockets stay away.

bybit-exchange.github.io/docs/v5/order/dcp, /account/dcp-info and /websocket/private/dcp (text of 2026-07-24):
only sockets that subscribe to `dcp.future` or `dcp.spot` count, and only when the last of them is gone does
the window (3 to 300 s) begin; one that comes back in time ends it. The venue's staff turns it on for an
account; here the first request for a product does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from titan.doubles.bybit.bodies import Body
from titan.doubles.bybit.errors import Refused
from titan.doubles.countdown import Countdowns
from titan.doubles.orders import Order

TOPICS: Final = {"dcp.future": "DERIVATIVES", "dcp.spot": "SPOT", "dcp.option": "OPTIONS"}
SHORTEST_S: Final = 3
LONGEST_S: Final = 300
_SECOND: Final = 1_000_000_000


def _covers(product: str) -> Callable[[Order], bool]:
    kind = {"SPOT": "spot", "DERIVATIVES": "perp"}.get(product, "")
    return lambda order: order.instrument.kind == kind


class Protection:
    """`windows` are the seconds of each product that is protected."""

    def __init__(self, countdowns: Countdowns) -> None:
        self.windows: dict[str, int] = {}
        self._countdowns = countdowns

    def set(self, params: Mapping[str, object]) -> Body:
        """Raises Refused 10001."""
        product, window = str(params.get("product") or "OPTIONS"), str(params.get("timeWindow", ""))
        if product not in TOPICS.values():
            raise Refused(10001, "params error: product invalid")
        if not window.isdigit() or not SHORTEST_S <= int(window) <= LONGEST_S:
            raise Refused(10001, "params error: timeWindow invalid")
        self.windows[product] = int(window)
        return {}

    def info(self) -> Body:
        told = [{"product": p, "dcpStatus": "ON", "timeWindow": str(s)} for p, s in self.windows.items()]
        return {"dcpInfos": told}

    def here(self, topic: str) -> None:
        """A socket subscribed to a topic."""
        if topic in TOPICS:
            self._countdowns.disarm(topic)

    def gone(self, topic: str) -> None:
        """The last socket that subscribed to a topic closed."""
        product = TOPICS.get(topic, "")
        if product in self.windows:
            self._countdowns.arm(topic, self.windows[product] * _SECOND, _covers(product))
