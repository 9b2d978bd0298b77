"""The far table against a plain dict, at loads where probe runs wrap, merge and overflow."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from titan.market import book as l2
from titan.market.compiled import compiled
from titan.market.overflow import FULL, overflow_best, overflow_find, overflow_put, overflow_remove


@compiled
def replay(book: np.void, keys: NDArray[np.int64], qtys: NDArray[np.float64]) -> None:
    """Put each key with its quantity; a quantity of 0 removes it."""
    for j in range(len(keys)):
        if qtys[j] > 0.0:
            overflow_put(book, 0, keys[j], qtys[j])
        else:
            slot = overflow_find(book, 0, keys[j])
            if slot >= 0:
                overflow_remove(book, 0, slot)


def plain(levels: dict[int, float], keys: NDArray[np.int64], qtys: NDArray[np.float64]) -> int:
    """The same on a dict that keeps the best FULL keys; returns how many were dropped."""
    dropped = 0
    for key, qty in zip(keys.tolist(), qtys.tolist(), strict=True):
        if qty == 0.0:
            levels.pop(key, None)
            continue
        levels[key] = qty
        if len(levels) > FULL:
            del levels[min(levels)]
            dropped += 1
    return dropped


@pytest.mark.parametrize("spacing", [1, 100, 1 << 13, 1 << 19])
@pytest.mark.parametrize("universe", [200, 12_000])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_far_table_equals_a_dict(spacing: int, universe: int, sign: int) -> None:
    rng = np.random.default_rng(universe + spacing)
    book = l2.new_books([1.0])[0]
    levels: dict[int, float] = {}
    dropped = 0
    for _ in range(4):
        keys = sign * spacing * rng.integers(1, universe, 6_000)
        qtys = np.where(rng.random(6_000) < 0.2, 0.0, rng.random(6_000) + 0.1)
        replay(book, keys, qtys)
        dropped += plain(levels, keys, qtys)
        taken = book["far_key"][0] != 0
        held = dict(zip(book["far_key"][0][taken].tolist(), book["far_qty"][0][taken].tolist(), strict=True))
        assert held == levels
        assert all(overflow_find(book, 0, key) >= 0 for key in levels)
    assert book["far"][0] == len(levels)
    assert book["dropped"][0] == dropped
    assert (dropped > 0) == (universe > FULL)
    best = max(levels)
    assert overflow_best(book, 0, 1 << 60) == best
    assert overflow_best(book, 0, best) == max(key for key in levels if key < best)
