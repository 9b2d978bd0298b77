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

import msgspec

from titan.model.errors import DataError
from titan.model.instrument import InstrumentKind
from titan.venues import registry
from titan.venues.audit import Audit
from titan.venues.messages import Messages
from titan.venues.recorded.raw_answers import Answers, Snapshot, Spoken, snapshot_in
from titan.venues.recorded.raw_files import Placed, entries
from titan.venues.recorded.raw_lines import What
from titan.venues.recorded.raw_route import AMBIGUOUS, Router
from titan.venues.recorded.raw_rules import CONTRACTS, IN_CONTRACTS, Given, rules
from titan.venues.recorded.raw_sink import Collected, Heard
from titan.venues.recorded.raw_strangers import FOREIGN, venue_in
from titan.venues.recorded.series import BadRows, Hints, Listing, Series, cut
from titan.venues.stream import Fetch, Line, Market
from titan.venues.tally import Tally

Tick = Callable[[int], None]
_LOOK: Final = 400
_DEPTH_OF: Final = re.compile(rb'"(\w+)@depth')
_FOLDERS: Final = re.compile(r"(spot|usd-?m|um|futures|perp|swap|linear)(?![a-z])", re.IGNORECASE)
_STREAMS: Final = re.compile(rb'\{"stream":"[^"@]+@')
"""The frames of combined streams are Binance's alone."""
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
        self.nameless = 0
        """Snapshots that are nobody's, or came before anybody asked; they are messages like others."""
        self._connections = count(1)
        self._connection: dict[tuple[int, str], tuple[int, str]] = {}
        """Of each file and member, and how its frames are called: its number, and that name."""
        self._file_of: dict[int, int] = {}
        self._urls: dict[tuple[int, str], str] = {}
        self.without: Counter[int] = Counter()
        """How often the book of an instrument began without a snapshot."""
        spoken = [self._look(at) for at in range(len(paths))]
        self._answers = Answers(paths, spoken)

    def take(self, placed: Placed) -> None:
        """One entry of the recording."""
        file, _, (what, recv, body, about, exchange, _), member, moved = placed
        if moved:
            self.noticed["receive times that cannot be"] += 1
        if what is not What.FRAME:
            self._told(placed)
            return
        known = self._connection.get((file, member))
        if known is None:
            known = self._connection[file, member] = self._opened(file, member)
        found = snapshot_in(body)
        if found is not None and self._snapshot(found, placed):
            return
        self.sink.stamped = recv > 0
        connection, name = known
        words = self._urls.get((file, member), name) if self._urls else name
        if about:
            words = f"{words} {about}"
        line = self.router.hear(name, body, recv or self.sink.now, connection, words, exchange)
        if line is not None and (line.events or line.tally.wrong is not None):
            self._after(line, placed)

    def _told(self, placed: Placed) -> None:
        """What is no frame."""
        if placed.entry.what is What.ANSWER:
            self._answer(placed)
        elif placed.entry.what is What.OPENED:
            at = placed.file, placed.member
            self._urls[at] = placed.entry.about
            self._connection[at] = self._opened(*at)

    def files_of(self, messages: Messages) -> tuple[Path, ...]:
        """The files that an instrument's messages stand in."""
        files = sorted({self._file_of[c] for c in messages.connections if c in self._file_of})
        return tuple(self.paths[file] for file in files) or (self.paths[0],)

    def _opened(self, file: int, member: str) -> tuple[int, str]:
        number = next(self._connections)
        self._file_of[number] = file
        return number, f"{file} {self.paths[file].name} {member}"

    def _after(self, line: Line, placed: Placed) -> None:
        """Note what was wrong with an entry, and give the line what it asked for, if it was recorded."""
        if line.tally.wrong is not None:
            self.bad[placed.file].add(placed.line, *line.tally.wrong)
            line.tally.wrong = None
        while line.events:
            event = line.events.popleft()
            if isinstance(event, Fetch) and self._answers.asks(line, event, placed.file):
                self.without[event.market.inst] += 1

    def _answer(self, placed: Placed) -> None:
        _, recv, body, url, *_ = placed.entry
        try:
            given = rules(url, body)
        except ValueError as e:
            self.noticed["answers that cannot be read"] += 1
            self.bad[placed.file].add(placed.line, "an answer that cannot be read", f"{url[:120]}: {e}")
            return
        if given is not None:
            for native, kind, rule in given:
                pair = self.names.listing(native, kind)
                if pair is not None:
                    self.rules[Listing(self.venue, kind, *pair)] = rule
            self.noticed["answers with instrument rules"] += 1
            return
        self.sink.stamped = recv > 0
        asked = self._answers.answer(url, body, recv)
        if asked is None:
            self.noticed["answers nobody asked for yet"] += 1
        else:
            asked.line.answer(asked.fetch, body, recv)
            self._after(asked.line, placed)

    def _snapshot(self, found: Snapshot, placed: Placed) -> bool:
        """An answer among the frames; whether it is dealt with."""
        recv = placed.entry.recv
        self.sink.stamped = recv > 0
        asked = self._answers.snapshot(found, recv, placed.file)
        if asked is not None:
            asked.line.tally.messages += 1
            asked.line.answer(asked.fetch, found.body, recv or self.sink.now)
            self._after(asked.line, placed)
        elif not found.native:
            self.nameless += 1
        return asked is not None or not found.native

    def _look(self, file: int) -> Spoken:
        """Learn a file's market from its first frames, where it does not say it."""
        path = self.paths[file]
        by_name: dict[str, list[bytes]] = {}
        depths: set[str] = set()
        for placed in islice(entries([path]), _LOOK):
            if placed.entry.what is What.FRAME:
                by_name.setdefault(f"{file} {path.name} {placed.member}", []).append(placed.entry.body)
                depths.update(d.decode().upper() for d in _DEPTH_OF.findall(placed.entry.body[:200]))
        supposed = _folder_kind(path)
        for name, frames in by_name.items():
            self.router.look(name, frames)
            if supposed is not None:
                self.router.suppose(name, supposed)
        return Spoken(depths, self.router.market_of(f"{file} {path.name} "))

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


def _read(venue: str, paths: Sequence[Path], hints: Hints, tick: Tick | None) -> RawRead:
    session = _Session(venue, paths, hints)
    for number, placed in enumerate(entries(paths)):
        session.take(placed)
        if tick is not None and number % _EVERY == 0:
            tick(number)
    session.sink.finish()
    figures = _figures(session)
    wrong = figures.unknown + figures.malformed + figures.passed.get(FOREIGN, 0)
    if figures.messages == wrong:
        raise _nothing(paths, session, figures, wrong)
    series = _series(session, hints)
    if not series and 2 * wrong > figures.messages:
        raise _nothing(paths, session, figures, wrong)
    if not series and session.router.ambiguous:
        raise DataError(f"{paths[0]}: its messages are {AMBIGUOUS}", remedy="say it, as --market perp")
    return RawRead(series, figures)


def _folder_kind(path: Path) -> InstrumentKind | None:
    """The market that the nearest folder is named after."""
    for part in reversed(path.absolute().parts[:-1]):
        if found := _FOLDERS.match(part):
            return InstrumentKind.SPOT if found[0].lower() == "spot" else InstrumentKind.PERP
    return None


def _venue(path: Path) -> str:
    """By the file's name, else by that of the folder it stands in, else by frames that only Binance sends."""
    venue = venue_in(path.name) or venue_in(path.absolute().parent.name)
    if not venue and any(_STREAMS.match(p.entry.body) for p in islice(entries([path]), _LOOK)):
        return "binance"
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


def _nothing(paths: Sequence[Path], session: _Session, figures: RawFigures, wrong: int) -> DataError:
    names = ", ".join(path.name for path in paths[:3])
    if figures.messages == 0:
        return DataError(f"{names}: no message of a socket in it", remedy="check the file")
    lines = f"its {figures.messages:,} lines"
    how = (
        f"none of {lines} is a message"
        if wrong == figures.messages
        else f"{wrong:,} of {lines} are no messages"
    )
    sample = figures.samples[0] if figures.samples else None
    seen = f", the first: {sample.raw[:80]!r} ({sample.reason})" if sample else ", but of another venue"
    return DataError(
        f"{names}: {how} of {session.venue}{seen}",
        remedy="check the file, and the venue given by --venue",
    )


def _series(session: _Session, hints: Hints) -> list[Series]:
    made = []
    for inst, messages in sorted(session.sink.messages.items()):
        listing = session.listings[inst]
        laid = messages.lay()
        rows = cut(laid.rows, hints)
        traded = rows.kind <= 4
        rule = session.rules.get(listing)
        files = session.files_of(messages)
        series = Series(
            listing, "stream", rows, files, "capture", BadRows(", ".join(map(str, files))),
            rows.px[traded & (rows.px > 0)], rows.qty[traded],
        )  # fmt: skip
        series.rules = rule.into if rule is not None else None
        if begun := session.without[inst]:
            series.counters["depth_without_snapshot"] = begun
        series.counters["out_of_order"] = laid.out_of_order
        if laid.misdated:
            series.counters["venue_times_not_believed"] = laid.misdated
        for name in ("messages", "clock_skew", "estimated", "latency_min_ns", "latency_median_ns"):
            series.measured[name] = int(getattr(laid, name))
        series.notes = tuple(_notes(session, listing, laid.estimated, begun))
        made.append(series)
    if made:
        busiest = max(made, key=lambda s: len(s.rows.ts))
        named = {path for s in made for path in s.files}
        # Answers and rules stand in files of their own.
        busiest.files = (*busiest.files, *(path for path in session.paths if path not in named))
        _blame(session, busiest)
    return made


def _notes(session: _Session, listing: Listing, estimated: int, begun: int) -> list[str]:
    notes = []
    unsaid = listing not in session.rules and listing[:1] + listing[2:] not in CONTRACTS
    if unsaid and listing.kind is InstrumentKind.PERP and session.venue in IN_CONTRACTS:
        notes.append(f"{listing.id}: nothing says how large a contract is; sizes are in contracts")
    if begun:
        notes.append(f"{listing.id}: depth starts without a snapshot; levels appear as they change")
    if estimated:
        notes.append(
            f"{listing.id}: {estimated:,} messages carry no venue time; it is estimated as the receive time "
            "less the 5 % quantile of the latency of the last 256 stamped messages of the connection"
        )
    return notes


def _blame(session: _Session, series: Series) -> None:
    """What is wrong often cannot say whose it was: the busiest instrument answers for all of it."""
    for bad in session.bad:
        series.bad.first.extend(bad.first)
        for reason, n in bad.counts.items():
            series.bad.counts[reason] = series.bad.counts.get(reason, 0) + n
