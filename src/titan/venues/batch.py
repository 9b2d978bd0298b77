"""Collects decoded messages in the order in which they arrived, and gives them out as rows.

A message is one packed header for each run of rows of one kind and side, and its prices and sizes in one flat
array; the columns are made when the rows are taken. So a message costs one or two calls into C, and no object
outlives it.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from itertools import chain
from typing import Final

import numpy as np

from titan.market.tape.rows import END, ESTIMATED, SNAPSHOT, Kind, Rows, empty, pack
from titan.venues.messages import NO_TS, Flow
from titan.venues.sink import Level, Row

_RUN: Final = struct.Struct("<qqHBbBxxxq")
_DTYPE: Final = np.dtype(
    {
        "names": ["ts", "recv", "inst", "kind", "side", "flags", "n"],
        "formats": ["<i8", "<i8", "<u2", "u1", "i1", "u1", "<i8"],
        "offsets": [0, 8, 16, 18, 19, 20, 24],
        "itemsize": _RUN.size,
    }
)
_COLUMNS: Final = ("ts", "recv", "inst", "kind", "side", "flags")
_ROOM: Final = 4096
_TRADE, _LEVEL, _CLEAR, _BBO, _GAP = (
    int(k) for k in (Kind.TRADE, Kind.LEVEL, Kind.CLEAR, Kind.BBO, Kind.GAP)
)
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

    def __init__(self) -> None:
        self._runs = bytearray(_ROOM * _RUN.size)
        self._end = len(self._runs)
        self._at = 0
        self._values = array("d")
        self._latency: dict[int, Latency] = {}

    def __bool__(self) -> bool:
        return self._at > 0

    @property
    def waiting(self) -> int:
        """Rows that `take` would give."""
        return len(self._values) // 2

    def latency_ns(self, connection: int) -> int | None:
        """The usual time from the venue to us; None where no message said when it was sent."""
        latency = self._latency.get(connection)
        return latency.least if latency is not None and latency.count else None

    def trade(
        self, inst: int, ts: int, event: int, recv: int, connection: int, side: int, px: float, qty: float
    ) -> None:
        flags = END
        if ts < 0 or event:
            ts, flags = self._time(ts, event, recv, connection, flags)
        self._run(ts, recv, inst, _TRADE, side, flags, 1)
        self._values.extend((px, qty))

    def quote(
        self, inst: int, ts: int, event: int, recv: int, connection: int,
        bid: float, bid_qty: float, ask: float, ask_qty: float,
    ) -> None:  # fmt: skip
        flags = 0
        if ts < 0 or event:
            ts, flags = self._time(ts, event, recv, connection, flags)
        self._run(ts, recv, inst, _BBO, 1, flags, 1)
        self._run(ts, recv, inst, _BBO, -1, flags | END, 1)
        self._values.extend((bid, bid_qty, ask, ask_qty))

    def book(
        self, inst: int, ts: int, event: int, recv: int, connection: int,
        bids: Sequence[Level], asks: Sequence[Level], snapshot: bool,
    ) -> None:  # fmt: skip
        flags = SNAPSHOT if snapshot else 0
        if ts < 0 or event:
            ts, flags = self._time(ts, event, recv, connection, flags)
        if snapshot:
            self._run(ts, recv, inst, _CLEAR, 0, flags if bids or asks else flags | END, 1)
            self._values.extend((0.0, 0.0))
        if bids:
            self._run(ts, recv, inst, _LEVEL, 1, flags if asks else flags | END, len(bids))
            self._values.extend(chain.from_iterable(bids))
        if asks:
            self._run(ts, recv, inst, _LEVEL, -1, flags | END, len(asks))
            self._values.extend(chain.from_iterable(asks))

    def gap(self, inst: int, ts: int, recv: int, connection: int) -> None:
        flags = 0
        if ts < 0:
            ts, flags = self._time(ts, 0, recv, connection, flags)
        self._run(ts, recv, inst, _GAP, 0, flags, 1)
        self._run(ts, recv, inst, _CLEAR, 0, flags | END, 1)
        self._values.extend((0.0, 0.0, 0.0, 0.0))

    def rows(
        self, inst: int, flow: Flow, ts: int, event: int, recv: int, connection: int,
        rows: Sequence[Row], flags: int = 0,
    ) -> None:  # fmt: skip
        del flow
        if ts < 0 or event:
            ts, flags = self._time(ts, event, recv, connection, flags)
        last = len(rows) - 1
        for i, (kind, side, px, qty) in enumerate(rows):
            self._run(ts, recv, inst, kind, side, flags | END if i == last else flags, 1)
            self._values.extend((px, qty))

    def take(self) -> Rows:
        """All rows since the last call, in the order of their arrival."""
        if not self._at:
            return empty(0)
        runs = np.frombuffer(self._runs, _DTYPE, self._at // _RUN.size)
        values = np.frombuffer(self._values, np.float64).reshape(-1, 2)
        n = runs["n"]
        single = len(values) == len(runs)
        spread = [runs[name].copy() if single else np.repeat(runs[name], n) for name in _COLUMNS]
        if not single:
            # END belongs to the last row of its run only.
            last = np.zeros(len(values), bool)
            last[np.cumsum(n) - 1] = True
            spread[5] &= np.where(last, 255, 255 - END).astype(np.uint8)
        made = pack((*spread, values[:, 0].copy(), values[:, 1].copy()))
        del values
        self._at = 0
        self._values = array("d")
        return made

    def _run(self, ts: int, recv: int, inst: int, kind: int, side: int, flags: int, n: int) -> None:
        at = self._at
        if at == self._end:
            self._runs.extend(bytes(len(self._runs)))
            self._end = len(self._runs)
        _RUN.pack_into(self._runs, at, ts, recv, inst, kind, side, flags, n)
        self._at = at + _RUN.size

    def _time(self, ts: int, event: int, recv: int, connection: int, flags: int) -> tuple[int, int]:
        latency = self._latency.get(connection)
        if latency is None:
            latency = self._latency[connection] = Latency()
        if event:
            latency.learn(recv - event)
        if ts == NO_TS:
            return recv - latency.least, flags | ESTIMATED
        return ts, flags
