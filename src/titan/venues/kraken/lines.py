"""Kraken's one public line."""

from __future__ import annotations

from titan.model.instrument import InstrumentKind
from titan.venues.kraken.line import SpotLine
from titan.venues.sink import Sink
from titan.venues.stream import Line


def lines(sink: Sink) -> tuple[Line, ...]:
    """Writing into `sink`."""
    return (SpotLine(sink),)


def line_for(kind: InstrumentKind) -> str:
    """The name of the line that carries a kind of instrument."""
    del kind
    return "spot"
