"""The running book against later snapshots of the venue."""

from __future__ import annotations

from titan.venues.audit import Audit


def started() -> Audit:
    audit = Audit()
    audit.start(0, 100, [(10.0, 1.0), (9.0, 2.0)], [(11.0, 1.0), (12.0, 2.0)])
    audit.update(0, 101, 103, [(10.0, 3.0)], [(11.0, 0.0)])
    return audit


def counts(audit: Audit) -> tuple[int, int]:
    return audit.matched, audit.differ


def test_a_snapshot_of_the_same_version_is_the_book() -> None:
    audit = started()
    audit.snapshot(0, 103, [(10.0, 3.0), (9.0, 2.0)], [(12.0, 2.0)])
    assert counts(audit) == (1, 0)


def test_a_snapshot_from_within_an_update_is_the_book_once_the_update_is_set_upon_it() -> None:
    audit = started()
    audit.snapshot(0, 101, [(10.0, 3.0), (9.0, 2.0)], [(11.0, 7.0), (12.0, 2.0)])
    assert counts(audit) == (1, 0)


def test_a_snapshot_ahead_of_the_book_waits_for_it() -> None:
    audit = started()
    audit.snapshot(0, 104, [(10.0, 3.0), (9.0, 5.0)], [(12.0, 2.0)])
    assert counts(audit) == (0, 0)
    audit.update(0, 104, 105, [(9.0, 5.0)], [])
    assert counts(audit) == (1, 0)


def test_a_level_that_differs_is_found() -> None:
    audit = started()
    audit.snapshot(0, 103, [(10.0, 3.0), (9.0, 2.5)], [(12.0, 2.0)])
    audit.snapshot(0, 103, [(10.0, 3.0), (9.5, 1.0), (9.0, 2.0)], [(12.0, 2.0)])
    assert counts(audit) == (0, 2)
    assert audit.differences == ["snapshot 103: 1 levels differ"] * 2


def test_levels_deeper_than_either_snapshot_are_not_compared() -> None:
    audit = started()
    audit.snapshot(0, 103, [(10.0, 3.0)], [(12.0, 2.0), (15.0, 1.0)])
    audit.snapshot(0, 103, [(10.0, 3.0), (9.0, 2.0), (8.0, 4.0)], [(12.0, 2.0)])
    assert counts(audit) == (2, 0)


def test_what_is_older_than_the_book_or_without_one_is_not_compared() -> None:
    audit = started()
    audit.snapshot(0, 98, [(1.0, 1.0)], [])
    audit.gap(0)
    audit.snapshot(0, 103, [(1.0, 1.0)], [])
    audit.snapshot(7, 103, [(1.0, 1.0)], [])
    assert counts(audit) == (0, 0)
