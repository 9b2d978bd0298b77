"""Queue position by example: what each model makes of the same cancellations and trades."""

from __future__ import annotations

import math

import pytest

from tests.simulation.scenes import BUY, GTC, LIMIT, NOW, SELL, book, exchange, heard, touch, trade
from titan.simulation.models import Models
from titan.simulation.records import FILL, UNSEEN

START = book(10, 0, [(100.0, 0.040)], [(101.0, 0.040)])


def joined(tape, queue="risk_averse", lots=20):
    """An exchange at which we joined the bid at 100.0 at time 20, then lived through the tape."""
    venue = exchange(tape, models=Models(latency=NOW, margin="none", queue=queue))
    heard(venue, 20)
    venue.submit(1, 0, BUY, LIMIT, GTC, lots, 1000, 0, False, 20)
    fills = [(r[8], r[6], r[7], r[5]) for r in heard(venue) if r[2] == FILL]
    front = float(venue.state.resting[0]["front"]) if venue.state.core[0]["resting"] else None
    return fills, front


@pytest.mark.parametrize("queue", ["risk_averse", "power", "logarithm"])
def test_cancellations_advance_as_each_model_says(queue):
    grows_then_shrinks = book(30, 0, [(100.0, 0.120)], []) + book(40, 0, [(100.0, 0.060)], [])
    _, front = joined(START + grows_then_shrinks, queue)
    share = {
        "risk_averse": 1.0,
        "power": 80**3 / (80**3 + 40**3),
        "logarithm": math.log(81) / (math.log(81) + math.log(41)),
    }[queue]
    assert front == pytest.approx(0.040 - 0.060 * (1 - share))


@pytest.mark.parametrize("queue", ["risk_averse", "power", "logarithm"])
def test_what_is_left_of_the_level_bounds_the_queue(queue):
    _, front = joined(START + book(30, 0, [(100.0, 0.015)], []), queue)
    assert front == pytest.approx(0.015)


def test_a_trade_is_not_counted_again_as_a_cancellation():
    tape = START + book(30, 0, [(100.0, 0.100)], []) + trade(40, 0, SELL, 100.0, 0.030)
    _, front = joined(tape + book(41, 0, [(100.0, 0.070)], []), "power")
    assert front == pytest.approx(0.010)


def test_trades_at_the_price_work_off_the_queue_and_the_overflow_fills():
    tape = (
        START
        + trade(30, 0, SELL, 100.0, 0.030)
        + trade(40, 0, BUY, 100.0, 9.0)
        + trade(50, 0, SELL, 100.0, 0.015)
    )
    assert joined(tape) == ([(50, 1000, 5, 1)], 0.0)


def test_a_trade_through_the_price_fills_by_its_size_at_our_price():
    assert joined(START + trade(30, 0, SELL, 99.9, 0.008))[0] == [(30, 1000, 8, 1)]


def test_the_opposite_touch_fills_by_its_displayed_size():
    tape = START + book(30, 0, [(100.0, 0.0)], [(99.8, 0.006), (100.0, 0.003), (100.1, 1.0)])
    assert joined(tape)[0] == [(30, 1000, 6, 1), (30, 1000, 3, 1)]


def test_nobody_is_ahead_of_an_order_better_than_the_touch():
    tape = START + book(30, 0, [(100.0, 0.0), (99.0, 1.0)], []) + trade(40, 0, SELL, 100.0, 0.007)
    assert joined(tape)[0] == [(40, 1000, 7, 1)]


def test_behind_a_bare_touch_the_queue_is_unknown_until_it_comes():
    hidden = touch(10, 0, 100.2, 0.010, 100.4, 0.010)
    assert joined(hidden)[1] == UNSEEN
    assert joined(hidden + touch(30, 0, 100.0, 0.050, 100.4, 0.010))[1] == pytest.approx(0.050)
    assert joined(hidden + trade(30, 0, SELL, 99.9, 0.004))[0] == [(30, 1000, 4, 1)]
