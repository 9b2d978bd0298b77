"""What the shared inputs are made of."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import captures


def _capture(path: Path, messages: list[dict[str, object]]) -> Path:
    lines = "".join(f"{n} {json.dumps(m)}\n" for n, m in enumerate(messages))
    path.write_bytes(gzip.compress(lines.encode()))
    return path


def _depth(u: int, t: int, bids: list[list[str]], asks: list[list[str]]) -> dict[str, object]:
    return {
        "stream": "x@depth",
        "data": {"e": "depthUpdate", "E": t, "T": t, "U": u, "u": u, "b": bids, "a": asks},
    }


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60))
def test_stamps_become_strictly_increasing_and_never_earlier(stamps: list[int]) -> None:
    given_ts = np.array(sorted(stamps), np.int64)
    spread = captures.strictly_increasing(given_ts)
    assert np.all(np.diff(spread) > 0)
    assert np.all(spread >= given_ts)
    assert spread[0] == given_ts[0]


def test_tiled_quotes_go_on_in_time_and_have_the_least_size() -> None:
    base = np.zeros(3, captures.QUOTE)
    base["ts"] = [10, 20, 40]
    base["bid_qty"], base["ask_qty"] = [0.01, 5.0, 2.0], [1.0, 0.0, 0.3]
    tiled = captures.tiled(base, 8, 0.1)
    assert len(tiled) == 8
    assert np.all(np.diff(tiled["ts"]) > 0)
    assert tiled["bid_qty"].tolist()[:3] == [0.1, 5.0, 2.0]
    assert tiled["ask_qty"].min() == 0.1


def test_depth_begins_with_the_snapshot_and_drops_what_is_older(tmp_path: Path) -> None:
    snapshot = {"lastUpdateId": 7, "E": 1, "T": 1, "bids": [["9.0", "1"]], "asks": [["9.5", "2"]]}
    path = _capture(
        tmp_path / "a.gz",
        [
            _depth(5, 1, [["1.0", "1"]], []),
            snapshot,
            _depth(6, 1, [["2.0", "1"]], []),
            _depth(8, 2, [], [["9.4", "3"]]),
        ],
    )
    diffs = captures.depth([path])
    assert diffs.levels["px"].tolist() == [9.0, 9.5, 9.4]
    assert diffs.levels["side"].tolist() == [1, -1, -1]
    assert diffs.offsets.tolist() == [0, 2, 3]


def test_two_legs_keep_messages_whole_and_time_in_order(tmp_path: Path) -> None:
    trade = {"data": {"e": "trade", "E": 3, "T": 2, "p": "8.0", "q": "0.5", "m": True}}
    spot = _capture(tmp_path / "s.gz", [_depth(1, 3, [["1.0", "1"], ["2.0", "1"]], [])])
    perp = _capture(tmp_path / "p.gz", [trade, _depth(2, 3, [], [["3.0", "1"]])])
    legs = captures.two_legs(spot, perp)
    assert legs["leg"].tolist() == [1, 0, 0, 1]
    assert legs["kind"].tolist() == [captures.TRADE_ROW, *[captures.LEVEL_ROW] * 3]
    assert legs["end"].tolist() == [1, 0, 1, 1]
    assert legs["side"].tolist() == [-1, 1, 1, -1]
    assert np.all(np.diff(legs["ts"]) >= 0)
