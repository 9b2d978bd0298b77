"""OKX's lines: spot and swaps share both sockets; candles are on the second."""

from __future__ import annotations

from titan.model.instrument import InstrumentKind
from titan.venues.okx.line import BusinessLine, PublicLine
from titan.venues.sink import Sink
from titan.venues.stream import Line


def lines(sink: Sink) -> tuple[Line, ...]:
    """Both, writing into one sink."""
    return PublicLine(sink), BusinessLine(sink)


def line_for(kind: InstrumentKind) -> str:
    """The name of the line that carries a kind of instrument."""
    del kind
    return PublicLine.name
