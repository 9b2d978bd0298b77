"""Bars, marks and funding as rows: what stands where, and what is left out with its row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titan.market.tape.rows import END, SETTLED, Kind
from titan.model.errors import DataError
from titan.model.instrument import InstrumentKind
from titan.venues.recorded.bars import bars, closes, funding, marks
from titan.venues.recorded.order import in_order
from titan.venues.recorded.series import BadRows, Hints, Listing
from titan.venues.recorded.tables import NO_TIME, Table

BTC = Listing("binance", InstrumentKind.SPOT, "BTC", "USDT")
MINUTE = 60_000_000_000
START = 1_700_000_000 * 1_000_000_000
PATH = Path("BTC_USDT-1m.feather")


def table(rows: list[tuple[float, float, float, float, float]], minutes: list[int] | None = None) -> Table:
    columns = dict(zip(("open", "high", "low", "close", "volume"), np.array(rows, float).T, strict=True))
    at = np.array(minutes if minutes is not None else range(len(rows)), np.int64)
    return Table(START + at * MINUTE, columns, {}, np.arange(1, len(rows) + 1))


UP = (10.0, 13.0, 9.0, 12.0, 8.0)
DOWN = (12.0, 13.0, 9.0, 10.0, 4.0)


def test_a_rising_bar_goes_low_first_and_a_falling_one_high_first() -> None:
    rows = bars(PATH, table([UP, DOWN]), BTC, Hints()).rows
    assert rows.px.tolist() == [10, 9, 13, 12, 12, 13, 9, 10]
    up = [Kind.BAR_OPEN, Kind.BAR_LOW, Kind.BAR_HIGH, Kind.BAR_CLOSE]
    assert rows.kind.tolist() == [*up, Kind.BAR_OPEN, Kind.BAR_HIGH, Kind.BAR_LOW, Kind.BAR_CLOSE]
    assert rows.qty.tolist() == [2.0] * 4 + [1.0] * 4
    assert rows.flags.tolist() == [0, 0, 0, END] * 2
    assert (rows.ts[:4] - START).tolist() == [0, MINUTE // 3, 2 * MINUTE // 3, MINUTE - 1_000_000]
    assert np.array_equal(rows.ts, rows.recv)


def test_a_hole_is_a_gap_before_the_next_bar() -> None:
    series = bars(PATH, table([UP, UP, UP, UP], [0, 1, 4, 5]), BTC, Hints())
    at = np.flatnonzero(series.rows.kind == Kind.GAP)
    assert at.tolist() == [8]
    assert series.rows.ts[8] == series.rows.ts[9] == START + 4 * MINUTE
    assert series.rows.qty[8] == 120.0
    assert series.rows.flags[8] == END
    assert series.interval_ns == MINUTE


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ((np.nan, 13, 9, 12, 8), "not a number"),
        ((10, 13, 9, np.inf, 8), "not a number"),
        ((10, 13, 9, 12, np.nan), "not a number"),
        ((0, 13, 0, 12, 8), "a price of zero or less"),
        ((10, 13, -9, 12, 8), "a price of zero or less"),
        ((10, 9, 13, 12, 8), "the high is below the low"),
        ((10, 13, 11, 12, 8), "open or close outside low and high"),
        ((10, 13, 9, 14, 8), "open or close outside low and high"),
        ((10, 13, 9, 12, -8), "a negative volume"),
    ],
)
def test_a_bad_bar_is_left_out_and_named(bad: tuple[float, ...], reason: str) -> None:
    series = bars(PATH, table([UP, bad, DOWN, UP]), BTC, Hints())  # type: ignore[list-item]
    assert [(b.row, b.reason) for b in series.bad.first] == [(2, reason)]
    assert series.bad.total == 1
    assert (series.rows.kind == Kind.BAR_OPEN).sum() == 3
    assert (series.rows.kind == Kind.GAP).sum() == 1


@pytest.mark.parametrize(
    ("minutes", "bad"),
    [
        ([0, 1, 1, 2], {3: "time appears twice"}),
        ([0, 5, 1, 2], {2: "time lies after that of the row below"}),
        ([5, 1, 2, 3], {1: "time lies after that of the row below"}),
        ([0, 1, 2, 1], {4: "time lies before that of the row above"}),
    ],
)
def test_time_that_does_not_rise_is_left_out(minutes: list[int], bad: dict[int, str]) -> None:
    series = bars(PATH, table([UP] * 4, minutes), BTC, Hints())
    assert {b.row: b.reason for b in series.bad.first} == bad
    assert np.all(np.diff(series.rows.ts) >= 0)


@given(times=st.lists(st.integers(0, 30), max_size=30), strict=st.booleans())
@settings(max_examples=200)
def test_what_is_kept_is_in_order_and_the_rest_is_counted(times: list[int], strict: bool) -> None:
    bad = BadRows("x")
    t = np.array([NO_TIME if v == 0 else v for v in times], np.int64)
    keep = in_order(t, np.ones(len(t), np.bool_), np.arange(len(t)), bad, strict=strict)
    kept = t[keep]
    assert np.all(np.diff(kept) > 0) if strict else np.all(np.diff(kept) >= 0)
    assert bad.total == len(t) - int(keep.sum())
    if sorted(set(times)) == times and 0 not in times:
        assert keep.all()


def test_newest_first_is_turned_round() -> None:
    series = bars(PATH, table([UP, DOWN, UP], [2, 1, 0]), BTC, Hints())
    assert series.bad.total == 0
    assert "newest first" in series.notes[0]
    assert series.rows.ts[0] == START


def test_a_name_that_lies_about_the_interval_is_corrected() -> None:
    series = bars(PATH, table([UP] * 3, [0, 5, 10]), BTC, Hints(), MINUTE)
    assert series.interval_ns == 5 * MINUTE
    assert "its name says bars of 60 s, its rows 300 s" in series.notes[0]


def test_a_window_takes_whole_bars() -> None:
    hints = Hints(start=START + MINUTE, end=START + 3 * MINUTE)
    rows = bars(PATH, table([UP] * 5), BTC, hints).rows
    assert len(rows.ts) == 8
    assert rows.ts[0] == START + MINUTE


def test_nothing_usable_is_an_error_that_names_rows() -> None:
    with pytest.raises(DataError, match=r"none of its 2 rows can be used \(row 1: not a number"):
        bars(PATH, table([(np.nan,) * 5, (np.nan,) * 5]), BTC, Hints())  # type: ignore[list-item]
    with pytest.raises(DataError, match="does not say how long"):
        bars(PATH, table([UP]), BTC, Hints())


def test_a_mark_is_its_open_at_its_open_time() -> None:
    series = marks(PATH, table([UP, (np.nan, 1, 1, 1, 1), DOWN]), BTC, Hints())
    assert series.rows.px.tolist() == [10, 12]
    assert (series.rows.ts - START).tolist() == [0, 2 * MINUTE]
    assert set(series.rows.kind) == {Kind.MARK}
    assert series.bad.first[0].row == 2


def test_funding_keeps_its_stamp_and_rounds_the_settlement() -> None:
    hour = 8 * 60 * MINUTE
    late = np.array([0, hour + 3_000_000, 2 * hour + 16_000_000]) + START
    made = Table(late, {"open": np.array([1e-4, -2e-4, 3.0])}, {}, np.arange(1, 4))
    series = funding(PATH, made, BTC, Hints())
    assert series.rows.px.tolist() == [1e-4, -2e-4]
    assert series.rows.ts.tolist() == late[:2].tolist()
    assert series.rows.qty.tolist() == [START / 1e6, (START + hour) / 1e6]
    assert set(series.rows.flags) == {END | SETTLED}
    assert series.interval_ns == hour
    assert series.bad.first[0].reason == "no rate between -1 and 1"


def test_closes_are_closes_only() -> None:
    made = Table(np.array([START, START + MINUTE]), {"close": np.array([1.5, 1.6])}, {}, np.arange(1, 3))
    series = closes(PATH, made, BTC, Hints())
    assert set(series.rows.kind) == {Kind.BAR_CLOSE}
    assert "closing prices only" in series.notes[-1]
