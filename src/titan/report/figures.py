"""The key figures: what each is called, how it reads, and what to say where it could not be measured."""

from __future__ import annotations

from dataclasses import dataclass

from titan.report.documents import ReportDocument, RunDocument, exact
from titan.report.settings import risk_free
from titan.report.verdict import SHORT_DAYS, total_of
from titan.report.words import DAY_S, NOTHING, number, percent, span

TOO_FEW = "too few days to say"


@dataclass(frozen=True)
class Figure:
    """`key` is the field of report.json it was read from; `tone` is gain, loss or plain."""

    key: str
    label: str
    value: str
    note: str
    tone: str = ""


def leading(run: RunDocument, report: ReportDocument) -> list[Figure]:
    """The four a person looks for first."""
    total, start = total_of(report), exact(report.nav_start)
    tone = "gain" if total > 0 else "loss" if total < 0 else ""
    share = percent(total / start, sign=True) if start else NOTHING
    end = number(exact(report.nav_end))
    free = risk_free(run)
    above = f", above cash at {percent(free, 1)} a year" if free else ", over 365 days a year"
    return [
        Figure(
            "nav_end",
            "Profit and loss",
            number(total, sign=True),
            f"{share} \u2192 {end} {run.currency}",
            tone,
        ),
        Figure(
            "annual_return",
            "Annualised return",
            percent(report.annual_return, sign=True),
            _note(report, report.annual_return, "compounded, 365 days a year"),
        ),
        Figure("max_drawdown", "Deepest drawdown", _drawdown(report.max_drawdown), "from a peak of the NAV"),
        Figure(
            "sharpe",
            "Sharpe ratio",
            number(report.sharpe),
            _note(report, report.sharpe, f"of daily returns{above}"),
        ),
    ]


def further(report: ReportDocument) -> list[Figure]:
    """The rest, smaller."""
    none = "no trades" if not report.trades else ""
    return [
        Figure("trades", "Trades", number(report.trades, 0), ""),
        Figure("win_rate", "Won", percent(report.win_rate, 1), none or "of the closed trades"),
        Figure("profit_factor", "Profit factor", number(report.profit_factor), _factor(report)),
        Figure("exposure", "Exposed", percent(report.exposure, 1), "of the time"),
        Figure(
            "annual_volatility",
            "Volatility",
            percent(report.annual_volatility),
            _note(report, report.annual_volatility, "annualised"),
        ),
        Figure(
            "sortino", "Sortino ratio", number(report.sortino), _note(report, report.sortino, "annualised")
        ),
        Figure("orders", "Orders", number(report.orders, 0), f"{number(report.fills, 0)} fills"),
        Figure("events", "Market events", compact(report.events), speed(report.events_per_second)),
    ]


def _factor(report: ReportDocument) -> str:
    if not report.trades:
        return "no trades"
    return "won / lost, closed" if report.profit_factor is not None else "nothing was lost"


def _drawdown(value: float | None) -> str:
    """Written as a loss, whether the document counts it down or up."""
    return percent(None if value is None else -abs(value))


def _note(report: ReportDocument, value: float | None, note: str) -> str:
    """`note` for an annualised measure that is there, unless it rests on little; else why it is not."""
    if value is not None:
        few = report.days is not None and report.days < SHORT_DAYS
        return f"from only {span((report.days or 0.0) * DAY_S)}" if few else note
    return TOO_FEW if report.trades else "no trades"


def compact(count: int) -> str:
    """A count in three or four figures: `480.0 k`, `1.7 M`."""
    for size, letter in ((1_000_000_000, "G"), (1_000_000, "M"), (10_000, "k")):
        if count >= size:
            return f"{number(count / (size if letter != 'k' else 1000), 1)} {letter}"
    return number(count, 0)


def speed(rate: float | None) -> str:
    """Events a second, `31.4 M/s`; empty where it was not measured."""
    return f"{compact(int(rate))}/s" if rate else ""
