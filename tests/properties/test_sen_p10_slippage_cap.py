"""SEN-P10: past its slippage cap against arrival a TWAP stops, and it does not stop before."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.execution.scripted import PERP, SPOT, START, Prices, Stage, pair_intent, twap_intent
from titan.execution.sagas.saga import Touch
from titan.model.order import Side
from titan.model.pair import PairEnd
from titan.model.signal import Purpose

CAP = 10.0
EDGE = 0.01
"""bps within which a float's last digits may decide."""
moves = st.lists(st.floats(-40, 40).map(lambda x: round(x, 1)), min_size=1, max_size=12)


def touches(stage: Stage, instrument: str, at: list[int]) -> list[Touch]:
    """What stood there at those times."""
    found = []
    for when in at:
        touch = Prices(lambda when=when: when, stage.moves).touch(instrument)  # type: ignore[misc]
        assert touch is not None
        found.append(touch)
    return found


@given(moves, moves, st.sampled_from(list(Purpose)[:2]), st.integers(2, 12))
def test_sen_p10_a_pair_stops_when_its_basis_has_slipped(
    spot: list[float], perp: list[float], purpose: Purpose, units: int
) -> None:
    stage = Stage(moves={SPOT.id: spot, PERP.id: perp})
    stage.gate.held = {SPOT.id: units * 100, PERP.id: -units} if purpose is Purpose.EXIT else {}
    _, outcome = stage.pair(pair_intent(units, 1, purpose, arrival_cap_bps=CAP, slippage_cap_bps=20.0))
    clips = [at for at, i in stage.venue.sent if i.instrument == SPOT.id]
    seen = list(zip(touches(stage, SPOT.id, clips), touches(stage, PERP.id, clips), strict=True))
    entry = purpose is Purpose.ENTRY

    def worse(now: tuple[Touch, Touch]) -> float:
        (s, p), (s0, p0) = now, seen[0]
        lost = (p0.bid - s0.ask) - (p.bid - s.ask) if entry else (p.ask - s.bid) - (p0.ask - s0.bid)
        return lost / s.ask * 1e4

    assert all(worse(one) <= CAP + EDGE for one in seen)
    if outcome.end is PairEnd.DONE:
        assert len(clips) == units
    else:
        assert "arrival" in outcome.reason
        stopped = Prices(lambda: outcome.at_ns, stage.moves)
        last = stopped.touch(SPOT.id), stopped.touch(PERP.id)
        assert last[0] is not None
        assert last[1] is not None
        assert worse((last[0], last[1])) > CAP - EDGE
        assert outcome.units == len(clips) < units


@given(moves, st.sampled_from(list(Side)), st.integers(2, 12))
def test_sen_p10_one_leg_stops_when_its_touch_has_slipped(perp: list[float], side: Side, lots: int) -> None:
    stage = Stage(moves={PERP.id: perp})
    outcome = stage.twap(twap_intent(lots, 1, side=side, arrival_cap_bps=CAP, slippage_cap_bps=20.0))
    slices = [at for at, _ in stage.venue.sent]

    def price(touch: Touch) -> Decimal:
        return Decimal(repr(touch.ask if side is Side.BUY else touch.bid))

    prices = [price(touch) for touch in touches(stage, PERP.id, slices)]
    slipped = [float((px - prices[0]) / prices[0] * int(side)) * 1e4 for px in prices]
    assert all(one <= CAP + EDGE for one in slipped)
    if outcome.end is PairEnd.DONE:
        assert len(slices) == lots
    else:
        assert "arrival" in outcome.reason
        assert outcome.lots == len(slices) < lots
        last = price(touches(stage, PERP.id, [outcome.at_ns])[0])
        assert float((last - prices[0]) / prices[0] * int(side)) * 1e4 > CAP - EDGE


def test_the_market_of_these_tests_moves() -> None:
    prices = Prices(lambda: START + 31_000_000_000, {PERP.id: [0.0, 20.0]})
    assert prices.mid(PERP.id) == Decimal("50100.0")
