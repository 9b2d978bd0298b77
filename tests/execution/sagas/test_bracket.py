"""AUT-7: a stop and three targets at 1.5, 2, 3 and 4 ATR; break-even after the first, then a trail."""

from __future__ import annotations

import pytest

from tests.execution.sagas.told import MID, Story, bracket
from titan.model.order import OrderType, Side
from titan.model.pair import PairEnd

ENTRY = MID + 5
"""The ask at the start."""


def test_the_stop_stands_one_and_a_half_atr_below_for_all_that_is_open() -> None:
    story = Story(bracket(), (0, MID), (10, MID - 1600))
    (stop,) = story.orders("stop")
    assert (stop.type, stop.lots, stop.stop_ticks) == (OrderType.STOP, 10, ENTRY - 1500)
    assert stop.reduce_only
    assert story.outcome.reason == "stop filled"
    assert story.outcome.value < 0


def test_three_targets_close_half_three_tenths_and_the_rest() -> None:
    story = Story(bracket(), (0, MID), (10, MID + 2100), (20, MID + 3100), (30, MID + 4100))
    assert [o.lots for o in story.orders("target")] == [5, 3, 2]
    assert story.outcome.end is PairEnd.DONE
    assert story.outcome.value > 0
    assert not story.world.venue.lots["okx.perp.BTCUSDT"]


def test_after_the_first_target_the_stop_is_at_break_even_plus_fees_or_better_and_trails() -> None:
    story = Story(bracket(), (0, MID), (10, MID + 2100), (20, MID + 2800), (30, MID + 1000))
    stops = [o.stop_ticks for o in story.orders("stop")]
    fees = ENTRY * 2 * 0.0005
    assert stops[0] == ENTRY - 1500
    assert all(level >= ENTRY + fees for level in stops[2:])
    assert max(stops) == MID + 2800 - 5 - 1500
    assert stops == sorted(stops)
    assert story.orders("stop")[-1].lots == 5


def test_without_stops_at_the_venue_it_is_watched_here_and_said_so() -> None:
    story = Story(bracket(venue_stops=False), (0, MID), (10, MID - 1600))
    assert not story.orders("stop")
    assert story.took("watched")
    assert story.outcome.reason == "stop"
    assert sum(o.lots for o in story.orders("close")) == 10


def test_a_short_is_the_mirror_of_a_long() -> None:
    story = Story(bracket(side=Side.SELL), (0, MID), (10, MID - 2100), (20, MID - 3100), (30, MID - 4100))
    assert [o.lots for o in story.orders("target")] == [5, 3, 2]
    assert story.orders("stop")[0].stop_ticks == MID - 5 + 1500


def test_at_its_time_what_is_left_is_closed() -> None:
    story = Story(bracket(deadline_ns=1_700_000_020_000_000_000))
    assert story.outcome.reason == "the deadline passed"


@pytest.mark.parametrize("lots", [1, 2, 3])
def test_small_positions_pass_over_targets_without_a_share(lots: int) -> None:
    story = Story(bracket(lots=lots), (0, MID), (10, MID + 2100), (20, MID + 3100), (30, MID + 4100))
    assert sum(o.lots for o in story.orders("target")) == lots
    assert story.outcome.end is PairEnd.DONE


@pytest.mark.parametrize("kill_at", range(2, 30, 3))
def test_after_a_restart_it_goes_on_protecting(kill_at: int) -> None:
    story = Story(
        bracket(), (0, MID), (10, MID + 2100), (60, MID + 2800), (120, MID + 1000), kill_at=[kill_at]
    )
    assert story.outcome.end in (PairEnd.DONE, PairEnd.ABORTED)
