"""What a venue's broken numbers and times may do to what comes after them: nothing for long."""

from __future__ import annotations

from titan.market.tape.rows import ESTIMATED, Kind
from titan.model.instrument import InstrumentKind
from titan.venues.ahead import Latest
from titan.venues.bars import Bar, Bars
from titan.venues.batch import Batch
from titan.venues.depth import Depth, Update
from titan.venues.marks import Marks
from titan.venues.sink import NO_TS
from titan.venues.stream import Market
from titan.venues.tally import Tally

NS = 1_700_000_000_000_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
YEARS = 10**9 * SECOND


def test_younger_older_and_the_same_again() -> None:
    latest = Latest()
    said = [latest.place(NS + ts, NS, n) for ts, n in ((5, 1), (5, 1), (5, 2), (4, 9), (6, 0))]
    assert said == [1, 0, 1, -1, 1]


def test_a_time_far_ahead_is_forgotten_with_the_next_message() -> None:
    latest = Latest()
    assert latest.place(NS, NS) == 1
    assert latest.place(NS + YEARS, NS) == 1
    assert latest.place(NS - 1, NS) == -1, "older than what was before it"
    assert latest.place(NS + 1, NS + 1) == 1
    assert latest.place(NS, NS + 1) == -1


def test_a_long_silence_explains_a_jump() -> None:
    latest = Latest()
    assert latest.place(NS, NS) == 1
    assert latest.place(NS + YEARS, NS + YEARS) == 1
    assert latest.place(NS + 1, NS + YEARS) == -1


def test_the_first_time_of_all_is_given_up_when_all_others_are_older() -> None:
    latest = Latest(patience=3)
    assert latest.place(NS + YEARS, NS) == 1
    assert [latest.place(NS + n, NS) for n in range(6)] == [-1, -1, -1, 1, 1, 1]


def test_one_mark_of_the_future_silences_none() -> None:
    batch, tally = Batch(), Tally()
    marks = Marks(batch, tally)
    for ts in (NS, NS + YEARS, NS + SECOND, NS + 2 * SECOND):
        marks.say(0, [(Kind.MARK, 0, 1.5, 0.0)], ts, NS + SECOND, 1)
    assert len(batch.take().ts) == 4


def test_one_bar_of_the_future_silences_none() -> None:
    batch = Batch()
    bars = Bars(batch)
    for start in (NS, NS + MINUTE, NS + YEARS, NS + 2 * MINUTE, NS + 3 * MINUTE):
        bars.whole(0, Bar(start, 1.0, 2.0, 0.5, 1.5, 4.0), start if start < NS + YEARS else NS + MINUTE, 1)
    assert (batch.take().kind == Kind.BAR_CLOSE).sum() == 5


def test_rows_of_the_future_stand_where_they_were_received() -> None:
    batch = Batch()
    batch.trade(0, NS, NS, NS + 7, 1, 1, 1.0, 1.0)
    batch.trade(0, NS + YEARS, NS + YEARS, NS + SECOND, 1, 1, 1.0, 1.0)
    batch.quote(0, NS + YEARS, 0, NS + SECOND, 1, 1.0, 1.0, 2.0, 1.0)
    batch.quote(0, NO_TS, 0, NS + SECOND, 1, 1.0, 1.0, 2.0, 1.0)
    rows = batch.take()
    assert rows.ts.tolist() == [NS] + [NS + SECOND - 7] * 5
    assert (rows.flags[1:] & ESTIMATED).all()
    assert batch.latency_ns(1) == 7


def test_an_update_far_ahead_that_waited_for_the_snapshot_is_left_out() -> None:
    batch, tally = Batch(), Tally()
    depth = Depth(Market(0, "X", InstrumentKind.SPOT), batch, tally, lambda: None)
    depth.update(Update(101, 60_000_000, NS, NS, NS, 1, [(9.0, 9.0)], []))
    depth.update(Update(101, 110, NS, NS, NS, 1, [(1.0, 1.0)], []))
    depth._ahead.newest = -1  # as after a gap
    depth.snapshot(100, NS, NS, 0, [(3.0, 3.0)], [])
    depth.update(Update(111, 112, NS, NS, NS, 1, [(2.0, 2.0)], []))
    rows = batch.take()
    assert rows.px[rows.kind == Kind.LEVEL].tolist() == [3.0, 1.0, 2.0]
    assert tally.noticed["updates too far ahead"] == 1
    assert depth.version == 112
