"""SEN-P21: metrics equal their definitions, each written out anew and slowly."""

from __future__ import annotations

import math
import statistics
from decimal import Decimal as D
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titan.model.pair import PairType
from titan.portfolio.performance import DAY_NS, daily_pnl, daily_returns, max_drawdown, performance
from titan.portfolio.trades import TradeRecord

steps = st.integers(0, 3 * DAY_NS)
navs = st.floats(1.0, 1e6, allow_nan=False)


@st.composite
def curves(draw: st.DrawFn) -> tuple[list[int], list[float]]:
    values = draw(st.lists(navs, min_size=1, max_size=30))
    at, ts = draw(st.integers(0, 10**18)), []
    for _ in values:
        ts.append(at)
        at += draw(steps)
    return ts, values


def closes(ts: list[int], values: list[float]) -> list[float]:
    """The first NAV, then for each UTC day the last NAV seen by its end."""
    found = [values[0]]
    for day in range(ts[0] // DAY_NS, ts[-1] // DAY_NS + 1):
        found.append([nav for at, nav in zip(ts, values) if at < (day + 1) * DAY_NS][-1])
    return found


@settings(max_examples=200, deadline=None)
@given(curves(), st.floats(-0.1, 0.2))
def test_sen_p21_ratios(curve: tuple[list[int], list[float]], risk_free: float) -> None:
    ts, values = curve
    told = performance(np.array(ts), np.array(values), [], risk_free_apr=risk_free)
    daily = closes(ts, values)
    returns = [after / before - 1.0 for before, after in pairwise(daily)]
    assert daily_returns(np.array(ts), np.array(values)).tolist() == returns
    if len(returns) < 2:
        assert told.sharpe is told.sortino is told.annual_volatility is told.annual_return is None
        return
    excess = [r - risk_free / 365 for r in returns]
    deviation = statistics.stdev(excess)
    assert told.annual_volatility == pytest.approx(
        statistics.stdev(returns) * math.sqrt(365), rel=1e-9, abs=1e-9
    )
    if told.sharpe is None:
        assert deviation <= 1e-11 * max(map(abs, excess))
    else:
        assert told.sharpe == pytest.approx(statistics.fmean(excess) / deviation * math.sqrt(365), rel=1e-6)
    downside = math.sqrt(statistics.fmean(min(r, 0.0) ** 2 for r in excess))
    if told.sortino is None:
        assert downside == 0
    else:
        assert told.sortino == pytest.approx(statistics.fmean(excess) / downside * math.sqrt(365), rel=1e-6)
    if told.annual_return is not None:
        grown = (daily[-1] / daily[0]) ** (365 / len(returns)) - 1
        assert told.annual_return == pytest.approx(grown, rel=1e-6, abs=1e-6)
    if told.calmar is not None:
        assert told.calmar == told.annual_return / abs(told.max_drawdown.depth)  # type: ignore[operator, union-attr]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 12).map(float), min_size=1, max_size=25))
def test_sen_p21_drawdown(values: list[float]) -> None:
    told = max_drawdown(np.arange(len(values)), np.array(values))
    worst = min(values[j] / values[i] - 1 for i in range(len(values)) for j in range(i, len(values)))
    if told is None:
        assert worst == 0
        return
    assert told.depth == worst
    peak, trough = values[told.start_ns], values[told.trough_ns]
    assert trough / peak - 1 == worst
    assert max(values[: told.trough_ns]) == peak
    assert all(nav < peak for nav in values[told.start_ns + 1 : told.trough_ns + 1])
    if told.recovery_ns is None:
        assert all(nav < peak for nav in values[told.trough_ns :])
    else:
        assert values[told.recovery_ns] >= peak
        assert all(nav < peak for nav in values[told.trough_ns : told.recovery_ns])


@settings(max_examples=100, deadline=None)
@given(curves(), st.data())
def test_sen_p21_days_sum_to_the_run(curve: tuple[list[int], list[float]], data: st.DataObject) -> None:
    ts, _ = curve
    exact = st.decimals(-(10**9), 10**9, places=18, allow_nan=False)
    values = [data.draw(exact) for _ in ts]
    days = daily_pnl(ts, values)
    assert sum((day.pnl for day in days), D(0)) == values[-1] - values[0]
    assert len(days) == ts[-1] // DAY_NS - ts[0] // DAY_NS + 1
    assert days[-1].nav == values[-1]
    assert [day.day for day in days] == sorted({day.day for day in days})


SPAN = 40
"""How long the runs of the next property are, ns."""


@st.composite
def round_trips(draw: st.DrawFn) -> TradeRecord:
    opened = draw(st.integers(-5, SPAN + 5))
    total = draw(st.integers(-3, 3).map(D))
    zero = D(0)
    return TradeRecord(
        "BTC:core:1", "BTC", PairType.CORE, opened,
        draw(st.none() | st.integers(opened, SPAN + 10)), D(1), D(1), D(100), None, None,
        zero, total, zero, zero, zero, zero, total, 1, 0, "",
    )  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(round_trips(), max_size=8))
def test_sen_p21_of_trades(trades: list[TradeRecord]) -> None:
    told = performance(np.array([0, SPAN]), np.array([1.0, 1.0]), trades)
    ended = [trade.total for trade in trades if trade.closed_ns is not None]
    won, lost = sum(t for t in ended if t > 0), -sum(t for t in ended if t < 0)
    assert told.trades == len(trades)
    assert told.win_rate == (len([t for t in ended if t > 0]) / len(ended) if ended else None)
    assert told.profit_factor == (float(won) / float(lost) if lost else None)
    held = sum(
        any(t.opened_ns <= at and (t.closed_ns is None or at < t.closed_ns) for t in trades)
        for at in range(SPAN)
    )
    assert told.exposure == held / SPAN
