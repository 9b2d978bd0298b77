"""Collects decoded messages in the order in which they arrived, and gives them out as rows.

A message is one record (`venues.records`): its times, what it is, and up to four numbers. Levels of books
stay in the lists that the decoder made, or in the lane that a compiled reader writes into. The columns are
made when the rows are taken, for all messages at once.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from titan.market.tape.rows import END, ESTIMATED, SNAPSHOT, Kind, Rows, empty
from titan.venues.latency import AHEAD_NS, Latency
from titan.venues.messages import Flow
from titan.venues.records import HEAD, LOST, QUOTE, RECORD, SIZE, UPDATE, spread
from titan.venues.records import SNAPSHOT as BOOK
from titan.venues.sink import Level, Row

_put: Final = HEAD.pack_into
_ROOM: Final = 4096
_TRADE: Final = int(Kind.TRADE)
LANE_NUMBERS: Final = 10_000
"""Numbers, two to a level, for which the lane always has room before a compiled reader writes."""
_NO_LEVELS: Final[NDArray[np.float64]] = np.empty(0)


class Batch:
    """A `Sink`. `take` empties it.

    A compiled reader writes a record at `base + at` when `at` is not `end` (else `grow` first), and levels at
    `lane`, with room for `LANE_NUMBERS` unless it is beyond `lane_end` (then `widen`). Nothing of it counts
    before `at`, `lane` and `waiting` are moved.
    """

    __slots__ = (
        "_lane", "_lane_base", "_levels", "at", "base", "end", "lane", "lane_end", "latencies", "records",
        "waiting",
    )  # fmt: skip

    def __init__(self) -> None:
        self.records = bytearray(_ROOM * SIZE)
        self.base = self.end = 0
        self.at = 0
        self._measure()
        self._levels: list[Sequence[Level]] = []
        self._lane: NDArray[np.float64] = np.empty(4 * LANE_NUMBERS)
        self.lane = self._lane_base = self._span()
        self.latencies: dict[int, Latency] = {}
        self.waiting = 0
        """Rows that `take` would give."""

    def __bool__(self) -> bool:
        return self.at > 0

    def latency_ns(self, connection: int) -> int | None:
        """The usual time from the venue to us; None where no message said when it was sent."""
        latency = self.latencies.get(connection)
        return latency.least if latency is not None and latency.count else None

    def trade(
        self, inst: int, ts: int, event: int, recv: int, connection: int, side: int, px: float, qty: float
    ) -> None:
        flags = END
        if event or ts < 0 or ts - recv > AHEAD_NS:
            ts, flags = self._time(ts, event, recv, connection, flags)
        at = self.at
        if at == self.end:
            self.grow()
        _put(self.records, at, ts, recv, inst, _TRADE, side, flags, 0, 0, px, qty, 0.0, 0.0)
        self.at = at + SIZE
        self.waiting += 1

    def quote(
        self, inst: int, ts: int, event: int, recv: int, connection: int,
        bid: float, bid_qty: float, ask: float, ask_qty: float,
    ) -> None:  # fmt: skip
        flags = 0
        if event or ts < 0 or ts - recv > AHEAD_NS:
            ts, flags = self._time(ts, event, recv, connection, flags)
        at = self.at
        if at == self.end:
            self.grow()
        _put(self.records, at, ts, recv, inst, QUOTE, 0, flags, 0, 0, bid, bid_qty, ask, ask_qty)
        self.at = at + SIZE
        self.waiting += 2

    def book(
        self, inst: int, ts: int, event: int, recv: int, connection: int,
        bids: Sequence[Level], asks: Sequence[Level], snapshot: bool,
    ) -> None:  # fmt: skip
        n, m = len(bids), len(asks)
        what, flags = (BOOK, SNAPSHOT) if snapshot else (UPDATE, 0)
        if n + m + snapshot == 0:
            return
        if event or ts < 0 or ts - recv > AHEAD_NS:
            ts, flags = self._time(ts, event, recv, connection, flags)
        at = self.at
        if at == self.end:
            self.grow()
        _put(self.records, at, ts, recv, inst, what, 0, flags, n, m, 0.0, 0.0, 0.0, 0.0)
        self.at = at + SIZE
        self._levels.append(bids)
        self._levels.append(asks)
        self.waiting += n + m + snapshot

    def gap(self, inst: int, ts: int, recv: int, connection: int) -> None:
        flags = 0
        if ts < 0 or ts - recv > AHEAD_NS:
            ts, flags = self._time(ts, 0, recv, connection, flags)
        if self.at == self.end:
            self.grow()
        _put(self.records, self.at, ts, recv, inst, LOST, 0, flags, 0, 0, 0.0, 0.0, 0.0, 0.0)
        self.at += SIZE
        self.waiting += 2

    def rows(
        self, inst: int, flow: Flow, ts: int, event: int, recv: int, connection: int,
        rows: Sequence[Row], flags: int = 0,
    ) -> None:  # fmt: skip
        del flow
        if event or ts < 0 or ts - recv > AHEAD_NS:
            ts, flags = self._time(ts, event, recv, connection, flags)
        last = len(rows) - 1
        for i, (kind, side, px, qty) in enumerate(rows):
            if self.at == self.end:
                self.grow()
            end = flags | END if i == last else flags
            _put(self.records, self.at, ts, recv, inst, kind, side, end, 0, 0, px, qty, 0.0, 0.0)
            self.at += SIZE
        self.waiting += last + 1

    def take(self) -> Rows:
        """All rows since the last call, in the order of their arrival."""
        if not self.at:
            return empty(0)
        heads = np.frombuffer(self.records, RECORD, self.at // SIZE)
        levels, self._levels = self._levels, []
        listed = _NO_LEVELS
        if levels:
            listed = np.fromiter(chain.from_iterable(chain.from_iterable(levels)), np.float64)
        made = empty(self.waiting)
        spread(heads, listed, self._lane, made)
        del heads  # the buffer can grow again
        self.waiting = self.at = 0
        self.lane = self._lane_base
        return made

    def prepare(self) -> None:
        """Have the kernel of `take` compiled now rather than when the first frame waits for it."""
        spread(np.empty(0, RECORD), _NO_LEVELS, self._lane, empty(0))

    def grow(self) -> None:
        """Room for twice as many messages."""
        self.records.extend(bytes(len(self.records)))
        self._measure()

    def widen(self) -> None:
        """Room for twice as many levels of compiled readers."""
        used = self.lane - int(self._lane.ctypes.data)
        self._lane = np.concatenate((self._lane, np.empty(len(self._lane))))
        self._lane_base = self._span()
        self.lane = self._lane_base + used

    def _span(self) -> int:
        base = int(self._lane.ctypes.data)
        self.lane_end = base + 8 * (len(self._lane) - LANE_NUMBERS)
        return base

    def latency(self, connection: int) -> Latency:
        """How far a connection is behind the venue."""
        latency = self.latencies.get(connection)
        if latency is None:
            latency = self.latencies[connection] = Latency()
        return latency

    def _measure(self) -> None:
        self.end = len(self.records)
        self.base = ctypes.addressof(ctypes.c_char.from_buffer(self.records))

    def _time(self, ts: int, event: int, recv: int, connection: int, flags: int) -> tuple[int, int]:
        latency = self.latency(connection)
        if event and event - recv <= AHEAD_NS:
            latency.learn(recv - event)
        if ts < 0 or ts - recv > AHEAD_NS:
            return recv - latency.least, flags | ESTIMATED
        return ts, flags
