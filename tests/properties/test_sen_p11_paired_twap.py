"""SEN-P11: a paired TWAP is delta neutral within one clip at every moment, and level before each clip."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.execution.scripted import PERP, Answer, Stage, net_base, pair_intent
from tests.properties.pair_scripts import LOT, answers
from titan.model.signal import Purpose

parts = st.builds(Answer, share=st.sampled_from([0.2, 0.5, 0.75, 1.0]), delay_ms=st.integers(0, 2500))
drifts = st.lists(st.floats(-8, 8).map(lambda x: round(x, 1)), min_size=1, max_size=8)


@settings(max_examples=300)
@given(
    st.lists(st.one_of(parts, parts, parts, answers), min_size=2, max_size=40),
    drifts,
    st.integers(2, 15),
    st.integers(1, 4),
    st.integers(0, 2**32),
)
def test_sen_p11_delta_stays_within_one_clip(
    script: list[Answer], drift: list[float], units: int, clip: int, seed: int
) -> None:
    stage = Stage(script, moves={PERP.id: drift}, seed=seed)
    apply, submit = stage.desk.apply, stage.venue.submit
    between: list[Decimal] = []
    before: list[Decimal] = []

    def lean() -> Decimal:
        spot, perp = net_base(stage.venue, stage.desk.tickets)
        return abs(spot + perp)

    def heard(event: object) -> None:
        apply(event)  # type: ignore[arg-type]
        between.append(lean())

    def sent(order: object) -> None:
        intent = order.intent  # type: ignore[attr-defined]
        first = len([i for _, i in stage.venue.sent if i.purpose is not Purpose.HEDGE]) % 2 == 0
        if intent.purpose is not Purpose.HEDGE and first:
            before.append(lean())
        submit(order)  # type: ignore[arg-type]

    stage.venue.sink, stage.venue.submit = heard, sent  # type: ignore[method-assign]
    stage.pair(pair_intent(units, clip))
    assert before
    assert max(between, default=Decimal(0)) <= clip * LOT
    assert max(before) < LOT
