"""Which line of a venue a recorded frame belongs to.

A recorder often says it: by the URL of the connection, the name of the exchange or of the file. Where nothing
says it, each frame is shown to a second set of the venue's lines, and goes to the one that knows it; a frame
that two of them know goes where the other frames of its file go.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, cast

from titan.model.instrument import InstrumentKind
from titan.venues import registry
from titan.venues.recorded.raw_sink import Collected, Heard
from titan.venues.recorded.raw_strangers import FOREIGN, Strangers
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


class _Signs(NamedTuple):
    """By what a field says (b"" without it): a kind for each sign that a message may hold. `fields` are the
    ways to write that field.
    """

    fields: tuple[bytes, ...]
    of: dict[bytes, tuple[tuple[InstrumentKind, bytes], ...]]


_S, _P = InstrumentKind.SPOT, InstrumentKind.PERP
_SIGNS: Final[dict[str, _Signs]] = {
    "binance": _Signs(
        (b'"e":"', b'"e": "'),
        {
            b"depthUpdate": ((_P, b'"pu":'),),
            b"trade": ((_P, b'"X":'), (_S, b'"M":')),
            b"aggTrade": ((_S, b'"M":'),),
            b"bookTicker": ((_P, b""),),
            b"markPriceUpdate": ((_P, b""),),
            b"forceOrder": ((_P, b""),),
            b"": (
                (_S, b'"data":{"u":'),
                (_S, b'"data": {"u":'),
                (_P, b"@markPrice"),
                (_P, b"@forceOrder"),
            ),
        },
    ),
    # Spot confirms a request with this word, contracts with none (docs/v5/ws/connect, November 2026).
    "bybit": _Signs((b'"ret_msg":"', b'"ret_msg": "'), {b"subscribe": ((_S, b""),)}),
}
"""What only one market's messages have, where the formats are otherwise alike."""
_ENOUGH: Final = 20
"""So many of a file's first frames of one market and none of another say that of the rest, but for a sign."""
_LONG: Final = 400
"""Signs stand in the first so many bytes: behind them are only levels."""
AMBIGUOUS: Final = "of spot or of perpetuals, and nothing says which"


class _Mark(NamedTuple):
    messages: int
    unknown: int
    malformed: int
    samples: int


def kind_of_line(line: Line) -> InstrumentKind | None:
    """The market of a line by its name; None for one that carries both."""
    if line.name.startswith("spot"):
        return InstrumentKind.SPOT
    return InstrumentKind.PERP if _PERP.search(line.name) else None


@lru_cache(4096)
def kind_of_words(words: str) -> InstrumentKind | None:
    """The market that a URL, a name of a file or of an exchange says, if it does."""
    if _PERP.search(words):
        return InstrumentKind.PERP
    return InstrumentKind.SPOT if _SPOT.search(words) else None


class Router:
    """Hands frames to the lines of a venue. `market` is the user's word, and is final."""

    def __init__(self, venue: str, lines: Sequence[Line], market: str) -> None:
        self._lines = lines
        self._market = InstrumentKind(market) if market else None
        self._signs = _SIGNS.get(venue)
        self._sink = Collected()
        self._probes = registry.lines(venue, self._sink)
        for probe in self._probes:
            found: dict[str, Market] = {}

            def discover(native: str, kind: InstrumentKind, found: dict[str, Market] = found) -> Market:
                return found.setdefault(native, Market(len(found), native, kind))

            cast(Heard, probe).discover = discover
        self._strangers = Strangers(venue)
        self._votes: dict[str, Counter[InstrumentKind]] = {}
        self._kinds = {kind_of_line(line) for line in lines} - {None}
        self._of = {
            kind: tuple(line for line in lines if kind is None or kind_of_line(line) in (kind, None))
            for kind in (None, *InstrumentKind)
        }
        self._settled: dict[str, InstrumentKind] = {}
        self._supposed: dict[str, InstrumentKind] = {}
        self.ambiguous = 0

    def suppose(self, file: str, kind: InstrumentKind) -> None:
        """What the folder of a file says: it counts where no frame of the file says anything."""
        self._supposed[file] = kind

    def market_of(self, file: str) -> InstrumentKind | None:
        """The market that a file is of, as far as it is known."""
        return self._market or self._vote(file) or self._supposed.get(file)

    def look(self, file: str, frames: Iterable[bytes]) -> None:
        """Learn the market of a file from its first frames."""
        for frame in frames:
            self._interested(file, frame, 1)
        votes = self._votes.get(file, Counter())
        if len(votes) == 1 and votes.total() >= _ENOUGH:
            self._settled[file] = next(iter(votes))

    def hear(
        self, file: str, frame: bytes, recv: int, connection: int, words: str, exchange: str
    ) -> Line | None:
        """Give a frame to its line; None for one that two lines know. A frame that no line knows counts in
        the first that was asked.
        """
        kind = self._market or self._signed(frame) or kind_of_words(words) or self._settled.get(file)
        if kind is None and len(self._kinds) > 1:
            interested = self._interested(file, frame, connection)
            if len(interested) == 1:
                return self._first(interested, frame, recv, connection, others=False)
            if interested:
                kind = _EXCHANGES.get(exchange.lower()) or self._vote(file) or self._supposed.get(file)
                if kind is None and len({kind_of_line(line) for line in interested} - {None}) > 1:
                    self.ambiguous += 1
                    return None
        of = self._of[kind] or self._lines
        return self._first(of, frame, recv, connection, others=self._market is None)

    def _first(self, of: Sequence[Line], frame: bytes, recv: int, connection: int, *, others: bool) -> Line:
        """The first of the lines that knows the frame, then of all others; else the first one counts it."""
        first, tally = of[0], of[0].tally
        unknown, malformed, samples = tally.unknown, tally.malformed, len(tally.samples)
        first.hear(frame, recv, connection)
        if tally.unknown == unknown and tally.malformed == malformed:
            return first
        mark = _Mark(tally.messages - 1, unknown, malformed, samples)
        for line in (*of[1:], *(line for line in self._lines if others and line not in of)):
            theirs = _mark(line)
            line.hear(frame, recv, connection)
            if not _worse(line, theirs):
                _undo(first, mark)
                return line
            _undo(line, theirs)
        if self._strangers.know(frame):
            _undo(first, mark)
            first.tally.messages += 1
            first.tally.passed[FOREIGN] += 1
        return first

    def _signed(self, frame: bytes) -> InstrumentKind | None:
        signs = self._signs
        if signs is None:
            return None
        said = b""
        for field in signs.fields:
            at = frame.find(field, 0, _LONG)
            if at >= 0:
                at += len(field)
                said = frame[at : frame.find(b'"', at)]
                break
        for kind, sign in signs.of.get(said, ()):
            if frame.find(sign, 0, _LONG) >= 0:
                return kind
        return None

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
    return _Mark(tally.messages, tally.unknown, tally.malformed, len(tally.samples))


def _retired(line: Line) -> int:
    return sum(n for reason, n in line.tally.passed.items() if "retired" in reason or "old" in reason)


def _worse(line: Line, mark: _Mark) -> bool:
    return (line.tally.unknown, line.tally.malformed) != (mark.unknown, mark.malformed)


def _undo(line: Line, mark: _Mark) -> None:
    """Forget a frame that another line is asked about."""
    tally = line.tally
    tally.messages, tally.unknown, tally.malformed = mark.messages, mark.unknown, mark.malformed
    tally.wrong = None
    while len(tally.samples) > mark.samples:
        tally.samples.popitem()
