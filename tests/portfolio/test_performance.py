"""Measures against empyrical, and by hand at the edges."""

from __future__ import annotations

from decimal import Decimal as D

import empyrical
import numpy as np
import pytest

from titan.model.errors import DataError
from titan.model.pair import PairType
from titan.portfolio.performance import (
    DAY_NS,
    Drawdown,
    daily_pnl,
    daily_returns,
    exposure,
    max_drawdown,
    performance,
    profit_factor,
    win_rate,
)
from titan.portfolio.trades import TradeRecord


def trade(total: str, opened: int = 0, closed: int | None = 1) -> TradeRecord:
    zero = D(0)
    return TradeRecord(
        "BTC:core:1", "BTC", PairType.CORE, opened, closed, D(1), D(1), D(100), None, None,
        zero, D(total), zero, zero, zero, zero, D(total), 1, 0, "",
    )  # fmt: skip


def curve(*navs: float, step: int = DAY_NS) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(len(navs), dtype=np.int64) * step, np.array(navs, dtype=np.float64)


def test_measures_are_empyricals() -> None:
    rng = np.random.default_rng(7)
    for _ in range(20):
        returns = rng.normal(0.0005, 0.01, 200)
        ts, nav = curve(*(100_000.0 * np.cumprod(np.concatenate([[1.0], 1.0 + returns]))))
        # samples stand at 00:00: the first day opens and closes at the first NAV, a return of 0
        daily = np.concatenate([[0.0], returns])
        told = performance(ts, nav, [])
        expected = {
            "sharpe": empyrical.sharpe_ratio(daily, annualization=365),
            "sortino": empyrical.sortino_ratio(daily, annualization=365),
            "annual_return": empyrical.annual_return(daily, annualization=365),
            "annual_volatility": empyrical.annual_volatility(daily, annualization=365),
            "calmar": empyrical.calmar_ratio(daily, annualization=365),
            "total_return": empyrical.cum_returns_final(daily),
        }
        for name, value in expected.items():
            assert getattr(told, name) == pytest.approx(value, rel=1e-9), name
        assert told.max_drawdown is not None
        assert told.max_drawdown.depth == pytest.approx(empyrical.max_drawdown(daily), rel=1e-9)


def test_the_risk_free_rate_is_taken_off_each_day() -> None:
    returns = np.random.default_rng(3).normal(0.001, 0.01, 50)
    ts, nav = curve(*(100.0 * np.cumprod(np.concatenate([[1.0], 1.0 + returns]))))
    told = performance(ts, nav, [], risk_free_apr=0.05)
    daily = np.concatenate([[0.0], returns])
    rate = 0.05 / 365
    assert told.sharpe == pytest.approx(empyrical.sharpe_ratio(daily, risk_free=rate, annualization=365))
    sortino = empyrical.sortino_ratio(daily, required_return=rate, annualization=365)
    assert told.sortino == pytest.approx(sortino)


@pytest.mark.parametrize("navs", [[], [100.0], [100.0, 101.0]])
def test_too_few_samples_say_nothing(navs: list[float]) -> None:
    told = performance(*curve(*navs, step=1000), [])
    assert told.sharpe is told.sortino is told.annual_return is told.annual_volatility is told.calmar is None
    assert told.win_rate is told.profit_factor is None


def test_a_flat_or_ruined_curve_gives_no_nan() -> None:
    told = performance(*curve(100.0, 100.0, 100.0, 100.0), [])
    assert (told.sharpe, told.sortino, told.max_drawdown, told.calmar) == (None, None, None, None)
    assert (told.annual_return, told.annual_volatility) == (0.0, 0.0)
    steady = performance(*curve(*[100.0 * 1.0001**n for n in range(30)]), [])
    assert steady.sortino is None
    ruined = performance(*curve(100.0, 50.0, -10.0, 20.0), [])
    assert (ruined.sharpe, ruined.annual_return) == (None, None)
    assert ruined.max_drawdown is not None
    assert ruined.max_drawdown.depth == pytest.approx(-1.1)


def test_a_curve_that_is_no_curve_is_refused() -> None:
    with pytest.raises(DataError, match="not finite at row 1"):
        performance(*curve(1.0, np.nan), [])
    with pytest.raises(DataError, match="back in time at row 1"):
        performance(np.array([5, 4]), np.array([1.0, 1.0]), [])
    with pytest.raises(DataError, match="2 times and 1 values"):
        performance(np.array([5, 4]), np.array([1.0]), [])


def test_days_close_at_utc_midnight_and_gaps_keep_the_close() -> None:
    hours = np.array([10, 20, 23, 25, 24 * 4 + 1]) * (DAY_NS // 24)
    navs = [D("100"), D("101"), D("102.5"), D("103"), D("104")]
    days = daily_pnl(hours.tolist(), navs)
    assert [(row.day, row.nav, row.pnl) for row in days] == [
        ("1970-01-01", D("102.5"), D("2.5")),
        ("1970-01-02", D("103"), D("0.5")),
        ("1970-01-03", D("103"), D(0)),
        ("1970-01-04", D("103"), D(0)),
        ("1970-01-05", D("104"), D(1)),
    ]
    returns = daily_returns(hours, np.array([float(nav) for nav in navs]))
    assert returns == pytest.approx([0.025, 0.5 / 102.5, 0, 0, 1 / 103])
    assert daily_pnl([], []) == []


def test_the_drawdown_names_its_moments() -> None:
    ts, nav = curve(100, 110, 110, 99, 105, 88, 100, 110, 120, step=10)
    assert max_drawdown(ts, nav) == Drawdown(pytest.approx(-0.2), 20, 50, 70)
    assert max_drawdown(ts[:7], nav[:7]) == Drawdown(pytest.approx(-0.2), 20, 50, None)
    assert max_drawdown(*curve(1, 2, 3)) is None


def test_win_rate_and_profit_factor_count_closed_trades() -> None:
    trades = [trade("3"), trade("-1"), trade("0"), trade("1"), trade("100", closed=None)]
    assert win_rate(trades) == 0.5
    assert profit_factor(trades) == 4.0
    assert profit_factor([trade("3")]) is None
    assert win_rate([trade("3", closed=None)]) is None


def test_exposure_is_the_union_of_holding_times() -> None:
    trades = [trade("1", 10, 30), trade("1", 20, 40), trade("1", 90, None), trade("1", 15, 20)]
    assert exposure(trades, 0, 100) == 0.4
    assert exposure([], 0, 100) == 0.0
    assert exposure(trades, 5, 5) is None
