"""The `sweep` suite: its grid, and Titan's driver against a plain reckoning of the same rule."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import month
from benchmarks.drivers import prepare_titan, sweep, sweep_titan


def test_the_grid_is_two_hundred_sets_cut_in_two() -> None:
    assert len(set(sweep.sets("month"))) == 200
    assert [len(half) for half in sweep.halves(200)] == [100, 100]
    few = sweep.sets("few")
    assert len(few) == 8
    assert set(few) < set(sweep.sets("month"))


def entries(bars: NDArray[np.void], one: sweep.Set) -> int:
    """How often the rule opens, in plain Python."""
    basis = (bars["perp_close"] - bars["spot_close"]) / bars["spot_close"] * 1e4
    held, count = False, 0
    for n in range(one.window - 1, len(basis)):
        part = basis[n + 1 - one.window : n + 1]
        above = basis[n] - part.mean()
        z = above / part.std(ddof=1)
        if not held and z >= one.entry_z and above >= sweep.COST_BPS:
            held, count = True, count + 1
        elif held and z <= one.exit_z:
            held = False
    return count


def test_titan_opens_where_the_rule_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bars = month.generated()[:3000]
    chosen = [sweep.Set(240, 2.0, 0.0), sweep.Set(240, 3.0, 0.5)]
    prepare_titan.month(tmp_path, bars)
    monkeypatch.setattr(sweep, "sets", lambda _variant: chosen)
    monkeypatch.setattr(sweep, "WORKERS", 1)
    arguments = ["x", "few", "--inputs", str(tmp_path), "--result", str(tmp_path / "r.json")]
    monkeypatch.setattr(sys, "argv", arguments)
    sweep_titan.main()
    found = json.loads((tmp_path / "r.json").read_text())
    wanted = sum(entries(bars, one) for one in chosen)
    assert wanted > 5
    assert found["trades"] == pytest.approx(wanted, abs=2)
