"""What comes first: reports, then signals; and a cursor that scans ahead tells only what is
due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from titan.engine.cursor import Cursor
from titan.engine.loop import FOREVER, VirtualLoop
from titan.engine.pump import Pump
from titan.market.tape.local import LocalBlock
from titan.market.tape.rows import END, Rows, empty
from titan.model.signal import Signal

START = 1_000_000


class Marker:
    """A strategy that notices every row whose price is 1."""

    name = "marker"
    timer_ns = 0

    def __init__(self) -> None:
        self.scanned = 0

    def scan(self, rows: Rows, start: int, stop: int) -> tuple[int, int]:
        for k in range(start, stop):
            self.scanned += 1
            if rows.px[k] == 1.0:
                return k + 1, 1
        return stop, 0

    def signal(self, code: int, row: int, local_ns: int) -> Signal:
        return Signal(self.name, code, "MARK", "x", row, local_ns, {})

    def decide(self, signal: Signal, now: Any) -> Sequence[Any]:
        return []

    tick = finished = liquidated = decide  # type: ignore[assignment]


def blocks(times: Sequence[int], marked: set[int], size: int) -> Iterator[LocalBlock]:
    for first in range(0, len(times), size):
        part = times[first : first + size]
        rows = empty(len(part))
        rows.ts[:] = part
        rows.flags[:] = END
        rows.px[:] = [1.0 if t in marked else 0.0 for t in part]
        yield LocalBlock(rows, np.array(part, np.int64), np.arange(first, first + len(part)))


class Venue:
    """Reports at given times."""

    def __init__(self, reports: list[int]) -> None:
        self.reports = sorted(reports)

    @property
    def next_report_ns(self) -> int:
        return self.reports[0] if self.reports else FOREVER

    def advance(self, until_ns: int) -> int:
        return min(until_ns, self.next_report_ns)


def play(marked: set[int], reports: list[int], size: int) -> list[tuple[int, str]]:
    loop = VirtualLoop(START)
    venue = Venue(reports)
    cursor = Cursor(Marker(), blocks(range(START + 1, START + 101), marked, size))  # type: ignore[arg-type]
    told: list[tuple[int, str]] = []
    done = asyncio.Event()

    def deliver(now: int) -> None:
        while venue.reports and venue.reports[0] <= now:
            told.append((venue.reports.pop(0), "report"))

    pump = Pump(
        loop, venue, [cursor], end_ns=START + 200, deliver=deliver,
        on_signal=lambda c, s: told.append((s.local_ns, "signal")), on_quiet=lambda now: None,
        on_end=done.set,
    )  # fmt: skip
    loop.attach(pump)

    async def main() -> None:
        await done.wait()

    loop.run_until_complete(main())
    loop.drop()
    return told


def test_events_come_in_the_order_of_time_whatever_the_blocks() -> None:
    marked, reports = {START + 10, START + 50, START + 100}, [START + 20, START + 50, START + 150]
    expected = [
        (START + 10, "signal"), (START + 20, "report"), (START + 50, "report"), (START + 50, "signal"),
        (START + 100, "signal"), (START + 150, "report"),
    ]  # fmt: skip
    for size in (1, 3, 7, 100):
        assert play(marked, reports, size) == expected


def test_a_cursor_scans_no_further_than_its_next_word() -> None:
    strategy = Marker()
    cursor = Cursor(strategy, blocks(range(START, START + 100), {START + 30}, 10))  # type: ignore[arg-type]
    assert cursor.peek(START - 1) == START + 9  # quiet to the end of the first block, and no further
    assert strategy.scanned == 10
    assert cursor.take(START + 9) is None
    assert cursor.peek(START + 29) == START + 30
    assert cursor.take(START + 29) is None
    signal = cursor.take(START + 30)
    assert signal is not None
    assert (signal.row, signal.local_ns) == (30, START + 30)
    assert strategy.scanned == 31
    assert cursor.peek(START + 1000) == FOREVER
