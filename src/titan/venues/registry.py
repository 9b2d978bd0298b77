"""The first-class venues by name. A venue's modules are imported when it is asked for, not before."""

from __future__ import annotations

from importlib import import_module
from typing import Final, Protocol, cast

from titan.model.errors import ConfigError
from titan.model.instrument import InstrumentKind
from titan.venues.sink import Sink
from titan.venues.stream import Line

VENUES: Final = ("binance", "bybit", "kraken", "mexc", "okx")


class Names(Protocol):
    """How a venue calls its markets: its module `names`."""

    def native(self, kind: InstrumentKind, base: str, quote: str) -> str: ...

    def listing(self, native: str, kind: InstrumentKind) -> tuple[str, str] | None:
        """Base and quote; None for what Titan does not carry."""
        ...


class Lines(Protocol):
    """A venue's module `lines`."""

    def lines(self, sink: Sink) -> tuple[Line, ...]: ...

    def line_for(self, kind: InstrumentKind) -> str: ...


def names(venue: str) -> Names:
    """Raises ConfigError for a venue that is not first class."""
    return cast(Names, import_module(f"titan.venues.{_known(venue)}.names"))


def lines(venue: str, sink: Sink) -> tuple[Line, ...]:
    """New lines of a venue, all writing into `sink`. Raises ConfigError for an unknown venue."""
    return _lines(venue).lines(sink)


def line_for(venue: str, kind: InstrumentKind) -> str:
    """The name of the line that carries a kind of instrument. Raises ConfigError for an unknown venue."""
    return _lines(venue).line_for(kind)


def _lines(venue: str) -> Lines:
    return cast(Lines, import_module(f"titan.venues.{_known(venue)}.lines"))


def _known(venue: str) -> str:
    if venue not in VENUES:
        raise ConfigError(f"there is no venue {venue}", remedy=f"one of {', '.join(VENUES)}")
    return venue
