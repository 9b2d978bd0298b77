"""Measures of a run, each with its definition: float64, or None where there is too little to say.

Ratios are of daily returns: r_d = close_d / close_(d-1) - 1, where close_d is the last NAV seen up to the
end of UTC day d (a day without a sample keeps the close before it, so its return is 0) and the close before
the first day is the first NAV of the curve. Both partial days at the ends count, so the returns compound to
the whole curve. A year has 365 days: crypto never closes. Deviations are sample deviations (n - 1). The
definitions are those of empyrical with `annualization=365`, and are tested against it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from titan.model.errors import DataError
from titan.model.money import exact
from titan.portfolio.trades import TradeRecord

DAY_NS: Final = 86_400_000_000_000
DAYS_PER_YEAR: Final = 365
FEWEST_RETURNS: Final = 2
"""A deviation of fewer daily returns does not exist."""
_NOISE: Final = 1e-12
"""Deviations below this share of the returns are float noise of a constant."""

Times = NDArray[np.int64]
Values = NDArray[np.float64]


class Drawdown(msgspec.Struct, frozen=True):
    """The deepest fall from a peak: `depth` a negative fraction of it, `recovery_ns` None while below it."""

    depth: float
    start_ns: int
    trough_ns: int
    recovery_ns: int | None


class DailyPnL(msgspec.Struct, frozen=True):
    """One UTC day (ISO date): NAV at its close and what it changed since the close before; exact."""

    day: str
    nav: Decimal
    pnl: Decimal


class Performance(msgspec.Struct, frozen=True):
    """All measures of one run; see the functions for definitions."""

    total_return: float | None
    annual_return: float | None
    annual_volatility: float | None
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    max_drawdown: Drawdown | None
    win_rate: float | None
    profit_factor: float | None
    exposure: float | None
    trades: int
    days: float


def performance(
    ts: Times,
    nav: Values,
    trades: Sequence[TradeRecord],
    *,
    risk_free_apr: float = 0.0,
    days_per_year: int = DAYS_PER_YEAR,
) -> Performance:
    """`ts` ns UTC, not falling; `nav` finite, same length. Raises DataError for any other curve."""
    check_curve(ts, nav)
    returns = daily_returns(ts, nav)
    fall = max_drawdown(ts, nav)
    annual = annual_return(returns, days_per_year=days_per_year)
    start, end = (int(ts[0]), int(ts[-1])) if len(ts) else (0, 0)
    return Performance(
        total_return=float(nav[-1] / nav[0] - 1.0) if len(nav) and nav[0] > 0 else None,
        annual_return=annual,
        annual_volatility=annual_volatility(returns, days_per_year=days_per_year),
        sharpe=sharpe(returns, risk_free_apr=risk_free_apr, days_per_year=days_per_year),
        sortino=sortino(returns, risk_free_apr=risk_free_apr, days_per_year=days_per_year),
        calmar=calmar(annual, fall),
        max_drawdown=fall,
        win_rate=win_rate(trades),
        profit_factor=profit_factor(trades),
        exposure=exposure(trades, start, end),
        trades=len(trades),
        days=(end - start) / DAY_NS,
    )


def check_curve(ts: Times, nav: Values) -> None:
    if len(ts) != len(nav):
        raise DataError(f"an equity curve of {len(ts)} times and {len(nav)} values")
    if len(nav) and not np.isfinite(nav).all():
        row = int(np.flatnonzero(~np.isfinite(nav))[0])
        raise DataError(f"the equity curve is not finite at row {row}: {nav[row]}")
    if (np.diff(ts) < 0).any():
        row = int(np.flatnonzero(np.diff(ts) < 0)[0]) + 1
        raise DataError(f"the equity curve goes back in time at row {row}", remedy="sort it by time")


def daily_returns(ts: Times, nav: Values) -> Values:
    """Returns between UTC day closes; empty where a close is not positive, for then there are no returns."""
    if not len(nav):
        return np.empty(0)
    closes = np.concatenate([nav[:1], nav[_close_rows(ts)]])
    if (closes <= 0).any():
        return np.empty(0)
    returns: Values = closes[1:] / closes[:-1] - 1.0
    return returns


def daily_pnl(ts: Sequence[int], nav: Sequence[Decimal]) -> list[DailyPnL]:
    """Exact daily P&L; the days sum to the last NAV less the first."""
    if not len(ts):
        return []
    times = np.asarray(ts, dtype=np.int64)
    first = datetime.fromtimestamp(int(times[0]) // DAY_NS * 86_400, UTC).date()
    rows: list[DailyPnL] = []
    before = nav[0]
    with exact():
        for n, row in enumerate(_close_rows(times)):
            close = nav[row]
            rows.append(DailyPnL((first + timedelta(days=n)).isoformat(), close, close - before))
            before = close
    return rows


def annual_return(returns: Values, *, days_per_year: int = DAYS_PER_YEAR) -> float | None:
    """prod(1 + r) ** (365 / n) - 1."""
    if len(returns) < FEWEST_RETURNS:
        return None
    grown = float(np.sum(np.log1p(returns))) * days_per_year / len(returns)
    return float(np.expm1(grown)) if grown < 700.0 else None


def annual_volatility(returns: Values, *, days_per_year: int = DAYS_PER_YEAR) -> float | None:
    """std(r) * sqrt(365)."""
    if len(returns) < FEWEST_RETURNS:
        return None
    return float(np.std(returns, ddof=1)) * math.sqrt(days_per_year)


def sharpe(
    returns: Values, *, risk_free_apr: float = 0.0, days_per_year: int = DAYS_PER_YEAR
) -> float | None:
    """mean(r - f) / std(r - f) * sqrt(365), f the risk-free rate of a day. None without deviation."""
    if len(returns) < FEWEST_RETURNS:
        return None
    excess = returns - risk_free_apr / days_per_year
    deviation = float(np.std(excess, ddof=1))
    if deviation <= _NOISE * float(np.abs(excess).max()):
        return None
    return float(np.mean(excess)) / deviation * math.sqrt(days_per_year)


def sortino(
    returns: Values, *, risk_free_apr: float = 0.0, days_per_year: int = DAYS_PER_YEAR
) -> float | None:
    """mean(r - f) / sqrt(mean(min(r - f, 0) ** 2)) * sqrt(365). None when no day lost."""
    if len(returns) < FEWEST_RETURNS:
        return None
    excess = returns - risk_free_apr / days_per_year
    downside = float(np.sqrt(np.mean(np.minimum(excess, 0.0) ** 2)))
    return float(np.mean(excess)) / downside * math.sqrt(days_per_year) if downside > 0 else None


def max_drawdown(ts: Times, nav: Values) -> Drawdown | None:
    """min over t of nav_t / max(nav up to t) - 1, over every point of the curve, not only the closes.

    The peak is its last moment before the fall, the trough the first at the depth, the recovery the first
    moment after it at or above the peak. None when nothing was lost, or without a positive NAV to lose
    from.
    """
    if not len(nav) or nav[0] <= 0:
        return None
    peaks = np.maximum.accumulate(nav)
    depths = nav / peaks - 1.0
    trough = int(np.argmin(depths))
    if not depths[trough] < 0:
        return None
    start = int(np.flatnonzero(nav[:trough] == peaks[trough])[-1])
    back = np.flatnonzero(nav[trough:] >= peaks[trough])
    recovery = int(ts[trough + back[0]]) if len(back) else None
    return Drawdown(float(depths[trough]), int(ts[start]), int(ts[trough]), recovery)


def calmar(annual: float | None, fall: Drawdown | None) -> float | None:
    """annual return / |max drawdown|."""
    return None if annual is None or fall is None else annual / abs(fall.depth)


def win_rate(trades: Sequence[TradeRecord]) -> float | None:
    """The share of closed trades with a total above 0; None before one was closed."""
    closed = [trade for trade in trades if trade.closed_ns is not None]
    return sum(trade.total > 0 for trade in closed) / len(closed) if closed else None


def profit_factor(trades: Sequence[TradeRecord]) -> float | None:
    """What closed trades won over what they lost; None when none lost."""
    totals = [trade.total for trade in trades if trade.closed_ns is not None]
    with exact():
        won = sum((total for total in totals if total > 0), Decimal(0))
        lost = -sum((total for total in totals if total < 0), Decimal(0))
    return float(won) / float(lost) if lost else None


def exposure(trades: Sequence[TradeRecord], start_ns: int, end_ns: int) -> float | None:
    """The share of the run's time in which at least one pair was held; None for a run without duration."""
    if end_ns <= start_ns:
        return None
    spans = sorted(
        (trade.opened_ns, end_ns if trade.closed_ns is None else trade.closed_ns) for trade in trades
    )
    held, reached = 0, start_ns
    for opened, closed in spans:
        opened, closed = max(opened, reached), min(closed, end_ns)
        if closed > opened:
            held += closed - opened
            reached = closed
    return held / (end_ns - start_ns)


def _close_rows(ts: Times) -> NDArray[np.int64]:
    """For every UTC day from the first sample's to the last's, the row of the last sample up to its end."""
    days = ts // DAY_NS
    ends = np.arange(days[0], days[-1] + 1)
    return np.searchsorted(days, ends, side="right") - 1
