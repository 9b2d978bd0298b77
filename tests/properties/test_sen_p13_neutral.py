"""SEN-P13: a failed leg always ends neutral, or with the operator called and the residual named."""

from __future__ import annotations

from itertools import takewhile

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.execution.scripted import PERP, SPOT, Answer, Stage, net_base, pair_intent
from tests.properties.pair_scripts import LOT, answers, units
from titan.model.pair import PairEnd
from titan.model.signal import Purpose

TRIES = 8
"""Of undoing an excess, before a person is called."""


@settings(max_examples=300)
@given(st.lists(answers, max_size=40), units, st.integers(1, 5))
def test_sen_p13_a_failed_leg_ends_neutral_or_calls_the_operator(
    script: list[Answer], n: int, clip: int
) -> None:
    stage = Stage(script)
    saga, outcome = stage.pair(pair_intent(n, clip))
    spot, perp = net_base(stage.venue, stage.desk.tickets)
    if outcome.end is PairEnd.NEEDS_OPERATOR:
        sent = reversed(stage.desk.tickets)
        tried = [t.order for t in takewhile(lambda t: t.intent.purpose is Purpose.HEDGE, sent)]
        assert len(tried) >= TRIES, "not before everything was tried"
        assert all(o.filled_lots < o.request.lots for o in tried)
        matched = outcome.units * LOT
        assert (outcome.residual_lots[0] * SPOT.lot, outcome.residual_lots[1] * PERP.lot) == (
            spot - matched, -perp - matched,
        )  # fmt: skip
        assert abs(spot + perp) >= LOT
        return
    assert abs(spot + perp) < LOT
    assert saga.legs.balanced
    assert outcome.units == int(min(spot, -perp) / LOT)
    if outcome.end is PairEnd.DONE:
        assert outcome.units == n


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
