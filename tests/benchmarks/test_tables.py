"""Medians, ratios, disagreements and targets."""

from __future__ import annotations

import pytest

from benchmarks import page, tables
from benchmarks.cases import Case
from benchmarks.rounds import Outcome


def _outcome(peer: str, error: str = "", **figures: float) -> Outcome:
    return Outcome(Case("loop", "full", peer, "m", "full"), figures, error, 0.5)


def _rounds(peer: str, speeds: list[float], **same: float) -> list[Outcome]:
    return [_outcome(peer, events_per_s=speed, **same) for speed in speeds]


def test_a_cell_is_the_median_with_its_range_and_ratios_compare_medians() -> None:
    outcomes = [*_rounds("titan", [4e6, 2e6, 9e6]), *_rounds("slow", [1e6, 3e6, 2e6])]
    cells = tables.table(tables.rows(outcomes, "loop"), "loop")
    assert cells[1][2] == "4.00 M (2.00 M .. 9.00 M)"
    assert cells[2][-1] == "2.00x quotes/s"
    assert cells[1][-1] == ""


def test_less_is_better_where_the_column_says_so() -> None:
    outcomes = [_outcome("titan", setup_s=0.1), _outcome("slow", setup_s=0.4)]
    assert tables.table(tables.rows(outcomes, "loop"), "loop")[2][-1] == "4.00x load and set up"


def test_a_failed_case_is_shown_as_failed() -> None:
    cells = tables.table(tables.rows([_outcome("titan", "no such module")], "loop"), "loop")
    assert cells[1][2] == "failed: no such module"


def test_peers_that_disagree_are_named() -> None:
    outcomes = [_outcome("titan", orders=5, pnl=1.0), _outcome("other", orders=6, pnl=1.0)]
    found = tables.disagreements(tables.rows(outcomes, "loop"), "loop")
    assert len(found) == 1
    assert "orders" in found[0]
    assert "titan 5" in found[0]
    assert tables.disagreements(tables.rows(outcomes, "loop"), "loop", exempt={"loop/full": ("other",)}) == []


def test_a_peer_that_differs_from_round_to_round_is_named() -> None:
    outcomes = [_outcome("titan", orders=5), _outcome("titan", orders=6)]
    assert "between rounds of titan" in tables.disagreements(tables.rows(outcomes, "loop"), "loop")[0]


@pytest.mark.parametrize(("speed", "word"), [(30e6, "met"), (29.9e6, "MISSED")])
def test_a_missed_target_is_called_missed(speed: float, word: str) -> None:
    verdicts = tables.judge([_outcome("titan", events_per_s=speed)])
    assert verdicts[0].word == word


def test_what_was_not_measured_is_not_met() -> None:
    assert tables.judge([_outcome("titan", "broken")])[0].word == "not measured"


def test_markdown_names_a_subject_once() -> None:
    text = page.markdown([["", "peer"], ["a", "x"], ["a", "y"], ["b", "z"]])
    assert text.splitlines()[2:] == ["| a | x |", "|  | y |", "| b | z |"]
