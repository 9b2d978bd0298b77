"""Which line of a venue a recorded frame belongs to.

A recorder often says it: by the URL of the connection, the name of the exchange or of the file. Where nothing
says it, each frame is shown to a second set of the venue's lines, and goes to the one that knows it; a frame
that two of them know goes where the other frames of its file go.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, Protocol, cast

from titan.model.instrument import InstrumentKind
from titan.venues import registry
from titan.venues.audit import Audit
from titan.venues.recorded.raw_sink import Collected
from titan.venues.stream import Line, Market

_PERP: Final = re.compile(
    r"fstream|fapi|futures|perp|swap|linear|usd-?m(?![a-z])|inverse|/edge|contract\.|coin-?m(?![a-z])|dapi",
    re.IGNORECASE,
)
_SPOT: Final = re.compile(r"spot|//stream\.binance|//wbs|//data-stream\.binance", re.IGNORECASE)
_EXCHANGES: Final = {
    "binance": InstrumentKind.SPOT,
    "bybit": InstrumentKind.PERP,
    "mexc": InstrumentKind.SPOT,
    "kraken": InstrumentKind.SPOT,
}
"""Names by which recorders mean one market although they do not say it."""
_SIGNS: Final[dict[str, tuple[tuple[InstrumentKind, tuple[bytes, ...]], ...]]] = {
    "binance": (
        (InstrumentKind.PERP, (b'"pu":', b'"e":"bookTicker"', b"@markPrice", b'"X":"MARKET"', b"forceOrder")),
        (InstrumentKind.SPOT, (b'"M":true', b'"M":false', b'"data":{"u":')),
    ),
    # Spot confirms a request with this word, contracts with none (docs/v5/ws/connect, November 2026).
    "bybit": ((InstrumentKind.SPOT, (b'"ret_msg":"subscribe"',)),),
}
"""What only one market's messages have, where the formats are otherwise alike."""
AMBIGUOUS: Final = "of spot or of perpetuals, and nothing says which"


class Heard(Protocol):
    """What the importer asks of a line beyond `stream.Line`."""

    discover: Callable[[str, InstrumentKind], Market | None]
    audit: Audit | None


class _Mark(NamedTuple):
    messages: int
    unknown: int
    malformed: int
    samples: frozenset[str]


def kind_of_line(line: Line) -> InstrumentKind | None:
    """The market of a line by its name; None for one that carries both."""
    if line.name.startswith("spot"):
        return InstrumentKind.SPOT
    return InstrumentKind.PERP if _PERP.search(line.name) else None


def kind_of_words(words: str, exchange: str = "") -> InstrumentKind | None:
    """The market that a URL, a name of a file or of an exchange says, if it does."""
    if _PERP.search(words):
        return InstrumentKind.PERP
    return InstrumentKind.SPOT if _SPOT.search(words) else _EXCHANGES.get(exchange.lower())


class Router:
    """Hands frames to the lines of a venue. `market` is the user's word, and is final."""

    def __init__(self, venue: str, lines: Sequence[Line], market: str) -> None:
        self._lines = lines
        self._market = InstrumentKind(market) if market else None
        self._signs = _SIGNS.get(venue, ())
        self._sink = Collected()
        self._probes = registry.lines(venue, self._sink)
        for probe in self._probes:
            found: dict[str, Market] = {}

            def discover(native: str, kind: InstrumentKind, found: dict[str, Market] = found) -> Market:
                return found.setdefault(native, Market(len(found), native, kind))

            cast(Heard, probe).discover = discover
        self._votes: dict[str, Counter[InstrumentKind]] = {}
        self._kinds = {kind_of_line(line) for line in lines} - {None}
        self.ambiguous = 0

    def look(self, file: str, frames: Iterable[bytes]) -> None:
        """Learn the market of a file from its first frames."""
        for frame in frames:
            self._interested(file, frame, 1)

    def hear(
        self, file: str, frame: bytes, recv: int, connection: int, words: str, exchange: str
    ) -> Line | None:
        """Give a frame to its line; None for one that two lines know. A frame that no line knows counts in
        the first that was asked.
        """
        kind = self._market or kind_of_words(words, exchange) or self._signed(frame)
        if kind is None and len(self._kinds) > 1:
            interested = self._interested(file, frame, connection)
            if len(interested) == 1:
                return self._first(interested, frame, recv, connection, others=False)
            if interested:
                kind = self._vote(file)
                if kind is None and len({kind_of_line(line) for line in interested} - {None}) > 1:
                    self.ambiguous += 1
                    return None
        of = [line for line in self._lines if kind is None or kind_of_line(line) in (kind, None)]
        return self._first(of or self._lines, frame, recv, connection, others=self._market is None)

    def _first(self, of: Sequence[Line], frame: bytes, recv: int, connection: int, *, others: bool) -> Line:
        tried = [*of, *(line for line in self._lines if others and line not in of)]
        for line in tried if len(tried) > 1 else ():
            mark = _mark(line)
            line.hear(frame, recv, connection)
            if not _worse(line, mark):
                return line
            _undo(line, mark)
        tried[0].hear(frame, recv, connection)
        return tried[0]

    def _signed(self, frame: bytes) -> InstrumentKind | None:
        return next((kind for kind, signs in self._signs if any(sign in frame for sign in signs)), None)

    def _vote(self, file: str) -> InstrumentKind | None:
        votes = self._votes.get(file, Counter()).most_common(2)
        if not votes or (len(votes) > 1 and votes[0][1] == votes[1][1]):
            return None
        return votes[0][0]

    def _interested(self, file: str, frame: bytes, connection: int) -> list[Line]:
        """The lines whose twins make something of a frame, or at least know it."""
        takes: list[Line] = []
        knows: list[Line] = []
        for line, probe in zip(self._lines, self._probes, strict=True):
            mark, passed, retired = _mark(probe), probe.tally.passed.total(), _retired(probe)
            probe.hear(frame, 0, connection)
            probe.events.clear()
            if not _worse(probe, mark):
                # A line that knows a frame as one of today is preferred to one that knows it from before.
                knows.insert(len(knows) if _retired(probe) > retired else 0, line)
                if probe.tally.passed.total() == passed:
                    takes.append(line)
        self._sink.drop()
        signed = self._signed(frame)
        kinds = {kind_of_line(line) for line in takes} if signed is None else {signed}
        if len(kinds) == 1 and (kind := kinds.pop()) is not None:
            self._votes.setdefault(file, Counter())[kind] += 1
        return takes or knows[:1]


def _mark(line: Line) -> _Mark:
    tally = line.tally
    return _Mark(tally.messages, tally.unknown, tally.malformed, frozenset(tally.samples))


def _retired(line: Line) -> int:
    return sum(n for reason, n in line.tally.passed.items() if "retired" in reason or "old" in reason)


def _worse(line: Line, mark: _Mark) -> bool:
    return (line.tally.unknown, line.tally.malformed) != (mark.unknown, mark.malformed)


def _undo(line: Line, mark: _Mark) -> None:
    """Forget a frame that another line is asked about."""
    tally = line.tally
    tally.messages, tally.unknown, tally.malformed = mark.messages, mark.unknown, mark.malformed
    for kind in tally.samples.keys() - mark.samples:
        del tally.samples[kind]
