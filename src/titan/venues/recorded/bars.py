"""Bars, mark prices and funding rates of a table, as rows of the tape.

A bar becomes four rows, because a backtest must not know its close at its open:

    BAR_OPEN     at the open time
    BAR_LOW      at a third of the interval  \\ low first when the bar closed at or above its open,
    BAR_HIGH     at two thirds               / else high first: the order that moves the least
    BAR_CLOSE    one millisecond before the end, with END

Each carries a quarter of the volume. A hole between bars is a GAP row at the next bar's open time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from titan.market.tape.rows import END, SETTLED, Kind, Rows, empty
from titan.model.errors import DataError
from titan.venues.recorded.order import in_order
from titan.venues.recorded.series import BadRows, Hints, Listing, Series, cut, nothing_left
from titan.venues.recorded.tables import Column, Table

MS_NS: Final = 1_000_000


def bars(path: Path, table: Table, listing: Listing, hints: Hints, interval_ns: int = 0) -> Series:
    """The OHLCV bars of a table. An `interval_ns` of 0, or one the rows contradict, comes from the rows."""
    bad = BadRows(str(path))
    bad.add_all(table.ragged, "another number of fields than the first line")
    table, notes = _newest_last(path, table)
    o, h, low, c = (_column(path, table, name) for name in ("open", "high", "low", "close"))
    v = _column(path, table, "volume")
    usable = np.ones(len(o), np.bool_)
    with np.errstate(invalid="ignore"):
        for reason, wrong in (
            ("not a number", ~np.isfinite(o + h + low + c + v)),
            ("a price of zero or less", (o <= 0) | (h <= 0) | (low <= 0) | (c <= 0)),
            ("the high is below the low", h < low),
            ("open or close outside low and high", (np.maximum(o, c) > h) | (np.minimum(o, c) < low)),
            ("a negative volume", v < 0),
        ):
            bad.add_all(table.row[usable & wrong], reason)
            usable &= ~wrong
    keep = in_order(table.times, usable, table.row, bad, strict=True)
    if not bool(keep.any()):
        raise nothing_left(path, bad)
    step = usual_step(table.times[keep]) or interval_ns
    if step <= 0:
        raise DataError(
            f"{path}: one bar alone does not say how long it is", remedy="name the file as PAIR-5m.csv"
        )
    if interval_ns and step != interval_ns:
        notes = (
            *notes,
            f"{path.name}: its name says bars of {interval_ns / 1e9:g} s, its rows {step / 1e9:g} s",
        )
    inside = keep & hints.window(table.times)
    o, h, low, c, v = (a[inside] for a in (o, h, low, c, v))
    rows = _expand(table.times[inside], o, h, low, c, v, step)
    prices = np.concatenate([o, h, low, c])
    return Series(listing, "bars", rows, (path,), "bars", bad, prices, v, step, notes=notes)


def _expand(t: NDArray[np.int64], o: Column, h: Column, low: Column, c: Column, v: Column, step: int) -> Rows:
    holes = np.flatnonzero(np.diff(t) > step + step // 2) + 1
    n = len(t)
    first = np.arange(n, dtype=np.int64) * 4
    shift = np.zeros(n, np.int64)
    shift[holes] = 1
    first += np.cumsum(shift)
    rows = empty(4 * n + len(holes))
    rising = c >= o
    parts = (
        (0, Kind.BAR_OPEN, o, Kind.BAR_OPEN, o),
        (step // 3, Kind.BAR_LOW, low, Kind.BAR_HIGH, h),
        (2 * step // 3, Kind.BAR_HIGH, h, Kind.BAR_LOW, low),
        (step - MS_NS, Kind.BAR_CLOSE, c, Kind.BAR_CLOSE, c),
    )
    for i, (after, kind, px, other_kind, other_px) in enumerate(parts):
        rows.ts[first + i] = t + after
        rows.kind[first + i] = np.where(rising, kind, other_kind)
        rows.px[first + i] = np.where(rising, px, other_px)
        rows.qty[first + i] = v / 4
    rows.flags[first + 3] = END
    gap = first[holes] - 1
    rows.ts[gap] = t[holes]
    rows.kind[gap] = Kind.GAP
    rows.flags[gap] = END
    rows.qty[gap] = (t[holes] - t[holes - 1] - step) / 1e9
    rows.recv[:] = rows.ts
    return rows


def marks(path: Path, table: Table, listing: Listing, hints: Hints, kind: Kind = Kind.MARK) -> Series:
    """Mark (or index) prices of bars: the open alone, at the open time. The rest is not known then."""
    bad = BadRows(str(path))
    bad.add_all(table.ragged, "another number of fields than the first line")
    table, notes = _newest_last(path, table)
    px = _column(path, table, "open")
    usable = np.isfinite(px) & (px > 0)
    bad.add_all(table.row[~usable], "no price above zero")
    keep = in_order(table.times, usable, table.row, bad, strict=True)
    if not bool(keep.any()):
        raise nothing_left(path, bad)
    rows = _single(table.times[keep], kind, px[keep], END)
    return Series(
        listing, "mark" if kind is Kind.MARK else "index", cut(rows, hints), (path,), "mark", bad,
        interval_ns=usual_step(rows.ts), notes=notes,
    )  # fmt: skip


def funding(path: Path, table: Table, listing: Listing, hints: Hints) -> Series:
    """Settled funding, rate in `open`. Stamps may be a few ms late: `ts` keeps that, `qty` is rounded."""
    bad = BadRows(str(path))
    bad.add_all(table.ragged, "another number of fields than the first line")
    table, notes = _newest_last(path, table)
    rate = _column(path, table, "open" if "open" in table.numbers else "rate")
    usable = np.isfinite(rate) & (np.abs(rate) < 1)
    bad.add_all(table.row[~usable], "no rate between -1 and 1")
    keep = in_order(table.times, usable, table.row, bad, strict=True)
    if not bool(keep.any()):
        raise nothing_left(path, bad)
    rows = _single(table.times[keep], Kind.FUNDING, rate[keep], END | SETTLED)
    rows.qty[:] = np.rint(rows.ts / 1e9) * 1000
    step = usual_step((rows.qty * MS_NS).astype(np.int64))
    return Series(
        listing, "funding", cut(rows, hints), (path,), "funding", bad, interval_ns=step, notes=notes
    )


def closes(path: Path, table: Table, listing: Listing, hints: Hints) -> Series:
    """A series of closing times and prices without open, high, low: only BAR_CLOSE rows, volume unknown."""
    bad = BadRows(str(path))
    bad.add_all(table.ragged, "another number of fields than the first line")
    table, notes = _newest_last(path, table)
    px = _column(path, table, "close")
    usable = np.isfinite(px) & (px > 0)
    bad.add_all(table.row[~usable], "no price above zero")
    keep = in_order(table.times, usable, table.row, bad, strict=True)
    if not bool(keep.any()):
        raise nothing_left(path, bad)
    rows = cut(_single(table.times[keep], Kind.BAR_CLOSE, px[keep], END), hints)
    series = Series(listing, "bars", rows, (path,), "closes", bad, rows.px, interval_ns=usual_step(rows.ts))
    holes = np.diff(rows.ts) > series.interval_ns * 3 // 2
    if bool(holes.any()):
        series.count("holes", int(holes.sum()))
    series.notes = (*notes, f"{path.name} holds closing prices only: no volume, no high and low")
    return series


def usual_step(times: NDArray[np.int64]) -> int:
    """The most frequent distance between neighbours, ns; 0 for fewer than two."""
    if len(times) < 2:
        return 0
    steps, counts = np.unique(np.diff(times), return_counts=True)
    return int(steps[np.argmax(counts)])


def _single(times: NDArray[np.int64], kind: Kind, px: Column, flags: int) -> Rows:
    rows = empty(len(times))
    rows.ts[:] = times
    rows.recv[:] = times
    rows.kind[:] = kind
    rows.flags[:] = flags
    rows.px[:] = px
    return rows


def _column(path: Path, table: Table, name: str) -> Column:
    if name not in table.numbers:
        raise DataError(
            f"{path} has no column `{name}` of numbers (it has: {', '.join([*table.numbers, *table.text])})",
            remedy="bars need date, open, high, low, close, volume; funding has its rate in open",
        )
    return table.numbers[name]


def _newest_last(path: Path, table: Table) -> tuple[Table, tuple[str, ...]]:
    """The table turned round when it is written newest first, as some exports are."""
    t = table.times
    if len(t) < 3 or not bool((np.diff(t) < 0).all()):
        return table, ()
    turned = Table(
        t[::-1], {k: v[::-1] for k, v in table.numbers.items()},
        {k: v[::-1] for k, v in table.text.items()}, table.row[::-1], table.ragged,
    )  # fmt: skip
    return turned, (f"{path.name} is written newest first; it was turned round",)
