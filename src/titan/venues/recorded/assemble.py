"""From recordings to one tape: reads every file, chooses instruments' rules, merges, checks and writes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from titan.market.tape.file import GROUP_ROWS, Source, TapeMeta
from titan.market.tape.merge import merge_blocks
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import Rows, length, take
from titan.market.tape.validate import Finding, Validator
from titan.market.tape.write import TapeWriter
from titan.model.errors import DataError
from titan.model.instrument import Instrument, InstrumentKind
from titan.venues.catalogue import fit, on_grid
from titan.venues.recorded.files import Found, Skipped, find, read_file
from titan.venues.recorded.raw import RawFigures, Unusable, read_raw
from titan.venues.recorded.raw_files import check, is_raw
from titan.venues.recorded.raw_strangers import venue_in
from titan.venues.recorded.series import BadRow, Hints, Listing, Series

Progress = Callable[[str, int, int], None]
"""Told of the stage, what is done and what there is to do: bytes read, lines decoded or rows written."""

_RANK: Final = {"stream": 0, "mark": 1, "index": 2, "funding": 3, "bars": 4, "trades": 5, "quotes": 6,
    "interest": 7, "liquidations": 8,
}  # fmt: skip
"""Order at equal times: the mark and the settlement at an hour come before the bar that opens then."""


class Imported(msgspec.Struct, frozen=True):
    """One instrument of the new tape. Times are ns; `kinds` maps the name of a kind to its rows; `counters`
    are those of the tape's meta."""

    id: str
    kinds: dict[str, int]
    rows: int
    start: int
    end: int
    gaps: int
    bad_rows: int
    bar_interval_ns: int
    counters: dict[str, int]


class ImportReport(msgspec.Struct, frozen=True):
    """What an import did. `bad_rows` has the first few of each kind and file, `findings` what checks saw."""

    tape: str
    rows: int
    start: int
    end: int
    fingerprint: str
    instruments: tuple[Imported, ...]
    sources: tuple[Source, ...]
    skipped: tuple[tuple[str, str], ...]
    bad_row_count: int
    bad_rows: tuple[BadRow, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    messages: int = 0
    unknown: int = 0
    malformed: int = 0
    gaps: int = 0
    checksums_ok: int = 0
    checksums_bad: int = 0
    snapshots_matched: int = 0
    """Later snapshots of the venue that were equal to the running book; the others `differ`."""
    snapshots_differ: int = 0
    resyncs: int = 0
    passed: dict[str, int] = {}
    """Messages that are known and not carried, by reason."""
    noticed: dict[str, int] = {}
    samples: tuple[Unusable, ...] = ()
    """The first message of each kind that was unknown or malformed."""


class _Read(NamedTuple):
    series: list[Series]
    skipped: list[Skipped]
    names: dict[Path, str]
    raw: RawFigures | None = None


def import_recordings(
    paths: Sequence[Path],
    out: Path,
    hints: Hints | None = None,
    *,
    replace_existing: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Make the tape `out`. Raises DataError for what cannot be read, TapeError when `out` exists."""
    hints = hints or Hints()
    tell = progress or (lambda _stage, _done, _total: None)
    # The cheapest refusal first: nothing is read when the tape may not be written.
    with TapeWriter(out, TapeMeta(()), replace=replace_existing) as writer:
        read = _read(paths, hints, tell)
        if read.raw is not None and not any(length(s.rows) for s in read.series):
            writer.abort()
            return _no_rows(read)
        chosen = _choose(read.series, read.skipped)
        instruments, notes = _instruments(chosen)
        index = {instrument.id: i for i, instrument in enumerate(instruments)}
        writer.meta = TapeMeta(
            instruments=instruments,
            sources=_sources(chosen, read.names),
            bar_intervals={s.listing.id: s.interval_ns for s in chosen if s.group == "bars"},
            quality=_quality(chosen),
            measured={s.listing.id: dict(s.measured) for s in chosen if s.measured},
            notes=(
                *notes,
                *(f"left out: {s.name}: {s.reason}" for s in read.skipped if s.reason != "not a recording"),
            ),
        )
        chosen.sort(key=lambda s: (index[s.listing.id], _RANK[s.group], s.start))
        total = sum(length(s.rows) for s in chosen)
        validator = Validator(instruments, writer.meta.bar_intervals)
        tell("writing", 0, total)
        for block in merge_blocks([_blocks(s, index[s.listing.id]) for s in chosen]):
            writer.append(block)
            validator.feed(block)
            tell("writing", writer.rows, total)
    return _report(out, chosen, read, validator.result().findings)


def _read(paths: Sequence[Path], hints: Hints, tell: Progress) -> _Read:
    found, skipped = find(paths)
    total = sum(f.path.stat().st_size for f in found)
    done = 0
    series: list[Series] = []
    raw: list[Path] = []
    for file in found:
        tell(f"reading {file.path.name}", done, total)
        try:
            if is_raw(file.path):
                other = _named(file) if file.inside and hints.venue else ""
                if other not in ("", hints.venue.lower()):
                    raise DataError(f"{file.path} is of {other}")
                if file.inside:
                    check(file.path)
                raw.append(file.path)
            else:
                series.append(read_file(file.path, hints))
        except DataError as e:
            if not file.inside:
                raise
            skipped.append(Skipped(file.name, e.message))
        done += file.path.stat().st_size
    names = {f.path: f.name for f in found}
    if raw:
        try:
            of = read_raw(raw, hints, lambda n: tell("decoding", n, 0))
            return _Read([*series, *of.series], skipped, names, of.figures)
        except DataError as e:
            if not series or any(f.path in raw and not f.inside for f in found):
                raise
            skipped.extend(Skipped(names[path], e.message) for path in raw)
    if not series:
        reasons = "; ".join(s.reason for s in skipped if s.reason != "not a recording")
        raise DataError(f"nothing could be imported: {reasons}", remedy="see the reason of each file")
    return _Read(series, skipped, names)


def _named(file: Found) -> str:
    """The venue that a file's name says, or that of a folder below the one that was asked for."""
    parts = file.name.split("/")[1:]
    return next((venue for part in reversed(parts) if (venue := venue_in(part))), "")


def _choose(series: list[Series], skipped: list[Skipped]) -> list[Series]:
    """Each instrument's bars of one length, and nothing said twice."""
    finest: dict[str, int] = {}
    for s in series:
        if s.group == "bars":
            finest[s.listing.id] = min(s.interval_ns, finest.get(s.listing.id, s.interval_ns))
    chosen: list[Series] = []
    for s in sorted(series, key=lambda s: (s.start, -length(s.rows), str(s.files[0]))):
        name = s.files[0].name
        if length(s.rows) == 0:
            skipped.append(Skipped(name, "no rows in the time asked for"))
        elif s.group == "bars" and s.interval_ns != finest[s.listing.id]:
            skipped.append(
                Skipped(name, f"{s.listing.id} has finer bars, of {finest[s.listing.id] / 1e9:g} s")
            )
        elif any(
            (c.listing, c.group) == (s.listing, s.group) and s.start <= c.end and c.start <= s.end
            for c in chosen
        ):
            skipped.append(Skipped(name, f"{s.listing.id} has {s.group} of the same time from another file"))
        else:
            chosen.append(s)
    if not chosen:
        raise DataError("no rows in the time asked for", remedy="check --start and --end")
    return chosen


def _instruments(series: Sequence[Series]) -> tuple[tuple[Instrument, ...], list[str]]:
    """The rules of every instrument, spot before perp of each pair; and what had to be assumed."""
    listings = sorted(
        {s.listing for s in series},
        key=lambda i: (i.base, i.quote, i.venue, i.kind is not InstrumentKind.SPOT),
    )
    instruments: list[Instrument] = []
    notes: list[str] = []
    for listing in listings:
        of = [s for s in series if s.listing == listing]
        prices, sizes = (np.concatenate([getattr(s, what) for s in of]) for what in ("prices", "sizes"))
        instrument, said = fit(*listing, prices, sizes)
        given = next((s.rules for s in of if s.rules is not None), None)
        if given is not None:
            instrument, said = _by_the_venue(instrument, given(instrument), prices)
        notes.extend(said)
        interval = next((s.interval_ns for s in of if s.group == "funding" and s.interval_ns), 0)
        if interval and interval != instrument.funding_interval_ns:
            hours = interval / 3.6e12
            notes.append(f"{instrument.id}: funding settles every {hours:g} h by the recording; that is used")
            instrument = replace(instrument, funding_interval_ns=interval)
        instruments.append(instrument)
        notes.extend(note for s in of for note in s.notes)
    return tuple(instruments), list(dict.fromkeys(notes))


def _by_the_venue(
    fitted: Instrument, given: Instrument, prices: NDArray[np.float64]
) -> tuple[Instrument, tuple[str, ...]]:
    """The venue's own rules; orders that rest since the tick was finer keep the finer one."""
    if fitted.tick >= given.tick or on_grid(prices, float(given.tick)):
        return given, ()
    note = f"{given.id}: recorded prices are finer than the venue's tick {given.tick}; {fitted.tick} is used"
    return replace(given, tick=fitted.tick), (note,)


def _blocks(series: Series, index: int) -> Iterator[Rows]:
    for at in range(0, length(series.rows), GROUP_ROWS):
        block = take(series.rows, slice(at, at + GROUP_ROWS))
        yield block._replace(inst=np.full(length(block), index, np.uint16))


def _sources(series: Sequence[Series], names: dict[Path, str]) -> tuple[Source, ...]:
    """Every file once; of files that were read together the first stands for all their rows."""
    rows: dict[Path, int] = {}
    formats: dict[Path, str] = {}
    for s in series:
        for at, path in enumerate(s.files):
            rows[path] = rows.get(path, 0) + (length(s.rows) if at == 0 else 0)
            formats[path] = s.format
    sources = []
    for path, n in rows.items():
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        sources.append(Source(names[path], digest, path.stat().st_size, formats[path], n))
    return tuple(sorted(sources, key=lambda s: s.name))


def _quality(series: Sequence[Series]) -> dict[str, dict[str, int]]:
    quality: dict[str, dict[str, int]] = {}
    for s in series:
        of = quality.setdefault(s.listing.id, {"bad_rows": 0})
        of["bad_rows"] += s.bad.total
        for name, n in s.counters.items():
            of[name] = of.get(name, 0) + n
    return quality


def _no_rows(read: _Read) -> ImportReport:
    """Messages that are all known and make no row: that is worth saying, and no tape."""
    notes = ("no message of it makes a row, so no tape was written",)
    report = ImportReport(
        "", 0, 0, 0, "", (), (), tuple((s.name, s.reason) for s in read.skipped), 0, (), (), notes
    )
    return _with_figures(report, read)


def _with_figures(report: ImportReport, read: _Read) -> ImportReport:
    """The report with what is known of the messages of captures."""
    if read.raw is None:
        return replace(report, gaps=sum(i.gaps for i in report.instruments))
    return replace(report, **msgspec.structs.asdict(read.raw))


def _report(out: Path, chosen: Sequence[Series], read: _Read, findings: tuple[Finding, ...]) -> ImportReport:
    tape = TapeReader(out)
    counts = tape.counts
    spans: dict[Listing, list[Series]] = {}
    for s in chosen:
        spans.setdefault(s.listing, []).append(s)
    by_id = {listing.id: of for listing, of in spans.items()}
    made = []
    for i in tape.instruments:
        of, quality = by_id[i.id], tape.meta.quality[i.id]
        kinds = {kind.name.lower(): n for kind, n in counts[i.id].items()}
        first, last = min(s.start for s in of), max(s.end for s in of)
        bar = tape.meta.bar_intervals.get(i.id, 0)
        gaps, bad_rows = kinds.get("gap", 0), quality["bad_rows"]
        made.append(Imported(i.id, kinds, sum(kinds.values()), first, last, gaps, bad_rows, bar, quality))
    report = ImportReport(
        str(out), tape.rows, tape.start, tape.end, tape.fingerprint, tuple(made), tape.meta.sources,
        tuple((s.name, s.reason) for s in read.skipped), sum(s.bad.total for s in read.series),
        tuple(b for s in read.series for b in s.bad.first), findings, tape.meta.notes,
    )  # fmt: skip
    return _with_figures(report, read)
