"""AUT-6: rest, replace at most once, convert only where that is allowed."""

from __future__ import annotations

from tests.execution.sagas.told import MID, Story, limit
from titan.model.order import OrderType, TimeInForce
from titan.model.pair import PairEnd
from titan.model.signal import Purpose


def test_it_rests_post_only_and_is_filled_when_the_market_comes() -> None:
    story = Story(limit(), (0, MID), (5, MID - 20))
    assert story.outcome.end is PairEnd.DONE
    assert story.outcome.lots == 10
    (order,) = story.orders("rest")
    assert (order.type, order.tif, order.limit_ticks) == (OrderType.LIMIT, TimeInForce.POST_ONLY, MID - 5)


def test_drift_replaces_it_once_at_the_touch_and_not_again() -> None:
    story = Story(limit(patience_ns=60_000_000_000), (0, MID), (5, MID + 300), (10, MID + 600))
    first, second = story.orders("rest")
    assert second.limit_ticks == MID + 295
    assert first.lots == second.lots == 10
    assert story.outcome.end is PairEnd.ABORTED
    assert story.outcome.reason == "patience is over"
    assert len(story.took("rest")) == 2


def test_a_replacement_never_leaves_the_cap() -> None:
    story = Story(limit(cap_bps=3.0), (0, MID), (5, MID + 2000))
    assert story.orders("rest")[1].limit_ticks == round(MID * 1.0003)


def test_what_is_left_is_taken_when_patience_is_over_and_the_wish_allows() -> None:
    story = Story(limit(convert=True), (0, MID), (5, MID + 300))
    assert story.outcome.end is PairEnd.DONE
    (taken,) = story.orders("convert")
    assert taken.tif is TimeInForce.IOC
    assert taken.limit_ticks == round(MID * 1.002)


def test_no_conversion_beyond_the_cap() -> None:
    story = Story(limit(convert=True, cap_bps=3.0), (0, MID), (5, MID + 2000))
    assert not story.orders("convert")
    assert story.outcome.end is PairEnd.ABORTED
    assert "beyond the cap" in story.outcome.reason


def test_an_entry_ends_after_a_restart_and_an_exit_keeps_its_order() -> None:
    entry = Story(limit(), (0, MID), (20, MID - 20), kill_at=[4])
    assert (entry.outcome.end, entry.outcome.reason) == (PairEnd.ABORTED, "restarted")
    exit_ = Story(limit(purpose=Purpose.EXIT), (0, MID), (20, MID - 20), kill_at=[4])
    assert exit_.outcome.end is PairEnd.DONE
    assert len(exit_.orders("rest")) == 1
