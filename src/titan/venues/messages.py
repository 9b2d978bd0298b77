"""Collects decoded messages in the order of their arrival, and lays them out as rows of the tape."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from titan.market.tape.rows import END, ESTIMATED, Kind, Rows

NO_TS: Final = -1
_LEVEL: Final = bytes((Kind.LEVEL,))
_BBO: Final = bytes((Kind.BBO, Kind.BBO))
_WINDOW: Final = 256
_EVERY: Final = 64
_QUANTILE: Final = 0.05
_BLOCK: Final = 4096
_AHEAD_NS: Final = 2_000_000_000
_SPREAD_NS: Final = 60_000_000_000
"""Latencies that differ by more say nothing of one another: the receive times are not of one clock."""


class Flow(IntEnum):
    """What a message is part of. Quotes and depth may not go back in time, or an old state would win."""

    TRADES = 0
    QUOTES = 1
    DEPTH = 2
    MARKS = 3


class Laid(NamedTuple):
    """Rows sorted by ts, messages whole; and what was noticed."""

    rows: Rows
    messages: int
    out_of_order: int
    clock_skew: int
    estimated: int
    latency_min_ns: int
    latency_median_ns: int
    misdated: int
    """Venue times that could not be and were not believed; they are among the estimated."""


class Messages:
    """One instrument's messages. Times in ns; `event_ns` is when the venue sent it, for the latency."""

    def __init__(self) -> None:
        self._ts, self._recv, self._latency = array("q"), array("q"), array("q")
        self._rows, self._flow, self._connection = array("q"), array("B"), array("q")
        self._kind, self._side, self._flags = array("B"), array("b"), array("B")
        self._px, self._qty = array("d"), array("d")

    def __len__(self) -> int:
        return len(self._ts)

    @property
    def connections(self) -> frozenset[int]:
        """All connections that brought a message."""
        return frozenset(c if c >= 0 else -1 - c for c in set(self._connection))

    def begin(self, flow: Flow, ts: int, event_ns: int, recv: int, connection: int = 0) -> None:
        """A message whose rows follow; `ts` is NO_TS where the venue sent none."""
        self._ts.append(ts)
        self._recv.append(recv)
        self._flow.append(flow)
        if event_ns:
            self._latency.append(recv - event_ns)
            self._connection.append(connection)
        else:
            self._latency.append(0)
            self._connection.append(-1 - connection)
        self._rows.append(0)

    def row(self, kind: Kind, side: int, px: float, qty: float, flags: int = 0) -> None:
        """One row of the message begun last."""
        self._kind.append(kind)
        self._side.append(side)
        self._flags.append(flags)
        self._px.append(px)
        self._qty.append(qty)
        self._rows[-1] += 1

    def levels(self, side: int, levels: Sequence[tuple[float, float]], flags: int = 0) -> None:
        """LEVEL rows of one side of the message begun last."""
        n = len(levels)
        self._kind.frombytes(_LEVEL * n)
        self._side.frombytes((b"\x01" if side > 0 else b"\xff") * n)
        self._flags.frombytes(bytes((flags,)) * n)
        self._px.extend([level[0] for level in levels])
        self._qty.extend([level[1] for level in levels])
        self._rows[-1] += n

    def quote(self, bid: float, bid_qty: float, ask: float, ask_qty: float) -> None:
        """BBO rows of both sides of the message begun last."""
        self._kind.frombytes(_BBO)
        self._side.frombytes(b"\x01\xff")
        self._flags.frombytes(b"\x00\x00")
        px, qty = self._px.append, self._qty.append
        px(bid)
        qty(bid_qty)
        px(ask)
        qty(ask_qty)
        self._rows[-1] += 2

    def lay(self) -> Laid:
        """All messages as rows with `inst` 0. Messages without rows vanish."""
        recv, flow = np.array(self._recv), np.array(self._flow)
        ts = np.array(self._ts)
        unknown = ts == NO_TS
        misdated = self._misdated(ts, recv) & ~unknown
        unknown |= misdated
        stamped = (np.array(self._connection) >= 0) & ~misdated
        ts = np.where(unknown, recv - self._usual_latency(stamped), ts)
        latest = np.maximum.accumulate(np.where(unknown, np.iinfo(np.int64).min, ts)) if len(ts) else ts
        out_of_order = int((~unknown & (ts < latest)).sum())
        for one in (Flow.QUOTES, Flow.DEPTH):
            of = flow == one
            ts[of] = np.maximum.accumulate(ts[of])
        latency = (recv - ts)[~unknown]
        order = np.argsort(ts, kind="stable")
        return Laid(
            self._rows_in(order, ts, recv, unknown),
            len(ts),
            out_of_order,
            int((latency < 0).sum()),
            int(unknown.sum()),
            int(latency.min()) if len(latency) else 0,
            int(np.median(latency)) if len(latency) else 0,
            int(misdated.sum()),
        )

    def _misdated(self, ts: NDArray[np.int64], recv: NDArray[np.int64]) -> NDArray[np.bool_]:
        """The messages whose venue time cannot be, for it lies far ahead of what their arrival allows.

        One time far ahead would hold up the clock of quotes and depth until the others reach it. The clocks
        of the venue and of the recorder may differ by seconds, so latencies are compared with one another.
        """
        ahead = np.zeros(len(ts), np.bool_)
        connection = np.array(self._connection)
        latency = np.where(connection >= 0, np.minimum(np.array(self._latency), recv - ts), recv - ts)
        connection = np.where(connection < 0, -1 - connection, connection)
        for one in np.unique(connection):
            at = np.flatnonzero((connection == one) & (ts != NO_TS))
            for begin in range(0, len(at), _BLOCK):
                block = at[begin : begin + _BLOCK]
                if len(block) < 3:
                    continue
                rank, middle = max(1, len(block) // 50), len(block) // 2
                ordered = np.partition(latency[block], (rank, middle))
                if ordered[middle] - ordered[rank] < _SPREAD_NS:
                    ahead[block] = latency[block] < ordered[rank] - _AHEAD_NS
        return ahead

    def _usual_latency(self, stamped: NDArray[np.bool_]) -> NDArray[np.int64]:
        """For each message the low quantile of the latencies of the stamped messages before it.

        The 5 % quantile of the last 256 stamped messages of the same connection, taken anew every 64 of
        them: near the least latency, so that a moment of congestion does not shift the estimate, and quick
        to follow a drift of the clocks. Before there are 64 the first 64 are used.
        """
        usual = np.zeros(len(stamped), np.int64)
        connection = np.array(self._connection)
        connection = np.where(connection < 0, -1 - connection, connection)
        latency = np.array(self._latency)
        for one in np.unique(connection):
            at = np.flatnonzero(connection == one)
            of = at[stamped[at]]
            if len(of) == 0:
                continue
            ends = np.arange(min(_EVERY, len(of)), len(of) + 1, _EVERY)
            values = np.array(
                [int(np.quantile(latency[of[max(0, end - _WINDOW) : end]], _QUANTILE)) for end in ends],
                np.int64,
            )
            before = np.searchsorted(of, at)
            usual[at] = values[np.clip(before // _EVERY - 1, 0, len(values) - 1)]
        return usual

    def _rows_in(
        self,
        order: NDArray[np.int64],
        ts: NDArray[np.int64],
        recv: NDArray[np.int64],
        estimated: NDArray[np.bool_],
    ) -> Rows:
        count = np.array(self._rows)
        first = np.cumsum(count) - count
        n = count[order]
        total = int(n.sum())
        index = np.repeat(first[order] - (np.cumsum(n) - n), n) + np.arange(total)
        flags = np.array(self._flags)
        flags[(first + count - 1)[count > 0]] |= END
        flags |= np.repeat(np.where(estimated, ESTIMATED, 0), count).astype(np.uint8)
        return Rows(
            np.repeat(ts[order], n),
            np.repeat(recv[order], n),
            np.zeros(total, np.uint16),
            np.array(self._kind)[index],
            np.array(self._side)[index],
            flags[index],
            np.array(self._px)[index],
            np.array(self._qty)[index],
        )
