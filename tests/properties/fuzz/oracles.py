"""The book that a venue's rule makes of the messages that were heard: what a line's book is judged by.

    live ──hole, wrong checksum──> no book ──snapshot that what follows connects to──> live

A line may lose its book where the rule would not ask for it (`gave_up`), and then has none until a snapshot.
It may never have one where the rule has none, or another one.
"""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from typing import Final

from tests.properties.fuzz.readings import BY_TIME, Levels, Told
from tests.properties.fuzz.truth import Book

_TOO_OLD: Final = 3
_PATIENCE_NS: Final = 1_000_000_000
_LATE_NS: Final = 500_000_000


Written = dict[tuple[int, float], tuple[str, str]]
Heard = tuple[Told, int, int]
"""A message, when it was received, and by which connection."""


def put(book: Book, bids: Levels, asks: Levels) -> None:
    """Absolute sizes upon a book."""
    for side, levels in ((1, bids), (-1, asks)):
        for px, qty in levels:
            if qty:
                book[side, px] = qty
            else:
                book.pop((side, px), None)


def write(written: Written, told: Told) -> None:
    """The texts of absolute sizes, for a checksum over them."""
    for side, levels, texts in ((1, told.bids, told.texts[0]), (-1, told.asks, told.texts[1])):
        for (px, qty), text in zip(levels, texts, strict=True):
            if qty:
                written[side, px] = text
            else:
                written.pop((side, px), None)


class Oracle(ABC):
    """Of one market."""

    def __init__(self) -> None:
        self.live = False
        self.book: Book = {}

    @abstractmethod
    def hear(self, told: Told, recv: int, connection: int) -> None:
        """A message that the line did not refuse."""

    @abstractmethod
    def gave_up(self) -> None:
        """The line has no book although this one is live."""

    @abstractmethod
    def lost(self) -> None:
        """No connection carries the book any more."""

    @property
    def doubtful(self) -> bool:
        """Whether damaged messages are among those that wait for a snapshot."""
        return False

    def asked(self) -> None:  # noqa: B027  only a chain forgets then
        """The line asks for a snapshot, and begins to collect from here."""


class Versions(Oracle):
    """Binance and MEXC: updates are kept until a snapshot comes, and each begins where the last one ended.
    One that comes early on one of two connections waits for what the other may bring, at most a second."""

    def __init__(self) -> None:
        super().__init__()
        self.version = -1
        self.kept: list[Heard] = []
        self.early: list[Heard] = []
        self.seen: dict[int, int] = {}
        self.spare: Told | None = None
        self.too_old = 0
        self.from_damaged = False
        """The book began with something that was damaged."""
        self.far = 0
        """How many of those that waited for this snapshot lie too far ahead to be true."""
        self.before: list[Heard] = []
        """What was kept before the snapshot of this step was taken."""

    def hear(self, told: Told, recv: int, connection: int) -> None:
        self.before = []
        if told.snapshot:
            self._snapshot(told, recv)
            return
        seen = self.seen.get(connection)
        self.seen[connection] = told.last
        if not self.live:
            self.kept.append((told, recv, connection))
        elif told.last <= self.version:
            return
        elif told.before <= self.version:
            self._apply(told)
            self._follow()
        else:
            self.early.append((told, recv, connection))
            waits = len(self.seen) > 1 and (seen is None or seen >= told.before)
            if not waits or recv - self.early[0][1] > _PATIENCE_NS or len(self.early) > 512:
                self._break(recv)

    def gave_up(self) -> None:
        if self.before:
            self.kept, self.before, self.live = self.before, [], False
        else:
            self._break(0)

    @property
    def doubtful(self) -> bool:
        waiting = [one for one, _, _ in (*self.kept, *self.early)]
        begun = (self.live and self.from_damaged) or (self.spare is not None and self.spare.damaged)
        return begun or any(one.damaged for one in waiting)

    def lost(self) -> None:
        self.live = False
        self.kept, self.early, self.before, self.spare = [], [], [], None
        self.seen.clear()

    def _snapshot(self, told: Told, recv: int) -> None:
        if self.live:
            if told.last > self.version:
                self.spare = told
            return
        after = sorted((one for one in self.kept if one[0].last > told.last), key=lambda one: one[0].last)
        if after and after[0][0].before > told.last:
            self.too_old += 1
            if self.too_old >= _TOO_OLD:
                self.too_old, self.kept = 0, []
                self.seen.clear()
            return
        self.before, self.kept = self.kept, []
        self.from_damaged = told.damaged or any(one[0].damaged for one in after)
        self.too_old, self.spare = 0, None
        self.live, self.version, self.book = True, told.last, {}
        put(self.book, told.bids, told.asks)
        before = self.before
        for one, at, connection in after[: len(after) - self.far]:
            self.hear(one, max(at, recv), connection)
        self.before = before

    def _apply(self, told: Told) -> None:
        put(self.book, told.bids, told.asks)
        self.version = told.last

    def _follow(self) -> None:
        self.early.sort(key=lambda one: one[0].last)
        while self.early and self.early[0][0].before <= self.version:
            told = self.early.pop(0)[0]
            if told.last > self.version:
                self._apply(told)

    def _break(self, recv: int) -> None:
        self.live = False
        self.kept, self.early = self.early, []
        spare, self.spare = self.spare, None
        if spare is not None and self.kept and self.kept[0][0].before <= spare.last:
            self._snapshot(spare, recv)


class Chained(Oracle):
    """Bybit and OKX: the snapshot comes in the stream, each update names the state before it. OKX's checksum,
    where there is one, has to fit."""

    def __init__(self) -> None:
        super().__init__()
        self.last = self.ts = -1
        self.kept: list[Told] = []
        self.written: Written | None = None
        self.numbered: bool | None = None
        """How the book is counted: by number or by time. Neither says anything about the other."""

    def _counted(self, told: Told) -> None:
        numbered = told.before != BY_TIME
        if told.snapshot or numbered:
            if self.numbered is not None and numbered is not self.numbered:
                self.lost()
            self.numbered = numbered

    def _placed(self, told: Told) -> Told:
        """Messages without numbers follow each other in time."""
        follows = self.live and told.last >= self.last and not told.snapshot
        return told._replace(before=self.last if follows else told.last)

    def hear(self, told: Told, recv: int, connection: int) -> None:
        self._counted(told)
        if told.before == BY_TIME:
            told = self._placed(told)
        if told.snapshot:
            self._snapshot(told)
        elif not self.live:
            self.kept.append(told)
        elif told.before == self.last or told.before < self.last < told.last:
            self._apply(told)
        elif told.before > self.last:
            self.live, self.kept = False, [told]
        elif told.last < self.last and told.ts > self.ts + _LATE_NS:
            self.live, self.kept, self.last, self.ts = False, [told], -1, -1

    def gave_up(self) -> None:
        self.live, self.kept = False, []

    @property
    def doubtful(self) -> bool:
        return any(one.damaged for one in self.kept)

    def lost(self) -> None:
        self.live, self.kept, self.last, self.ts = False, [], -1, -1

    def asked(self) -> None:
        self.kept.clear()
        self.last = self.ts = -1

    def _snapshot(self, told: Told) -> None:
        """A line that has a book may take a snapshot that is not older, and must take one that is younger."""
        if self.live and told.last <= self.last and not (told.anew and told.ts > self.ts):
            return
        if not self.live and told.last < self.last and told.ts < self.ts:
            return
        kept = [one for one in self.kept if one.last > told.last and one.ts >= told.ts]
        if kept and kept[0].before > told.last:
            return
        self.kept, self.book = [], {}
        self.live = True
        self.written = {} if told.checksum else None
        self._apply(told)
        for one in kept:
            if one.last > self.last and self.live:
                self.hear(one, 0, 0)

    def _apply(self, told: Told) -> None:
        self.last, self.ts = told.last, told.ts
        put(self.book, told.bids, told.asks)
        if not told.checksum:
            self.written = None
        if self.written is None:
            return
        write(self.written, told)
        if self._sum() != told.checksum:
            self.live = False

    def _sum(self) -> int:
        assert self.written is not None
        bids, asks = (
            [
                self.written[key]
                for key in sorted((k for k in self.written if k[0] == side), reverse=side > 0)[:25]
            ]
            for side in (1, -1)
        )
        parts: list[str] = []
        for i in range(25):
            for side in (bids, asks):
                if i < len(side):
                    parts.extend(side[i])
        value = zlib.crc32(":".join(parts).encode())
        return value - 2**32 if value >= 2**31 else value


class Summed(Oracle):
    """Kraken: the newest connection's messages, cut to the depth asked for, with a checksum over the best
    ten. Without one (the snapshots of v1) the book may not be crossed."""

    def __init__(self) -> None:
        super().__init__()
        self.deep = 100
        self.connection = -1
        self.written: Written = {}

    def hear(self, told: Told, recv: int, connection: int) -> None:
        self.deep = told.deep or self.deep
        if told.confirms:
            return
        if told.snapshot:
            if self.live and connection < self.connection:
                return
            self.connection, self.live = connection, True
            self.book, self.written = {}, {}
        elif not self.live or connection != self.connection:
            return
        put(self.book, told.bids, told.asks)
        write(self.written, told)
        sides = {side: sorted((k for k in self.book if k[0] == side), reverse=side > 0) for side in (1, -1)}
        for keys in sides.values():
            for key in keys[self.deep :]:
                del self.book[key], self.written[key]
        if told.checksum is None:
            self.live = not (sides[1] and sides[-1] and sides[1][0][1] >= sides[-1][0][1])
            return
        text = "".join(
            part.replace(".", "").lstrip("0")
            for side in (-1, 1)
            for key in sides[side][: min(10, self.deep)]
            for part in self.written[key]
        )
        self.live = zlib.crc32(text.encode()) == told.checksum

    def gave_up(self) -> None:
        self.live = False

    def lost(self) -> None:
        self.live = False
