"""The run's return beside simpler things to do with the same capital, as bars on one scale."""

from __future__ import annotations

from dataclasses import dataclass

from titan.report.documents import Benchmark, ReportDocument, RunDocument, exact
from titan.report.verdict import total_of


@dataclass(frozen=True)
class Bar:
    """`growth` is a fraction over the run; `left`, `width` and `zero` (the axis) are in percent."""

    name: str
    note: str
    growth: float
    annual: float | None
    sharpe: float | None
    fall: float | None
    mine: bool
    left: float
    width: float
    zero: float


def bars(run: RunDocument, report: ReportDocument) -> list[Bar]:
    """This run first, then the benchmarks that have a return, in the document's order."""
    start = exact(report.nav_start)
    known = [(bench, bench.growth, False) for bench in report.benchmarks if bench.growth is not None]
    if start:
        known.insert(0, (_mine(run, report), float(total_of(report) / start), True))
    low = min([growth for _, growth, _ in known], default=0.0)
    high = max([growth for _, growth, _ in known], default=0.0)
    low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) or 1.0
    zero = -low / scale * 100
    found = []
    for bench, growth, mine in known:
        left = (min(growth, 0.0) - low) / scale * 100
        width = abs(growth) / scale * 100
        found.append(
            Bar(
                bench.name, bench.note, growth, bench.annual_return, bench.sharpe, bench.max_drawdown, mine,
                round(left, 3), round(width, 3), round(zero, 3),
            )
        )  # fmt: skip
    return found


def _mine(run: RunDocument, report: ReportDocument) -> Benchmark:
    fall = None if report.max_drawdown is None else -abs(report.max_drawdown)
    return Benchmark(
        name=f"This run ({run.strategy})",
        annual_return=report.annual_return,
        sharpe=report.sharpe,
        max_drawdown=fall,
    )
