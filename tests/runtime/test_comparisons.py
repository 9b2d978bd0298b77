"""What the report compares a run with: the figures of coins and cash, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from titan.runtime.comparisons import held

TS = np.array([0, 10, 20, 30, 40], np.int64)


def test_a_coin_is_bought_at_its_first_price_and_sold_at_its_last() -> None:
    worth = held(TS, np.array([10, 30], np.int64), np.array([100.0, 120.0]), fee=0.001, half=0.0002)
    coins = 0.999 / 100.02
    assert worth == pytest.approx([1.0, coins * 100, coins * 100, coins * 120, coins * 120 * 0.9998 * 0.999])


def test_costs_are_paid_where_the_price_stands_still() -> None:
    worth = held(TS, np.array([0, 40], np.int64), np.array([50.0, 50.0]), fee=0.001, half=0.0)
    assert worth[-1] == pytest.approx(0.999**2)
