"""Slices, gaps, caps and the deadline of a TWAP; and the transfer and late fills beside it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.crash.market import START
from tests.crash.venue import Manners
from tests.crash.wire import NS
from tests.execution.sagas.told import MID, Story, limit, pair, twap
from titan.model.events import Submitted
from titan.model.late import UndoIntent
from titan.model.order import OrderState
from titan.model.pair import PairEnd, PairIntent, TransferIntent
from titan.model.signal import Purpose
from titan.model.twap import TwapIntent


def test_slices_leave_with_gaps_within_the_range() -> None:
    story = Story(twap())
    assert [o.lots for o in story.orders("slice")] == [4, 4, 2]
    assert story.outcome.end is PairEnd.DONE
    times = [s.local_ns for s in story.took("slice")]
    assert all(30 * NS <= b - a <= 91 * NS for a, b in pairwise(times))


def test_slippage_against_arrival_ends_it() -> None:
    story = Story(twap(), (0, MID), (20, MID + 2000))
    assert story.outcome.end is PairEnd.ABORTED
    assert story.outcome.lots == 4
    assert "arrival" in story.outcome.reason


def test_no_slice_begins_after_the_deadline() -> None:
    story = Story(twap(deadline_ns=START + 20 * NS))
    assert (story.outcome.reason, story.outcome.lots) == ("the deadline passed", 4)


def test_a_restart_ends_an_entry_and_an_exit_goes_on_against_the_first_price() -> None:
    entry = Story(twap(), kill_at=[5])
    assert entry.outcome.reason == "restarted"
    exit_ = Story(twap(purpose=Purpose.EXIT), kill_at=[5])
    assert exit_.outcome.end is PairEnd.DONE
    assert exit_.outcome.lots == 10
    capped = Story(twap(purpose=Purpose.EXIT), (0, MID), (30, MID + 2000), kill_at=[6])
    assert "arrival" in capped.outcome.reason
    names = [o.id for o in exit_.orders("slice")]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("kill_at", range(3, 12))
def test_after_a_restart_slices_keep_their_gaps(kill_at: int) -> None:
    story = Story(twap(purpose=Purpose.EXIT), kill_at=[kill_at])
    assert story.outcome.lots == 10
    times = [e.local_ns for e in story.entries if isinstance(e, Submitted) and e.intent.saga]
    assert len(times) >= 3
    assert all(b - a >= 30 * NS for a, b in pairwise(times))


@pytest.mark.parametrize("wish", [twap(), pair()])
def test_a_halt_is_heard_within_a_gap(wish: TwapIntent | PairIntent) -> None:
    story = Story(wish, halts_s=8.0)
    assert story.outcome.reason == "halted"
    assert story.outcome.at_ns < START + 12 * NS


def test_a_fill_after_the_end_is_traded_back() -> None:
    found = 0
    for lots in range(5, 12):
        story = Story(limit(lots=lots, patience_ns=5 * NS), manners=Manners(late=1.0))
        undone = [e for e in story.entries if isinstance(e, UndoIntent)]
        found += len(undone)
        assert story.world.process.ledger.position("okx.perp.BTCUSDT").lots == story.outcome.lots
    assert found


def test_money_is_moved_once_and_booked_once() -> None:
    wish = TransferIntent("w", "crash", "USDT", "binance.spot", "binance.perp", "12.5", "split", 60 * NS)
    story = Story(wish, kill_at=[2])
    assert story.outcome.end is not PairEnd.NEEDS_OPERATOR
    assert sum(story.world.venue.moves.values()) == (story.outcome.end is PairEnd.DONE)
    assert all(t.order.state is not OrderState.UNKNOWN for t in story.world.process.desk.tickets)
