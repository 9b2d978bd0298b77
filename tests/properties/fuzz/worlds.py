"""What each venue would send: valid messages of generated markets, as the venue writes them.

A `World` is one kind of socket with two markets. `update` tells what changed since a connection heard last,
`snapshot` the whole book, `aside` anything else that the socket carries.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any, ClassVar, Final

from tests.properties.fuzz.truth import Entry, Truth, merged
from titan.model.instrument import InstrumentKind
from titan.venues.sink import Sink
from titan.venues.stream import Channel, Line, Market, Wish

START_MS: Final = 1_763_700_000_000
PERP, SPOT = InstrumentKind.PERP, InstrumentKind.SPOT


def dumped(said: object) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode()


class World:
    """Base of all. `merges`: a message may tell several changes at once."""

    venue: ClassVar[str]
    kind: ClassVar[InstrumentKind] = SPOT
    natives: ClassVar[tuple[str, ...]]
    stride: ClassVar[int] = 1
    merges: ClassVar[bool] = False
    by_rest: ClassVar[bool] = False
    """Its books begin with the answer of a GET, not with a message of the stream."""
    books: ClassVar[bool] = True
    contract: ClassVar[float] = 1.0

    def __init__(self, random: Random) -> None:
        self.random = random
        self.ms = START_MS + random.randrange(10**9)
        self.number = random.randrange(1, 10**9)
        self.truths = {native: self.truth() for native in self.natives}
        self.cursors: dict[tuple[int, str], int] = {}
        self.markets = [Market(i, n, self.kind_of(n), self.contract) for i, n in enumerate(self.natives)]
        self.asides: tuple[Callable[[str], object], ...] = ()

    def make(self, sink: Sink) -> Line:
        raise NotImplementedError

    def truth(self) -> Truth:
        return Truth(self.random, stride=self.stride, contract=self.contract)

    def kind_of(self, native: str) -> InstrumentKind:
        del native
        return self.kind

    def subscribe(self, line: Line) -> list[str]:
        """Everything of all markets; the topics of books are returned."""
        books = []
        for market in self.markets:
            for channel in Channel:
                topics = line.topics(Wish(market, channel))
                if channel is Channel.DEPTH:
                    books.extend(topics)
                line.subscribe(topics, 1) if topics else None
        return books

    def acknowledged(self, native: str) -> bytes:
        """The venue's word that a book is subscribed; nothing where it matters to no book."""
        del native
        return b""

    def pass_time(self) -> None:
        self.ms += self.random.choice((1, 5, 20, 20, 100, 100, 100, 600))

    def next_update(self, native: str, connection: int) -> bytes:
        """One tick of the market, and what this connection is told."""
        self.truths[native].tick(self.ms)
        return self.told(native, connection)

    def told(self, native: str, connection: int) -> bytes:
        """The next message of a connection; nothing when it knows all."""
        log = self.truths[native].log
        at = self.cursors.setdefault((connection, native), len(log) - 1)
        n = min(len(log) - at, self.random.choice((1, 1, 1, 2, 5)) if self.merges else 1)
        if n <= 0:
            return b""
        self.cursors[connection, native] = at + n
        return self.update(native, merged(log[at : at + n]))

    def begin(self, native: str, connection: int) -> bytes:
        """The snapshot of the stream: the connection knows all from here."""
        self.cursors[connection, native] = len(self.truths[native].log)
        return self.snapshot(native)

    def update(self, native: str, entry: Entry) -> bytes:
        raise NotImplementedError

    def snapshot(self, native: str) -> bytes:
        raise NotImplementedError

    def aside(self) -> bytes:
        """Something that is not of a book."""
        self.number += 1
        said = self.random.choice(self.asides)(self.random.choice(self.natives))
        return said if isinstance(said, bytes) else dumped(said)

    # What messages are made of.

    def sides(self, entry: Entry) -> tuple[list[list[str]], list[list[str]]]:
        """Changed bids and asks, as text."""
        bids, asks = [], []
        for side, t, q in entry.changes:
            text = [f"{t // 10}.{t % 10}", f"{q // 1000}.{q % 1000:03d}"]
            (bids if side > 0 else asks).append(text)
        return bids, asks

    def all(self, native: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        truth = self.truths[native]
        return truth.levels(1), truth.levels(-1)

    def px(self) -> str:
        return f"{self.random.randrange(1, 900_000)}.{self.random.randrange(10)}"

    def qty(self) -> str:
        return f"{self.random.randrange(100)}.{self.random.randrange(1, 1000):03d}"

    def touch(self) -> tuple[str, str]:
        """A bid and an ask above it."""
        ticks = self.random.randrange(100, 900_000)
        return f"{ticks}.1", f"{ticks}.{self.random.randrange(2, 10)}"

    def bar(self) -> tuple[str, str, str, str]:
        """Open, high, low, close."""
        low = self.random.randrange(100, 900_000)
        opens, closes = (low + self.random.randrange(50) for _ in range(2))
        return f"{opens}.5", f"{low + 60}.1", f"{low}.2", f"{closes}.5"

    @property
    def minute(self) -> int:
        return self.ms // 60_000 * 60_000


Said = dict[str, Any]
