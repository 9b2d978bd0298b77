"""Executable prices of one leg."""

from __future__ import annotations

import pytest

from tests.market.market_state import deep, shallow
from titan.market.grid import NO_PRICE
from titan.market.walk import impact_bps, mid, walk

BIDS = [(100.0, 1.0), (99.9, 2.0), (98.0, 4.0)]
ASKS = [(100.2, 1.0), (100.4, 3.0)]


@pytest.mark.parametrize(
    ("side", "qty", "expected"),
    [
        (1, 0.5, (0.5, 100.0, 100.0)),
        (1, 3.0, (3.0, (100.0 + 2 * 99.9) / 3, 99.9)),
        (1, 5.0, (5.0, (100.0 + 2 * 99.9 + 2 * 98.0) / 5, 98.0)),
        (1, 50.0, (7.0, (100.0 + 2 * 99.9 + 4 * 98.0) / 7, 98.0)),
        (-1, 2.0, (2.0, 100.3, 100.4)),
        (-1, 0.0, (0.0, NO_PRICE, NO_PRICE)),
    ],
)
def test_a_book_is_walked_level_by_level(side: int, qty: float, expected: tuple[float, float, float]) -> None:
    assert walk(*deep(BIDS, ASKS), side, qty) == pytest.approx(expected, rel=1e-14)


def test_a_walk_reaches_levels_outside_the_window() -> None:
    quote, book = deep([(100_000.0, 1.0), (50_000.0, 1.0), (10.0, 2.0)], ASKS)
    assert book["far"][0] == 2
    assert walk(quote, book, 1, 4.0) == pytest.approx((4.0, (100_000 + 50_000 + 20) / 4, 10.0), rel=1e-14)


def test_without_a_book_the_touch_is_all_there_is() -> None:
    quote, book = shallow((100.0, 2.0), (100.1, 3.0))
    assert walk(quote, book, 1, 1.5) == (1.5, 100.0, 100.0)
    assert walk(quote, book, -1, 4.0) == (3.0, 100.1, 100.1)
    assert walk(*shallow((100.0, 0.0), (100.1, 3.0)), 1, 1.0) == (0.0, NO_PRICE, NO_PRICE)


def test_an_empty_side_fills_nothing() -> None:
    assert walk(*deep([], ASKS), 1, 1.0) == (0.0, NO_PRICE, NO_PRICE)


def test_impact_is_a_cost_on_both_sides() -> None:
    quote, _ = deep(BIDS, ASKS)
    assert mid(quote) == pytest.approx(100.1)
    assert impact_bps(100.0, 100.1, 1) == pytest.approx(0.1 / 100.1 * 1e4)
    assert impact_bps(100.2, 100.1, -1) == pytest.approx(0.1 / 100.1 * 1e4)
    assert mid(deep([], ASKS)[0]) == NO_PRICE
