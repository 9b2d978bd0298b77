"""Preparing the shared inputs from the recorded streams."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import inputs


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
