"""The compiled book against two sorted dicts: on recorded streams, and on sequences made to hurt it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.market.depth_oracle import Change, OracleBook, depth_messages, top_of
from titan.market import book as l2
from titan.market.grid import NO_PRICE
from titan.market.overflow import FULL

CAPTURES = [
    ("usdm/btcusdt_20230404.dat.gz", 0.1),
    ("usdm/btcusdt_20230405.dat.gz", 0.1),
    ("usdm/ethusdt_20240719.gz", 0.01),
    ("spot/btcusdt_20230405.dat.gz", 0.01),
]


def agree(book: np.void, oracle: OracleBook, n: int = 20) -> None:
    for side, best, qty in ((1, l2.best_bid, l2.best_bid_qty), (-1, l2.best_ask, l2.best_ask_qty)):
        levels = oracle.top(side, n)
        assert (best(book), qty(book)) == (levels[0] if levels else (NO_PRICE, 0.0))
        assert top_of(book, side, n) == levels


@pytest.mark.data
@pytest.mark.parametrize(("capture", "tick"), CAPTURES)
def test_recorded_depth_gives_the_oracles_touch_and_top_20_after_each_message(
    data: Path, capture: str, tick: float
) -> None:
    book = l2.new_books([tick])[0]
    oracle = OracleBook(tick)
    messages = 0
    for changes in depth_messages(data / "l2" / "hftbacktest" / capture):
        for change in changes:
            l2.set_level(book, *change)
            oracle.set_level(*change)
        messages += 1
        agree(book, oracle)
    assert messages > 500
    assert book["dropped"].sum() == 0
    assert book["refused"] == 0
    agree(book, oracle, n=10**6)


near = st.integers(9_990, 10_010)
spread_out = st.integers(1, 200_000)
far = st.sampled_from([1, 2, 3, 10_000 + l2.WINDOW, 10_000 + 3 * l2.WINDOW, 10**9, 2**40])
actions = st.tuples(
    st.sampled_from(["level", "level", "level", "level", "touch", "clear"]),
    st.sampled_from([1, -1]),
    st.one_of(near, near, spread_out, far),
    st.sampled_from([0.0, 0.0, 1.0, 2.5]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(actions, max_size=120), st.sampled_from([0.1, 0.01, 0.25, 5.0]))
def test_any_sequence_gives_the_oracles_book(
    sequence: list[tuple[str, int, int, float]], tick: float
) -> None:
    book = l2.new_books([tick])[0]
    oracle = OracleBook(tick)
    for action, side, ticks, qty in sequence:
        px = float(l2.key_price(book, ticks))
        if action == "level":
            l2.set_level(book, side, px, qty)
            oracle.set_level(side, px, qty)
        elif action == "touch":
            l2.set_touch(book, side, px, qty + 1.0)
            oracle.set_touch(side, px, qty + 1.0)
        else:
            l2.clear(book)
            oracle.clear()
        agree(book, oracle, n=200)
    for s, side in enumerate((1, -1)):
        assert book["held"][s] + book["far"][s] == len(oracle.sides[side])
        assert book["far"][s] == np.count_nonzero(book["far_key"][s])
        assert book["held"][s] == np.count_nonzero(book["qty"][s])


def drift(step: int, n: int) -> list[Change]:
    """A touch that walks `n` steps, leaving levels behind it and deleting them late."""
    changes: list[Change] = []
    for i in range(n):
        bid = 1_000_000 + i * step
        changes += [(1, float(bid), 1.0 + i), (-1, float(bid + 1), 2.0 + i)]
        for late in (3, 40):
            if i >= late:
                old = 1_000_000 + (i - late) * step
                changes += [(1 if step < 0 else -1, float(old + (step > 0)), 0.0)]
    return changes


@pytest.mark.parametrize("step", [700, -700, 9_000, -9_000, 40_000, -20_000])
def test_a_touch_that_leaves_the_window_takes_it_along(step: int) -> None:
    book = l2.new_books([1.0])[0]
    oracle = OracleBook(1.0)
    for change in drift(step, 45):
        l2.set_level(book, *change)
        oracle.set_level(*change)
        agree(book, oracle, n=100)
    assert book["moves"].max() > 1


@pytest.mark.parametrize("side", [1, -1])
def test_the_window_follows_a_sinking_touch_before_it_leaves(side: int) -> None:
    book = l2.new_books([1.0])[0]
    s = (1 - side) // 2
    for i in range(400):
        l2.set_level(book, side, 1e6 - side * 100.0 * (i + 5), 1.0)
        l2.set_level(book, side, 1e6 - side * 100.0 * i, 0.0)
        assert book["top"][s] >= l2.LOW
        assert book["far"][s] == 0
    assert 2 <= book["moves"][s] <= 4


def test_a_full_overflow_table_drops_the_farthest_level_and_counts_it() -> None:
    book = l2.new_books([1.0])[0]
    l2.set_level(book, 1, 1_000_000.0, 1.0)
    extra = 10
    for i in range(FULL + extra):
        l2.set_level(book, 1, 900_000.0 - i, 1.0)
    assert book["far"][0] == FULL
    assert book["dropped"][0] == extra
    l2.set_level(book, 1, 950_000.0, 3.0)
    assert book["dropped"][0] == extra + 1
    levels = top_of(book, 1, FULL + extra)
    assert [px for px, _ in levels] == [1_000_000.0, 950_000.0] + [900_000.0 - i for i in range(FULL - 1)]


@pytest.mark.parametrize("px", [0.0, -1.0, float("nan"), float("inf"), 1e300, 0.04])
def test_what_is_no_price_is_counted_and_changes_nothing(px: float) -> None:
    book = l2.new_books([0.1])[0]
    l2.set_level(book, 1, 10.0, 1.0)
    l2.set_level(book, 1, px, 1.0)
    assert book["refused"] == 1
    assert top_of(book, 1, 5) == [(10.0, 1.0)]


def test_a_quantity_that_is_not_above_zero_deletes() -> None:
    book = l2.new_books([0.1])[0]
    for qty in (0.0, -1.0, float("nan")):
        l2.set_level(book, -1, 10.0, 1.0)
        l2.set_level(book, -1, 10.0, qty)
        assert l2.best_ask(book) == NO_PRICE


def test_a_touch_of_nothing_empties_its_side_only() -> None:
    book = l2.new_books([0.1])[0]
    l2.set_level(book, 1, 10.0, 1.0)
    l2.set_level(book, -1, 10.1, 1.0)
    l2.set_touch(book, 1, 0.0, 0.0)
    assert l2.best_bid(book) == NO_PRICE
    assert l2.best_ask(book) == 10.1


def test_consumed_liquidity_comes_back_with_the_levels_next_update() -> None:
    book = l2.new_books([0.1])[0]
    l2.set_level(book, -1, 10.1, 2.0)
    l2.set_level(book, -1, 10.2, 2.0)
    assert l2.consume(book, -1, 10.1, 0.5) == 0.5
    assert l2.best_ask_qty(book) == 1.5
    assert l2.consume(book, -1, 10.1, 5.0) == 1.5
    assert l2.best_ask(book) == 10.2
    assert l2.consume(book, -1, 10.1, 1.0) == 0.0
    l2.set_level(book, -1, 10.1, 3.0)
    assert (l2.best_ask(book), l2.best_ask_qty(book)) == (10.1, 3.0)


def test_float_noise_is_not_liquidity() -> None:
    book = l2.new_books([0.1])[0]
    l2.set_level(book, 1, 10.0, 0.1 + 0.2)
    assert l2.consume(book, 1, 10.0, 0.1) == 0.1
    assert l2.consume(book, 1, 10.0, 0.2) == 0.2
    assert l2.best_bid(book) == NO_PRICE


def test_a_book_stays_under_a_megabyte() -> None:
    assert l2.BOOK.itemsize < 1_000_000
