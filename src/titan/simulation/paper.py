"""The simulated exchange on live rows: it trades on what the market shows now, as late as we really are.

Its clock is ours. A row stands in it at the moment at which we heard it, one feed delay after it happened, so
an order is matched against the market of its own arrival when it takes the way there *and* one feed delay to
get in; its report then needs the way back less that delay. Together that is the whole way there and back, as
a venue that one speaks to would take it (`Delay`).

Our own orders do not move the real market; what they take of a displayed size is remembered until the market
states that level anew, as in a backtest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

import numpy as np

from titan.market.tape.local import LocalBlock
from titan.market.tape.rows import Rows
from titan.market.tape.share import Queue
from titan.model.events import OrderReport, VenueEvent
from titan.model.instrument import Instrument
from titan.model.order import OrderEvent
from titan.ports import Approved, Clock
from titan.simulation.exchange import Exchange
from titan.simulation.models import Models
from titan.simulation.venue import SimVenue


class Delay(NamedTuple):
    """Measured, in ns: a question to the venue and its answer, and a market event on its way to us."""

    there_and_back: int
    feed: int

    @property
    def order_ns(self) -> int:
        return self.there_and_back // 2 + self.feed

    @property
    def response_ns(self) -> int:
        return max(self.there_and_back // 2 - self.feed, 0)


class Timer(Protocol):
    def cancel(self) -> None: ...


Later = Callable[[float, Callable[[], None]], Timer]
"""Calls back after so many seconds: a loop's `call_later`."""


class PaperVenue:
    """`OrderEntry`, `Executions`, `Balances` and `Transfers` over rows that `on_rows` is given."""

    def __init__(
        self, instruments: Sequence[Instrument], models: Models, clock: Clock, later: Later, *, seed: int
    ) -> None:
        self._blocks: Queue[Rows] = Queue()
        self._clock, self._later = clock, later
        self.exchange = Exchange(instruments, self._blocks, models, seed=seed)
        self.sim = SimVenue(self.exchange, clock)
        self._sink: Callable[[VenueEvent], None] = lambda _event: None
        self._timer: Timer | None = None
        self._moving = False
        self.delay = Delay(0, 0)

    def measured(self, delay: Delay) -> None:
        """From now on messages take as long as this."""
        self.delay = delay
        self.exchange.set_latency(delay.order_ns, delay.response_ns)

    def subscribe(self, sink: Callable[[VenueEvent], None]) -> None:
        self._sink = sink
        self.sim.subscribe(sink)

    def deposit(self, wallet: str, asset: str, amount: Decimal) -> None:
        self.sim.deposit(wallet, asset, amount)

    def forget(self, client_id: str) -> None:
        """An order of before the restart: it did not outlive the process that simulated it."""
        now = self._clock.now()
        self._sink(OrderReport(client_id, OrderEvent.CANCEL, now, now, "the paper venue was restarted"))

    def submit(self, order: Approved) -> None:
        self.sim.submit(order)
        self._soon()

    def cancel(self, client_id: str) -> None:
        self.sim.cancel(client_id)
        self._soon()

    def balances(self) -> dict[tuple[str, str], Decimal]:
        return self.sim.balances()

    def transfer(self, asset: str, amount: Decimal, source: str, target: str) -> str:
        return self.sim.transfer(asset, amount, source, target)

    def on_rows(self, block: LocalBlock, now_ns: int) -> None:
        """The market moved: take the block, and tell what it did to our orders."""
        # A turn may have taken the exchange's clock past rows that were still on their way to this call.
        ts = np.maximum(block.local, self.exchange.now_ns)
        self._blocks.put(block.rows._replace(ts=ts, recv=ts))
        self.exchange.more()
        self._move(now_ns)

    def _soon(self) -> None:
        """In a turn of its own: whoever sends must not hear of it before `submit` returns."""
        self._wake_after(0.0)

    def _turn(self) -> None:
        self._timer = None
        self._move(self._clock.now())

    def _move(self, now: int) -> None:
        if self._moving:
            return
        self._moving = True
        try:
            while self.exchange.advance(now) < now or self.exchange.next_report_ns <= now:
                self.sim.deliver(now)
        finally:
            self._moving = False
        due = self.exchange.next_due_ns
        if due is not None:
            self._wake_after(max(due - now, 0) / 1e9)

    def _wake_after(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._later(seconds, self._turn)

    def stop(self) -> None:
        """Nothing moves any more."""
        if self._timer is not None:
            self._timer.cancel()
