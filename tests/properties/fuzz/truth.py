"""A market at a venue: its book, and the log of what changed, from which each connection is told."""

from __future__ import annotations

import zlib
from random import Random
from typing import NamedTuple

Book = dict[tuple[int, float], float]
"""(side, price) -> size"""
Change = tuple[int, int, int]
"""side, price in ticks of 0.1, size in lots of 0.001; size 0 deletes."""


class Entry(NamedTuple):
    """What one message tells: the book goes from state `before` to `last`."""

    before: int
    first: int
    last: int
    ms: int
    changes: list[Change]
    checksum: int = 0


def px_text(ticks: int) -> str:
    return f"{ticks // 10}.{ticks % 10}"


def qty_text(lots: int) -> str:
    return f"{lots // 1000}.{lots % 1000:03d}"


class Truth:
    """`stride` is how many versions one change may take, `deep` the levels that the venue shows (0: all)."""

    def __init__(
        self, random: Random, *, stride: int = 1, deep: int = 0, version: int = 0, contract: float = 1.0
    ) -> None:
        self._random = random
        self._mid = random.choice((95, 600, 25_003, 960_000))
        self._stride, self._contract = stride, contract
        self.deep = deep
        self.version = version or random.randrange(100, 10_000_000)
        self.sides: dict[int, dict[int, int]] = {1: {}, -1: {}}
        self.book: Book = {}
        """What a listener has to hold."""
        self.log: list[Entry] = []
        for side in (1, -1):
            for _ in range(24):
                self._put([], side, self._near(side), self._lots())
        if deep:
            self._shown(self._visible())

    def tick(self, ms: int) -> Entry:
        """A few levels change."""
        before = self._visible() if self.deep else {}
        changes: list[Change] = []
        random = self._random
        for _ in range(random.choice((1, 1, 2, 3, 5))):
            side = random.choice((1, -1))
            held = self.sides[side]
            if len(held) > 30 or (held and random.random() < 0.4):
                self._put(changes, side, random.choice(list(held)), random.choice((0, self._lots())))
            else:
                self._put(changes, side, self._near(side), self._lots())
        if random.random() < 0.05:
            self._move(changes, random.choice((-2, -1, 1, 2)))
        first = self.version + 1
        last = self.version + random.randint(1, self._stride)
        checksum = 0
        if self.deep:
            now = self._visible()
            changes = [(s, t, q) for (s, t), q in now.items() if before.get((s, t)) != q]
            changes += [(s, t, 0) for s, t in before if not self.sides[s].get(t)]
            random.shuffle(changes)
            self._shown(now)
        entry = Entry(self.version, first, last, ms, changes, checksum)
        self.version = last
        self.log.append(entry)
        return entry

    def levels(self, side: int) -> list[tuple[str, str]]:
        """What a snapshot shows, best first."""
        held = sorted(self.sides[side].items(), reverse=side > 0)
        return [(px_text(t), qty_text(q)) for t, q in held[: self.deep or len(held)]]

    def kraken_sum(self) -> int:
        """Kraken's checksum of the book as it is."""
        text = "".join(
            p.replace(".", "").lstrip("0") + q.replace(".", "").lstrip("0")
            for side in (-1, 1)
            for p, q in self.levels(side)[:10]
        )
        return zlib.crc32(text.encode())

    def okx_sum(self) -> int:
        """OKX's, as it was until 2026."""
        bids, asks = self.levels(1)[:25], self.levels(-1)[:25]
        parts: list[str] = []
        for i in range(25):
            for levels in (bids, asks):
                if i < len(levels):
                    parts.extend(levels[i])
        value = zlib.crc32(":".join(parts).encode())
        return value - 2**32 if value >= 2**31 else value

    def _visible(self) -> dict[tuple[int, int], int]:
        made = {}
        for side, held in self.sides.items():
            for ticks in sorted(held, reverse=side > 0)[: self.deep]:
                made[side, ticks] = held[ticks]
        return made

    def _shown(self, visible: dict[tuple[int, int], int]) -> None:
        self.book.clear()
        self.book.update({(s, float(px_text(t))): float(qty_text(q)) for (s, t), q in visible.items()})

    def _near(self, side: int) -> int:
        far = min(self._mid - 3, int(self._random.expovariate(0.12)))
        return self._mid - 1 - far if side > 0 else self._mid + far

    def _lots(self) -> int:
        return self._random.choice((1, 10, 999, 1000, self._random.randrange(1, 5_000_000)))

    def _put(self, changes: list[Change], side: int, ticks: int, lots: int) -> None:
        if lots:
            self.sides[side][ticks] = lots
        elif self.sides[side].pop(ticks, None) is None:
            return
        changes.append((side, ticks, lots))
        if not self.deep:
            key = side, float(px_text(ticks))
            if lots:
                self.book[key] = float(qty_text(lots)) * self._contract
            else:
                self.book.pop(key, None)

    def _move(self, changes: list[Change], by: int) -> None:
        """The middle moves, and takes out the levels that stand in its way."""
        self._mid = max(40, self._mid + by)
        for side, held in self.sides.items():
            for ticks in [t for t in held if (t >= self._mid if side > 0 else t < self._mid)]:
                self._put(changes, side, ticks, 0)


def merged(entries: list[Entry]) -> Entry:
    """Several entries told by one message: the sizes that came last."""
    if len(entries) == 1:
        return entries[0]
    sizes = {(s, t): q for entry in entries for s, t, q in entry.changes}
    changes = [(s, t, q) for (s, t), q in sizes.items()]
    return Entry(entries[0].before, entries[0].first, entries[-1].last, entries[-1].ms, changes)
