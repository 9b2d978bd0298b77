"""SEN-P1: expanding and contracting are consistent with their thresholds, on the kernel that trades."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies.sentinel.played import codes, market, sentinel
from titan.strategies.sentinel.params import PARAMS
from titan.strategies.sentinel.state import CONTRACT, EXPAND
from titan.strategies.sentinel.step import classify

figures = st.floats(-50, 50, allow_nan=False)


@settings(deadline=None)
@given(figures, figures, figures, st.floats(0.1, 5), st.floats(-5, 0), st.floats(0, 20))
def test_sen_p1_classification_is_consistent_with_thresholds(
    z: float, edge: float, left: float, entry_z: float, exit_z: float, min_edge: float
) -> None:
    p = np.zeros(1, PARAMS)
    p["entry_z"], p["exit_z"], p["min_edge_bps"] = entry_z, exit_z, min_edge
    verdict = classify(p[0], z, edge, left)
    assert (verdict == EXPAND) == (z >= entry_z and edge >= min_edge)
    if verdict == CONTRACT:
        assert z <= exit_z or left < 0
    if verdict == 0:
        assert z > exit_z
        assert left >= 0
        assert z < entry_z or edge < min_edge


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(-80, 80, allow_nan=False), min_size=25, max_size=150))
def test_expand_and_contract_take_turns(basis: list[float]) -> None:
    names = codes(sentinel(), market(basis))
    assert names == (["EXPAND", "CONTRACT"] * len(names))[: len(names)]
