"""The run's return beside simpler things to do with the same capital, as bars on one scale."""

from __future__ import annotations

from dataclasses import dataclass

from titan.report.documents import ReportDocument, RunDocument, exact
from titan.report.verdict import total_of


@dataclass(frozen=True)
class Bar:
    """`growth` is a fraction over the run; `left`, `width` and `zero` (the axis) are in percent."""

    name: str
    growth: float
    mine: bool
    left: float
    width: float
    zero: float


def bars(run: RunDocument, report: ReportDocument) -> list[Bar]:
    """This run first, then the benchmarks that have a return, in the document's order."""
    start = exact(report.nav_start)
    known = [(bench.name, bench.growth, False) for bench in report.benchmarks if bench.growth is not None]
    if start:
        known.insert(0, (f"This run ({run.strategy})", float(total_of(report) / start), True))
    low = min([growth for _, growth, _ in known], default=0.0)
    high = max([growth for _, growth, _ in known], default=0.0)
    low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) or 1.0
    zero = -low / scale * 100
    found = []
    for name, growth, mine in known:
        left = (min(growth, 0.0) - low) / scale * 100
        width = abs(growth) / scale * 100
        found.append(Bar(name, growth, mine, round(left, 3), round(width, 3), round(zero, 3)))
    return found
