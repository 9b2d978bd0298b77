"""What in a recording is another venue's: recorders write several venues into one file or one folder."""

from __future__ import annotations

from typing import Final, cast

from titan.model.instrument import InstrumentKind
from titan.venues import registry
from titan.venues.recorded.raw_sink import Collected, Heard
from titan.venues.stream import Line, Market

FOREIGN: Final = "of another venue"
_NAMES: Final = {
    **{venue: venue for venue in registry.VENUES},
    "okex": "okx", "polymarket": "polymarket", "coinbase": "coinbase", "deribit": "deribit",
    "bitmex": "bitmex", "bitfinex": "bitfinex", "bitstamp": "bitstamp", "bitget": "bitget",
    "kucoin": "kucoin", "gateio": "gateio", "huobi": "huobi", "gemini": "gemini",
    "hyperliquid": "hyperliquid",
}  # fmt: skip
"""How recorders call venues in the names of files and in their lines."""


def venue_in(words: str) -> str:
    """The venue that a name says; empty when it says none."""
    words = words.lower()
    return next((venue for name, venue in _NAMES.items() if name in words), "")


class Strangers:
    """Knows the frames of all other venues, by showing them to their lines."""

    def __init__(self, venue: str) -> None:
        self._venue = venue
        self._lines: list[Line] | None = None
        self._found: dict[str, Market] = {}
        self._sink = Collected()

    def know(self, frame: bytes) -> bool:
        """Whether the line of another venue makes something of a frame; answers and pings prove nothing."""
        if self._lines is None:
            others = [venue for venue in registry.VENUES if venue != self._venue]
            self._lines = [line for venue in others for line in registry.lines(venue, self._sink)]
            for line in self._lines:
                cast(Heard, line).discover = self._discover
        for line in self._lines:
            tally = line.tally
            before = tally.unknown, tally.malformed, tally.passed.total()
            line.hear(frame, 0, 1)
            line.events.clear()
            if before == (tally.unknown, tally.malformed, tally.passed.total()):
                self._sink.drop()
                return True
        return False

    def _discover(self, native: str, kind: InstrumentKind) -> Market:
        return self._found.setdefault(native, Market(len(self._found), native, kind))
