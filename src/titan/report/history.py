"""When it earned and when it hurt: drawdown episodes, days, and the trades by pair and kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from titan.report.documents import SOURCES
from titan.report.load import Table


@dataclass(frozen=True)
class Episode:
    """A drawdown from its peak to its recovery. `end_ns` is None when the run ended below the peak."""

    start_ns: int
    trough_ns: int
    end_ns: int | None
    depth: float
    last_ns: int

    @property
    def seconds(self) -> float:
        return ((self.end_ns or self.last_ns) - self.start_ns) / 1e9


def drawdowns(equity: Table, most: int = 5) -> list[Episode]:
    """The deepest episodes, deepest first. Shallower than 1e-6 of the NAV does not count."""
    ts, depth = equity["ts"].astype(np.int64), equity["drawdown"].astype(np.float64)
    if not len(ts):
        return []
    under = np.concatenate([[False], np.nan_to_num(depth) < 0, [False]])
    starts = np.flatnonzero(under[1:] & ~under[:-1])
    ends = np.flatnonzero(under[:-1] & ~under[1:])
    found = []
    for start, end in zip(starts, ends):
        trough = int(start + np.argmin(depth[start:end]))
        if depth[trough] > -1e-6:
            continue
        over = int(ts[end]) if end < len(ts) else None
        found.append(
            Episode(int(ts[max(start - 1, 0)]), int(ts[trough]), over, float(depth[trough]), int(ts[-1]))
        )
    return sorted(found, key=lambda episode: episode.depth)[:most]


@dataclass(frozen=True)
class Day:
    """`heat` runs from -4 to 4: the sign of the day and how strong it was among the run's days."""

    day: date
    pnl: float
    heat: int


@dataclass(frozen=True)
class Month:
    """`days` are whole weeks of the month, from the day `begins`; `blanks` cells stand before the first."""

    first: date
    blanks: int
    begins: int
    days: list[Day | None]
    pnl: float


def calendar(daily: Table) -> list[Month]:
    """The months of the run; a day without a figure is None."""
    pnl = {date.fromisoformat(str(day)[:10]): float(value) for day, value in zip(daily["day"], daily["pnl"])}
    if not pnl:
        return []
    strongest = float(np.quantile(np.abs(list(pnl.values())), 0.95)) or max(map(abs, pnl.values())) or 1.0
    months, first = [], min(pnl).replace(day=1)
    while first <= max(pnl):
        after = (first + timedelta(days=32)).replace(day=1)
        days = [first + timedelta(days=i) for i in range((after - first).days)]
        cells = [Day(day, pnl[day], heat(pnl[day] / strongest)) if day in pnl else None for day in days]
        months.append(_trimmed(first, cells))
        first = after
    return months


def _trimmed(first: date, cells: list[Day | None]) -> Month:
    """The month without its weeks before and after the run."""
    known = [i for i, cell in enumerate(cells) if cell]
    offset = first.weekday()
    start = max((min(known, default=0) + offset) // 7 * 7 - offset, 0)
    end = min((max(known, default=0) + offset) // 7 * 7 + 7 - offset, len(cells))
    pnl = sum(cell.pnl for cell in cells if cell)
    return Month(first, (offset + start) % 7, start + 1, cells[start:end], pnl)


def heat(share: float) -> int:
    """Four strengths a side; a day that moved nothing is 0."""
    if abs(share) < 1e-9:
        return 0
    return int(np.sign(share)) * min(4, 1 + int(abs(share) * 4))


@dataclass(frozen=True)
class Group:
    """The trades of one pair and kind together; `wins` are of those that were closed."""

    pair: str
    kind: str
    trades: int
    closed: int
    wins: int
    seconds: float
    funding: float
    basis: float
    costs: float
    total: float


def groups(trades: Table, end_ns: int) -> list[Group]:
    """One row a pair and kind, the most profitable first. Open trades are held until `end_ns`."""
    keys = sorted({(str(pair), str(kind)) for pair, kind in zip(trades["pair"], trades["type"])})
    found = []
    for pair, kind in keys:
        mask = (trades["pair"] == pair) & (trades["type"] == kind)
        part = {name: trades[name][mask].astype(np.float64) for name in NUMBERS}
        closed = trades["closed_ns"][mask].astype(np.int64)
        held = np.where(closed > 0, closed, end_ns) - trades["opened_ns"][mask].astype(np.int64)
        costs = part["fees"] + part["slippage"] + part["transfers"]
        found.append(
            Group(
                pair,
                kind,
                int(mask.sum()),
                int((closed > 0).sum()),
                int(((part["total"] > 0) & (closed > 0)).sum()),
                float(held.mean()) / 1e9,
                float(part["funding"].sum()),
                float(part["basis"].sum()),
                float(costs.sum()),
                float(part["total"].sum()),
            )
        )
    return sorted(found, key=lambda group: -group.total)


NUMBERS = (*SOURCES, "total")
