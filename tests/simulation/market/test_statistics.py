"""The statistics find again what a series was made with."""

from __future__ import annotations

import math

import numpy as np
import pytest

from titan.simulation.market.statistics import (
    autocorrelation,
    beyond,
    day_pattern,
    depth_per_bp,
    fitted_parts,
    half_life,
    kurtosis,
    log_volatility_parts,
    orders_of,
    tail_exponent,
)


def ou(rng: np.random.Generator, half_life_s: float, deviation: float, n: int) -> np.ndarray:
    keep = 2.0 ** (-1.0 / half_life_s)
    x = np.zeros(n)
    shocks = rng.standard_normal(n) * deviation * math.sqrt(1 - keep * keep)
    for k in range(1, n):
        x[k] = keep * x[k - 1] + shocks[k]
    return x


def test_moments_and_tails() -> None:
    rng = np.random.default_rng(1)
    assert kurtosis(rng.standard_normal(200_000)) == pytest.approx(3.0, abs=0.05)
    assert kurtosis(rng.standard_t(8, 400_000)) == pytest.approx(4.5, abs=0.5)
    assert tail_exponent(rng.pareto(2.0, 200_000) + 1.0) == pytest.approx(2.0, abs=0.15)


def test_half_life_of_an_autoregression() -> None:
    x = ou(np.random.default_rng(2), 40.0, 2.0, 100_000)
    assert half_life(x, 1.0) == pytest.approx(40.0, rel=0.1)
    assert half_life(x, 5.0) == pytest.approx(200.0, rel=0.1)
    assert autocorrelation(x, [40])[0] == pytest.approx(0.5, abs=0.05)
    assert autocorrelation(x[:10], [40]) == [0.0]


def test_parts_of_known_half_lives_are_found_and_never_negative() -> None:
    lags = [1.0, 5.0, 20.0, 60.0, 300.0, 1000.0]
    covariance = {lag: 0.5 * 2 ** (-lag / 10) + 0.2 * 2 ** (-lag / 400) for lag in lags}
    assert fitted_parts(covariance, [10.0, 100.0, 400.0]) == pytest.approx([0.5, 0.0, 0.2], abs=1e-9)


def test_log_volatility_is_found_from_clustering() -> None:
    rng = np.random.default_rng(3)
    h = ou(rng, 20.0, math.sqrt(0.15), 400_000) + ou(rng, 600.0, math.sqrt(0.25), 400_000)
    r = np.abs(np.exp(h) * rng.standard_normal(len(h)))
    lags = [1, 5, 20, 60, 200, 600]
    acf = {float(lag): a for lag, a in zip(lags, autocorrelation(r, lags), strict=True)}
    nugget, quick, slow = log_volatility_parts(acf, [0.01, 20.0, 600.0], 0.4)
    assert quick == pytest.approx(0.15, abs=0.06)
    assert slow == pytest.approx(0.25, abs=0.06)
    assert nugget < 0.06


def test_a_days_pattern_is_found_and_averages_to_one() -> None:
    rng = np.random.default_rng(4)
    ts = np.arange(0, 400 * 86400, 300.0)
    loud = np.where(ts // 3600 % 24 == 14, 2.0, 1.0)
    pattern = np.array(day_pattern(rng.standard_normal(len(ts)) * loud, ts))
    assert pattern[14] / pattern[3] == pytest.approx(2.0, rel=0.05)
    assert (pattern**2).mean() == pytest.approx(1.0)


def test_share_beyond_deviations_of_a_normal() -> None:
    shares = beyond(np.random.default_rng(5).standard_normal(200_000) + 1e4, 288)
    assert shares["2"] == pytest.approx(0.046, abs=0.004)
    assert shares["3"] < 0.005


def test_trades_of_one_side_and_time_are_one_order() -> None:
    trades = np.array([[1.0, 9, 1, 1], [1.0, 9, 2, 1], [1.0, 9, 1, -1], [2.0, 9, 1, -1]])
    at, signs = orders_of(trades)
    assert at.tolist() == [1.0, 1.0, 2.0]
    assert signs.tolist() == [1.0, -1.0, -1.0]


def test_depth_a_basis_point() -> None:
    bids = [(0.0, 10_000 - i, 2.0, 1.0) for i in range(1, 20)]
    asks = [(0.0, 10_000 + i, 2.0, -1.0) for i in range(1, 20)]
    late = [(100.0, 9_000.0, 1.0, 1.0), (120.0, 9_000.0, 0.0, 1.0)]
    # Of the prices 2 to 5 ticks away, each a basis point of 10,000, four stand within 1 to 5 bps.
    assert depth_per_bp(np.array([*bids, *asks, *late])) == pytest.approx(20_000, rel=0.01)
    assert depth_per_bp(np.zeros((0, 4))) == 0.0
