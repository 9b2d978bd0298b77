"""SEN-P12, P13 and P14: the two legs of a pair, against a venue that fills, cuts, refuses and keeps silent
as it likes.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.execution.scripted import PERP, SPOT, Answer, Stage, net_base, pair_intent
from titan.model.pair import PairEnd
from titan.model.signal import Purpose

LOT = Decimal("0.001")

answers = st.builds(
    Answer,
    share=st.sampled_from([0.0, 0.1, 0.34, 0.5, 0.9, 1.0, 1.0, 1.0]),
    reject=st.booleans(),
    silent=st.booleans(),
    delay_ms=st.integers(0, 3000),
)
units = st.integers(1, 12)


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


@given(st.lists(answers, max_size=40), units, st.integers(1, 5))
def test_sen_p13_a_failed_leg_ends_neutral_or_calls_the_operator(
    script: list[Answer], n: int, clip: int
) -> None:
    stage = Stage(script)
    saga, outcome = stage.pair(pair_intent(n, clip))
    spot, perp = net_base(stage.venue, stage.desk.tickets)
    if outcome.end is PairEnd.NEEDS_OPERATOR:
        assert outcome.reason
        return
    assert abs(spot + perp) < LOT
    assert saga.legs.balanced
    assert outcome.units == int(min(spot, -perp) / LOT)
    if outcome.end is PairEnd.DONE:
        assert outcome.units == n


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


@given(units, st.integers(1, 5))
def test_without_trouble_every_unit_is_filled_and_gaps_are_in_range(n: int, clip: int) -> None:
    stage = Stage()
    _, outcome = stage.pair(pair_intent(n, clip))
    assert outcome.end is PairEnd.DONE
    assert outcome.units == n
    assert outcome.clips == -(-n // clip)
    times = [at for at, _ in stage.venue.sent][::2]
    assert all(30e9 <= b - a <= 90e9 + 1e9 for a, b in pairwise(times))


def test_a_rejected_leg_aborts_and_the_other_is_unwound() -> None:
    stage = Stage([Answer(), Answer(reject=True), Answer(), Answer()])
    _, outcome = stage.pair(pair_intent(4, 4))
    assert outcome.end is PairEnd.ABORTED
    assert outcome.aborted_clips == 1
    assert PERP.id in outcome.reason
    spot, perp = net_base(stage.venue, stage.desk.tickets)
    assert abs(spot + perp) < LOT


def test_where_nothing_can_be_neutralised_the_operator_is_called_with_the_residual() -> None:
    stage = Stage([Answer(), *[Answer(reject=True)] * 20])
    _, outcome = stage.pair(pair_intent(4, 4))
    assert outcome.end is PairEnd.NEEDS_OPERATOR
    assert outcome.residual_lots == (400, 0)
