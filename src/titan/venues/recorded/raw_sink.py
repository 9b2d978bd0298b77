"""Collects what lines decode, an instrument each, for captures with and without receive stamps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from titan.market.tape.rows import SNAPSHOT, Kind
from titan.venues.messages import NO_TS, Flow, Messages
from titan.venues.sink import Level, Row

_PENDING: Final = 10_000


class Collected:
    """A `Sink`. While `stamped` is False the venue's time stands for the receive time too; what comes before
    any time is known waits for the first one.
    """

    def __init__(self) -> None:
        self.messages: dict[int, Messages] = {}
        self.stamped = True
        self.now = 0
        """The newest time seen, ns."""
        self.count = 0
        """Calls so far: whether a frame made rows."""
        self.untimed = 0
        self._pending: list[Callable[[], None]] = []

    def trade(
        self, inst: int, ts: int, event: int, recv: int, connection: int, side: int, px: float, qty: float
    ) -> None:
        def put() -> None:
            self._begin(inst, Flow.TRADES, ts, event, recv, connection).row(Kind.TRADE, side, px, qty)

        self._put(put, ts, recv)

    def quote(
        self, inst: int, ts: int, event: int, recv: int, connection: int,
        bid: float, bid_qty: float, ask: float, ask_qty: float,
    ) -> None:  # fmt: skip
        def put() -> None:
            messages = self._begin(inst, Flow.QUOTES, ts, event, recv, connection)
            messages.row(Kind.BBO, 1, bid, bid_qty)
            messages.row(Kind.BBO, -1, ask, ask_qty)

        self._put(put, ts, recv)

    def book(
        self, inst: int, ts: int, event: int, recv: int, connection: int,
        bids: Sequence[Level], asks: Sequence[Level], snapshot: bool,
    ) -> None:  # fmt: skip
        def put() -> None:
            messages = self._begin(inst, Flow.DEPTH, ts, event, recv, connection)
            flags = SNAPSHOT if snapshot else 0
            if snapshot:
                messages.row(Kind.CLEAR, 0, 0.0, 0.0, flags)
            messages.levels(1, bids, flags)
            messages.levels(-1, asks, flags)

        self._put(put, ts, recv)

    def gap(self, inst: int, ts: int, recv: int, connection: int) -> None:
        def put() -> None:
            messages = self._begin(inst, Flow.DEPTH, ts, 0, recv, connection)
            messages.row(Kind.GAP, 0, 0.0, 0.0)
            messages.row(Kind.CLEAR, 0, 0.0, 0.0)

        self._put(put, ts, recv)

    def rows(
        self, inst: int, flow: Flow, ts: int, event: int, recv: int, connection: int,
        rows: Sequence[Row], flags: int = 0,
    ) -> None:  # fmt: skip
        def put() -> None:
            messages = self._begin(inst, flow, ts, event, recv, connection)
            for kind, side, px, qty in rows:
                messages.row(kind, side, px, qty, flags)

        self._put(put, ts, recv)

    def drop(self) -> None:
        """Forget everything: what was heard only to see who knows it."""
        self.messages.clear()
        self._pending.clear()

    def finish(self) -> None:
        """What still waits for a time never gets one."""
        self.untimed = len(self._pending)
        self._pending.clear()

    def _put(self, put: Callable[[], None], ts: int, recv: int) -> None:
        self.count += 1
        known = ts if ts != NO_TS else recv if self.stamped else 0
        if known <= 0 and self.now <= 0:
            if len(self._pending) < _PENDING:
                self._pending.append(put)
            return
        self.now = max(self.now, known)
        if self._pending:
            pending, self._pending = self._pending, []
            for one in pending:
                one()
        put()

    def _begin(self, inst: int, flow: Flow, ts: int, event: int, recv: int, connection: int) -> Messages:
        messages = self.messages.get(inst)
        if messages is None:
            messages = self.messages[inst] = Messages()
        if not self.stamped or recv <= 0:
            recv, event = ts if ts != NO_TS else self.now, 0
        messages.begin(flow, ts, event, recv, connection)
        return messages
