"""The pump: moves the market to whatever happens next, and hands it over.

Three things can be next: a signal that a cursor found ahead, a report that the venue side has for us, or
the timer that
the event loop is waiting for. At one moment, reports come first, then signals, then timers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from titan.engine.cursor import Cursor
from titan.engine.loop import VirtualLoop
from titan.model.signal import Signal


class VenueSide(Protocol):
    """The simulated venues as the pump drives them."""

    @property
    def next_report_ns(self) -> int:
        """Local time of the earliest report that we have not been given."""
        ...

    def advance(self, until_ns: int) -> int:
        """Move to `until_ns`, or to the first report before it. Returns the time reached."""
        ...


class Pump:
    """`deliver` hands over every report whose local time has come."""

    def __init__(
        self,
        loop: VirtualLoop,
        venue: VenueSide,
        cursors: Sequence[Cursor],
        *,
        end_ns: int,
        deliver: Callable[[int], object],
        on_signal: Callable[[Cursor, Signal], None],
        on_quiet: Callable[[int], None],
        on_end: Callable[[], None],
    ) -> None:
        self._loop, self._venue, self._cursors = loop, venue, cursors
        self._end_ns, self._deliver = end_ns, deliver
        self._on_signal, self._on_quiet, self._on_end = on_signal, on_quiet, on_end
        self._ended = False

    def move(self, until_ns: int) -> int:
        now = self._loop.now()
        if self._ended:
            return now
        while True:
            wake = min(until_ns, self._end_ns)
            for cursor in self._cursors:
                wake = min(wake, cursor.peek(now))
            now = self._venue.advance(max(wake, now))
            self._loop.advance_to(now)
            woken = False
            if self._venue.next_report_ns <= now:
                self._deliver(now)
                woken = True
            for cursor in self._cursors:
                signal = cursor.take(now)
                if signal is not None:
                    self._on_signal(cursor, signal)
                    woken = True
            if now >= self._end_ns:
                self._ended = True
                self._on_end()
                return now
            self._on_quiet(now)
            if woken or now >= until_ns:
                return now
