"""Collects what lines decode, an instrument each, for captures with and without receive stamps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

from titan.market.tape.rows import SNAPSHOT, Kind
from titan.model.instrument import InstrumentKind
from titan.venues.audit import Audit
from titan.venues.messages import NO_TS, Flow, Messages
from titan.venues.sink import Level, Row
from titan.venues.stream import Market

_PENDING: Final = 10_000


class Heard(Protocol):
    """What the importer asks of a line beyond `stream.Line`."""

    discover: Callable[[str, InstrumentKind], Market | None]
    audit: Audit | None


class Collected:
    """A `Sink`. While `stamped` is False the venue's time stands for the receive time too; what comes before
    any time is known waits for the first one.
    """

    def __init__(self) -> None:
        self.messages: dict[int, Messages] = {}
        self.stamped = True
        self.now = 0
        """The newest time seen, ns."""
        self.untimed = 0
        self._pending: list[Callable[[], None]] = []

    def trade(
        self, inst: int, ts: int, event: int, recv: int, connection: int, side: int, px: float, qty: float
    ) -> None:
        if self._must_wait(ts, recv):
            self._wait(partial(self.trade, inst, ts, event, recv, connection, side, px, qty))
            return
        self._begin(inst, Flow.TRADES, ts, event, recv, connection).row(Kind.TRADE, side, px, qty)

    def quote(
        self, inst: int, ts: int, event: int, recv: int, connection: int,
        bid: float, bid_qty: float, ask: float, ask_qty: float,
    ) -> None:  # fmt: skip
        if self._must_wait(ts, recv):
            self._wait(partial(self.quote, inst, ts, event, recv, connection, bid, bid_qty, ask, ask_qty))
            return
        self._begin(inst, Flow.QUOTES, ts, event, recv, connection).quote(bid, bid_qty, ask, ask_qty)

    def book(
        self, inst: int, ts: int, event: int, recv: int, connection: int,
        bids: Sequence[Level], asks: Sequence[Level], snapshot: bool,
    ) -> None:  # fmt: skip
        if self._must_wait(ts, recv):
            self._wait(partial(self.book, inst, ts, event, recv, connection, bids, asks, snapshot))
            return
        messages = self._begin(inst, Flow.DEPTH, ts, event, recv, connection)
        flags = SNAPSHOT if snapshot else 0
        if snapshot:
            messages.row(Kind.CLEAR, 0, 0.0, 0.0, flags)
        messages.levels(1, bids, flags)
        messages.levels(-1, asks, flags)

    def gap(self, inst: int, ts: int, recv: int, connection: int) -> None:
        if self._must_wait(ts, recv):
            self._wait(partial(self.gap, inst, ts, recv, connection))
            return
        messages = self._begin(inst, Flow.DEPTH, ts, 0, recv, connection)
        messages.row(Kind.GAP, 0, 0.0, 0.0)
        messages.row(Kind.CLEAR, 0, 0.0, 0.0)

    def rows(
        self, inst: int, flow: Flow, ts: int, event: int, recv: int, connection: int,
        rows: Sequence[Row], flags: int = 0,
    ) -> None:  # fmt: skip
        if self._must_wait(ts, recv):
            self._wait(partial(self.rows, inst, flow, ts, event, recv, connection, tuple(rows), flags))
            return
        messages = self._begin(inst, flow, ts, event, recv, connection)
        for kind, side, px, qty in rows:
            messages.row(kind, side, px, qty, flags)

    def drop(self) -> None:
        """Forget everything: what was heard only to see who knows it."""
        self.messages.clear()
        self._pending.clear()

    def finish(self) -> None:
        """What still waits for a time never gets one."""
        self.untimed = len(self._pending)
        self._pending.clear()

    def _must_wait(self, ts: int, recv: int) -> bool:
        """Whether a call must wait for a first time; else those that waited go first."""
        known = ts if ts != NO_TS else recv if self.stamped else 0
        if known > self.now:
            self.now = known
        elif self.now <= 0:
            return True
        if self._pending:
            pending, self._pending = self._pending, []
            for one in pending:
                one()
        return False

    def _wait(self, again: Callable[[], None]) -> None:
        if len(self._pending) < _PENDING:
            self._pending.append(again)

    def _begin(self, inst: int, flow: Flow, ts: int, event: int, recv: int, connection: int) -> Messages:
        messages = self.messages.get(inst)
        if messages is None:
            messages = self.messages[inst] = Messages()
        if not self.stamped or recv <= 0:
            recv, event = ts if ts != NO_TS else self.now, 0
        messages.begin(flow, ts, event, recv, connection)
        return messages
