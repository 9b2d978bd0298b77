"""Bybit's lines: one for spot, one for the perpetuals."""

from __future__ import annotations

from titan.model.instrument import InstrumentKind
from titan.venues.bybit.line import PerpLine, SpotLine
from titan.venues.sink import Sink
from titan.venues.stream import Line


def lines(sink: Sink) -> tuple[Line, ...]:
    """Both, writing into one sink."""
    return SpotLine(sink), PerpLine(sink)


def line_for(kind: InstrumentKind) -> str:
    """The name of the line that carries a kind of instrument."""
    return SpotLine.name if kind is InstrumentKind.SPOT else PerpLine.name
