"""Feeds and who listens to them: one feed for each topic while anybody wants it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from titan.doubles.feeds import Body, Feed
from titan.doubles.outlet import Outlet
from titan.doubles.publish import Tick
from titan.doubles.server import VenueServer

encode = msgspec.json.Encoder().encode


def text(body: Body) -> str:
    """A body as a text frame."""
    return encode(body).decode()


class Running(NamedTuple):
    """A feed of one market. `numbered` ones can suffer a sequence gap."""

    feed: Feed
    market: int
    numbered: bool


class Hub:
    """`spoil` may change a body before it is sent to all (a wrong checksum)."""

    def __init__(self, server: VenueServer, spoil: Callable[[str, Body], Body] | None = None) -> None:
        self._server = server
        self._spoil = spoil
        self._running: dict[str, Running] = {}

    def join(self, outlet: Outlet, topic: str, make: Callable[[], Running]) -> None:
        """Subscribe one client and greet it."""
        if not self._server.wanted(topic):
            self._running.pop(topic, None)
        if topic not in self._running:
            self._running[topic] = make()
        self._server.subscribe(outlet, topic)
        for body in self._running[topic].feed.greet():
            outlet.send(topic, text(body))

    def tell(self, tick: Tick) -> None:
        """Tell all subscribers what a tick changed."""
        for topic, one in tuple(self._running.items()):
            if one.market != tick.market.index:
                continue
            if not self._server.wanted(topic):
                del self._running[topic]
                continue
            self._publish(topic, one, one.feed.tell(tick))

    def _publish(self, topic: str, one: Running, bodies: Sequence[Body]) -> None:
        for body in bodies:
            said = body if self._spoil is None else self._spoil(topic, body)
            self._server.publish(topic, text(said), numbered=one.numbered)
