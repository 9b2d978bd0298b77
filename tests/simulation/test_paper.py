"""The simulated exchange on live rows: orders meet the market of their arrival, as late as was measured."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

import numpy as np

from tests.simulation.scenes import PERP, SPOT, book, rows_of
from titan.market.tape.local import LocalBlock
from titan.model.events import OrderReport, VenueEvent
from titan.model.fill import Fill
from titan.model.order import OrderEvent, OrderType, Side, TimeInForce
from titan.model.position import Position
from titan.model.signal import Intent, Purpose
from titan.ports import Approved
from titan.simulation.models import Models
from titan.simulation.paper import Delay, PaperVenue

MS = 1_000_000


class Timer:
    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Desk:
    """A clock and timers by hand, and a paper venue that lives by them."""

    def __init__(self) -> None:
        self.time, self.timers = 0, list[tuple[int, Timer, Callable[[], None]]]()
        self.heard: list[VenueEvent] = []
        self.venue = PaperVenue([SPOT, PERP], Models(), self, self._later, seed=1)
        self.venue.measured(Delay(20 * MS, 4 * MS))
        self.venue.subscribe(self.heard.append)

    def now(self) -> int:
        return self.time

    def _later(self, seconds: float, call: Callable[[], None]) -> Timer:
        timer = Timer()
        self.timers.append((self.time + round(seconds * 1e9), timer, call))
        return timer

    def until(self, at: int) -> None:
        """Let time pass; timers go off at their moments."""
        while due := [t for t in self.timers if t[0] <= at and not t[1].cancelled]:
            first = min(due, key=lambda t: t[0])
            self.timers.remove(first)
            self.time = max(self.time, first[0])
            first[2]()
        self.time = at

    def see(self, *rows: Any) -> None:
        block = rows_of([row for message in rows for row in message])
        self.venue.on_rows(LocalBlock(block, block.ts, np.arange(len(block.ts))), self.time)

    def buy(self, name: str, ticks: int, lots: int = 10) -> None:
        intent = Intent(
            name, "s", "o", SPOT.id, Side.BUY, lots, Purpose.ENTRY, ticks, OrderType.LIMIT, ticks,
            tif=TimeInForce.IOC,
        )  # fmt: skip
        self.venue.submit(cast(Approved, type("A", (), {"intent": intent, "client_id": name})))


def ready() -> Desk:
    desk = Desk()
    desk.venue.deposit("sim.spot", "USDT", Decimal(1000))
    desk.see(book(0, 0, [(99.5, 5.0)], [(100.0, 5.0)]))
    return desk


def test_an_order_meets_the_market_that_we_hear_one_way_and_one_feed_delay_later() -> None:
    desk = ready()
    desk.until(1 * MS)
    desk.buy("a", 200)
    assert desk.heard == []
    desk.until(14 * MS)
    desk.see(book(14 * MS, 0, [], [(100.0, 0.0), (101.0, 5.0)]))  # the offer is gone before it arrives
    desk.until(40 * MS)
    accepted, expired = (e for e in desk.heard if isinstance(e, OrderReport))
    assert (accepted.event, expired.event) == (OrderEvent.ACCEPT, OrderEvent.EXPIRE)
    assert (expired.venue_ns, expired.local_ns) == (15 * MS, 21 * MS)


def test_whole_way_there_and_back_is_what_was_measured() -> None:
    desk = ready()
    desk.until(2 * MS)
    desk.buy("a", 200)
    desk.until(21 * MS)
    assert desk.heard == []
    desk.until(22 * MS)
    fills = [e for e in desk.heard if isinstance(e, Fill)]
    assert [(f.lots, f.ticks, f.local_ns) for f in fills] == [(10, 200, 22 * MS)]


def test_a_new_measure_counts_for_what_is_sent_from_then_on() -> None:
    desk = ready()
    desk.venue.measured(Delay(2 * MS, 9 * MS))
    desk.buy("a", 200)
    desk.until(10 * MS)
    assert {e.local_ns for e in desk.heard} == {10 * MS}  # a report cannot be here before its cause


def test_a_clock_that_steps_back_breaks_nothing() -> None:
    desk = ready()
    desk.until(30 * MS)
    desk.see(book(30 * MS, 0, [], [(100.5, 5.0)]))
    desk.time = 5 * MS
    desk.see(book(5 * MS, 0, [], [(100.0, 1.0)]))
    desk.buy("a", 200, lots=1)
    desk.until(80 * MS)
    assert any(isinstance(e, Fill) for e in desk.heard)


def test_it_stands_after_a_restart_as_the_books_say() -> None:
    desk = Desk()
    balances = {("sim.spot", "USDT"): Decimal("100.25"), ("sim.perp", "USDT"): Decimal(500)}
    short = Position(PERP.id, -4, Decimal("-0.4"), Decimal(0))
    desk.venue.sim.restore(balances | {("capital", "USDT"): Decimal(-600)}, [short], told=7)
    assert desk.venue.balances() == balances
    held = desk.venue.exchange.state.insts[1]
    assert (int(held["position"]), float(held["entry"])) == (-4, 100.0)
    desk.see(book(0, 0, [(99.5, 5.0)], [(100.0, 5.0)]))
    desk.buy("b", 200, lots=1)
    desk.until(30 * MS)
    fill = next(e for e in desk.heard if isinstance(e, Fill))
    assert fill.id == "sim-9"  # the second event after the seven; no name of before is used again
    desk.venue.forget("old")
    assert desk.heard[-1] == OrderReport(
        "old", OrderEvent.CANCEL, 30 * MS, 30 * MS, "the paper venue was restarted"
    )
