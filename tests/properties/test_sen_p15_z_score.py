"""SEN-P15: the z-score, and the percentiles beside it, equal their definitions."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.signals_reference import WARMUP, WINDOW, made, tape
from titan.market import stats as s
from titan.strategies.sentinel.params import SentinelParams

samples = st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), min_size=1, max_size=200)


@settings(max_examples=200, deadline=None)
@given(samples, st.integers(2, 50), st.floats(-1e6, 1e6))
def test_sen_p15_the_z_score_equals_its_definition(xs: list[float], window: int, x: float) -> None:
    state = s.new_rolling(1, window)[0]
    for sample in xs:
        s.push(state, sample)
    held = xs[-window:]
    mean = math.fsum(held) / len(held)
    std = math.sqrt(math.fsum((h - mean) ** 2 for h in held) / (len(held) - 1)) if len(held) > 1 else 0.0
    assert math.isclose(s.mean(state), mean, rel_tol=1e-9, abs_tol=1e-9)
    if len(set(held)) == 1:
        assert s.std(state) == 0.0
        assert s.zscore(state, x) == 0.0
    else:
        assert math.isclose(s.std(state), std, rel_tol=1e-9)
        assert math.isclose(s.zscore(state, x), (x - mean) / std, rel_tol=1e-6, abs_tol=1e-6)


@settings(max_examples=100, deadline=None)
@given(samples, st.integers(2, 50), st.floats(0, 100))
def test_sen_p15_percentiles_equal_numpys(xs: list[float], window: int, q: float) -> None:
    state = s.new_rolling(1, window)[0]
    for sample in xs:
        s.push(state, sample)
    assert math.isclose(s.percentile(state, q), np.percentile(xs[-window:], q), rel_tol=1e-12, abs_tol=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-80, 80).map(lambda x: round(x, 1)), min_size=1, max_size=80))
def test_sen_p15_the_z_score_that_is_traded_is_that_of_the_basis(bps: list[float]) -> None:
    """On the kernel whole: of every sample, the newest one included."""
    one = made(SentinelParams(window=WINDOW, warmup=WARMUP), "0")
    rows = tape(bps, 0.0)
    k = 0
    while k < len(rows.ts):
        k, _ = one.scan(rows, k, len(rows.ts))
    held = [(round(1000 * (1 + x / 1e4), 2) - 1000.0) / 1000.0 * 1e4 for x in bps][-WINDOW:]
    mean = math.fsum(held) / len(held)
    std = math.sqrt(math.fsum((h - mean) ** 2 for h in held) / (len(held) - 1)) if len(held) > 1 else 0.0
    z = (held[-1] - mean) / std if len(set(held)) > 1 else 0.0
    state = one.states[0]
    assert state["samples"] == len(bps)
    assert math.isclose(state["mean"], mean, rel_tol=1e-9, abs_tol=1e-9)
    assert math.isclose(state["z"], z, rel_tol=1e-6, abs_tol=1e-6)
