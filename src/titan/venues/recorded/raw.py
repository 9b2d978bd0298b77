"""Raw captures of any venue's sockets, decoded by the very lines that listen live.

All files are one recording: frames and REST answers in the order in which they were received. An answer that
a line asked for is given to it; later ones only check the book that the line follows. A recording is held in
memory while it is sorted, about 60 bytes a row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any, Final, NamedTuple, cast
from urllib.parse import parse_qsl, urlsplit

import msgspec

from titan.model.errors import DataError
from titan.model.instrument import InstrumentKind
from titan.venues import registry
from titan.venues.audit import Audit
from titan.venues.recorded.raw_files import Placed, entries
from titan.venues.recorded.raw_lines import What
from titan.venues.recorded.raw_route import AMBIGUOUS, Heard, Router
from titan.venues.recorded.raw_rules import CONTRACTS, IN_CONTRACTS, Given, rules
from titan.venues.recorded.raw_sink import Collected
from titan.venues.recorded.series import BadRows, Hints, Listing, Series, cut
from titan.venues.stream import Fetch, Line, Market
from titan.venues.tally import Tally

Tick = Callable[[int], None]
_LOOK: Final = 400
_NAMELESS: Final = ("depth", "")
_DEPTH_OF: Final = re.compile(rb'"(\w+)@depth')
_NAMED: Final = re.compile(
    rb'\s*\{\s*"stream"\s*:\s*"(\w+)@depthSnapshot".*?"data"\s*:\s*(\{.*\})\s*\}\s*\Z', re.DOTALL
)
"""A snapshot as a stream of its symbol: how tardis.dev writes the snapshot that it asked for."""
_EVERY: Final = 4096
_SHOWN: Final = 300


class Unusable(msgspec.Struct, frozen=True):
    """The first message of a kind that was unknown or malformed, cut short. `recv` in ns UTC."""

    kind: str
    reason: str
    recv: int
    raw: str


class RawFigures(msgspec.Struct, frozen=True):
    """What a raw capture held. `passed` are messages that are known and not carried, by reason; `noticed`
    anything else worth a number. `snapshots_matched` and `snapshots_differ` count later snapshots of the
    venue that the running book was compared with.
    """

    messages: int = 0
    unknown: int = 0
    malformed: int = 0
    gaps: int = 0
    resyncs: int = 0
    checksums_ok: int = 0
    checksums_bad: int = 0
    snapshots_matched: int = 0
    snapshots_differ: int = 0
    passed: dict[str, int] = {}
    noticed: dict[str, int] = {}
    samples: tuple[Unusable, ...] = ()


class RawRead(NamedTuple):
    series: list[Series]
    figures: RawFigures


class _Asked(NamedTuple):
    line: Line
    fetch: Fetch


class _Session:
    def __init__(self, venue: str, paths: Sequence[Path], hints: Hints) -> None:
        self.venue, self.paths = venue, paths
        self.sink = Collected()
        self.audit = Audit()
        self.lines = registry.lines(venue, self.sink)
        self.names = registry.names(venue)
        self.router = Router(venue, self.lines, hints.market)
        for line in self.lines:
            heard = cast(Heard, line)
            heard.discover = self._discover
            if hasattr(line, "audit"):
                heard.audit = self.audit
        self.listings: list[Listing] = []
        self.rules: dict[Listing, Given] = {}
        self.bad = [BadRows(str(path)) for path in paths]
        self.noticed: Counter[str] = Counter()
        self.depths: set[bytes] = set()
        """The symbols whose depth the first frames of each file speak of."""
        self._connections = count(1)
        self._connection: dict[tuple[int, str], int] = {}
        self._urls: dict[int, str] = {}
        self._asked: dict[tuple[str, str], _Asked] = {}
        self.nameless = 0
        """Snapshots that came before anybody asked; they are messages like others."""
        self._wrong: dict[str, tuple[int, int]] = {}
        self._early: dict[tuple[str, str], tuple[bytes, int]] = {}

    def take(self, placed: Placed) -> None:
        """One entry of the recording."""
        what, recv, body, url, _ = placed.entry
        if what is What.FRAME:
            self._frame(placed)
        elif what is What.ANSWER:
            self._answer(url, body, recv)
        elif what is What.OPENED:
            self._urls[placed.file] = url
            self._connection[placed.file, ""] = next(self._connections)

    def _frame(self, placed: Placed) -> None:
        entry, at = placed.entry, (placed.file, placed.member)
        connection = self._connection.get(at)
        if connection is None:
            connection = self._connection[at] = next(self._connections)
        if b'"lastUpdateId"' in entry.body[:300] and self._snapshot(entry.body, entry.recv):
            return
        self.sink.stamped = entry.recv > 0
        name = f"{self.paths[placed.file].name} {placed.member}"
        words = f"{self._urls.get(placed.file, name)} {entry.about}"
        line = self.router.hear(
            name, entry.body, entry.recv or self.sink.now, connection, words, entry.exchange
        )
        if line is not None:
            tally = line.tally
            if (tally.unknown, tally.malformed) != self._wrong.get(line.name, (0, 0)):
                self._wrong[line.name] = (tally.unknown, tally.malformed)
                self.bad[placed.file].add(placed.line, "unknown or malformed", f"{entry.body[:60]!r}"[2:-1])
            self._drain(line)

    def _drain(self, line: Line) -> None:
        """Remember what a line asked for, and give what was recorded before it asked."""
        while line.events:
            event = line.events.popleft()
            if not isinstance(event, Fetch):
                continue
            key = (urlsplit(event.path).path, event.market.native.upper())
            self._asked[key] = _Asked(line, event)
            early = self._early.pop(key, None)
            if early is None and "depth" in key[0] and len(self.depths) <= 1:
                early = self._early.pop(_NAMELESS, None)
            if early is not None:
                line.answer(event, *early)

    def _answer(self, url: str, body: bytes, recv: int) -> None:
        try:
            given = rules(url, body)
        except ValueError as e:
            self.noticed["answers that cannot be read"] += 1
            self.bad[0].add(0, "an answer that cannot be read", f"{url[:120]}: {e}")
            return
        if given is not None:
            for native, kind, rule in given:
                pair = self.names.listing(native, kind)
                if pair is not None:
                    self.rules[Listing(self.venue, kind, *pair)] = rule
            self.noticed["answers with instrument rules"] += 1
            return
        parts = urlsplit(url)
        values = [value.upper() for _, value in parse_qsl(parts.query)]
        named = [*values, *parts.path.upper().split("/")]
        self.sink.stamped = recv > 0
        for (path, native), asked in self._asked.items():
            if native in named and path == parts.path:
                asked.line.answer(asked.fetch, body, recv)
                self._drain(asked.line)
                return
        for value in values:
            self._early[parts.path, value] = (body, recv)
        self.noticed["answers nobody asked for yet"] += 1

    def _snapshot(self, body: bytes, recv: int) -> bool:
        """An answer among the frames. Some recorders name its symbol as a stream; else it is the only book's,
        or nobody's.
        """
        named = _NAMED.match(body)
        native = named[1].decode().upper() if named is not None else ""
        if named is None and b'"lastUpdateId"' not in body[:40]:
            return False
        asked = [
            a for (path, symbol), a in self._asked.items()
            if path.endswith("/depth") and symbol == (native or symbol)
        ]  # fmt: skip
        said = named[2] if named is not None else body
        if len(asked) != 1:
            if native:
                return False
            self._early[_NAMELESS] = (said, recv)
            self.nameless += 1
            return True
        line, fetch = asked[0]
        line.tally.messages += 1
        self.sink.stamped = recv > 0
        line.answer(fetch, said, recv or self.sink.now)
        self._drain(line)
        return True

    def _discover(self, native: str, kind: InstrumentKind) -> Market | None:
        pair = self.names.listing(native, kind)
        if pair is None:
            return None
        listing = Listing(self.venue, kind, *pair)
        if listing not in self.listings:
            self.listings.append(listing)
        rule = self.rules.get(listing)
        contract = 1.0
        if kind is InstrumentKind.PERP:
            contract = rule.contract if rule is not None else CONTRACTS.get((self.venue, *pair), 1.0)
        return Market(self.listings.index(listing), native, kind, contract)


def read_raw(paths: Sequence[Path], hints: Hints, tick: Tick | None = None) -> RawRead:
    """All captures of one venue are one recording. `tick` is told how many lines are done.

    Raises DataError for files that are damaged or hold no message of their venue, ConfigError for a venue
    that is not first class.
    """
    by_venue: dict[str, list[Path]] = {}
    for path in paths:
        by_venue.setdefault(hints.venue.lower() or _venue(path), []).append(path)
    read = [_read(venue, of, hints, tick) for venue, of in sorted(by_venue.items())]
    return RawRead([s for one in read for s in one.series], _sum([one.figures for one in read]))


def named_venue(path: Path) -> str:
    """The venue that a file's own name says; empty when it says none."""
    return next((venue for venue in registry.VENUES if venue in path.name.lower()), "")


def _read(venue: str, paths: Sequence[Path], hints: Hints, tick: Tick | None) -> RawRead:
    session = _Session(venue, paths, hints)
    _look(session, paths)
    for number, placed in enumerate(entries(paths)):
        session.take(placed)
        if tick is not None and number % _EVERY == 0:
            tick(number)
    session.sink.finish()
    figures = _figures(session)
    if figures.messages == 0 or figures.messages == figures.unknown + figures.malformed:
        raise _nothing(paths, session, figures)
    return RawRead(_series(session, hints), figures)


def _look(session: _Session, paths: Sequence[Path]) -> None:
    """Learn each file's market from its first frames, where it does not say it."""
    for path in paths:
        head = (p for p in islice(entries([path]), _LOOK) if p.entry.what is What.FRAME)
        by_name: dict[str, list[bytes]] = {}
        for placed in head:
            by_name.setdefault(f"{path.name} {placed.member}", []).append(placed.entry.body)
            session.depths.update(_DEPTH_OF.findall(placed.entry.body[:200]))
        for name, frames in by_name.items():
            session.router.look(name, frames)


def _venue(path: Path) -> str:
    """By the file's name, else by that of the folder it stands in."""
    folder = path.absolute().parent.name.lower()
    venue = named_venue(path) or next((v for v in registry.VENUES if folder.startswith(v)), "")
    if not venue:
        raise DataError(
            f"{path}: neither the file nor its folder names a venue", remedy="say it, as --venue kraken"
        )
    return venue


def _sum(figures: Sequence[RawFigures]) -> RawFigures:
    total: dict[str, Any] = {}
    for one in figures:
        for name, value in msgspec.structs.asdict(one).items():
            if isinstance(value, dict):
                total[name] = dict(sorted((Counter(total.get(name, {})) + Counter(value)).items()))
            else:
                total[name] = total.get(name, type(value)()) + value
    return RawFigures(**total)


def _figures(session: _Session) -> RawFigures:
    tallies: list[Tally] = [line.tally for line in session.lines]
    passed: Counter[str] = Counter()
    noticed = session.noticed
    for tally in tallies:
        passed.update(tally.passed)
        noticed.update(tally.noticed)
    if session.router.ambiguous:
        passed[AMBIGUOUS] += session.router.ambiguous
    if session.sink.untimed:
        noticed["without any time"] += session.sink.untimed
    samples = tuple(
        Unusable(s.kind, s.reason, s.recv, s.raw[:_SHOWN].decode("utf-8", "backslashreplace"))
        for tally in tallies
        for s in tally.samples.values()
    )
    return RawFigures(
        sum(t.messages for t in tallies) + session.router.ambiguous + session.nameless,
        sum(t.unknown for t in tallies), sum(t.malformed for t in tallies), sum(t.gaps for t in tallies),
        sum(t.resyncs for t in tallies), sum(t.checksums_ok for t in tallies),
        sum(t.checksums_bad for t in tallies), session.audit.matched, session.audit.differ,
        dict(sorted(passed.items())), dict(sorted(noticed.items())), samples,
    )  # fmt: skip


def _nothing(paths: Sequence[Path], session: _Session, figures: RawFigures) -> DataError:
    names = ", ".join(path.name for path in paths[:3])
    if figures.messages == 0:
        return DataError(f"{names}: no message of a socket in it", remedy="check the file")
    sample = figures.samples[0] if figures.samples else None
    seen = f", the first: {sample.raw[:80]!r} ({sample.reason})" if sample else ""
    return DataError(
        f"{names}: none of its {figures.messages:,} lines is a message of {session.venue}{seen}",
        remedy="check the file, and the venue given by --venue",
    )


def _series(session: _Session, hints: Hints) -> list[Series]:
    made = []
    files = tuple(session.paths)
    for inst, messages in sorted(session.sink.messages.items()):
        listing = session.listings[inst]
        laid = messages.lay()
        rows = cut(laid.rows, hints)
        traded = rows.kind <= 4
        rule = session.rules.get(listing)
        series = Series(
            listing, "stream", rows, files, "raw", BadRows(", ".join(map(str, files))),
            rows.px[traded & (rows.px > 0)], rows.qty[traded],
        )  # fmt: skip
        series.rules = rule.into if rule is not None else None
        series.counters["out_of_order"] = laid.out_of_order
        for name in ("messages", "clock_skew", "estimated", "latency_min_ns", "latency_median_ns"):
            series.measured[name] = int(getattr(laid, name))
        series.notes = tuple(_notes(session, listing, laid.estimated))
        made.append(series)
    if made:
        _blame(session, max(made, key=lambda s: len(s.rows.ts)))
    return made


def _notes(session: _Session, listing: Listing, estimated: int) -> list[str]:
    notes = []
    unsaid = listing not in session.rules and listing[:1] + listing[2:] not in CONTRACTS
    if unsaid and listing.kind is InstrumentKind.PERP and session.venue in IN_CONTRACTS:
        notes.append(f"{listing.id}: nothing says how large a contract is; sizes are in contracts")
    if estimated:
        notes.append(
            f"{listing.id}: {estimated:,} messages carry no venue time; it is estimated from their arrival"
        )
    return notes


def _blame(session: _Session, series: Series) -> None:
    """What is wrong often cannot say whose it was: the busiest instrument answers for all of it."""
    for bad in session.bad:
        series.bad.first.extend(bad.first)
        for reason, n in bad.counts.items():
            series.bad.counts[reason] = series.bad.counts.get(reason, 0) + n
