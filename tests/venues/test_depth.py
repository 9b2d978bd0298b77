"""The rule by which updates follow on a snapshot and on each other, and books that begin without one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan.market.tape.rows import Kind
from titan.model.instrument import InstrumentKind
from titan.venues.batch import Batch
from titan.venues.depth import Depth, Update
from titan.venues.stream import Market
from titan.venues.tally import Tally


class Followed:
    """A book whose updates each set the price that is their last version."""

    def __init__(self) -> None:
        self.batch, self.tally, self.asked = Batch(), Tally(), 0
        self.depth = Depth(Market(0, "X", InstrumentKind.SPOT), self.batch, self.tally, self._ask)

    def _ask(self) -> None:
        self.asked += 1

    def hear(self, *updates: tuple[int, int]) -> list[int]:
        """The versions that became part of the book, with 0 for a gap."""
        for first, last in updates:
            self.depth.update(Update(first, last, last, last, last, 1, [(float(last), 1.0)], []))
        return self.said()

    def snapshot(self, version: int) -> list[int]:
        self.depth.snapshot(version, version, version, 1, [(float(version), 1.0)], [])
        return self.said()

    def said(self) -> list[int]:
        rows = self.batch.take()
        kept = (rows.kind == Kind.LEVEL) | (rows.kind == Kind.GAP)
        return [int(px) for px in rows.px[kept]]


@pytest.mark.parametrize(
    ("updates", "expected"),
    [
        ([(90, 100), (101, 104), (105, 110)], [104, 110]),
        ([(90, 100), (99, 104), (105, 110)], [104, 110]),
        ([(101, 105)], [105]),
        ([(81, 99), (100, 104)], [104]),
        ([(96, 100)], []),
    ],
)
def test_updates_bridge_a_snapshot_of_100_before_it_and_after_it(
    updates: list[tuple[int, int]], expected: list[int]
) -> None:
    before = Followed()
    assert before.hear(*updates) == []
    assert before.snapshot(100) == [100, *expected]
    after = Followed()
    assert after.snapshot(100) == [100]
    assert after.hear(*updates) == expected
    assert before.tally.gaps == after.tally.gaps == 0


def test_a_snapshot_older_than_the_updates_is_asked_for_again() -> None:
    book = Followed()
    book.hear((102, 105))
    assert (book.snapshot(100), book.asked) == ([], 2)
    assert book.snapshot(103) == [103, 105]


@given(sizes=st.lists(st.integers(1, 5), min_size=3, max_size=30), lost=st.integers(1, 28))
def test_one_lost_update_breaks_exactly_once(sizes: list[int], lost: int) -> None:
    updates, last = [], 100
    for size in sizes:
        updates.append((last + 1, last + size))
        last += size
    book = Followed()
    book.snapshot(100)
    assert book.hear(*updates) == [u[1] for u in updates]
    cut = Followed()
    cut.snapshot(100)
    cut.hear(*(u for i, u in enumerate(updates) if i != lost))
    assert cut.tally.gaps == int(lost < len(updates) - 1)


def test_without_a_snapshot_the_book_begins_with_what_changes_and_goes_on_after_a_gap() -> None:
    book = Followed()
    book.hear((5, 8), (9, 12))
    book.depth.begin()
    assert book.hear((13, 14)) == [8, 12, 14]
    assert book.hear((20, 22)) == [0]
    assert book.asked == 2
    book.depth.begin()
    assert book.hear((23, 24)) == [22, 24]


@pytest.mark.parametrize(("version", "expected"), [(10, [10, 12, 14]), (14, [14]), (20, [20])])
def test_a_snapshot_takes_the_place_of_a_book_that_began_without(version: int, expected: list[int]) -> None:
    book = Followed()
    book.hear((5, 8))
    book.depth.begin()
    book.hear((9, 12), (13, 14))
    assert book.snapshot(version) == expected
    assert book.snapshot(version) == []
    assert book.tally.noticed["snapshots not needed"] == 1


def test_a_snapshot_from_before_a_book_that_began_without_is_no_use() -> None:
    book = Followed()
    book.hear((50, 58))
    book.depth.begin()
    book.said()
    assert book.snapshot(10) == []
    assert book.hear((59, 60)) == [60]
    assert book.tally.gaps == 0
