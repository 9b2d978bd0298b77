"""A venue's double with our feed on it: rows, the book they make, and the double's truth beside them."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import numpy as np

from tests.conformance.cases import Place
from tests.doubles.servers import Running, running
from tests.venues.books import Book, play
from titan.doubles.market import Market as Truth
from titan.doubles.publish import Tick
from titan.market.book import new_books
from titan.market.freshness import Price, price_of
from titan.market.quotes import new_quotes, update
from titan.market.tape.rows import Kind, Rows, length
from titan.model.instrument import InstrumentKind
from titan.venues.addresses import Addresses
from titan.venues.batch import Batch
from titan.venues.feed import Feed, Timings
from titan.venues.registry import lines, names
from titan.venues.stream import Channel, Market

FRESH_NS = 1_000_000_000
QUICK = Timings(
    tick_s=0.05, connect_s=2.0, ack_s=1.0, first_retry_s=0.05, most_retry_s=0.4, steady_s=1.0, refused_s=1.0,
    overlap_s=0.3, overlap_most_s=2.0, stale_least_s=1.0, stale_factor=30.0, close_s=0.2, fetch_s=1.0,
)  # fmt: skip
CHANNELS = (Channel.TRADES, Channel.DEPTH, Channel.BBO)


_TURN_S: Final = 0.02
"""The longest that a turn of the loop takes by itself."""


@dataclass
class Listening:
    """`rows` are all blocks that came; `book` the book they make; `wrong` false freshness."""

    venue: Running
    truth: Truth
    feed: Feed
    lines: tuple[Any, ...]
    market: Market
    rows: list[Rows] = field(default_factory=list)
    book: Book = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    touches: deque[tuple[int, float, float]] = field(default_factory=lambda: deque(maxlen=2000))
    quotes: Any = None
    books: Any = None

    def heard(self, rows: Rows) -> None:
        self.rows.append(rows)
        play(self.book, rows)
        for k in range(length(rows)):
            update(self.quotes, self.books, rows, k)
        self.look()

    def told(self, tick: Tick) -> None:
        """The double's touch, whenever it changes."""
        if tick.market is self.truth:
            self.touches.append((time.time_ns(), *self.touch()))

    def touch(self) -> tuple[float, float]:
        price = self.truth.price
        return float(price(self.truth.bid[0])), float(price(self.truth.ask[0]))

    def look(self) -> None:
        """A price that can be read as fresh must have been the double's while it is called fresh."""
        now = time.time_ns()
        price = price_of(self.quotes[0], now, FRESH_NS)
        if not isinstance(price, Price):
            return
        recent = [t for t in self.touches if t[0] > now - 2 * FRESH_NS]
        sides = {t[1] for t in recent}, {t[2] for t in recent}
        if recent and not (_among(price.bid, sides[0]) and _among(price.ask, sides[1])):
            self.wrong.append(f"{price.bid}/{price.ask} was read as fresh, and was none of {recent[-3:]}")

    def kinds(self) -> set[int]:
        return {int(kind) for rows in self.rows for kind in np.unique(rows.kind)}

    def of(self, kind: Kind) -> list[tuple[int, int, float, float]]:
        """(ts, side, px, qty) of all rows of a kind."""
        return [
            (int(r.ts[i]), int(r.side[i]), float(r.px[i]), float(r.qty[i]))
            for r in self.rows
            for i in np.flatnonzero(r.kind == kind)
        ]

    def tally(self, name: str) -> int:
        return sum(getattr(line.tally, name) for line in self.lines)

    def same(self, depth: int = 10) -> bool:
        """Whether the best levels are the double's, prices and sizes."""
        bids, asks = self.truth.top(depth)
        for sign, levels in ((1, bids), (-1, asks)):
            ours = sorted(((px, q) for (s, px), q in self.book.items() if s == sign), reverse=sign > 0)[
                :depth
            ]
            theirs = [(float(self.truth.price(t)), float(self.truth.size(lots))) for t, lots in levels]
            if len(ours) != len(theirs) or not theirs:
                return False
            if any(
                abs(a - c) > 1e-9 * c or abs(b - d) > 1e-9
                for (a, b), (c, d) in zip(ours, theirs, strict=True)
            ):
                return False
        return True

    async def until(self, what: Callable[[], bool], seconds: float = 45.0) -> float:
        """Waits; returns the seconds it took. Fails with what is known.

        Venue and feed share this loop: while a busy machine gives it nothing, no second passes for either.
        """
        took, last = 0.0, time.monotonic()
        while not what():
            if took > seconds:
                raise AssertionError(
                    f"not within {seconds} s: {[vars(one.tally) for one in self.lines]} {self.feed.health()}"
                )
            await asyncio.sleep(0.005)
            now = time.monotonic()
            took, last = took + min(now - last, _TURN_S), now
        return took


def _among(value: float, known: set[float]) -> bool:
    return any(abs(value - one) <= 1e-9 * one for one in known)


@asynccontextmanager
async def listening(
    place: Place, channels: tuple[Channel, ...] = CHANNELS, *, silence_s: float = 1.0,
    lifetime_s: float = 3600.0, **more: Any,
) -> AsyncIterator[Listening]:  # fmt: skip
    """The double of a place with a feed that has a book."""
    async with running(place.venue, **more) as venue:
        truth = next(m for m in venue.world.markets if m.instrument.kind == place.kind)
        one = truth.instrument
        batch = Batch()
        made = lines(place.venue, batch)
        for line in made:
            line.rules = line.rules._replace(
                silence_s=silence_s, connects_a_minute=600.0, lifetime_s=lifetime_s
            )
        contract = 1.0
        server: Any = venue.server
        if place.kind is InstrumentKind.PERP and hasattr(server, "contract"):
            contract = float(server.contract(one.symbol))
        native = names(place.venue).native(one.kind, one.base, one.quote)
        market = Market(0, native, one.kind, contract)
        addresses = msgspec.convert(venue.addresses, Addresses)
        listener = Listening(venue, truth, None, made, market)  # type: ignore[arg-type]
        listener.quotes = new_quotes([float(one.tick)], half_spread=0.0001, bar_share=0.1)
        listener.books = new_books([float(one.tick)])
        venue.world.listen(listener.told)
        feed = Feed(
            place.venue, made, addresses, batch, listener.heard, time.time_ns, random.Random(3), timings=QUICK
        )
        listener.feed = feed
        async with feed:
            feed.subscribe(market, channels)
            if Channel.DEPTH in channels:
                await listener.until(lambda: bool(listener.book))
            yield listener
