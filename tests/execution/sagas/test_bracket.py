"""AUT-7: a stop and three targets at 1.5, 2, 3 and 4 ATR; break-even after the first, then a trail."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.crash.market import INSTRUMENTS, PERP
from tests.crash.venue import ModelVenue
from tests.execution.sagas.told import MID, Story, bracket
from titan.execution.gatekeeper import Gatekeeper
from titan.model.bracket import Target
from titan.model.events import Refused
from titan.model.order import OrderType, Side
from titan.model.pair import PairEnd
from titan.model.signal import Intent
from titan.risk.decision import Reason, refuse
from titan.risk.gates import Approved, Refuse

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


@pytest.mark.parametrize(
    ("lots", "closes"), [(10, [5, 5]), (5, [5]), (2, [2])]
)  # three lots are the least that is taken
def test_no_target_and_no_rest_is_too_small_for_the_venue(
    lots: int, closes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    least = Decimal(120) if lots > 2 else Decimal(80)
    monkeypatch.setitem(INSTRUMENTS, PERP.id, replace(PERP, min_notional=least))
    story = Story(bracket(lots=lots), (0, MID), (10, MID + 2100), (20, MID + 3100), (30, MID + 4100))
    assert [o.lots for o in story.orders("target")] == closes
    assert story.outcome.end is PairEnd.DONE
    assert not [e for e in story.entries if isinstance(e, Refused)]


def test_a_target_that_is_refused_leaves_the_stop_standing(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = Gatekeeper.__call__

    def refusing(self: Gatekeeper, intent: Intent) -> Approved | Refuse:
        return refuse("doors", Reason.CLOSED) if intent.id.endswith("-target") else judge(self, intent)

    monkeypatch.setattr(Gatekeeper, "__call__", refusing)
    story = Story(bracket(), (0, MID), (10, MID + 2100), (20, MID - 1600))
    assert story.outcome.reason == "stop filled"
    assert [o.lots for o in story.orders("stop")] == [10, 10]
    assert len([e for e in story.entries if isinstance(e, Refused)]) == 1


def test_a_venue_that_takes_no_stop_is_asked_three_times_and_the_operator_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accept = ModelVenue.accept

    def refusing(self: ModelVenue, client_id: str, intent: Intent) -> None:
        if intent.type is OrderType.STOP:
            self.manners.reject = 1.0
        accept(self, client_id, intent)
        self.manners.reject = 0.0

    monkeypatch.setattr(ModelVenue, "accept", refusing)
    story = Story(bracket(), (0, MID), (10, MID + 600), (20, MID - 1600))
    assert len(story.orders("stop")) == 3
    assert len(story.took("in doubt")) == 1
    assert story.outcome.reason == "stop"


def test_targets_that_sum_to_more_than_all_close_all_and_no_more() -> None:
    more = (Target(2.0, 0.7), Target(3.0, 0.7), Target(4.0, 0.7))
    story = Story(bracket(targets=more), (0, MID), (10, MID + 2100), (20, MID + 3100))
    assert [o.lots for o in story.orders("target")] == [7, 3]
    assert story.outcome.end is PairEnd.DONE


@pytest.mark.parametrize("kill_at", range(2, 30, 3))
def test_after_a_restart_it_goes_on_protecting(kill_at: int) -> None:
    story = Story(
        bracket(), (0, MID), (10, MID + 2100), (60, MID + 2800), (120, MID + 1000), kill_at=[kill_at]
    )
    assert story.outcome.end in (PairEnd.DONE, PairEnd.ABORTED)
