"""Collects decoded messages in the order in which they arrived, and gives them out as rows.

A message is one packed record, written by one call into C: its times, what it is, and up to four numbers.
Levels of books stay in the lists that the decoder made. The columns are made when the rows are taken, for all
messages at once.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from titan.market.tape.rows import END, ESTIMATED, SNAPSHOT, Kind, Rows, empty, pack
from titan.venues.messages import NO_TS, Flow
from titan.venues.sink import Level, Row

_DTYPE: Final = np.dtype(
    [
        ("ts", "<i8"), ("recv", "<i8"), ("inst", "<u2"), ("what", "u1"), ("side", "i1"), ("flags", "u1"),
        ("bids", "<i4"), ("asks", "<i4"), ("a", "<f8"), ("b", "<f8"), ("c", "<f8"), ("d", "<f8"),
    ]
)  # fmt: skip
_HEAD: Final = struct.Struct("<qqHBbBiidddd")
assert _HEAD.size == _DTYPE.itemsize
_SIZE: Final = _HEAD.size
_put: Final = _HEAD.pack_into
_ROOM: Final = 4096
_TRADE, _LEVEL, _CLEAR, _BBO, _GAP = (
    int(k) for k in (Kind.TRADE, Kind.LEVEL, Kind.CLEAR, Kind.BBO, Kind.GAP)
)
# What a record is: a kind of single row, or one of these.
_QUOTE, _UPDATE, _SNAPSHOT, _LOST = 200, 201, 202, 203
_SINGLE: Final = 199
_EVERY: Final = 64


class Latency:
    """The usual time from the venue to us, of one connection: the least of the last 64 to 128 messages.

    Near the least, so that a moment of congestion does not shift the venue's estimated time, and quick to
    follow a drift of the clocks.
    """

    __slots__ = ("before", "count", "least", "now")

    def __init__(self) -> None:
        self.least = self.before = self.now = 0
        self.count = 0

    def learn(self, latency: int) -> None:
        n = self.count
        if n == 0:
            self.least = self.before = self.now = latency
        elif n % _EVERY == 0:
            self.before, self.now = self.now, latency
            self.least = min(self.before, latency)
        elif latency < self.now:
            self.now = latency
            if latency < self.least:
                self.least = latency
        self.count = n + 1


class Batch:
    """A `Sink`. `take` empties it."""

    __slots__ = ("_at", "_end", "_heads", "_latency", "_levels", "waiting")

    def __init__(self) -> None:
        self._heads = bytearray(_ROOM * _SIZE)
        self._end = len(self._heads)
        self._at = 0
        self._levels: list[Sequence[Level]] = []
        self._latency: dict[int, Latency] = {}
        self.waiting = 0
        """Rows that `take` would give."""

    def __bool__(self) -> bool:
        return self._at > 0

    def latency_ns(self, connection: int) -> int | None:
        """The usual time from the venue to us; None where no message said when it was sent."""
        latency = self._latency.get(connection)
        return latency.least if latency is not None and latency.count else None

    def trade(
        self, inst: int, ts: int, event: int, recv: int, connection: int, side: int, px: float, qty: float
    ) -> None:
        flags = END
        if event or ts < 0:
            ts, flags = self._time(ts, event, recv, connection, flags)
        at = self._at
        if at == self._end:
            self._grow()
        _put(self._heads, at, ts, recv, inst, _TRADE, side, flags, 0, 0, px, qty, 0.0, 0.0)
        self._at = at + _SIZE
        self.waiting += 1

    def quote(
        self, inst: int, ts: int, event: int, recv: int, connection: int,
        bid: float, bid_qty: float, ask: float, ask_qty: float,
    ) -> None:  # fmt: skip
        flags = 0
        if event or ts < 0:
            ts, flags = self._time(ts, event, recv, connection, flags)
        at = self._at
        if at == self._end:
            self._grow()
        _put(self._heads, at, ts, recv, inst, _QUOTE, 0, flags, 0, 0, bid, bid_qty, ask, ask_qty)
        self._at = at + _SIZE
        self.waiting += 2

    def book(
        self, inst: int, ts: int, event: int, recv: int, connection: int,
        bids: Sequence[Level], asks: Sequence[Level], snapshot: bool,
    ) -> None:  # fmt: skip
        n, m = len(bids), len(asks)
        what, flags = (_SNAPSHOT, SNAPSHOT) if snapshot else (_UPDATE, 0)
        if n + m + snapshot == 0:
            return
        if event or ts < 0:
            ts, flags = self._time(ts, event, recv, connection, flags)
        at = self._at
        if at == self._end:
            self._grow()
        _put(self._heads, at, ts, recv, inst, what, 0, flags, n, m, 0.0, 0.0, 0.0, 0.0)
        self._at = at + _SIZE
        self._levels.append(bids)
        self._levels.append(asks)
        self.waiting += n + m + snapshot

    def gap(self, inst: int, ts: int, recv: int, connection: int) -> None:
        flags = 0
        if ts < 0:
            ts, flags = self._time(ts, 0, recv, connection, flags)
        if self._at == self._end:
            self._grow()
        _put(self._heads, self._at, ts, recv, inst, _LOST, 0, flags, 0, 0, 0.0, 0.0, 0.0, 0.0)
        self._at += _SIZE
        self.waiting += 2

    def rows(
        self, inst: int, flow: Flow, ts: int, event: int, recv: int, connection: int,
        rows: Sequence[Row], flags: int = 0,
    ) -> None:  # fmt: skip
        del flow
        if event or ts < 0:
            ts, flags = self._time(ts, event, recv, connection, flags)
        last = len(rows) - 1
        for i, (kind, side, px, qty) in enumerate(rows):
            if self._at == self._end:
                self._grow()
            end = flags | END if i == last else flags
            _put(self._heads, self._at, ts, recv, inst, kind, side, end, 0, 0, px, qty, 0.0, 0.0)
            self._at += _SIZE
        self.waiting += last + 1

    def take(self) -> Rows:
        """All rows since the last call, in the order of their arrival."""
        if not self._at:
            return empty(0)
        heads = np.frombuffer(self._heads, _DTYPE, self._at // _SIZE)
        levels, self._levels = self._levels, []
        self.waiting = 0
        made = _columns(heads, levels)
        del heads  # the buffer can grow again
        self._at = 0
        return made

    def _grow(self) -> None:
        self._heads.extend(bytes(len(self._heads)))
        self._end = len(self._heads)

    def _time(self, ts: int, event: int, recv: int, connection: int, flags: int) -> tuple[int, int]:
        latency = self._latency.get(connection)
        if latency is None:
            latency = self._latency[connection] = Latency()
        if event:
            latency.learn(recv - event)
        if ts == NO_TS:
            return recv - latency.least, flags | ESTIMATED
        return ts, flags


def _columns(heads: NDArray[np.void], levels: Sequence[Sequence[Level]]) -> Rows:
    """Records of messages as rows."""
    what = heads["what"]
    several = what > _SINGLE
    if not several.any():
        names = ("ts", "recv", "inst", "what", "side", "flags", "a", "b")
        return pack([heads[name].copy() for name in names])
    # A message is two runs of rows, of which one may be empty: bids and asks, a gap and its clear.
    booked, paired = (what == _UPDATE) | (what == _SNAPSHOT), (what == _QUOTE) | (what == _LOST)
    first, second = np.ones(len(heads), np.int64), paired.astype(np.int64)
    first[booked] = heads["bids"][booked] + (what[booked] == _SNAPSHOT)
    second[booked] = heads["asks"][booked]
    counts = first + second
    runs = np.column_stack((first, second)).ravel()
    kinds, sides = what.copy(), heads["side"].copy()
    kinds[booked], kinds[what == _QUOTE], kinds[what == _LOST] = _LEVEL, _BBO, _GAP
    sided = booked | (what == _QUOTE)
    sides[sided] = 1
    kind = np.repeat(kinds, counts)
    side = np.repeat(np.column_stack((sides, np.where(sided, -sides, sides))).ravel(), runs)
    flags = np.repeat(heads["flags"], counts)
    px = np.repeat(np.column_stack((heads["a"], heads["c"])).ravel(), runs)
    qty = np.repeat(np.column_stack((heads["b"], heads["d"])).ravel(), runs)
    ends = np.cumsum(counts)
    starts = ends - counts
    flags[ends[several] - 1] |= END
    kind[starts[what == _LOST] + 1] = _CLEAR
    if levels:
        of = np.repeat(booked, counts)
        clears = starts[what == _SNAPSHOT]
        kind[clears], side[clears], of[clears] = _CLEAR, 0, False
        numbers = np.fromiter(chain.from_iterable(chain.from_iterable(levels)), np.float64, 2 * int(of.sum()))
        px[of], qty[of] = numbers[0::2], numbers[1::2]
    same = [np.repeat(heads[name], counts) for name in ("ts", "recv", "inst")]
    return pack([*same, kind, side, flags, px, qty])
