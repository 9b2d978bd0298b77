"""What both of MEXC's sockets have in common: markets, books, trades, and the counting of what is wrong."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import ClassVar

import msgspec

from titan.model.instrument import InstrumentKind
from titan.venues.ahead import Ahead, Latest
from titan.venues.audit import Audit
from titan.venues.bars import Bars
from titan.venues.deals import Deals
from titan.venues.depth import Depth
from titan.venues.marks import Marks
from titan.venues.mexc.names import listing
from titan.venues.sink import Sink
from titan.venues.stream import Event, Fetch, Market
from titan.venues.tally import Tally

BROKEN = (ValueError, KeyError, OverflowError, RecursionError, msgspec.DecodeError)
"""What reading a broken message may raise; all of it is counted as malformed."""


class Book:
    """Everything kept of one market."""

    def __init__(self, market: Market, depth: Depth) -> None:
        self.market = market
        self.depth = depth
        self.deals = Deals()
        self.quotes, self.touched = Ahead(), Latest()
        """Version of the last touch, and its time where there is no version."""


class MexcLine:
    """Base of the two lines."""

    kind: ClassVar[InstrumentKind]

    def __init__(self, sink: Sink) -> None:
        self.events: deque[Event] = deque()
        self.tally = Tally()
        self.discover: Callable[[str, InstrumentKind], Market | None] = lambda _native, _kind: None
        self._sink = sink
        self._bars = Bars(sink)
        self._marks = Marks(sink, self.tally)
        self._books: dict[str, Book] = {}
        self._audit: Audit | None = None

    @property
    def audit(self) -> Audit | None:
        """Set by the importer of captures, to compare books with later snapshots."""
        return self._audit

    @audit.setter
    def audit(self, audit: Audit) -> None:
        self._audit = audit
        for book in self._books.values():
            book.depth.audit = audit

    def answer(self, fetch: Fetch, body: bytes, recv: int) -> None:
        book = self._know(fetch.market)
        try:
            if not body:
                raise ValueError("no answer")
            self._answer(book, fetch.what, body, recv)
        except BROKEN as e:
            if fetch.what == "depth":
                book.depth.failed()
            if body:
                self.tally.say_malformed(f"answer {fetch.what}", str(e), body, recv)

    def _answer(self, book: Book, what: str, body: bytes, recv: int) -> None:
        raise NotImplementedError

    def _fetch_depth(self, market: Market) -> Fetch:
        raise NotImplementedError

    def _know(self, market: Market) -> Book:
        book = self._books.get(market.native)
        if book is None:
            depth = Depth(
                market, self._sink, self.tally, lambda: self.events.append(self._fetch_depth(market))
            )
            depth.audit = self._audit
            book = self._books[market.native] = Book(market, depth)
        return book

    def _book(self, symbol: str) -> Book | None:
        """The market of a symbol; None, and counted, for one that Titan does not carry or nobody wants."""
        book = self._books.get(symbol)
        if book is not None:
            return book
        if listing(symbol, self.kind) is None:
            self.tally.passed["inverse contract" if symbol.endswith("_USD") else "not carried"] += 1
            return None
        market = self.discover(symbol, self.kind)
        if market is None:
            self.tally.passed["not subscribed"] += 1
            return None
        return self._know(market)

    def _newest(self, book: Book, number: int, ts: int, recv: int) -> bool:
        """Whether a touch is not older than the last. `number` is its version, 0 for none. Raises ValueError
        for a version that lies too far ahead."""
        if not number:
            new = book.touched.place(ts, recv) >= 0
        else:
            new = number >= book.quotes.newest
            if new:
                book.quotes.believe(number, ts)
            else:
                book.quotes.known()
        if not new:
            self.tally.noticed["quotes known already"] += 1
        return new
