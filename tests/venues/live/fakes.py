"""A line with a protocol of its own, and the venue that speaks it: numbered rows, so that a loss or a double
is seen.

    client  {"sub": [topics], "id": n}  {"unsub": [topics], "id": n}  {"beat": 1}
    venue   {"ack": n}  {"no": n, "why": text}  {"t": topic, "n": number}  {"leave": text}
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Sequence
from random import Random
from typing import Any

from tests.venues.socket.server import Peer, Server
from titan.market.tape.rows import Kind, Rows
from titan.model.instrument import InstrumentKind
from titan.venues.addresses import Addresses
from titan.venues.batch import Batch
from titan.venues.feed import Feed, Timings
from titan.venues.stream import Acked, Channel, Event, Fetch, Leave, Market, Refused, Resubscribe, Rules, Wish
from titan.venues.tally import Tally

QUICK = Timings(
    tick_s=0.005,
    connect_s=2.0,
    ack_s=2.0,
    first_retry_s=0.01,
    most_retry_s=0.05,
    steady_s=0.0,
    refused_s=0.05,
    overlap_s=0.02,
    overlap_most_s=5.0,
    stale_least_s=0.1,
    stale_factor=5.0,
    close_s=1.0,
)
RULES = Rules(requests_a_second=1000.0, connects_a_minute=10_000, silence_s=60.0)
BTC = Market(0, "BTC", InstrumentKind.SPOT)
ETH = Market(1, "ETH", InstrumentKind.SPOT)


def market(i: int) -> Market:
    return Market(i, f"C{i}", InstrumentKind.SPOT)


class FakeLine:
    """Gives each number of a topic once, whichever connection brings it first."""

    name = "spot"

    def __init__(self, batch: Batch, rules: Rules = RULES) -> None:
        self.rules = rules
        self.events: deque[Event] = deque()
        self.tally = Tally()
        self.losses: list[tuple[str, ...]] = []
        self.answers: list[tuple[str, bytes]] = []
        self.connections: set[int] = set()
        self._batch = batch
        self._inst: dict[str, int] = {}
        self._known: defaultdict[str, set[int]] = defaultdict(set)

    def path(self) -> str:
        return "/stream"

    def topics(self, wish: Wish) -> tuple[str, ...]:
        if wish.channel not in (Channel.DEPTH, Channel.TRADES, Channel.LIQUIDATIONS):
            return ()
        topic = f"{wish.channel}.{wish.market.native}."
        self._inst[topic] = wish.market.inst
        return (topic,)

    def fetches(self, wish: Wish) -> tuple[Fetch, ...]:
        if wish.channel is not Channel.OPEN_INTEREST:
            return ()
        return (Fetch(wish.market, "open interest", f"/oi?s={wish.market.native}", every_s=0.01),)

    def subscribe(self, topics: Sequence[str], request: int) -> bytes:
        return json.dumps({"sub": list(topics), "id": request}).encode()

    def unsubscribe(self, topics: Sequence[str], request: int) -> bytes:
        return json.dumps({"unsub": list(topics), "id": request}).encode()

    def hear(self, frame: bytes, recv: int, connection: int) -> None:
        self.connections.add(connection)
        said = json.loads(frame)
        match said:
            case {"t": topic, "n": n}:
                if n not in self._known[topic]:
                    self._known[topic].add(n)
                    self._put(topic, n, recv, connection)
            case {"ack": request}:
                self.events.append(Acked(request))
            case {"no": request, "why": why}:
                self.events.append(Refused(request, why))
            case {"leave": why}:
                self.events.append(Leave(why))
            case {"snapshot": path}:
                self.events.append(Fetch(BTC, "snapshot", path))
            case {"anew": topic}:
                self.events.append(Resubscribe((topic,)))

    def answer(self, fetch: Fetch, body: bytes, recv: int) -> None:
        self.answers.append((fetch.path, body))
        if fetch.what == "snapshot":
            self._batch.quote(0, recv, 0, recv, 0, 1.0, 1.0, 2.0, 1.0)

    def lost(self, topics: Sequence[str], recv: int) -> None:
        self.losses.append(tuple(topics))
        for topic in topics:
            self._batch.gap(self._inst[topic], recv, recv, 0)

    def _put(self, topic: str, n: int, recv: int, connection: int) -> None:
        if topic.startswith("depth"):
            self._batch.book(
                self._inst[topic], recv, recv - 5, recv, connection, [(float(n), 1.0)], [], False
            )
        else:
            self._batch.trade(self._inst[topic], recv, recv - 5, recv, connection, 1, float(n), 1.0)


class FakeVenue(Server):
    """Says yes to everything, unless told otherwise; `publish` sends the next number of a topic."""

    def __init__(self) -> None:
        super().__init__(answer=self._asked)
        self.subscribed: dict[Peer, set[str]] = defaultdict(set)
        self.requests: list[dict[str, Any]] = []
        self.numbers: dict[str, int] = defaultdict(int)
        self.refuses: set[str] = set()
        self.silent = False
        """Takes requests and does not answer them."""
        self.muted: set[Peer] = set()
        """Gets nothing any more, and is not told."""

    def _asked(self, peer: Peer, message: bytes) -> None:
        asked = json.loads(message)
        self.requests.append(asked)
        if self.silent or "id" not in asked:
            return
        bad = self.refuses.intersection(asked.get("sub", ()))
        if bad:
            peer.say(json.dumps({"no": asked["id"], "why": f"bad {min(bad)}"}).encode())
            return
        self.subscribed[peer].update(asked.get("sub", ()))
        self.subscribed[peer].difference_update(asked.get("unsub", ()))
        peer.say(json.dumps({"ack": asked["id"]}).encode())

    def publish(self, topic: str) -> None:
        self.numbers[topic] += 1
        for peer in self.open:
            if topic in self.subscribed[peer] and peer not in self.muted:
                peer.say(json.dumps({"t": topic, "n": self.numbers[topic]}).encode())

    def told(self, **words: object) -> None:
        for peer in self.open:
            peer.say(json.dumps(words).encode())

    @property
    def open(self) -> list[Peer]:
        return [peer for peer in self.peers if not peer.gone.is_set()]

    def carriers(self, topic: str) -> list[Peer]:
        return [peer for peer in self.open if topic in self.subscribed[peer]]

    def subs(self) -> list[list[str]]:
        return [asked["sub"] for asked in self.requests if "sub" in asked]


class Bench:
    """A feed of one fake line, and what came out of it."""

    def __init__(self, rules: Rules = RULES, timings: Timings = QUICK, **addresses: str) -> None:
        self.batch = Batch()
        self.line = FakeLine(self.batch, rules)
        self.blocks: list[Rows] = []
        self._time = 0
        places = {"ws": "ws://127.0.0.1:1", "rest": "http://127.0.0.1:1"} | addresses
        self.feed = Feed(
            "fake", [self.line], Addresses("fake", **places), self.batch, self.blocks.append, self._now,
            Random(7), timings=timings,
        )  # fmt: skip

    def _now(self) -> int:
        self._time += 1000
        return self._time

    def numbers(self, inst: int = 0) -> list[int]:
        """What came for an instrument, gaps left out."""
        return [
            int(px)
            for rows in self.blocks
            for i, kind, px in zip(rows.inst, rows.kind, rows.px, strict=True)
            if i == inst and kind in (Kind.TRADE, Kind.LEVEL)
        ]

    def holes(self, inst: int, soon: int) -> list[int]:
        """Numbers that never came, and no gap was told within `soon` rows of the last one before them. Two
        connections may bring numbers in any order."""
        told, came, at = [], {}, 0
        for rows in self.blocks:
            for i, kind, px in zip(rows.inst.tolist(), rows.kind.tolist(), rows.px.tolist(), strict=True):
                if i == inst and kind == Kind.GAP:
                    told.append(at)
                elif i == inst and kind == Kind.TRADE:
                    came[int(px)] = at
                at += 1
        found, before = [], at
        for n in range(min(came), max(came)):
            before = came.get(n, before)
            if n not in came and not any(before < gap < before + soon for gap in told):
                found.append(n)
        return found

    def gaps(self) -> int:
        return sum(int((rows.kind == Kind.GAP).sum()) for rows in self.blocks)
