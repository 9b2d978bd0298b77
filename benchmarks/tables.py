"""From the outcomes of all rounds to tables: medians with their range, ratios to Titan, checks, targets."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from benchmarks.rounds import Outcome


class Column(NamedTuple):
    """A figure of a suite's table. `better` is 1 when more is better, -1 when less is; 0 where no ratio is
    meant.
    """

    name: str
    title: str
    show: Callable[[float], str]
    better: int = 0


class Row(NamedTuple):
    """One peer of one subject over all rounds: every figure's values, in the order of the rounds."""

    subject: str
    peer: str
    values: dict[str, list[float]]
    error: str

    def median(self, name: str) -> float | None:
        found = self.values.get(name)
        return statistics.median(found) if found else None


def rate(x: float) -> str:
    return f"{x / 1e6:.2f} M" if x >= 1e5 else f"{x:,.0f}"


def seconds(x: float) -> str:
    return f"{x:.2f} s" if x >= 1 else f"{x * 1e3:.1f} ms"


def microseconds(x: float) -> str:
    return f"{x:,.0f} us" if x >= 10 else f"{x:.3g} us"


def milliseconds(x: float) -> str:
    return f"{x:,.0f} ms"


def megabytes(x: float) -> str:
    return f"{x:,.0f} MB" if x >= 10 else f"{x:.2f} MB"


def count(x: float) -> str:
    return f"{x:,.0f}"


def money(x: float) -> str:
    return f"{x:,.4f}"


_WAY: Final = [
    Column("p50_us", "quote to order, p50", microseconds, -1),
    Column("p99_us", "p99", microseconds, -1),
    Column("p999_us", "p99.9", microseconds),
    Column("orders", "orders", count),
]
"""From a quote to the order that answers it."""

COLUMNS: Final[dict[str, list[Column]]] = {
    "loop": [
        Column("events_per_s", "quotes/s", rate, 1),
        Column("setup_s", "load and set up", seconds, -1),
        Column("first_s", "first run", seconds),
        Column("peak_mb", "peak memory", megabytes, -1),
        Column("orders", "orders", count),
        Column("pnl", "P&L", money),
        Column("fees", "fees", money),
    ],
    "book": [
        Column("levels_per_s", "levels/s", rate, 1),
        Column("messages_per_s", "messages/s", rate),
        Column("book_mb", "memory a book", megabytes),
        Column("check", "sum of best prices", lambda x: f"{x:.1f}"),
    ],
    "backtest": [
        Column("total_s", "first in a process", seconds, -1),
        Column("load_s", "of it load", seconds),
        Column("run_s", "of it run", seconds),
        Column("metrics_s", "of it metrics", seconds),
        Column("again_s", "again", seconds, -1),
        Column("peak_mb", "peak memory", megabytes),
        Column("entries", "entries", count),
        Column("fills", "fills", count),
        Column("fees", "fees", money),
        Column("pnl", "P&L", money),
    ],
    "start": [
        Column("process_s", "whole process", seconds, -1),
        Column("total_s", "of it the backtest", seconds),
    ],
    "socket": [
        Column("messages_per_s", "messages/s", rate, 1),
        Column("cpu_us", "CPU a message", microseconds, -1),
        Column("p50_us", "on the way, p50", microseconds, -1),
        Column("p99_us", "p99", microseconds, -1),
        Column("messages", "messages", count),
    ],
    "decode": [
        Column("us", "CPU a message", microseconds, -1),
        Column("messages_per_s", "messages/s", rate),
        Column("messages", "messages", count),
        Column("price", "last best bid", lambda x: f"{x:.2f}"),
    ],
    "journal": [
        Column("p50_us", "until it is safe, p50", microseconds, -1),
        Column("p99_us", "p99", microseconds, -1),
        Column("p999_us", "p99.9", microseconds),
        Column("entries_per_s", "entries/s", rate, 1),
        Column("cpu_us", "CPU an entry", microseconds, -1),
        Column("entries", "entries", count),
    ],
    "desk": _WAY,
    "terminal": [
        *_WAY,
        Column("drawn_mb", "drawn", megabytes),
    ],
    "gateway": [
        *_WAY,
        Column("age_p50_ms", "age of what is seen, p50", milliseconds),
        Column("age_p99_ms", "p99", milliseconds),
        Column("messages_per_s", "messages/s to all", rate),
        Column("updates_per_s", "rows/s", rate),
    ],
    "orders": [
        Column("orders_per_s", "orders/s", rate, 1),
        Column("orders", "orders filled", count),
        Column("fees", "fees", money),
    ],
    "sweep": [
        Column("sets_per_s", "sets/s", lambda x: f"{x:,.2f}", 1),
        Column("total_s", "all 200", seconds),
        Column("peak_mb", "peak memory of a process", megabytes, -1),
        Column("trades", "round trips", count),
        Column("pnl", "P&L of all", money),
    ],
    "memory": [
        Column("tenth_mb", "after a tenth", megabytes),
        Column("end_mb", "at the end", megabytes, -1),
        Column("growth_mb", "growth", megabytes),
        Column("messages", "messages", count),
    ],
}

CHECKED: Final = {
    "loop": {"orders": 0.0, "pnl": 1e-6, "fees": 1e-6},
    "book": {"check": 1e-9},
    "backtest": {"entries": 0.0, "exits": 0.0, "fills": 0.0, "fees": 1e-6, "pnl": 1e-6},
    "start": {},
    "socket": {"messages": 0.0},
    "decode": {"price": 0.0},
    "memory": {"messages": 0.0},
    "journal": {"entries": 0.0},
    "desk": {},
    "terminal": {},
    "gateway": {},
    "sweep": {"trades": 0.02},
    "orders": {"orders": 0.0, "fees": 1e-9},
}
"""Figures on which the peers of a subject must agree, and how closely (relative)."""


def rows(outcomes: Sequence[Outcome], suite: str) -> list[Row]:
    """One row a case, in the order of the first round."""
    found: dict[tuple[str, str], Row] = {}
    for outcome in outcomes:
        case = outcome.case
        if case.suite != suite:
            continue
        row = found.setdefault((case.subject, case.peer), Row(case.subject, case.peer, {}, ""))
        if outcome.error:
            found[case.subject, case.peer] = row._replace(error=outcome.error.splitlines()[-1])
        for name, value in outcome.figures.items():
            if isinstance(value, int | float):
                row.values.setdefault(name, []).append(float(value))
    return list(found.values())


def table(found: Sequence[Row], suite: str) -> list[list[str]]:
    """Cells of a suite's table, the heading first. Ratios say how many times better Titan's first row is."""
    columns = COLUMNS[suite]
    out = [["", "peer", *(c.title for c in columns), "Titan is better by"]]
    best = {row.subject: row for row in reversed(found) if row.peer.startswith("titan")}
    for row in found:
        if row.error:
            out.append([row.subject, row.peer, f"failed: {row.error}", *[""] * len(columns)])
            continue
        out.append(
            [
                row.subject,
                row.peer,
                *(_cell(row, c) for c in columns),
                _ratios(row, best.get(row.subject), columns),
            ]
        )
    return out


def _cell(row: Row, column: Column) -> str:
    values = row.values.get(column.name)
    if not values:
        return "-"
    middle = column.show(statistics.median(values))
    if not column.better or len(values) == 1:
        return middle
    return f"{middle} ({column.show(min(values))} .. {column.show(max(values))})"


def _ratios(row: Row, titan: Row | None, columns: Sequence[Column]) -> str:
    if titan is None or row.peer.startswith("titan"):
        return ""
    parts = []
    for column in columns:
        ours, theirs = titan.median(column.name), row.median(column.name)
        if column.better and ours and theirs:
            ratio = ours / theirs if column.better > 0 else theirs / ours
            parts.append(f"{ratio:.2f}x {column.title}")
    return ", ".join(parts)


def disagreements(
    found: Sequence[Row], suite: str, exempt: Mapping[str, Sequence[str]] | None = None
) -> list[str]:
    """Where peers of one subject, or rounds of one peer, gave different answers.

    `exempt` names peers that are not compared, by `<suite>/<subject>`.
    """
    out = []
    for subject in dict.fromkeys(row.subject for row in found):
        apart = (exempt or {}).get(f"{suite}/{subject}", ())
        of = [row for row in found if row.subject == subject and not row.error]
        for name, tolerance in CHECKED[suite].items():
            unsteady = [row.peer for row in of if len(set(row.values.get(name, []))) > 1]
            if unsteady:
                out.append(f"{suite} {subject}: {name} differs between rounds of {', '.join(unsteady)}")
            seen = {row.peer: v for row in of if row.peer not in apart for v in row.values.get(name, [])[:1]}
            if seen and max(seen.values()) - min(seen.values()) > tolerance * max(map(abs, seen.values())):
                told = ", ".join(f"{peer} {value:,.4f}" for peer, value in seen.items())
                out.append(f"{suite} {subject}: {name} differs: {told}")
    return out


class Target(NamedTuple):
    """What the design asks of Titan: `figure` of one row, at least (`sign` 1) or at most (-1) `bound`. With
    `beside` it is how many times that peer's figure is Titan's, or for `sign` -1 how many times Titan's is
    the peer's."""

    suite: str
    subject: str
    peer: str
    figure: str
    sign: int
    bound: float
    what: str
    beside: str = ""


M: Final = 1e6
TARGETS: Final = [
    Target("loop", "full", "titan", "events_per_s", 1, 30 * M, "quotes/s with fees, latency and queue on"),
    Target("loop", "full", "titan", "setup_s", -1, 0.3, "load and set-up, s"),
    Target("loop", "full", "titan", "peak_mb", -1, 300.0, "peak memory, MB"),
    *(
        Target(
            "book",
            subject,
            "titan, one compiled loop",
            "levels_per_s",
            1,
            50 * M,
            f"levels/s, {subject} stream",
        )
        for subject in ("perp", "spot", "eth")
    ),
    Target("book", "perp", "titan, a call a message", "record_mb", -1, 1.0, "MB a book"),
    Target("socket", "burst", "titan", "messages_per_s", 1, 1.2 * M, "messages/s received as bytes"),
    *(
        target
        for subject, most in (("mix", 0.7), ("depth", 4.0))
        for target in (
            Target("decode", subject, "titan", "us", -1, most, f"us a message, {subject}"),
            Target(
                "decode", subject, "titan", "us", 1, 20.0, f"times as fast as ccxt.pro, {subject}", "ccxt.pro"
            ),
            Target(
                "decode", subject, "titan", "us", -1, 2.0, f"times msgspec alone, {subject}", "msgspec alone"
            ),
        )
    ),
    Target(
        "memory", "10 M messages", "titan", "growth_mb", -1, 5.0, "MB more after 10 M messages than after 1 M"
    ),
    Target("journal", "paced", "titan", "p99_us", -1, 2000.0, "us until an order is written down, p99"),
    Target("journal", "recall", "titan", "entries_per_s", 1, 200_000.0, "entries/s read back and checked"),
    Target("start", "warm", "titan", "process_s", -1, 10.0, "s, cold start to result with cached kernels"),
    Target("start", "cold", "titan", "process_s", -1, 60.0, "s, cold start to result without"),
]


class Verdict(NamedTuple):
    target: Target
    measured: float | None

    @property
    def met(self) -> bool:
        return self.measured is not None and self.target.sign * (self.measured - self.target.bound) >= 0

    @property
    def word(self) -> str:
        return "not measured" if self.measured is None else "met" if self.met else "MISSED"


def judge(outcomes: Sequence[Outcome]) -> list[Verdict]:
    """Every target of the suites that ran."""
    verdicts = []
    for target in TARGETS:
        of = {row.peer: row for row in rows(outcomes, target.suite) if row.subject == target.subject}
        if target.peer not in of:
            continue
        measured = of[target.peer].median(target.figure)
        if target.beside:
            other = of[target.beside].median(target.figure) if target.beside in of else None
            measured = _times(measured, other, target.sign)
        verdicts.append(Verdict(target, measured))
    return verdicts


def _times(ours: float | None, theirs: float | None, sign: int) -> float | None:
    if not ours or not theirs:
        return None
    return theirs / ours if sign > 0 else ours / theirs


def figures(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Everything measured, a document an outcome, for `results.json`."""
    return [
        {"suite": o.case.suite, "subject": o.case.subject, "peer": o.case.peer, "load": round(o.load, 2)}
        | ({"error": o.error} if o.error else o.figures)
        for o in outcomes
    ]
