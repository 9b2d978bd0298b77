"""The public streams of a venue without any socket: what to send, and what to make of what arrives.

A `Line` is one kind of socket of a venue (Binance has one for spot and two for USD-M; Bybit one for each
category). It knows the venue's names and rules, turns frames into rows of its `Sink`, and asks for whatever
needs a network by putting an `Event` into `events`; `venues.feed` does that, live, and the importer of raw
captures answers from what was recorded. So the same lines decode a socket, a capture and a fuzzer's bytes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from titan.model.instrument import InstrumentKind
from titan.venues.tally import Tally


class Channel(StrEnum):
    """What can be asked of an instrument. A venue may answer several with one stream."""

    TRADES = "trades"
    DEPTH = "depth"
    BBO = "bbo"
    MARK = "mark"
    INDEX = "index"
    FUNDING = "funding"
    OPEN_INTEREST = "open_interest"
    LIQUIDATIONS = "liquidations"
    KLINES = "klines"


class Market(NamedTuple):
    """What a line must know of one instrument: the index of its rows, and how the venue calls it.

    `contract` is base units for one unit of size on the wire: 1 where sizes are in base units.
    """

    inst: int
    native: str
    kind: InstrumentKind
    contract: float = 1.0


class Wish(NamedTuple):
    """One channel of one market."""

    market: Market
    channel: Channel


class Fetch(NamedTuple):
    """A GET that the line wants: its body goes to `Line.answer`. `path` has its query in it.

    `every_s` above 0 asks for it again and again (a series that no stream carries). `weight` is what it
    takes of `Rules.weight_a_minute`.
    """

    market: Market
    what: str
    path: str
    every_s: float = 0.0
    weight: float = 10.0


class Acked(NamedTuple):
    """The venue confirmed a request to (un)subscribe, or one topic of it where it confirms them singly."""

    request: int
    topics: tuple[str, ...] = ()


class Refused(NamedTuple):
    """The venue said no to a request, in its own words."""

    request: int
    reason: str
    topics: tuple[str, ...] = ()


class Send(NamedTuple):
    """A frame that the protocol wants sent back on the same connection."""

    frame: bytes


class Resubscribe(NamedTuple):
    """The books of these topics can only be rebuilt by subscribing again on the same connection."""

    topics: tuple[str, ...]


class Leave(NamedTuple):
    """The venue announced that it will close the connection."""

    reason: str


Event = Fetch | Acked | Refused | Send | Resubscribe | Leave


class Heartbeat(NamedTuple):
    """`send` goes out every `every_s` (b"" for none); a pong is then due. Protocol-level pings are answered
    by the socket itself and prove nothing.
    """

    every_s: float = 0.0
    send: bytes = b""


class Rules(NamedTuple):
    """What the venue allows and expects on a connection of this kind."""

    heartbeat: Heartbeat = Heartbeat()
    topics_a_connection: int = 200
    topics_a_request: int = 100
    requests_a_second: float = 4.0
    connects_a_minute: float = 60.0
    lifetime_s: float = 23 * 3600.0
    """The connection is replaced after this, with overlap; below the venue's own limit."""
    silence_s: float = 15.0
    """Without any data row for so long the connection is dead, whatever its pings say; scaled by the feed
    for markets that are seldom traded."""
    weight_a_minute: float = 1200.0
    """What the GETs to one host may weigh together; well below the venue's limit, which orders share."""


class Line(Protocol):
    """One kind of socket. Nothing here raises, whatever the bytes: what is wrong is counted in `tally`."""

    name: str
    """Unique in the venue: `spot`, `perp-public`."""
    rules: Rules
    events: deque[Event]
    tally: Tally

    def path(self) -> str:
        """Appended to the venue's WebSocket address: `/stream`, `/v5/public/linear`."""
        ...

    def topics(self, wish: Wish) -> tuple[str, ...]:
        """The venue's stream names for a wish; () where this line does not carry it. Also makes the market
        known to the line."""
        ...

    def fetches(self, wish: Wish) -> tuple[Fetch, ...]:
        """What must be polled for a wish that no stream of this line carries."""
        ...

    def subscribe(self, topics: Sequence[str], request: int) -> bytes: ...

    def unsubscribe(self, topics: Sequence[str], request: int) -> bytes: ...

    def hear(self, frame: bytes, recv: int, connection: int) -> None:
        """One frame, at `recv` ns UTC. `connection` counts upwards; two of them carry the same topics while
        one replaces the other, and then nothing may be lost, doubled or taken back in time."""
        ...

    def answer(self, fetch: Fetch, body: bytes, recv: int) -> None:
        """The body of a GET that was asked for; b"" when it failed for good."""
        ...

    def lost(self, topics: Sequence[str], recv: int) -> None:
        """No connection carries these topics any more: their books are no books, from now on."""
        ...
