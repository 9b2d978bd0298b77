"""How a tape, its rows and an import are shown to people, and the same as plain documents."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from titan.market.tape.read import TapeReader
from titan.market.tape.rows import END, ESTIMATED, SETTLED, SNAPSHOT, Kind, take
from titan.market.tape.validate import CHECKS, Finding, Quality
from titan.model.errors import ConfigError, InstrumentError
from titan.venues.recorded.assemble import ImportReport

_FLAGS: Final = ((END, "end"), (SNAPSHOT, "snapshot"), (SETTLED, "settled"), (ESTIMATED, "estimated"))
_MANY: Final = 8
_DAY_NS: Final = 86_400_000_000_000
_WRAP: Final = ("what", "flags")
Document = dict[str, object]


def describe(reader: TapeReader, quality: Quality | None) -> Document:
    """A tape as one document. Times are ns UTC."""
    meta = msgspec.to_builtins(reader.meta)
    instruments = [
        {**rules, "id": i.id, "rows": {k.name.lower(): n for k, n in reader.counts[i.id].items()}}
        for i, rules in zip(reader.instruments, meta.pop("instruments"), strict=True)
    ]
    found: Document = {
        "tape": str(reader.path),
        "rows": reader.rows,
        "start": reader.start,
        "end": reader.end,
        "fingerprint": reader.fingerprint,
        "bytes": reader.bytes,
        "instruments": instruments,
        **meta,
    }
    if quality is not None:
        found["check"] = msgspec.to_builtins(quality)
    return found


def print_info(reader: TapeReader, quality: Quality | None) -> None:
    """A tape as a table of its instruments, and what is worth knowing about it."""
    console = _console()
    table = _table("instrument", "what", ">rows", ">tick", ">lot", ">fees bps", ">gaps", ">bad")
    for i in reader.instruments:
        counts = reader.counts[i.id]
        kinds = {k.name.lower(): n for k, n in counts.items()}
        of = reader.meta.quality.get(i.id, {})
        fees = f"{float(i.fees.maker) * 1e4:g}/{float(i.fees.taker) * 1e4:g}"
        table.add_row(
            i.id, _kinds(kinds, reader.meta.bar_intervals.get(i.id, 0)), f"{sum(kinds.values()):,}",
            f"{i.tick:f}",
            f"{i.lot:f}", fees, _count(kinds.get("gap", 0)), _count(of.get("bad_rows", 0)),
        )  # fmt: skip
    console.print(table)
    _ending(console, reader.rows, reader.start, reader.end, reader.fingerprint, reader.bytes)
    made = (
        f"simulated: {reader.meta.scenario}"
        if reader.meta.simulated
        else f"{len(reader.meta.sources)} sources"
    )
    console.print(f"[dim]{escape(made)}, written by {escape(reader.meta.created_by)}[/dim]")
    _bullets(console, reader.meta.notes)
    if quality is not None:
        _findings(console, quality.findings)
        if quality.latency_rows:
            low, mid = quality.latency_min_ns / 1e6, quality.latency_median_ns / 1e6
            console.print(f"  receive minus venue time: median {mid:,.1f} ms, least {low:,.1f} ms")


def print_tapes(folder: Path, readers: Sequence[TapeReader]) -> None:
    """A folder of tapes, one line each."""
    console = _console()
    table = _table("tape", "what", ">rows", "from", "to", ">gaps", ">MB")
    for reader in readers:
        kinds: dict[str, int] = {}
        for counts in reader.counts.values():
            for kind, n in counts.items():
                kinds[kind.name.lower()] = kinds.get(kind.name.lower(), 0) + n
        form = "%Y-%m-%d %H:%M:%S"
        table.add_row(
            str(reader.path.relative_to(folder)), _kinds(kinds, 0), f"{reader.rows:,}",
            _when(reader.start, form), _when(reader.end, form), _count(kinds.get("gap", 0)),
            f"{reader.bytes / 1e6:.1f}",
        )  # fmt: skip
    console.print(table)
    console.print(f"[dim]one tape of all: titan tape merge {escape(str(folder))} --out TAPE[/dim]")


def print_import(report: ImportReport, seconds: float) -> None:
    """What an import did, as a table of instruments; bad rows and skipped files by name."""
    console = _console()
    if not report.tape:
        _messages(console, report)
        _bullets(console, report.notes)
        return
    table = _table("instrument", "what", ">rows", "from", "to", ">gaps", ">bad")
    form = "%Y-%m-%d" if report.end - report.start > _DAY_NS else "%H:%M:%S"
    for i in report.instruments:
        table.add_row(
            i.id, _kinds(i.kinds, i.bar_interval_ns), f"{i.rows:,}", _when(i.start, form), _when(i.end, form),
            _count(i.gaps), _count(i.bad_rows),
        )  # fmt: skip
    console.print(table)
    size = TapeReader(report.tape).bytes
    _ending(console, report.rows, report.start, report.end, report.fingerprint, size)
    n = len(report.sources)
    files = "1 file" if n == 1 else f"{n} files"
    console.print(f"[dim]{files} into {escape(report.tape)} in {seconds:.1f} s[/dim]")
    _messages(console, report)
    _bullets(console, report.notes)
    _findings(console, report.findings)
    if report.bad_row_count:
        console.print(
            f"[yellow]{report.bad_row_count:,} rows could not be used[/yellow], the first of each kind:"
        )
        for bad in report.bad_rows[:_MANY]:
            console.print(f"  {escape(bad.file)}, row {bad.row}: {escape(bad.reason)}", soft_wrap=True)
    left = [s for s in report.skipped if s[1] != "not a recording"]
    for name, reason in left[:_MANY]:
        console.print(f"[yellow]left out[/yellow] {escape(name)}: {escape(reason)}", soft_wrap=True)
    if len(left) > _MANY:
        console.print(f"  and {len(left) - _MANY} more; --json lists all")


def _messages(console: Console, report: ImportReport) -> None:
    """What was in raw captures, and what the first unusable message of each kind looked like."""
    if not report.messages:
        return
    wrong = f"{report.unknown:,} unknown, {report.malformed:,} malformed"
    console.print(f"{report.messages:,} messages, {wrong}, {report.gaps:,} gaps")
    checks = report.checksums_ok + report.checksums_bad
    if checks:
        console.print(f"{report.checksums_ok:,} of {checks:,} checksums of the books are right")
    compared = report.snapshots_matched + report.snapshots_differ
    if compared:
        console.print(f"{report.snapshots_matched:,} of {compared:,} later snapshots equal the running book")
    if report.passed:
        _bullets(console, tuple(f"not carried: {n:,} {reason}" for reason, n in report.passed.items()))
    for sample in report.samples[:_MANY]:
        console.print(
            f"[yellow]{escape(sample.kind)}[/yellow]: {escape(sample.reason)}: {escape(sample.raw[:120])}",
            soft_wrap=True,
        )


def first_rows(reader: TapeReader, n: int, instrument: str, kind: str) -> list[Document]:
    """The first `n` rows, as documents. Raises InstrumentError or ConfigError for a filter that fits
    nothing.
    """
    wanted = None if not instrument else _instrument(reader, instrument)
    kinds = {k.name.lower(): k for k in Kind}
    if kind and kind.lower() not in kinds:
        raise ConfigError(f"there is no kind {kind}", remedy=f"kinds are: {', '.join(kinds)}")
    found: list[Document] = []
    base = 0
    for block in reader.blocks(block_rows=1 << 16):
        keep = np.ones(len(block.ts), np.bool_)
        if wanted is not None:
            keep &= block.inst == wanted
        if kind:
            keep &= block.kind == kinds[kind.lower()]
        at = np.flatnonzero(keep)[: n - len(found)]
        rows = take(block, at)
        for i, row in enumerate(at):
            found.append(
                {
                    "row": base + int(row),
                    "ts": int(rows.ts[i]),
                    "time": _when(int(rows.ts[i]), "%Y-%m-%dT%H:%M:%S.us"),
                    "recv": int(rows.recv[i]),
                    "instrument": reader.instruments[int(rows.inst[i])].id,
                    "kind": _kind_name(int(rows.kind[i])),
                    "side": int(rows.side[i]),
                    "flags": [word for bit, word in _FLAGS if int(rows.flags[i]) & bit],
                    "px": float(rows.px[i]),
                    "qty": float(rows.qty[i]),
                }
            )
        base += len(block.ts)
        if len(found) == n:
            break
    return found


def print_rows(rows: list[Document]) -> None:
    """Rows as a table."""
    table = _table(">row", "time, UTC", ">late ms", "instrument", "kind", ">side", ">px", ">qty", "flags")
    today = {str(r["time"])[:10] for r in rows}
    for r in rows:
        late = (_int(r["recv"]) - _int(r["ts"])) / 1e6
        side = {1: "[green]+1[/green]", -1: "[red]-1[/red]"}.get(_int(r["side"]), "")
        flags = " ".join(r["flags"]) if isinstance(r["flags"], list) else ""
        table.add_row(
            f"{r['row']:,}", str(r["time"])[11 if len(today) == 1 else 0 :],
            f"{late:,.3f}" if late else "", str(r["instrument"]), str(r["kind"]),
            side, f"{r['px']:.10g}", f"{r['qty']:.10g}", flags,
        )  # fmt: skip
    console = _console()
    if len(today) == 1:
        console.print(f"[dim]{today.pop()}[/dim]")
    console.print(table)


def _instrument(reader: TapeReader, text: str) -> int:
    ids = [i.id for i in reader.instruments]
    fits = [n for n, i in enumerate(ids) if text == i] or [
        n for n, i in enumerate(ids) if text.lower() in i.lower()
    ]
    if len(fits) != 1:
        trouble = "fits several" if fits else "is on none"
        raise InstrumentError(
            f"{text} {trouble} of the instruments of {reader.path}", remedy=f"it has: {', '.join(ids)}"
        )
    return fits[0]


def _kinds(kinds: Mapping[str, int], interval_ns: int) -> str:
    """`bars 5 min, mark, funding`: the four parts of a bar are one thing to people."""
    bars = f"bars {interval_ns / 6e10:g} min" if interval_ns else "bars"
    words = [
        bars if k == "bar_close" else k.replace("_", " ") for k in kinds if k not in _BAR_PARTS and k != "gap"
    ]
    return ", ".join(words)


_BAR_PARTS: Final = ("bar_open", "bar_high", "bar_low")


def _kind_name(kind: int) -> str:
    return Kind(kind).name.lower() if kind in Kind.__members__.values() else f"unknown {kind}"


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def _count(n: int) -> str:
    return f"[yellow]{n:,}[/yellow]" if n else "[dim]0[/dim]"


def _when(ns: int, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """UTC; `us` in the form stands for six digits of a second."""
    text = datetime.fromtimestamp(ns // 1_000_000_000, UTC).strftime(form)
    return text.replace("us", f"{ns % 1_000_000_000 // 1_000:06d}")


def _console() -> Console:
    """Stdout, wide enough for every column where no terminal gives a width."""
    return Console(width=None if sys.stdout.isatty() else 140, highlight=False, emoji=False)


def _table(*columns: str) -> Table:
    """A plain table; `>` before a name aligns right. Where it is narrow, words wrap and numbers do not."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for name in columns:
        table.add_column(
            name.lstrip(">"),
            justify="right" if name.startswith(">") else "left",
            no_wrap=name not in _WRAP,
            overflow="fold",
        )
    return table


def _ending(console: Console, rows: int, start: int, end: int, fingerprint: str, size: int) -> None:
    span = f"{_when(start)} to {_when(end)} UTC" if rows else "no rows"
    console.print(f"\n[bold]{rows:,} rows[/bold], {span}, {size / 1e6:,.1f} MB")
    console.print(f"[dim]fingerprint {fingerprint}[/dim]")


def _bullets(console: Console, notes: tuple[str, ...]) -> None:
    for note in notes:
        console.print(f"  [cyan]note[/cyan] {escape(note)}", soft_wrap=True)


def _findings(console: Console, findings: tuple[Finding, ...]) -> None:
    for f in findings:
        first = f", first at row {f.rows[0]:,}" if f.rows else ""
        console.print(
            f"  [yellow]{f.count:,}[/yellow] {escape(f.instrument)}: {CHECKS[f.check]}{first}", soft_wrap=True
        )
