"""Durations are counted to within 1.6 %, whatever their size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan.runtime.trading.histogram import Histogram
from titan.views.status import Percentiles


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=200), st.sampled_from([0.5, 0.9, 0.99, 1.0]))
def test_percentiles_are_near_the_true_ones(values: list[int], share: float) -> None:
    counted = Histogram()
    for value in values:
        counted.add(value)
    true = int(np.percentile(np.array(values), share * 100, method="inverted_cdf"))
    assert true <= counted.percentile(share) <= true * (1 + 1 / 64) + 1


def test_nothing_and_less_than_nothing() -> None:
    counted = Histogram()
    assert counted.percentiles() == Percentiles()
    counted.add(-5)
    assert counted.percentiles() == Percentiles(1)


def test_microseconds() -> None:
    counted = Histogram()
    for ms in range(1, 101):
        counted.add(ms * 1_000_000)
    found = counted.percentiles()
    assert (found.count, found.most) == (100, 100_000.0)
    assert found.p50 == pytest.approx(50_000, rel=0.02)
