"""Looks for what should not stand on a tape, block by block; the report's data quality comes from here.

The writer refuses the worst (order, unknown instruments, numbers that are not finite), but a tape may come
from elsewhere, and some things are allowed on a tape and still worth knowing: crossed quotes, holes, clock
skew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from titan.market.tape.file import TapeMeta
from titan.market.tape.latency import LatencySketch
from titan.market.tape.rows import Kind, Rows, concat, length, take
from titan.model.instrument import Instrument

_PRICED: Final = (
    Kind.TRADE, Kind.LEVEL, Kind.BBO, Kind.MARK, Kind.INDEX, Kind.LIQUIDATION,
    Kind.BAR_OPEN, Kind.BAR_HIGH, Kind.BAR_LOW, Kind.BAR_CLOSE,
)  # fmt: skip
_ON_GRID: Final = (
    Kind.TRADE, Kind.LEVEL, Kind.BBO, Kind.BAR_OPEN, Kind.BAR_HIGH, Kind.BAR_LOW, Kind.BAR_CLOSE,
)  # fmt: skip
_EXAMPLES: Final = 5

CHECKS: Final = {
    "unsorted": "ts before that of the row above",
    "not_finite": "px or qty is NaN or infinite",
    "price_not_positive": "a price of zero or less where only positive prices exist",
    "qty_negative": "a negative quantity",
    "kind_unknown": "a kind that this titan does not know",
    "instrument_unknown": "an instrument index that the tape does not name",
    "side_wrong": "a side other than -1, 0, +1",
    "crossed": "best bid above best ask in one message",
    "off_grid": "a price that is no multiple of the instrument's tick",
    "clock_skew": "received before the venue's own time: the clocks differ",
    "bars_missing": "a bar opens later than one interval after the bar before",
    "gaps": "GAP rows: the source says that data was lost",
}


class Finding(msgspec.Struct, frozen=True):
    """One check that found something. `rows` are the first few; `count` of `bars_missing` is in bars."""

    check: str
    instrument: str
    count: int
    rows: tuple[int, ...]


class Quality(msgspec.Struct, frozen=True):
    """The outcome. Latencies are receive minus venue time in ns, of rows with a receive stamp; else 0."""

    rows: int
    findings: tuple[Finding, ...]
    latency_rows: int = 0
    latency_min_ns: int = 0
    latency_median_ns: int = 0

    @property
    def clean(self) -> bool:
        return not self.findings

    def count(self, check: str) -> int:
        """How often a check found something, over all instruments."""
        return sum(f.count for f in self.findings if f.check == check)


class _Hit(NamedTuple):
    total: int
    rows: tuple[int, ...]


class Validator:
    """Feed blocks in order, then ask for the result. Keeps one row of the block before, and counts."""

    def __init__(
        self, instruments: Sequence[Instrument], bar_intervals: Mapping[str, int] | None = None
    ) -> None:
        self._ids = [i.id for i in instruments]
        self._ticks = np.array([float(i.tick) for i in instruments] or [1.0])
        intervals = bar_intervals or {}
        self._intervals = [intervals.get(i.id, 0) for i in instruments]
        self._opened = [0] * len(instruments)
        self._hits: dict[tuple[str, str], _Hit] = {}
        self._last: Rows | None = None
        self._rows = 0
        self._latency = LatencySketch()

    def feed(self, rows: Rows) -> None:
        """Check one block."""
        n = length(rows)
        if n == 0:
            return
        known = rows.inst < len(self._ids)
        self._note("instrument_unknown", ~known, rows)
        self._note("kind_unknown", (rows.kind < Kind.TRADE) | (rows.kind > Kind.GAP), rows)
        self._note("side_wrong", np.abs(rows.side) > 1, rows)
        self._numbers(rows, known)
        joined = rows if self._last is None else concat([self._last, rows])
        self._neighbours(joined, self._rows - (length(joined) - n))
        self._note("gaps", rows.kind == Kind.GAP, rows)
        for index in range(len(self._ids)):
            if self._intervals[index]:
                self._bars(rows, index)
        self._note("clock_skew", rows.recv < rows.ts, rows)
        self._latency.add((rows.recv - rows.ts)[rows.recv != rows.ts])
        self._last = take(rows, slice(n - 1, n))
        self._rows += n

    def result(self) -> Quality:
        order = list(CHECKS)
        findings = [Finding(c, i, hit.total, hit.rows) for (c, i), hit in self._hits.items()]
        findings.sort(key=lambda f: (order.index(f.check), f.instrument))
        lat = self._latency
        return Quality(self._rows, tuple(findings), lat.count, lat.minimum, lat.quantile(0.5))

    def _numbers(self, rows: Rows, known: NDArray[np.bool_]) -> None:
        finite = np.isfinite(rows.px) & np.isfinite(rows.qty)
        self._note("not_finite", ~finite, rows)
        self._note("price_not_positive", np.isin(rows.kind, _PRICED) & (rows.px <= 0), rows)
        self._note("qty_negative", rows.qty < 0, rows)
        ticks = self._ticks[np.where(known, rows.inst, 0)]
        scaled = np.where(finite, rows.px, 0.0) / ticks
        away = np.abs(scaled - np.rint(scaled)) > 1e-6 + 1e-11 * np.abs(scaled)
        self._note("off_grid", away & known & np.isin(rows.kind, _ON_GRID), rows)

    def _neighbours(self, rows: Rows, offset: int) -> None:
        before, after = take(rows, slice(0, -1)), take(rows, slice(1, None))
        self._note("unsorted", after.ts < before.ts, after, offset + 1)
        pair = (before.kind == Kind.BBO) & (after.kind == Kind.BBO) & (before.inst == after.inst)
        crossed = pair & (before.side == 1) & (after.side == -1) & (before.px > after.px)
        self._note("crossed", crossed, after, offset + 1)

    def _bars(self, rows: Rows, index: int) -> None:
        at = np.flatnonzero((rows.inst == index) & (rows.kind == Kind.BAR_OPEN))
        if len(at) == 0:
            return
        opens = rows.ts[at]
        first = self._opened[index] or int(opens[0]) - self._intervals[index]
        step = np.diff(opens, prepend=first)
        missing = np.maximum((step + self._intervals[index] // 2) // self._intervals[index] - 1, 0)
        self._opened[index] = int(opens[-1])
        late = at[missing > 0]
        if len(late):
            self._add("bars_missing", self._ids[index], int(missing.sum()), late + self._rows)

    def _note(self, check: str, wrong: NDArray[np.bool_], rows: Rows, offset: int | None = None) -> None:
        if not bool(wrong.any()):
            return
        at = np.flatnonzero(wrong)
        start = self._rows if offset is None else offset
        for index in np.unique(rows.inst[at]):
            name = self._ids[index] if index < len(self._ids) else f"#{index}"
            of = at[rows.inst[at] == index]
            self._add(check, name, len(of), of + start)

    def _add(self, check: str, name: str, count: int, rows: NDArray[np.int64]) -> None:
        old = self._hits.get((check, name), _Hit(0, ()))
        examples = (*old.rows, *(int(r) for r in rows[: _EXAMPLES - len(old.rows)]))
        self._hits[check, name] = _Hit(old.total + count, examples)


def validate(blocks: Iterable[Rows], meta: TapeMeta) -> Quality:
    """Check a whole tape: `validate(reader.blocks(), reader.meta)`."""
    validator = Validator(meta.instruments, meta.bar_intervals)
    for rows in blocks:
        validator.feed(rows)
    return validator.result()
