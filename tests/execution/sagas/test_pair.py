"""Minimum sizes of venues: a residual is traded away all the same, and no clip leaves too small a rest."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from msgspec.structs import replace

from tests.execution.scripted import INSTRUMENTS, PERP, SPOT, Answer, Stage, net_base, pair_intent
from titan.execution.sagas.legs import Legs, least_lots
from titan.execution.sagas.pair import PairSaga
from titan.execution.sagas.saga import Parts, Past, SagaStep
from titan.model.events import Refused
from titan.model.pair import PairEnd, PairType
from titan.model.signal import Purpose

UNIT = Decimal("0.001")
"""Of the pair: one lot of the perp, 50 USDT."""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four lots of the perp, 315 of the spot (3.15 units) are the least."""
    monkeypatch.setitem(INSTRUMENTS, SPOT.id, replace(SPOT, min_notional=Decimal(150)))
    monkeypatch.setitem(INSTRUMENTS, PERP.id, replace(PERP, min_notional=Decimal(160)))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("spot", "perp"), [(1.0, 0.8), (0.8, 1.0), (0.0, 0.2), (0.2, 0.0), (1.0, 0.9), (0.9, 1.0)]
)
def test_a_residual_below_both_minima_is_traded_away_and_the_wish_is_not_exceeded(
    spot: float, perp: float
) -> None:
    stage = Stage([Answer(share=spot), Answer(share=perp)])
    intent = pair_intent(10, 10)
    _, outcome = stage.pair(intent)
    held, short = net_base(stage.venue, stage.desk.tickets)
    assert outcome.end is not PairEnd.NEEDS_OPERATOR
    assert abs(held + short) < UNIT
    assert Decimal(0) <= held <= 10 * UNIT + UNIT
    assert abs(outcome.residual_lots[0]) * SPOT.lot < UNIT
    refused = [line for line in stage.lines if isinstance(line, Refused)]
    assert len(refused) <= 1  # what the wish lacks then is too small for another clip


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("spot", "perp"), [(1.0, 0.8), (0.8, 1.0)])
def test_an_exit_sells_no_more_coins_than_it_has_at_any_moment(spot: float, perp: float) -> None:
    stage = Stage()
    stage.gate.held = {SPOT.id: 1000, PERP.id: -10}
    stage.venue.answers[:] = [Answer(share=spot), Answer(share=perp)]
    _, outcome = stage.pair(pair_intent(10, 10, Purpose.EXIT))
    coins = Decimal(10) * UNIT
    for ticket in stage.desk.tickets:
        order = ticket.order
        if order.request.instrument == SPOT.id:
            coins += order.filled_lots * SPOT.lot * int(order.request.side)
        assert coins >= 0
    sold, bought = net_base(stage.venue, stage.desk.tickets)
    assert abs(sold + bought) < UNIT
    assert outcome.end is not PairEnd.NEEDS_OPERATOR


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("units", range(4, 40))
def test_no_clip_leaves_a_rest_that_is_too_small(units: int) -> None:
    stage = Stage()
    _, outcome = stage.pair(pair_intent(units, 10))
    clips = [i.lots for _, i in stage.venue.sent if i.instrument == PERP.id]
    assert max(clips) <= 10
    if units not in (11, 12, 13):  # ten and a rest of at least four do not fit
        assert min(clips) >= 4
        assert sum(clips) == units
        assert outcome.end is PairEnd.DONE


@pytest.mark.usefixtures("small")
def test_an_exit_that_cannot_be_split_is_one_clip() -> None:
    stage = Stage()
    stage.gate.held = {SPOT.id: 700, PERP.id: -7}
    _, outcome = stage.pair(pair_intent(7, 6, Purpose.EXIT))
    assert [i.lots for _, i in stage.venue.sent if i.instrument == PERP.id] == [7]
    assert outcome.end is PairEnd.DONE


def test_the_least_is_by_size_and_by_notional() -> None:
    sized = replace(PERP, min_qty=Decimal("0.003"))
    assert least_lots(sized, 500_000) == 3
    assert least_lots(replace(sized, min_notional=Decimal(160)), 500_000) == 4
    assert least_lots(PERP, 0) == 1
    assert Legs(SPOT, sized, UNIT).least_units(5_000_000, 500_000) == 3


@pytest.mark.parametrize("purpose", [Purpose.ENTRY, Purpose.EXIT])
def test_a_pair_in_reverse_sells_spot_first_and_buys_it_back(purpose: Purpose) -> None:
    stage = Stage()
    stage.gate.held = {SPOT.id: -600, PERP.id: 6} if purpose is Purpose.EXIT else {}
    _, outcome = stage.pair(pair_intent(6, 2, purpose, reverse=True, type=PairType.VACUUM))
    sign = -1 if purpose is Purpose.ENTRY else 1
    assert net_base(stage.venue, stage.desk.tickets) == (sign * 6 * UNIT, -sign * 6 * UNIT)
    assert outcome.end is PairEnd.DONE
    assert outcome.units == 6
    assert not any(intent.reduce_only for _, intent in stage.venue.sent)


def test_only_a_pair_that_stands_alone_at_the_venue_reduces_only() -> None:
    stage = Stage()
    stage.gate.held = {SPOT.id: 600, PERP.id: -6}
    stage.pair(pair_intent(6, 6, Purpose.EXIT))
    assert [i.reduce_only for _, i in stage.venue.sent] == [False, True]


def test_the_outcome_says_at_which_basis_it_was_filled() -> None:
    _, outcome = Stage().pair(pair_intent(6, 2))
    assert outcome.basis_bps == 0.0  # the stage fills at its mids, which are equal
    _, nothing = Stage([Answer(reject=True), Answer(reject=True)]).pair(pair_intent(2, 2))
    assert nothing.basis_bps is None


def test_a_repair_that_found_an_empty_book_waits_before_the_next() -> None:
    empty = [Answer(share=0.0)] * 4
    stage = Stage([Answer(), Answer(share=0.5), *empty, Answer()])
    _, outcome = stage.pair(pair_intent(6, 6))
    at = [ns for ns, intent in stage.venue.sent if intent.purpose is Purpose.HEDGE]
    gaps = [after - before for before, after in pairwise(at)]
    assert len(gaps) == 4
    assert gaps == sorted(gaps)
    assert gaps[0] > 200_000_000
    assert sum(gaps) > 3_000_000_000
    assert outcome.end is not PairEnd.NEEDS_OPERATOR


def short_of_coins(stage: Stage, lots: int) -> Parts:
    """The wallet has `lots` of spot at first."""

    def booked(wallet: str, asset: str) -> Decimal:
        assert (wallet, asset) == (f"{SPOT.venue}.spot", SPOT.base)
        return lots * SPOT.lot + net_base(stage.venue, stage.desk.tickets)[0]

    return replace(stage.parts(), booked=booked)


@pytest.mark.usefixtures("small")
def test_an_exit_passes_over_a_few_coins_that_are_not_there() -> None:
    stage = Stage()
    stage.gate.held = {SPOT.id: 985, PERP.id: -10}
    saga = PairSaga(pair_intent(10, 5, Purpose.EXIT), short_of_coins(stage, 985))
    outcome = stage.run(saga.run())
    assert (outcome.end, outcome.units, outcome.residual_lots) == (PairEnd.DONE, 10, (-15, 0))
    assert net_base(stage.venue, stage.desk.tickets) == (-985 * SPOT.lot, 10 * UNIT)


@pytest.mark.usefixtures("small")
def test_after_a_restart_it_still_knows_what_was_not_there() -> None:
    steps = [SagaStep("run-sentinel.BTC-1", "absent", 1, (), 0, "", {"absent": "100"})]
    stage = Stage()
    stage.gate.held = {SPOT.id: 900, PERP.id: -10}
    past = Past(steps=steps)
    saga = PairSaga(pair_intent(10, 10, Purpose.EXIT), short_of_coins(stage, 900), past)
    outcome = stage.run(saga.run())
    assert (outcome.end, outcome.residual_lots) == (PairEnd.DONE, (-100, 0))


@pytest.mark.usefixtures("small")
def test_many_coins_that_are_not_there_are_the_venue_s_to_refuse() -> None:
    stage = Stage([Answer(reject=True)])
    stage.gate.held = {SPOT.id: 1000, PERP.id: -10}
    saga = PairSaga(pair_intent(10, 10, Purpose.EXIT), short_of_coins(stage, 500))
    outcome = stage.run(saga.run())
    assert outcome.end is PairEnd.ABORTED
    assert stage.venue.sent[0][1].lots == 1000


@pytest.mark.parametrize("worth", [None, Decimal("0.9")])
def test_that_basis_is_in_common_terms_where_the_legs_settle_differently(
    worth: Decimal | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(INSTRUMENTS, PERP.id, replace(PERP, quote="USDC"))
    stage = Stage()
    parts = stage.parts()
    parts.worth = lambda wallet, asset: worth if asset == "USDC" else Decimal(1)
    outcome = stage.run(PairSaga(pair_intent(6, 2), parts).run())
    assert outcome.basis_bps == (None if worth is None else -1000.0)


@pytest.mark.parametrize(("kept", "end"), [(600, PairEnd.DONE), (597, PairEnd.DONE), (400, PairEnd.ABORTED)])
def test_an_exit_sells_what_fees_in_the_coin_have_left(kept: int, end: PairEnd) -> None:
    """Of 600 lots that were bought so many are there; an order for more would be refused."""
    stage = Stage()
    stage.gate.held = {SPOT.id: kept, PERP.id: -6}
    parts = stage.parts()
    parts.booked = lambda wallet, asset: Decimal(1)  # other holdings' coins lie in the same wallet
    parts.held = lambda owner, instrument: kept * SPOT.lot + net_base(stage.venue, stage.desk.tickets)[0]
    outcome = stage.run(PairSaga(pair_intent(6, 2, Purpose.EXIT), parts).run())
    assert outcome.end is end
    if end is PairEnd.DONE:
        assert (outcome.units, outcome.residual_lots) == (6, (kept - 600, 0))
        assert net_base(stage.venue, stage.desk.tickets) == (-kept * SPOT.lot, 6 * UNIT)
