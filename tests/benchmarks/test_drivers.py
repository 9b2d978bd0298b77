"""Titan's drivers on tiny inputs, against the plainest possible reckoning of the same."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import captures, cases, rounds, stored
from benchmarks.drivers import book_titan, books, flip, flip_step, prepare_titan
from benchmarks.drivers.task import Task


def _quotes(n: int) -> NDArray[np.void]:
    rng = np.random.default_rng(3)
    ticks = 280_000 + np.cumsum(rng.integers(-3, 4, n))
    quotes = np.zeros(n, captures.QUOTE)
    quotes["ts"] = 1_000_000 * np.arange(1, n + 1)
    quotes["bid"], quotes["ask"] = ticks / 10, (ticks + 1) / 10
    quotes["bid_qty"] = quotes["ask_qty"] = 1.0
    return quotes


def _turns(quotes: NDArray[np.void]) -> list[tuple[int, int]]:
    """(quote, side) of every change of side, in plain Python."""
    found, side = [], 0
    fast = slow = 0.0
    for i, q in enumerate(quotes):
        mid = (float(q["bid"]) + float(q["ask"])) * 0.5
        if i == 0:
            fast = slow = mid
            continue
        fast += 2 / (flip.FAST + 1) * (mid - fast)
        slow += 2 / (flip.SLOW + 1) * (mid - slow)
        wanted = 1 if fast - slow > flip.BAND else -1 if slow - fast > flip.BAND else side
        if i >= flip.SLOW and wanted != side:
            found.append((i, wanted))
            side = wanted
    return found


def test_the_compiled_scan_stops_at_every_turn() -> None:
    quotes = _quotes(6000)
    rows, state = prepare_titan.quote_rows(quotes), flip_step.new_scan()
    found, row = [], 0
    while (row := flip_step.scan(state, rows.side, rows.px, rows.flags, row)) >= 0:
        found.append(((row - 1) // 2, int(state[0]["side"])))
    assert found == _turns(quotes)
    assert len(found) > 3


def test_the_book_driver_agrees_with_dictionaries(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    n, a_message = 3000, 6
    levels = np.zeros(n, captures.LEVEL)
    levels["side"] = rng.choice([-1, 1], n)
    levels["px"] = np.round(28_000 - levels["side"] * rng.integers(1, 300, n) * 0.1, 1)
    levels["qty"] = rng.choice([0.0, 1.5, 2.5], n)
    diffs = captures.Diffs(levels, np.arange(0, n + 1, a_message))
    stored.save_book(tmp_path, "perp", diffs, 0.1, 0.001)
    found = books.stream(tmp_path, "perp")
    bids: dict[float, float] = {}
    asks: dict[float, float] = {}
    check = 0.0
    for changed in found.as_lists():
        for side, part in zip((bids, asks), changed, strict=True):
            for px, qty in part:
                side[px] = qty
                if not qty:
                    del side[px]
        if bids and asks:
            check += max(bids) + min(asks)
    held = book_titan.new_books([books.TICKS["perp"]])
    assert book_titan.apply_all(held, found.levels, found.offsets) == pytest.approx(check, rel=1e-12)


def test_a_case_runs_in_a_process_of_its_own_and_brings_its_figures(tmp_path: Path) -> None:
    quotes = _quotes(1500)
    np.save(tmp_path / "quotes.npy", quotes)
    homes = rounds.Homes(Path(sys.executable), Path(sys.executable), tmp_path, tmp_path / "scratch")
    case = cases.Case("loop", "bare", "bare Numba loop", "loop_numba", "bare")
    outcome = rounds.run(case, homes)
    assert outcome.error == ""
    assert outcome.figures["orders"] == len(_turns(quotes))
    assert outcome.figures["process_s"] > outcome.figures["run_s"] > 0
    assert outcome.figures["peak_mb"] > 10
    assert not any((tmp_path / "scratch").glob("tmp*"))


def test_a_case_that_fails_is_tried_twice_and_says_why(tmp_path: Path) -> None:
    homes = rounds.Homes(Path(sys.executable), Path(sys.executable), tmp_path, tmp_path / "scratch")
    case = cases.Case("loop", "bare", "nobody", "no_such_driver", "bare")
    said: list[str] = []
    outcomes = rounds.run_all([case], 4, homes, said.append)
    assert len(outcomes) == 2
    assert "no_such_driver" in outcomes[0].error
    assert "failed" in said[0]


def test_a_result_is_plain_json(tmp_path: Path) -> None:
    Task("bare", tmp_path, tmp_path / "r.json").write(orders=3, pnl=1.5)
    written = json.loads((tmp_path / "r.json").read_text())
    assert written["orders"] == 3
    assert written["peak_mb"] > 1


def test_every_case_names_a_driver_that_exists() -> None:
    folder = Path(rounds.__file__).parent / "drivers"
    for case in cases.of(list(cases.SUITES)):
        assert (folder / f"{case.module}.py").is_file(), case
