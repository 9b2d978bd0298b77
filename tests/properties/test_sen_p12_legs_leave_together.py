"""SEN-P12: both legs of a clip leave within 100 ms of each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.execution.scripted import PERP, SPOT, Answer, Stage, pair_intent
from tests.properties.pair_scripts import answers, units
from titan.model.signal import Purpose


@given(st.lists(answers, max_size=30), units, st.integers(1, 5))
def test_sen_p12_both_legs_leave_within_the_bound(script: list[Answer], n: int, clip: int) -> None:
    stage = Stage(script)
    stage.pair(pair_intent(n, clip))
    legs = [(at, i) for at, i in stage.venue.sent if i.purpose is not Purpose.HEDGE]
    assert len(legs) % 2 == 0
    for (first, a), (second, b) in zip(legs[::2], legs[1::2], strict=True):
        assert {a.instrument, b.instrument} == {SPOT.id, PERP.id}
        assert second - first <= 100_000_000
        assert a.side == -b.side
