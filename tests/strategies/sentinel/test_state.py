"""A sweep over windows is compiled once: their states are of one type, each with its own window."""

from __future__ import annotations

from tests.strategies.sentinel.route_world import rules
from titan.model.instrument import InstrumentKind
from titan.strategies.sentinel.params import SentinelParams, find_pairs
from titan.strategies.sentinel.state import new_pairs


def test_windows_of_usual_size_share_one_type() -> None:
    pairs = find_pairs([rules("a", InstrumentKind.SPOT), rules("a", InstrumentKind.PERP)])
    states = [new_pairs(pairs, {pairs[0].name: SentinelParams(window=n)}) for n in (120, 720, 4096, 4097)]
    assert [state["stats"]["window"][0] for state in states] == [120, 720, 4096, 4097]
    assert states[0].dtype == states[1].dtype == states[2].dtype != states[3].dtype
