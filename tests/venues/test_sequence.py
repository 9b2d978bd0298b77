"""The venue's rule for keeping a book, case by case and for any cut of a stream."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan.venues.binance.sequence import DepthSequence, Step
from titan.venues.binance.streams import Depth


def perp(first: int, last: int, previous: int) -> Depth:
    return Depth(1, "X", first, last, [], [], 1, previous)


def spot(first: int, last: int) -> Depth:
    return Depth(1, "X", first, last, [], [])


def steps(sequence: DepthSequence, *updates: Depth) -> list[Step]:
    return [sequence.step(u) for u in updates]


def test_perp_follows_pu() -> None:
    s = DepthSequence(perp=True)
    assert steps(s, perp(1, 5, 0), perp(7, 9, 5), perp(11, 12, 9)) == [Step.APPLY] * 3
    assert steps(s, perp(20, 21, 15), perp(23, 24, 21)) == [Step.BREAK, Step.APPLY]


def test_spot_follows_the_first_update() -> None:
    s = DepthSequence(perp=False)
    assert steps(s, spot(1, 5), spot(6, 9), spot(10, 10)) == [Step.APPLY] * 3
    assert steps(s, spot(12, 13), spot(14, 15)) == [Step.BREAK, Step.APPLY]


@pytest.mark.parametrize(
    ("updates", "expected"),
    [
        ([perp(90, 99, 80), perp(100, 104, 99), perp(106, 110, 104)], [Step.STALE, Step.APPLY, Step.APPLY]),
        ([perp(95, 100, 94), perp(103, 105, 100)], [Step.APPLY, Step.APPLY]),
        ([perp(103, 105, 100)], [Step.APPLY]),
        ([perp(103, 105, 101)], [Step.BREAK]),
    ],
)
def test_perp_bridges_a_snapshot_of_100(updates: list[Depth], expected: list[Step]) -> None:
    s = DepthSequence(perp=True)
    s.snapshot(100)
    assert steps(s, *updates) == expected


@pytest.mark.parametrize(
    ("updates", "expected"),
    [
        ([spot(90, 100), spot(99, 104), spot(105, 110)], [Step.STALE, Step.APPLY, Step.APPLY]),
        ([spot(101, 105)], [Step.APPLY]),
        ([spot(102, 105)], [Step.BREAK]),
    ],
)
def test_spot_bridges_a_snapshot_of_100(updates: list[Depth], expected: list[Step]) -> None:
    s = DepthSequence(perp=False)
    s.snapshot(100)
    assert steps(s, *updates) == expected


@given(
    sizes=st.lists(st.integers(1, 5), min_size=2, max_size=30), lost=st.integers(1, 28), is_perp=st.booleans()
)
def test_one_lost_update_breaks_exactly_once(sizes: list[int], lost: int, is_perp: bool) -> None:
    updates, last = [], 0
    for size in sizes:
        first = last + 1
        updates.append(perp(first, last + size, last) if is_perp else spot(first, last + size))
        last += size
    whole = DepthSequence(perp=is_perp)
    assert steps(whole, *updates) == [Step.APPLY] * len(updates)
    kept = [u for i, u in enumerate(updates) if i != lost]
    found = steps(DepthSequence(perp=is_perp), *kept)
    expected = [Step.BREAK if i == lost and lost < len(updates) - 1 else Step.APPLY for i in range(len(kept))]
    assert found == expected
