"""Waits before trying again."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan.venues.socket.backoff import Backoff


class Highest(Random):
    def uniform(self, a: float, b: float) -> float:
        return b


def test_bounds_double_up_to_the_most_and_begin_anew_after_a_reset() -> None:
    backoff = Backoff(Highest(), first_s=0.5, most_s=5.0)
    assert [backoff.next() for _ in range(6)] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    backoff.reset()
    assert backoff.next() == 0.5


def test_the_venue_may_ask_for_more() -> None:
    assert Backoff(Highest(), first_s=0.5).next(least_s=30.0) == 30.0


@given(st.integers(), st.integers(1, 2000))
def test_every_wait_lies_within_its_bound(seed: int, n: int) -> None:
    backoff = Backoff(Random(seed), 0.25, 60.0)
    for _ in range(min(n, 50)):
        bound = backoff.bound()
        assert 0.0 <= backoff.next() <= bound <= 60.0
    backoff.failures = n
    assert backoff.bound() <= 60.0


def test_the_jitter_is_full() -> None:
    waits = [Backoff(Random(seed), 1.0).next() for seed in range(400)]
    assert min(waits) < 0.1
    assert max(waits) > 0.9
    assert sum(waits) / len(waits) == pytest.approx(0.5, abs=0.08)
