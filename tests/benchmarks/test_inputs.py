"""Preparing the shared inputs from the recorded streams."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import inputs, month


@pytest.mark.data
def test_recorded_inputs_are_what_they_say(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "inputs"
    told = inputs.prepare(out, data, 5000)
    assert told["source"] == "recorded"
    quotes = np.load(out / "quotes.npy")
    assert len(quotes) == 5000
    assert np.all(quotes["bid"] < quotes["ask"])
    assert np.all(np.diff(quotes["ts"]) > 0)
    for name, book in told["books"].items():
        offsets = np.load(out / f"diffs-{name}-offsets.npy")
        assert len(offsets) - 1 == book["messages"] > 1000
        assert offsets[-1] == len(np.load(out / f"diffs-{name}-levels.npy")) == book["levels"]
    legs = np.load(out / "legs.npy")
    assert set(legs["leg"]) == {0, 1}
    assert np.all(np.diff(legs["ts"]) >= 0)
    assert inputs.prepare(out, data, 5000) == told


def test_a_generated_month_has_the_form_of_a_recorded_one(tmp_path: Path) -> None:
    bars = month.generated()
    told = month.save(tmp_path, bars, "simulated")
    assert told == {"bars": month.MINUTES, "of": "simulated"}
    assert np.all(np.diff(bars["ts"]) == month.MINUTE_NS)
    for leg in ("spot", "perp"):
        assert np.all(bars[f"{leg}_low"] <= np.minimum(bars[f"{leg}_open"], bars[f"{leg}_close"]))
        assert np.all(bars[f"{leg}_high"] >= np.maximum(bars[f"{leg}_open"], bars[f"{leg}_close"]))


@pytest.mark.data
def test_the_recorded_month_holds_minutes_that_both_legs_have(data: Path) -> None:
    bars = month.recorded(data)
    assert bars is not None
    assert 40_000 < len(bars) <= month.MINUTES
    basis = (bars["perp_close"] / bars["spot_close"] - 1) * 1e4
    assert np.all(np.abs(basis) < 100)
