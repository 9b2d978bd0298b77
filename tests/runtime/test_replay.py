"""What is no run is refused as such, and is not taken for one that differs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from titan.model.errors import DataError
from titan.runtime.parity.compare import parity
from titan.runtime.replay import replay_run


def quiet(_what: str, _done: int, _total: int) -> None:
    return None


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    for place, why in ((tmp_path, "is no run"), (tmp_path / "gone", "is no folder")):
        with pytest.raises(DataError, match=why) as raised:
            replay_run(place, tape=None, progress=quiet)
        assert raised.value.remedy
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(DataError, match="is not a run"):
        replay_run(tmp_path, tape=None, progress=quiet)
    (tmp_path / "run.json").write_text(json.dumps({"config": {}}))
    with pytest.raises(DataError, match="is not a whole run"):
        replay_run(tmp_path, tape=None, progress=quiet)


def test_the_parity_of_a_backtest_points_to_its_replay(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(DataError, match="no run on paper or live") as raised:
        parity(tmp_path, store="", progress=quiet)
    assert "titan replay" in raised.value.remedy
