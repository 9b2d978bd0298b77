"""SEN-P1: expanding and contracting are consistent with their thresholds, on the kernel that trades."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.properties.signals_reference import WARMUP, WINDOW, heard, made, reckoned, tape
from tests.strategies.sentinel.played import codes, market, sentinel
from titan.strategies.sentinel.params import PARAMS, SentinelParams
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


walks = st.lists(
    st.sampled_from([0.0, 0.3, -0.4, 1.0, -1.0, 2.5, 8.0, 20.0, 45.0, -30.0]), min_size=10, max_size=90
)


@settings(deadline=None, max_examples=150)
@given(
    walks, st.sampled_from([0.5, 1.0, 2.0, 3.0]), st.sampled_from([0.0, -0.5, 0.4]),
    st.sampled_from([0.0, 1.0, 6.0]), st.sampled_from(["0", "0.0001", "0.0005"]),
    st.sampled_from([0.0, 0.0004, -0.0006]),
)  # fmt: skip
def test_sen_p1_the_kernel_says_what_the_definitions_say_and_when(
    bps: list[float], entry_z: float, exit_z: float, min_edge: float, taker: str, rate: float
) -> None:
    """From the touches to the signals, fees, impacts and expected funding included."""
    params = SentinelParams(
        window=WINDOW, warmup=WARMUP, entry_z=entry_z, exit_z=exit_z, min_edge_bps=min_edge
    )
    expected = reckoned(bps, params, taker, rate)
    assume(expected is not None)
    said = heard(made(params, taker), tape(bps, rate))
    assert [one[:2] for one in said] == [one[:2] for one in expected or ()]
    for one, by_hand in zip(said, expected or (), strict=True):
        if one.name == "EXPAND":
            assert one.edge == pytest.approx(by_hand.edge, abs=1e-6)


def test_the_markets_of_this_property_do_expand() -> None:
    bps = [*[0.0, 1.0] * 12, 45.0, 45.0, 0.0, 0.0]
    params = SentinelParams(window=WINDOW, warmup=WARMUP)
    assert [one.name for one in reckoned(bps, params, "0.0005", 0.0) or ()] == ["EXPAND", "CONTRACT"]
