"""Rolling statistics against two passes over the same samples."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from titan.market import stats as s
from titan.market.compiled import compiled

N = 1_000_000
EVERY = 20_000


@compiled
def feed(state: np.void, xs: NDArray[np.float64], out: NDArray[np.float64], every: int) -> None:
    for i in range(len(xs)):
        s.push(state, xs[i])
        if i % every == every - 1:
            out[i // every, 0] = s.mean(state)
            out[i // every, 1] = s.std(state)
            out[i // every, 2] = s.zscore(state, xs[i])


def two_pass(xs: NDArray[np.float64]) -> tuple[float, float, float]:
    """Mean, sample deviation and z-score of the last sample, in extended precision around the first."""
    wide = xs.astype(np.longdouble) - xs[0]
    mean = wide.mean()
    std = np.sqrt(((wide - mean) ** 2).sum() / (len(xs) - 1))
    return float(mean + xs[0]), float(std), float((wide[-1] - mean) / std)


def series(name: str) -> NDArray[np.float64]:
    rng = np.random.default_rng(7)
    noise = 1e6 + 1e-3 * rng.standard_normal(N)
    if name == "outliers":
        return np.where(rng.random(N) < 1e-4, noise * 1e3, noise)
    if name == "steps":
        return noise + np.repeat(rng.integers(0, 9, 100) * 1e5, N // 100)
    if name == "trend":
        return noise + np.arange(N)
    return noise


@pytest.mark.parametrize("name", ["noise", "outliers", "steps", "trend"])
@pytest.mark.parametrize("window", [2, 60, 1_000, 100_000])
def test_mean_and_deviation_stay_within_1e_9_of_two_passes_over_a_million_samples(
    name: str, window: int
) -> None:
    xs = series(name)
    state = s.new_rolling(1, window)[0]
    out = np.zeros((N // EVERY, 3))
    feed(state, xs, out, EVERY)
    for j in range(N // EVERY):
        held = xs[max(0, (j + 1) * EVERY - window) : (j + 1) * EVERY]
        mean, std, z = two_pass(held)
        assert out[j, 0] == pytest.approx(mean, rel=1e-12)
        assert out[j, 1] == pytest.approx(std, rel=1e-9)
        assert out[j, 2] == pytest.approx(z, rel=1e-9, abs=1e-9)


def test_a_window_as_long_as_the_million_samples() -> None:
    xs = series("noise")
    state = s.new_rolling(1, N)[0]
    feed(state, xs, np.zeros((1, 3)), N)
    mean, std, _ = two_pass(xs)
    assert s.mean(state) == pytest.approx(mean, rel=1e-12)
    assert s.std(state) == pytest.approx(std, rel=1e-9)


def test_an_outlier_that_has_left_leaves_nothing_behind() -> None:
    window, gone = 60, 60 + 17
    xs = series("noise")[: 3 * window]
    xs[17] = 1e12
    state = s.new_rolling(1, window)[0]
    for i, x in enumerate(xs):
        s.push(state, x)
        if i >= gone:
            assert s.std(state) == pytest.approx(two_pass(xs[i + 1 - window : i + 1])[1], rel=1e-9)


def test_a_window_that_has_become_constant_has_no_deviation_at_all() -> None:
    state = s.new_rolling(1, 5)[0]
    for x in [1e9, 3.3, -7e12, 0.1, 0.2, 0.7, 0.6, *[0.3] * 5]:
        s.push(state, x)
    assert s.std(state) == 0.0
    assert s.zscore(state, 1.0) == 0.0
    assert s.mean(state) == 0.3


def test_with_fewer_than_two_samples_nothing_stands_out() -> None:
    state = s.new_rolling(1, 5)[0]
    assert (s.mean(state), s.std(state), s.zscore(state, 3.0), s.percentile(state, 50.0)) == (
        0.0,
        0.0,
        0.0,
        0.0,
    )
    s.push(state, 2.0)
    assert (s.mean(state), s.std(state), s.zscore(state, 3.0), s.percentile(state, 50.0)) == (
        2.0,
        0.0,
        0.0,
        2.0,
    )


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1e200])
def test_what_is_no_number_is_counted_and_not_taken(bad: float) -> None:
    state = s.new_rolling(1, 5)[0]
    for x in (1.0, bad, 3.0):
        s.push(state, x)
    assert (state["n"], state["refused"], s.mean(state)) == (2, 1, 2.0)


def test_a_window_below_two_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 samples, not 1"):
        s.rolling_dtype(1)
