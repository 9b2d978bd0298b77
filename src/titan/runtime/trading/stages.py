"""From the tick to the fill: what each stage took, and one entry in the journal that tells an order's way.

    heard      the frame of the row that raised the signal was read from its socket
    signal     the kernel raised it
    decided    the strategy had answered it with a wish
    gated      the order had passed the gates
    written    it stood in the journal's memory
    committed  the store had it: it may leave
    acked      the venue's first word of it reached us
    filled     its first fill did

Nothing here is on the way of a tick that raises no signal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from titan.execution.desk import Journal
from titan.execution.durable import Changing
from titan.model.events import OrderReport, Submitted, VenueEvent
from titan.model.fill import Fill
from titan.model.order import OrderEvent
from titan.model.pair import PairIntent
from titan.model.signal import Intent, Signal
from titan.ports import Approved
from titan.runtime.trading.histogram import Histogram
from titan.views.status import Percentiles

STAGES: Final = (
    "tick to signal", "signal to decision", "decision to order", "order to journal", "journal to committed",
    "committed to ack", "ack to fill", "tick to order", "order to ack",
)  # fmt: skip
_KEPT: Final = 10_000
"""Wishes whose tick is remembered."""


class Way(msgspec.Struct, tag="way", tag_field="what"):
    """One order's way, ns UTC of our clock; 0 where it was not so: a later clip of a wish has no tick."""

    client_id: str
    intent_id: str
    saga: str
    row: int = -1
    heard_ns: int = 0
    signal_ns: int = 0
    decided_ns: int = 0
    gated_ns: int = 0
    written_ns: int = 0
    committed_ns: int = 0
    acked_ns: int = 0
    filled_ns: int = 0


class _Tick(msgspec.Struct):
    row: int
    heard_ns: int
    signal_ns: int
    decided_ns: int = 0


class Stages:
    """Stands around the journal and the entry; `now` is ns UTC."""

    def __init__(self, now: Callable[[], int], journal: Journal) -> None:
        self._now, self._journal = now, journal
        self.histograms: dict[str, Histogram] = {name: Histogram() for name in STAGES}
        self._signal: _Tick | None = None
        self._ticks: dict[str, _Tick] = {}
        self._ways: dict[str, Way] = {}
        self._gated = 0

    def write(self, event: msgspec.Struct) -> None:
        """The journal of all parts: wishes that are written while a signal is decided are of its tick."""
        self._journal(event)
        if isinstance(event, PairIntent | Intent) and self._signal is not None:
            self._ticks[event.id] = self._signal
            if len(self._ticks) > _KEPT:
                del self._ticks[next(iter(self._ticks))]
        elif isinstance(event, Submitted):
            self._written(event)

    def deciding(self, signal: Signal, *, fresh: bool) -> None:
        """`fresh` is false for a row that had to wait until the run had looked around: it counts nowhere."""
        now = self._now()
        self._signal = _Tick(signal.row, signal.local_ns if fresh else 0, now)
        self._add("tick to signal", self._signal.heard_ns, now)

    def decided(self) -> None:
        if self._signal is not None:
            self._signal.decided_ns = self._now()
            self._add("signal to decision", self._signal.signal_ns, self._signal.decided_ns)
            self._signal = None

    def gated(self) -> None:
        """An order has just passed the gates."""
        self._gated = self._now()

    def _written(self, event: Submitted) -> None:
        intent, now = event.intent, self._now()
        wish = intent.saga or intent.id
        way = Way(event.client_id, intent.id, intent.saga, gated_ns=self._gated, written_ns=now)
        tick = self._ticks.pop(wish, None)
        if tick is not None:
            way.row, way.heard_ns, way.signal_ns = tick.row, tick.heard_ns, tick.signal_ns
            way.decided_ns = tick.decided_ns or now
            self._add("decision to order", way.decided_ns, way.gated_ns)
        self._add("order to journal", way.gated_ns, now)
        self._ways[event.client_id] = way

    def committed(self, client_id: str) -> None:
        """The store has the order, and it leaves now."""
        way = self._ways.get(client_id)
        if way is not None:
            way.committed_ns = self._now()
            self._add("journal to committed", way.written_ns, way.committed_ns)
            if way.heard_ns:
                self._add("tick to order", way.heard_ns, way.committed_ns)

    def heard(self, event: VenueEvent) -> None:
        """A venue's word, before anybody acts on it."""
        if not isinstance(event, OrderReport | Fill):
            return
        way = self._ways.get(event.client_id)
        if way is None:
            return
        if not way.acked_ns and not (isinstance(event, OrderReport) and event.event is OrderEvent.TIMEOUT):
            way.acked_ns = event.local_ns
            self._add("committed to ack", way.committed_ns, way.acked_ns)
            self._add("order to ack", way.written_ns, way.acked_ns)
        filled = isinstance(event, Fill)
        if filled and not way.filled_ns:
            way.filled_ns = event.local_ns
            self._add("ack to fill", way.acked_ns, way.filled_ns)
        if filled or (
            isinstance(event, OrderReport) and event.event not in (OrderEvent.ACCEPT, OrderEvent.TIMEOUT)
        ):
            self._journal(self._ways.pop(event.client_id))

    def percentiles(self) -> dict[str, Percentiles]:
        """By stage, those that happened."""
        return {name: h.percentiles() for name, h in self.histograms.items() if h.count}

    def _add(self, stage: str, since: int, until: int) -> None:
        if since and until:
            self.histograms[stage].add(until - since)


class Leaving:
    """The entry behind the store: what comes through here is safe to be sent."""

    def __init__(self, entry: Changing, stages: Stages) -> None:
        self._entry, self._stages = entry, stages

    def submit(self, order: Approved) -> None:
        self._stages.committed(order.client_id)
        self._entry.submit(order)

    def cancel(self, client_id: str) -> None:
        self._entry.cancel(client_id)

    def amend(self, client_id: str, *, lots: int, limit_ticks: int) -> None:
        self._entry.amend(client_id, lots=lots, limit_ticks=limit_ticks)
