"""Raw captures of Binance's combined streams: one line is `<receive time> <frame>`, as hftbacktest records.

The receive time is in ms, us or ns, told apart by its digits (13, 16 or 19). Spot and USD-M are told apart
by what the messages carry. Files of one market are read in the order of their first receive time as one
recording, so that a book goes on from one file to the next. A recording is held in memory while it is
sorted: about 300 bytes a message and 40 a book level, well under 1 GB for an hour of a busy market.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np

from titan.model.errors import DataError
from titan.model.instrument import InstrumentKind
from titan.venues.binance import streams
from titan.venues.binance.normalise import Normaliser
from titan.venues.catalogue import split_symbol
from titan.venues.recorded.order import in_order
from titan.venues.recorded.series import BadRows, Hints, Listing, Series, cut, nothing_left

_UNITS: Final = {13: 1_000_000, 16: 1_000, 19: 1}
_PERP_SIGNS: Final = (b'"pu":', b'"e":"bookTicker"', b"@markPrice", b'"X":"')
_SPOT_SIGNS: Final = (b'"M":true', b'"M":false', b'{"u":')
Tick = Callable[[int], None]


class Capture(NamedTuple):
    """One file, unpacked."""

    path: Path
    lines: list[bytes]
    kind: InstrumentKind
    first_ns: int


def looks_like_capture(head: bytes) -> bool:
    """Whether a file begins with a receive time and a frame."""
    stamp, _, frame = head.partition(b" ")
    return stamp.isdigit() and len(stamp) in _UNITS and frame.lstrip().startswith(b"{")


def open_capture(path: Path, hints: Hints) -> Capture:
    """Unpack a capture and find its market. Raises DataError when it is cut short or says no market."""
    try:
        packed = path.read_bytes()
        content = gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed
    except (OSError, EOFError, zlib.error) as e:
        raise DataError(
            f"{path} cannot be unpacked, it is damaged or cut short: {e}",
            remedy="copy it again from where it came",
        ) from e
    lines = content.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    first = next((ns for line in lines if (ns := _stamp(line.partition(b" ")[0]))), 0)
    return Capture(path, lines, _market(path, content, hints), first)


def read_captures(captures: Sequence[Capture], hints: Hints, tick: Tick | None = None) -> list[Series]:
    """The captures of one market, each symbol a series. `tick` is told how many lines are done."""
    ordered = sorted(captures, key=lambda c: (c.first_ns, str(c.path)))
    kind = ordered[0].kind
    books: dict[str, Normaliser] = {}
    bad: dict[str, BadRows] = {}
    done = 0
    for connection, capture in enumerate(ordered):
        here = bad[str(capture.path)] = BadRows(str(capture.path))
        for number in _read(capture, connection, books, here):
            if tick is not None:
                tick(done + number)
        done += len(capture.lines)
    if not any(len(book.messages) for book in books.values()):
        raise nothing_left(ordered[0].path, next(iter(bad.values())))
    all_bad = BadRows(", ".join(bad))
    for one in bad.values():
        all_bad.first.extend(one.first)
        for reason, n in one.counts.items():
            all_bad.counts[reason] = all_bad.counts.get(reason, 0) + n
    files = tuple(c.path for c in ordered)
    made = [_series(s, kind, book, files, hints) for s, book in sorted(books.items()) if len(book.messages)]
    # A bad line often cannot say whose it was: the busiest instrument answers for all of them.
    max(made, key=lambda s: len(s.rows.ts)).bad = all_bad
    return made


def _read(capture: Capture, connection: int, books: dict[str, Normaliser], bad: BadRows) -> Iterator[int]:
    """Decode one file; yields the line number now and then."""
    perp = capture.kind is InstrumentKind.PERP
    symbols = {s.decode().upper() for s in _depth_symbols(capture.lines)}
    ahead = sum(b'"lastUpdateId"' in line for line in capture.lines)
    for symbol in symbols:
        books.setdefault(symbol, Normaliser(symbol, perp=perp)).snapshots_ahead = ahead
    for number, recv, frame in _frames(capture, bad):
        if number % 4096 == 0:
            yield number
        try:
            reason = _frame(frame, recv, connection, books, symbols, perp)
        except msgspec.DecodeError as e:
            reason = f"not a message: {e}"
        if reason:
            bad.add(number, *_split(reason))
    for symbol in symbols:
        books[symbol].finish()


def _frames(capture: Capture, bad: BadRows) -> Iterator[tuple[int, int, bytes]]:
    """Line number, receive time and frame of every line whose receive time is one, and does not fall."""
    lines = capture.lines
    stamps = np.array([_stamp(line.partition(b" ")[0]) for line in lines], np.int64)
    readable = stamps > 0
    for at in np.flatnonzero(~readable):
        bad.add(int(at) + 1, "no receive time at its start", repr(lines[at][:40])[1:])
    keep = in_order(stamps, readable, np.arange(1, len(lines) + 1), bad, strict=False)
    for at, recv in zip(np.flatnonzero(keep).tolist(), stamps[keep].tolist(), strict=True):
        yield at + 1, recv, lines[at].partition(b" ")[2]


def _frame(
    frame: bytes, recv: int, connection: int, books: dict[str, Normaliser], symbols: set[str], perp: bool
) -> str | None:
    if b'"lastUpdateId"' in frame[:40]:
        if len(symbols) != 1:
            return "a snapshot that names no symbol, among several"
        return books[next(iter(symbols))].snapshot(streams.SNAPSHOT.decode(frame), recv, connection)
    envelope = streams.ENVELOPE.decode(frame)
    symbol, _, stream = envelope.stream.partition("@")
    book = books.get(symbol.upper())
    if book is None:
        book = books[symbol.upper()] = Normaliser(symbol.upper(), perp=perp)
    return book.feed(stream, envelope.data, recv, connection)


def _series(
    symbol: str, kind: InstrumentKind, book: Normaliser, files: tuple[Path, ...], hints: Hints
) -> Series:
    base, quote = split_symbol(symbol)
    laid = book.messages.lay()
    listing = Listing(hints.venue.lower() or "binance", kind, base, quote)
    rows = cut(laid.rows, hints)
    traded = rows.kind <= 4
    series = Series(
        listing, "stream", rows, files, "capture", BadRows(", ".join(map(str, files))),
        rows.px[traded & (rows.px > 0)], rows.qty[traded],
    )  # fmt: skip
    series.counters.update(
        {k: n for k, n in book.counters.items() if k != "gaps" and not k.startswith("not read: ")}
    )
    series.counters["out_of_order"] = laid.out_of_order
    for name in ("messages", "clock_skew", "estimated", "latency_min_ns", "latency_median_ns"):
        series.measured[name] = int(getattr(laid, name))
    series.notes = tuple(_notes(listing, book, laid.estimated))
    return series


def _notes(listing: Listing, book: Normaliser, estimated: int) -> list[str]:
    notes = []
    if book.counters["depth_without_snapshot"]:
        notes.append(f"{listing.id}: depth starts without a snapshot; levels appear as they change")
    if estimated:
        notes.append(
            f"{listing.id}: {estimated:,} messages carry no venue time; it is estimated as the receive time "
            "less the 5 % quantile of the latency of the last 256 stamped messages of the connection"
        )
    for name, n in book.counters.items():
        if name.startswith("not read: "):
            notes.append(f"{listing.id}: {n:,} messages of stream {name[10:]} were not read")
    return notes


def _stamp(text: bytes) -> int:
    unit = _UNITS.get(len(text), 0)
    return int(text) * unit if unit and text.isdigit() else 0


def _split(reason: str) -> tuple[str, str]:
    group, _, detail = reason.partition(": ")
    return group, detail


def _depth_symbols(lines: Sequence[bytes]) -> set[bytes]:
    found = set()
    for line in lines:
        at = line.find(b"@depth", 0, 80)
        if at > 0:
            found.add(line[line.rfind(b'"', 0, at) + 1 : at])
    return found


def _market(path: Path, content: bytes, hints: Hints) -> InstrumentKind:
    if hints.market:
        return InstrumentKind(hints.market)
    if any(sign in content for sign in _PERP_SIGNS):
        return InstrumentKind.PERP
    if any(sign in content for sign in _SPOT_SIGNS):
        return InstrumentKind.SPOT
    for part in reversed([p.lower() for p in path.absolute().parts]):
        if part.startswith(("usdm", "um", "futures", "perp")):
            return InstrumentKind.PERP
        if part.startswith("spot"):
            return InstrumentKind.SPOT
    raise DataError(
        f"{path}: neither its messages nor its path say spot or perp", remedy="say it, as --market perp"
    )
