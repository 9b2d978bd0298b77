"""One book that is followed by versions: which updates follow on what it holds, and when it needs a snapshot.

An update holds every change from its first version to its last, as absolute sizes. Updates are kept back
until a snapshot is here; those up to its version are dropped, the next one must begin at or before its
version plus one, and so must every later one. That is the rule of MEXC (www.mexc.com api-docs, "How to
Properly Maintain a Local Copy of the Order Book", "Incremental Order Book Maintenance Mechanism") and of
Binance (developers.binance.com, "How to manage a local order book correctly", spot and USD-M, where the first
version is the one after the last update's `pu`), read in November 2026.

Two connections may carry the same updates while one replaces the other, and one may run ahead. So an update
that comes early is held for a moment when its own connection missed nothing: the other may still bring what
lies between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from titan.venues.ahead import Ahead
from titan.venues.audit import Audit
from titan.venues.sink import NO_TS, Level, Sink
from titan.venues.stream import Market
from titan.venues.tally import Tally

_HELD: Final = 4096
_KEPT: Final = 128
"""Of the updates of a book that began without a snapshot, for one that may come after all."""
_EARLY: Final = 512
_PATIENCE_NS: Final = 1_000_000_000
_SNAPSHOTS_TOO_OLD: Final = 3
_STALE: Final = 500
"""So many old updates in a row and no new one: the venue counts anew, the book is not followed any more."""


class Update(NamedTuple):
    """One depth message. Times in ns, sizes in base units."""

    first: int
    last: int
    ts: int
    event: int
    recv: int
    connection: int
    bids: Sequence[Level]
    asks: Sequence[Level]


class _Snapshot(NamedTuple):
    version: int
    ts: int
    recv: int
    connection: int
    bids: Sequence[Level]
    asks: Sequence[Level]


class Depth:
    """Follows one market's book into the sink; `ask` is called when a snapshot is needed."""

    def __init__(self, market: Market, sink: Sink, tally: Tally, ask: Callable[[], None]) -> None:
        self.audit: Audit | None = None
        self._inst = market.inst
        self._sink, self._tally, self._ask = sink, tally, ask
        self.version = -1
        """The last version that the book holds; -1 while there is none."""
        self._asked = self._was = self._partial = False
        self._held: list[Update] = []
        self._early: list[Update] = []
        self._seen: dict[int, int] = {}
        self._stale = self._too_old = 0
        self._spare: _Snapshot | None = None
        self._ahead = Ahead()

    @property
    def running(self) -> bool:
        """Whether there is a book."""
        return self.version >= 0

    def want(self) -> None:
        """Ask for a snapshot, unless one is on its way or not needed."""
        if not self.running and not self._asked:
            self._asked = True
            self._ask()

    def update(self, u: Update) -> None:
        """Apply an update, or hold it, or find that something is missing before it. Raises ValueError for
        one whose version lies too far ahead to be true."""
        self._ahead.believe(u.last, u.ts if u.ts > 0 else u.recv)
        before = self._seen.get(u.connection)
        self._seen[u.connection] = u.last
        if self.version < 0:
            self._hold(u)
        elif u.last <= self.version:
            self._old(u)
        elif u.first <= self.version + 1:
            self._apply(u)
            if self._early:
                self._catch_up()
        elif len(self._seen) > 1 and (before is None or before + 1 >= u.first):
            self._early.append(u)
            if len(self._early) > _EARLY or u.recv - self._early[0].recv > _PATIENCE_NS:
                self._break(u.recv, u.connection)
        else:
            self._early.append(u)
            self._break(u.recv, u.connection)

    @property
    def follower(self) -> int:
        """The version that the book holds when an update that follows on it may be read elsewhere; else -1,
        and `update` has to decide."""
        return -1 if self._early or self.audit is not None else self.version

    def followed(self, last: int, event: int, connection: int) -> None:
        """An update to the version `last` was read elsewhere and applied; it followed on `follower`."""
        self.version = self._seen[connection] = last
        ahead = self._ahead
        ahead.newest, ahead.at = last, event
        self._stale = ahead.stale = 0

    def snapshot(
        self, version: int, ts: int, recv: int, connection: int, bids: Sequence[Level], asks: Sequence[Level]
    ) -> None:
        """A snapshot starts the book, with the updates held for it. A running book needs none, unless
        it began without."""
        self._asked = False
        if self.running and not self._partial:
            if self.audit is not None:
                self.audit.snapshot(self._inst, version, bids, asks)
            self._tally.noticed["snapshots not needed"] += 1
            if version > self.version:
                # Perhaps the book has missed something and does not know it yet.
                self._spare = _Snapshot(version, ts, recv, connection, bids, asks)
            return
        after = sorted((u for u in self._held if u.last > version), key=lambda u: u.last)
        if after and after[0].first > version + 1:
            self._tally.noticed["snapshots too old"] += 1
            self._too_old += 1
            if self._too_old >= _SNAPSHOTS_TOO_OLD:
                # Then rather what is held is wrong.
                self._too_old, self._ahead = 0, Ahead()
                self._held.clear()
                self._seen.clear()
            self.want()
            return
        self._too_old = 0
        self._partial = False
        self._held.clear()
        self.version, self._spare = version, None
        self._tally.resyncs += self._was
        self._was = True
        if self.audit is not None:
            self.audit.start(self._inst, version, bids, asks)
        self._sink.book(self._inst, ts, 0, recv, connection, bids, asks, True)
        for u in after:
            # None of these could be used before the snapshot was here.
            try:
                self.update(u._replace(recv=max(u.recv, recv)))
            except ValueError:
                self._tally.noticed["updates too far ahead"] += 1

    def begin(self) -> None:
        """No snapshot is to be had, as in a recording that holds none: levels appear as they change, until
        one comes after all."""
        self._asked = False
        if self.running or not self._held:
            return
        held, self._held = sorted(self._held, key=lambda u: u.last), []
        self._partial = True
        self.version = max(held[0].first - 1, 0)
        for u in held:
            self.update(u)

    def failed(self) -> None:
        """The snapshot will not come; the next update asks again."""
        self._asked = False

    def lost(self, recv: int, connection: int = 0) -> None:
        """No connection carries the updates any more."""
        if self.running:
            self._break(recv, connection, ask=False)
        self._held.clear()
        self._seen.clear()
        self._asked = False

    def _hold(self, u: Update) -> None:
        if self._keep(u, _HELD):
            self._tally.noticed["updates not held"] += _HELD // 2
        self.want()

    def _keep(self, u: Update, most: int) -> bool:
        """For a snapshot that may come; whether the older half had to go."""
        self._held.append(u)
        full = len(self._held) > most
        if full:
            del self._held[: most // 2]
        return full

    def _old(self, u: Update) -> None:
        self._tally.noticed["depth known already"] += 1
        self._stale += 1
        if self._stale > _STALE:
            self._break(u.recv, u.connection)

    def _apply(self, u: Update) -> None:
        self.version = u.last
        self._stale = 0
        if self._partial:
            self._keep(u, _KEPT)
        if self.audit is not None:
            self.audit.update(self._inst, u.first, u.last, u.bids, u.asks)
        if u.bids or u.asks:
            self._sink.book(self._inst, u.ts, u.event, u.recv, u.connection, u.bids, u.asks, False)

    def _catch_up(self) -> None:
        """What came early and now follows."""
        self._early.sort(key=lambda u: u.last)
        while self._early and self._early[0].first <= self.version + 1:
            u = self._early.pop(0)
            if u.last > self.version:
                self._apply(u)

    def _break(self, recv: int, connection: int, *, ask: bool = True) -> None:
        self._tally.gaps += 1
        self.version, self._stale = -1, 0
        self._partial = False
        self._ahead = Ahead()
        self._held, self._early = self._early, []
        if self.audit is not None:
            self.audit.gap(self._inst)
        self._sink.gap(self._inst, NO_TS, recv, connection)
        spare, self._spare = self._spare, None
        if spare is not None and ask and self._held and self._held[0].first <= spare.version + 1:
            self.snapshot(*spare._replace(recv=recv))
        elif ask:
            self.want()
