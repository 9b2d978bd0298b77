"""SEN-P14: whatever fills in part, the legs are never further apart than one clip."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.execution.scripted import Answer, Stage, net_base, pair_intent
from tests.properties.pair_scripts import LOT, answers, units


@given(st.lists(answers, max_size=40), units, st.integers(1, 5))
def test_sen_p14_the_imbalance_never_exceeds_one_clip(script: list[Answer], n: int, clip: int) -> None:
    stage = Stage(script)
    worst = Decimal(0)
    apply = stage.desk.apply

    def watched(event: object) -> None:
        nonlocal worst
        apply(event)  # type: ignore[arg-type]
        spot, perp = net_base(stage.venue, stage.desk.tickets)
        worst = max(worst, abs(spot + perp))

    stage.venue.sink = watched  # type: ignore[assignment]
    stage.pair(pair_intent(n, clip))
    assert worst <= clip * LOT
