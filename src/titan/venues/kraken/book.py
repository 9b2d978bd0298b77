"""Kraken's book: no sequence, but a checksum with every message.

After each update the book is cut to the depth asked for, and the CRC32 of its ten best asks and bids must be
the one sent (docs.kraken.com/api/docs/guides/spot-ws-book-v2, read in November 2026): of each level price and
size as written, without the point and leading zeros, asks from the lowest, then bids from the highest. The
text matters: trailing zeros are part of it. A mismatch means that the book is not the venue's, so it is no
book until the next snapshot.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from titan.venues.ladder import Ladder
from titan.venues.sink import NO_TS, Level, Sink
from titan.venues.stream import Market
from titan.venues.tally import Tally

_TOP: Final = 10
_DEPTHS: Final = frozenset((10, 25, 100, 500, 1000))
_PATIENCE_NS: Final = 5_000_000_000
"""How long updates may come without a book, or by another connection only, until a snapshot is asked for."""


class Written(NamedTuple):
    """A level as it was written."""

    px: float
    qty: float
    px_text: str
    qty_text: str


class Book:
    """One market's. `want` asks for a new snapshot."""

    def __init__(
        self, market: Market, sink: Sink, tally: Tally, want: Callable[[], None], depth: int
    ) -> None:
        self.market = market
        self._sink, self._tally, self._want = sink, tally, want
        self._ladder = Ladder(depth)
        self._valid = False
        self._asked_at = -1
        self._connection = -1
        """Whose updates the book follows: two connections overlap while one replaces the other."""
        self._others_since = -1
        """Since when updates come by a newer connection, and none by that one."""

    def depth(self, levels: int) -> None:
        """The depth that was subscribed to, as the venue confirmed it. Raises ValueError for one that there
        is not."""
        if levels not in _DEPTHS:
            raise ValueError("a depth that there is not")
        self._ladder.depth = levels

    def snapshot(
        self, ts: int, recv: int, connection: int, bids: Sequence[Written], asks: Sequence[Written],
        checksum: int | None,
    ) -> None:  # fmt: skip
        """The whole book. It is taken from the newest connection, or from any when there is no book."""
        if self._valid and connection < self._connection:
            self._tally.noticed["snapshots of a connection that is being left"] += 1
            return
        self._connection, self._others_since = connection, -1
        self._ladder.clear()
        self._set(1, bids)
        self._set(-1, asks)
        self._ladder.cut()
        self._valid, self._asked_at = True, -1
        if not self._right(checksum):
            self._broken(ts, recv, connection)
            return
        self._tally.resyncs += 1
        self._sink.book(
            self.market.inst, ts, 0, recv, connection, self._ladder.levels(1), self._ladder.levels(-1), True
        )

    def update(
        self, ts: int, recv: int, connection: int, bids: Sequence[Written], asks: Sequence[Written],
        checksum: int | None,
    ) -> None:  # fmt: skip
        """Changed levels."""
        if not self._valid:
            self._tally.noticed["updates without a book"] += 1
            if self._asked_at < 0:
                self._asked_at = recv
            elif recv - self._asked_at > _PATIENCE_NS:
                self._ask(recv)
            return
        if connection != self._connection:
            self._other(recv, connection)
            return
        self._others_since = -1
        self._set(1, bids)
        self._set(-1, asks)
        dropped = self._ladder.cut()
        if not self._right(checksum):
            self._broken(ts, recv, connection)
            return
        changed: dict[int, list[Level]] = {
            1: [(w.px, w.qty) for w in bids], -1: [(w.px, w.qty) for w in asks],
        }  # fmt: skip
        for side, px in dropped:
            changed[side].append((px, 0.0))
        if changed[1] or changed[-1]:
            event = 0 if ts == NO_TS else ts
            self._sink.book(self.market.inst, ts, event, recv, connection, changed[1], changed[-1], False)

    def lost(self, ts: int, recv: int) -> None:
        """Nobody carries it any more."""
        if self._valid:
            self._valid = False
            self._tally.gaps += 1
            self._sink.gap(self.market.inst, ts, recv, self._connection)
        self._asked_at = -1

    def broken(self, ts: int, recv: int, connection: int) -> None:
        """A message of this book could not be read: its changes are lost."""
        if self._valid and connection == self._connection:
            self._broken(ts, recv, connection)

    def _other(self, recv: int, connection: int) -> None:
        """An update of a connection that is not followed. Its snapshot may have been lost, and the connection
        that is followed be gone."""
        self._tally.noticed["updates of a connection that is not followed"] += 1
        if connection < self._connection:
            return
        if self._others_since < 0:
            self._others_since = recv
        elif recv - self._others_since > _PATIENCE_NS:
            self._others_since = -1
            self._broken(NO_TS, recv, connection)

    def _broken(self, ts: int, recv: int, connection: int) -> None:
        self._valid = False
        self._tally.gaps += 1
        self._sink.gap(self.market.inst, ts, recv, connection)
        self._ask(recv)

    def _ask(self, recv: int) -> None:
        self._asked_at = recv
        self._want()

    def _set(self, side: int, levels: Sequence[Written]) -> None:
        for level in levels:
            self._ladder.set(side, *level)

    def _right(self, checksum: int | None) -> bool:
        if checksum is None:
            return not self._ladder.crossed()
        if crc32(self._ladder) == checksum:
            self._tally.checksums_ok += 1
            return True
        self._tally.checksums_bad += 1
        return False


def crc32(ladder: Ladder) -> int:
    """The venue's checksum over the ten best levels of each side."""
    text = "".join(
        px.replace(".", "").lstrip("0") + qty.replace(".", "").lstrip("0")
        for side in (-1, 1)
        for px, qty in ladder.texts(side, _TOP)
    )
    return zlib.crc32(text.encode())
