"""OKX's incremental books: a chain of `seqId`, and the checksum of the years in which there was one.

Sources, read in November 2026: www.okx.com/docs-v5, "Order book channel" (`prevSeqId` is the `seqId` before;
equal without a change for a minute; below it once, after maintenance), its change log, and the announcement
"Order Book Channels Checksum Field Deprecation" of 2026-05-21: since 2026-06-23 the checksum is always 0.
Where it is not 0 it must fit: the CRC32, signed, of price and size as written of the best 25 levels, a bid
and an ask in turn. Messages of before 2023 have no `seqId`: those are ordered by their time, and the checksum
tells whether one is missing.

The snapshot comes with the subscription. The change log of 2026-02-12 planned to end that; so when updates
come and no snapshot, it is asked for by REST, which says its `seqId`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Final

from titan.venues.chain import Chain, Update
from titan.venues.ladder import Ladder
from titan.venues.okx import wire
from titan.venues.sink import Level, Sink
from titan.venues.stream import Market
from titan.venues.tally import Tally

LEVELS: Final = 400
_TOP: Final = 25
_MS: Final = 1_000_000


class Checks:
    """The book as it was written, while every message of it has a checksum."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._ladder: Ladder | None = None

    def right(self, checksum: int, written: wire.WrittenBook | None, *, snapshot: bool) -> bool:
        """Takes the levels of a message that is applied now; whether the checksum fits. Once a message came
        without one there is nothing to compare until the next snapshot."""
        if snapshot:
            self._ladder = Ladder(LEVELS) if checksum else None
        elif not checksum:
            self._ladder = None
        if self._ladder is None or written is None:
            return True
        for side, levels in ((1, written.bids), (-1, written.asks)):
            for level in levels:
                self._ladder.set(side, float(level.px), float(level.qty), level.px, level.qty)
        if crc32(self._ladder) == checksum:
            self._tally.checksums_ok += 1
            return True
        self._tally.checksums_bad += 1
        return False

    @property
    def used(self) -> bool:
        return self._ladder is not None


class Books:
    """One market's book. `want` asks for a snapshot, by REST or by subscribing anew."""

    def __init__(self, market: Market, sink: Sink, tally: Tally, want: Callable[[bool], None]) -> None:
        self.chain = Chain(market, sink, tally, self._ask)
        self._want = want
        self._by_rest = False
        self._contract = market.contract
        self._checks = Checks(tally)
        self._numbered: bool | None = None
        """Whether messages have a `seqId`; None until it is known."""

    def hear(self, said: wire.Books, frame: bytes, recv: int, connection: int) -> None:
        """Raises ValueError for a message that fits neither way of numbering."""
        for at, book in enumerate(said.data):
            snapshot = said.action == "snapshot" or (not said.action and book.prev == -1)
            if not snapshot and said.action != "update":
                raise ValueError("neither a snapshot nor an update")
            right = self._right(book.checksum, frame, at, snapshot)
            if snapshot:
                if not book.bids and not book.asks:
                    continue  # the mark of a stream that begins; the book itself comes by REST
                if self._turns(book.seq is not None):
                    self.chain.forget()
                last = book.ts if book.seq is None else book.seq
                self.chain.snapshot(self._update(-1, last, book, recv, connection, right))
            else:
                prev, last = self._place(book, recv, connection)
                self.chain.update(self._update(prev, last, book, recv, connection, right))

    def answer(self, book: wire.Book, recv: int) -> None:
        """The snapshot of REST. Raises ValueError when it does not say where it belongs."""
        if book.seq is None:
            raise ValueError("a book without its seqId")
        if self._turns(True):
            self.chain.forget()
        right = self._right(0, b"", 0, snapshot=True)
        self.chain.snapshot(self._update(-1, book.seq, book, recv, 0, right))

    def _place(self, book: wire.Book, recv: int, connection: int) -> tuple[int, int]:
        if book.seq is None and self._numbered and self.chain.valid:
            raise ValueError("an update without its seqId")
        if book.seq is not None:
            if book.prev is None:
                raise ValueError("an update without its prevSeqId")
            if self._turns(True):
                self.chain.mistaken(recv, connection)
            return book.prev, book.seq
        follows = self.chain.valid and book.ts >= self.chain.last
        return (self.chain.last if follows else book.ts), book.ts

    def _turns(self, numbered: bool) -> bool:
        """Whether this message is numbered other than the book before it, whose number then says nothing. A
        stream is numbered or it is not, so rather a snapshot was broken."""
        before, self._numbered = self._numbered, numbered
        return before is not None and before is not numbered

    def _right(self, checksum: int, frame: bytes, at: int, snapshot: bool) -> Callable[[], bool] | None:
        if not checksum and not self._checks.used:
            return None
        # Read now: later, when the book moves on, nothing may go wrong any more.
        written = wire.WRITTEN.decode(frame).data[at] if checksum else None
        return lambda: self._checks.right(checksum, written, snapshot=snapshot)

    def _update(
        self, prev: int, last: int, book: wire.Book, recv: int, connection: int,
        right: Callable[[], bool] | None,
    ) -> Update:  # fmt: skip
        ts = book.ts * _MS
        bids, asks = sized(book.bids, self._contract), sized(book.asks, self._contract)
        return Update(prev, last, ts, ts if connection else 0, recv, connection, bids, asks, right)

    def _ask(self, _n: int) -> None:
        """A hole in the stream: subscribe anew. Updates and no snapshot: ask by REST, then in turn."""
        self._by_rest = self.chain.last < 0 and not self._by_rest
        self._want(self._by_rest)


def sized(levels: list[wire.Level], contract: float) -> list[Level]:
    """Levels in base units."""
    return [(level.px, level.qty * contract) for level in levels]


def crc32(ladder: Ladder) -> int:
    """The checksum as the venue writes it: a signed number of 32 bits."""
    bids, asks = list(ladder.texts(1, _TOP)), list(ladder.texts(-1, _TOP))
    texts: list[str] = []
    for i in range(max(len(bids), len(asks))):
        for side in (bids, asks):
            texts.extend(side[i] if i < len(side) else ())
    value = zlib.crc32(":".join(texts).encode())
    return value - (1 << 32) if value >= 1 << 31 else value
