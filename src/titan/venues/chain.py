"""A book whose snapshot and updates come by one stream, each update naming the state that it follows.

    no book ──snapshot──> book ──update that follows──> book
       ^                   │
       └──hole, wrong checksum, contradiction, lost connection (a gap row)

An update goes from state `prev` to `last` and sets absolute sizes, so one that begins before the book's state
and ends after it may be applied too: two connections of a venue cut the same changes differently. Without a
book updates are kept, for a snapshot may come by REST, and be older than they are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from titan.venues.audit import Audit
from titan.venues.sink import NO_TS, Level, Sink
from titan.venues.stream import Market
from titan.venues.tally import Tally

_KEPT: Final = 2000
_PATIENCE_NS: Final = 500_000_000
"""How long updates may come without a book until a snapshot is asked for again."""
_STALE: Final = 500
"""So many known updates in a row and no new one: the book's number cannot be right."""
_LATE_NS: Final = 500_000_000
"""An update that is so much younger than the book, and yet numbered below it, was numbered anew."""


class Update(NamedTuple):
    """Changed levels, times in ns. `right` is asked once, when the levels become part of the book: it says
    whether the checksum fits; None where there is none."""

    prev: int
    last: int
    ts: int
    event: int
    recv: int
    connection: int
    bids: Sequence[Level]
    asks: Sequence[Level]
    right: Callable[[], bool] | None = None


class Chain:
    """One market's. `want(n)` asks for a snapshot, for the n-th time since there was a book."""

    def __init__(self, market: Market, sink: Sink, tally: Tally, want: Callable[[int], None]) -> None:
        self.audit: Audit | None = None
        self.topic = ""
        """The one stream that the book follows; the depths of a venue are numbered apart."""
        self._inst = market.inst
        self._sink, self._tally, self._want = sink, tally, want
        self._valid = False
        self._last, self._ts = -1, -1
        self._kept: deque[Update] = deque(maxlen=_KEPT)
        self._asked = 0
        self._asked_at = -1
        self._stale = 0

    @property
    def last(self) -> int:
        """The number of the book's state; -1 when nothing is known of it."""
        return self._last

    @property
    def valid(self) -> bool:
        return self._valid

    def snapshot(self, update: Update, *, anew: bool = False) -> None:
        """The whole book; `prev` does not matter. `anew`: its number may be below that of the book, because
        the venue counts from the beginning."""
        older = update.last < self._last and update.ts < self._ts
        if self._valid:
            older = update.last <= self._last and not (anew and update.ts > self._ts)
            if older and self.audit is not None:
                self.audit.snapshot(self._inst, update.last, update.bids, update.asks)
        if older:
            self._tally.noticed["snapshots known already"] += 1
            return
        kept = [one for one in self._kept if one.last > update.last and one.ts >= update.ts]
        if kept and kept[0].prev > update.last:
            self._tally.noticed["snapshots from before a hole"] += 1
            return
        self._kept.clear()
        self._last, self._ts = update.last, update.ts
        if update.right is not None and not update.right():
            self._break(update.recv, update.connection)
            return
        self._valid = True
        self._asked, self._asked_at = 0, -1
        self._tally.resyncs += 1
        if self.audit is not None:
            self.audit.start(self._inst, update.last, update.bids, update.asks)
        _, _, ts, event, recv, connection, bids, asks, _ = update
        self._sink.book(self._inst, ts, event, recv, connection, bids, asks, True)
        for one in kept:
            if one.last > self._last and self._valid:
                self.update(one._replace(recv=recv))

    def update(self, update: Update) -> None:
        if not self._valid:
            self._keep(update)
        elif update.prev == self._last or update.prev < self._last < update.last:
            self._apply(update)
        elif update.prev > self._last:
            self._break(update.recv, update.connection)
            self._kept.append(update)
        elif update.last < self._last and update.ts > self._ts + _LATE_NS:
            self._tally.noticed["numbered anew"] += 1
            self._forget()
            self._break(update.recv, update.connection)
            self._kept.append(update)
        else:
            self._tally.noticed["updates known already"] += 1
            self._stale += 1
            if self._stale > _STALE:
                self.mistaken(update.recv, update.connection)

    def mistaken(self, recv: int, connection: int) -> None:
        """The book began with something that cannot be right."""
        self.forget()
        if self._valid:
            self._break(recv, connection)

    def forget(self) -> None:
        """What was heard so far cannot be compared with what comes: the next snapshot is taken whatever its
        number and time, and nothing kept follows on it."""
        self._kept.clear()
        self._forget()

    def lost(self, recv: int) -> None:
        """No connection carries the stream any more."""
        if self._valid:
            self._break(recv, 0, ask=False)
        self.forget()
        self._asked, self._asked_at = 0, -1

    def _keep(self, update: Update) -> None:
        self._tally.noticed["updates without a book"] += 1
        if self._asked_at < 0:
            self._asked_at = update.recv
        elif update.recv - self._asked_at > _PATIENCE_NS:
            self._forget()
            self._kept.clear()
            self._ask(update.recv)
        self._kept.append(update)

    def _apply(self, update: Update) -> None:
        _, last, ts, event, recv, connection, bids, asks, right = update
        self._last, self._ts, self._stale = last, ts, 0
        if right is not None and not right():
            self._break(recv, connection)
            return
        if self.audit is not None:
            self.audit.update(self._inst, update.prev + 1, last, bids, asks)
        if bids or asks:
            self._sink.book(self._inst, ts, event, recv, connection, bids, asks, False)

    def _break(self, recv: int, connection: int, *, ask: bool = True) -> None:
        self._valid = False
        self._kept.clear()
        self._tally.gaps += 1
        if self.audit is not None:
            self.audit.gap(self._inst)
        self._sink.gap(self._inst, NO_TS, recv, connection)
        if ask:
            self._ask(recv)

    def _ask(self, recv: int) -> None:
        self._asked += 1
        self._asked_at = recv
        self._want(self._asked)

    def _forget(self) -> None:
        """Numbers and times before this say nothing about what comes."""
        self._last, self._ts, self._stale = -1, -1, 0
