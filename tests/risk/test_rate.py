"""The token bucket: never more than the burst at once, never more than the rate in the long run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan.risk.rate import Bucket

S = 1_000_000_000
START = 1_700_000_000 * S


def test_a_burst_and_then_the_rate() -> None:
    bucket = Bucket(10, 3)
    for left in (3, 2, 1):
        assert bucket.left(START) == left
        bucket.take(START)
    assert bucket.left(START) == bucket.left(START + S // 10 - 1) == 0
    assert bucket.left(START + S // 10) == 1
    assert bucket.left(START + 60 * S) == 3


def test_what_does_not_wait_is_paid_back_before_anything_else() -> None:
    bucket = Bucket(1, 1)
    for _ in range(4):
        bucket.take(START)
    assert bucket.left(START) == -3
    assert bucket.left(START + 3 * S) == 0
    assert bucket.left(START + 4 * S) == 1


@pytest.mark.parametrize(("per_s", "burst"), [(0, 1), (1, 0), (-1, 5)])
def test_no_bucket_without_a_flow(per_s: int, burst: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Bucket(per_s, burst)


@given(st.integers(1, 20), st.integers(1, 9), st.lists(st.integers(-S, S), max_size=60))
def test_in_any_span_no_more_than_burst_and_rate_allow(per_s: int, burst: int, steps: list[int]) -> None:
    """Steps may go back in time, as clocks do."""
    bucket, now, latest = Bucket(per_s, burst), START, 0
    taken: list[int] = []
    for step in steps:
        now += step
        latest = max(latest, now)
        if bucket.left(now) >= 1:
            bucket.take(now)
            taken.append(latest)
    for first, begin in enumerate(taken):
        for last in range(first, len(taken)):
            assert (last - first + 1 - burst) * S <= (taken[last] - begin) * per_s


def test_another_size_leaves_what_was_taken_taken() -> None:
    bucket = Bucket(1, 5)
    for _ in range(4):
        bucket.take(START)
    bucket.resize(2, 3)
    assert bucket.left(START) == -1
    assert bucket.left(START + S) == 1
    assert bucket.left(START + 60 * S) == 3
    bucket.resize(2, 9)
    assert bucket.left(START + 60 * S) == 9
    with pytest.raises(ValueError, match="at least 1"):
        bucket.resize(0, 9)
