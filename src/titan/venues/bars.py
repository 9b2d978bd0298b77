"""Bars of one minute: venues send each again and again while it grows, and few say when it is whole.

Where the venue does not, a bar is given out when the next one begins. The four rows are those that the tape's
importer makes of a bar. They all stand at its end: before that nobody knew them.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from titan.market.tape.rows import Kind
from titan.venues.ahead import Latest
from titan.venues.bounds import PX_BELOW, QTY_BELOW
from titan.venues.sink import Flow, Row, Sink

_MINUTE_NS: Final = 60_000_000_000
_MS_NS: Final = 1_000_000
_WHOLE_OLDER, _GROWN_OLDER = 5, 1000
"""So many older bars in a row and the newest was wrong. A venue may begin with the growing bars of hours."""


class Bar(NamedTuple):
    """`start` in ns, `volume` in base units."""

    start: int
    open: float
    high: float
    low: float
    close: float
    volume: float


def checked(bar: Bar) -> Bar:
    """The bar itself. Raises ValueError for one that cannot be."""
    if not 0 < bar.low <= bar.high < PX_BELOW or not 0 <= bar.volume < QTY_BELOW:
        raise ValueError("a bar whose prices or volume cannot be")
    if not (bar.low <= bar.open <= bar.high and bar.low <= bar.close <= bar.high):
        raise ValueError("a bar that opens or closes outside its low and high")
    return bar


class Bars:
    """The growing bar of each instrument."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._growing: dict[int, Bar] = {}
        self._starts: dict[int, Latest] = {}

    def grow(self, inst: int, bar: Bar, recv: int, connection: int) -> bool:
        """The newest state of a bar; False for one that is over already."""
        before, place = self._growing.get(inst), self._place(inst, bar, recv, _GROWN_OLDER)
        if place < 0:
            return False
        if not place and before is not None and bar.volume < before.volume:
            return False
        self._growing[inst] = bar
        if place and before is not None and bar.start > before.start:
            self._give(inst, before, recv, connection)
        return True

    def whole(self, inst: int, bar: Bar, recv: int, connection: int) -> bool:
        """A bar that the venue says is whole; False for one that was given out already."""
        if self._place(inst, bar, recv, _WHOLE_OLDER) <= 0:
            return False
        self._growing[inst] = bar
        self._give(inst, bar, recv, connection)
        return True

    def _place(self, inst: int, bar: Bar, recv: int, patience: int) -> int:
        starts = self._starts.get(inst)
        if starts is None:
            starts = self._starts[inst] = Latest(patience)
        return starts.place(bar.start, recv)

    def _give(self, inst: int, bar: Bar, recv: int, connection: int) -> None:
        ts = bar.start + _MINUTE_NS - _MS_NS
        self._sink.rows(inst, Flow.MARKS, ts, 0, recv, connection, _rows(bar))


def _rows(bar: Bar) -> tuple[Row, ...]:
    quarter = bar.volume / 4
    high, low = (Kind.BAR_HIGH, 0, bar.high, quarter), (Kind.BAR_LOW, 0, bar.low, quarter)
    middle = (low, high) if bar.close >= bar.open else (high, low)
    return (Kind.BAR_OPEN, 0, bar.open, quarter), *middle, (Kind.BAR_CLOSE, 0, bar.close, quarter)
