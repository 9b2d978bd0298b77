"""All connections of one line: topics are spread over as many as the venue's limit needs."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable
from typing import Final

from titan.venues.live.carrier import Carrier, Means
from titan.venues.live.health import Health
from titan.venues.stream import Channel, Event, Line

QUIETNESS: Final[dict[Channel, float]] = {
    Channel.TRADES: 4.0,
    Channel.KLINES: 8.0,
    Channel.OPEN_INTEREST: 8.0,
    Channel.FUNDING: 40.0,
    Channel.LIQUIDATIONS: 240.0,
}
"""How many times longer than a book a channel may be silent before that means anything; the others 1."""


class Fleet:
    """Topics are counted: a topic is subscribed with its first user and left with its last."""

    def __init__(self, line: Line, means: Means, elsewhere: Callable[[Event], None]) -> None:
        self.line = line
        self._means = means
        self._elsewhere = elsewhere
        self._users: dict[str, int] = {}
        self._carriers: dict[str, list[Carrier]] = {}
        self._carrier_of: dict[str, Carrier] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._ask = itertools.count(1)

    def add(self, topics: Iterable[str], base: str, channel: Channel) -> None:
        url = base.rstrip("/") + self.line.path()
        quietness = QUIETNESS.get(channel, 1.0)
        placed: dict[Carrier, list[str]] = {}
        for topic in topics:
            self._users[topic] = self._users.get(topic, 0) + 1
            carrier = self._carrier_of.get(topic)
            if carrier is None:
                carrier = self._carrier_of[topic] = self._with_room(url)
                carrier.topics[topic] = quietness
            placed.setdefault(carrier, []).append(topic)
        for carrier, theirs in placed.items():
            carrier.carry(theirs, quietness, channel is Channel.DEPTH)

    def remove(self, topics: Iterable[str]) -> None:
        left = []
        for topic in topics:
            self._users[topic] -= 1
            if self._users[topic] == 0:
                del self._users[topic]
                left.append(topic)
                carrier = self._carrier_of.pop(topic)
                carrier.drop([topic])
                if not carrier.topics:
                    self._scrap(carrier)
        if left:
            self.lose(left)

    def resubscribe(self, topics: Iterable[str]) -> None:
        for topic in topics:
            if topic in self._carrier_of:
                self._carrier_of[topic].resubscribe((topic,))

    def lose(self, topics: list[str]) -> None:
        """Their books are no books any more; whatever the line asks for then is done."""
        self.line.lost(topics, self._means.now())
        self._means.outlet.grown()
        self.settle()

    def settle(self) -> None:
        """Does what the line asked for outside of any connection."""
        while self.line.events:
            self._elsewhere(self.line.events.popleft())

    def tick(self) -> None:
        for carrier in self._all():
            carrier.tick()

    def health(self) -> list[Health]:
        return [carrier.health() for carrier in self._all()]

    async def close(self) -> None:
        await asyncio.gather(*(carrier.close() for carrier in self._all()), *self._closing)

    def _all(self) -> list[Carrier]:
        return [carrier for carriers in self._carriers.values() for carrier in carriers]

    def _with_room(self, url: str) -> Carrier:
        carriers = self._carriers.setdefault(url, [])
        for carrier in carriers:
            if len(carrier.topics) < self.line.rules.topics_a_connection:
                return carrier
        carriers.append(Carrier(self.line, url, self._means, lambda: next(self._ask), self._elsewhere))
        return carriers[-1]

    def _scrap(self, carrier: Carrier) -> None:
        for carriers in self._carriers.values():
            if carrier in carriers:
                carriers.remove(carrier)
        task = asyncio.get_running_loop().create_task(carrier.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
