"""The small parts under the page: cents that add up, rows that keep the extremes, packing that reads back."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan.report import funnel, history, waterfall, words
from titan.report.documents import ReportDocument, RunDocument, Stage, Tape
from titan.report.pack import packed, packed_time, script_json
from titan.report.thin import extremes

CENT = Decimal("0.01")
AMOUNTS = st.decimals(min_value=-(10**7), max_value=10**7, places=8)


@given(st.lists(AMOUNTS, min_size=1, max_size=8))
def test_rounded_parts_add_up_and_none_moves_by_a_cent(values: list[Decimal]) -> None:
    total = sum(values, Decimal(0)).quantize(CENT)
    shown = waterfall.rounded_to_sum(values, total)
    assert sum(shown) == total
    assert all(abs(a - b) < CENT for a, b in zip(shown, values))


def steps_of(pnl: dict[str, Any], end: str) -> list[waterfall.Step]:
    return waterfall.steps(ReportDocument(run_hash="h", nav_start="1000", nav_end=end, pnl=pnl))


def test_a_gap_between_sources_and_nav_is_shown_and_not_hidden() -> None:
    found = steps_of({"funding": "10", "fees": "-4"}, "1007")
    assert [(step.key, step.value) for step in found][-2:] == [
        ("unexplained", Decimal(1)),
        ("total", Decimal(7)),
    ]
    assert "unexplained" not in {step.key for step in steps_of({"funding": "10", "fees": "-4"}, "1006.004")}


@given(st.lists(AMOUNTS, min_size=5, max_size=5))
def test_every_bar_lies_inside_the_track_and_begins_where_the_last_one_ended(values: list[Decimal]) -> None:
    names = ("funding", "basis", "fees", "slippage", "transfers")
    found = steps_of({n: str(v) for n, v in zip(names, values)}, str(1000 + sum(values, Decimal(0))))
    assert all(step.left >= -0.01 and step.left + step.width <= 100.01 for step in found)
    for step, after in pairwise(found[:-1]):
        end = step.left + step.width if step.value >= 0 else step.left
        begin = after.left if after.value >= 0 else after.left + after.width
        assert abs(end - begin) < 1e-2


@given(st.integers(1, 5000), st.integers(10, 300), st.integers(0, 2**32 - 1))
def test_thinning_keeps_the_ends_and_the_extremes(count: int, most: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    series = [rng.normal(size=count), rng.normal(size=count)]
    series[0][rng.random(count) < 0.1] = np.nan
    rows = extremes(series, most)
    assert len(rows) <= max(most, 6)
    assert (np.diff(rows) > 0).all()
    assert rows[0] == 0
    assert rows[-1] == count - 1
    for values in series:
        if not np.isnan(values).all():
            assert np.nanmax(values[rows]) == np.nanmax(values)
            assert np.nanmin(values[rows]) == np.nanmin(values)


def read(column: dict[str, Any], kind: str) -> np.ndarray:
    assert column["kind"] == kind
    return np.frombuffer(
        base64.b64decode(column["data"]), dtype={"u4": "<u4", "i2": "<i2", "f4": "<f4", "f8": "<f8"}[kind]
    )


@pytest.mark.parametrize("reach_s", [1, 420, 86_400 * 30, 86_400 * 243, 86_400 * 3650])
def test_times_read_back_to_a_fraction_of_a_pixel(reach_s: int) -> None:
    start = 1_704_067_200_123_456_789
    ts = start + np.linspace(0, reach_s * 1e9, 1000).astype(np.int64)
    column = packed_time(ts)
    back = float(column["start"]) + read(column, "u4") * float(column["unit"])
    assert np.abs(back - ts / 1e9).max() <= reach_s / 1e6


def test_columns_read_back() -> None:
    values = np.array([0.0, -12.345, np.nan, 299.99])
    small = read(packed(values, 0.01), "i2")
    assert small.tolist() == [0, -1234, -32768, 29999]
    large = read(packed(values * 10, 0.01), "f4")
    np.testing.assert_allclose(large, values * 10, rtol=1e-6)
    np.testing.assert_array_equal(read(packed(values, exact=True), "f8"), values)


@given(st.text())
def test_script_data_cannot_end_its_element_and_reads_back(text: str) -> None:
    encoded = script_json({"name": text + "</script><!--\u2028"})
    assert not set("<>&\u2028\u2029") & set(encoded)
    assert json.loads(encoded)["name"] == text + "</script><!--\u2028"


@pytest.mark.parametrize(
    ("value", "digits", "sign", "text"),
    [
        (1204.306, 2, True, "+1,204.31"),
        (-0.004, 2, True, "0.00"),
        (-1234567.8, 0, False, "\u22121,234,568"),
        (None, 2, False, "\u2013"),
        (float("nan"), 2, False, "\u2013"),
    ],
)
def test_numbers(value: float | None, digits: int, sign: bool, text: str) -> None:
    assert words.number(value, digits, sign=sign) == text


def test_a_small_percentage_keeps_its_first_figure() -> None:
    assert words.percent(0.012) == "1.20 %"
    assert words.percent(-0.0000031) == "\u22120.0003 %"
    assert words.percent(0) == "0.00 %"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(243 * 86_400, "243 days"), (420, "7 minutes"), (90, "90 seconds"), (86_400, "24 hours")],
)
def test_spans(seconds: float, text: str) -> None:
    assert words.span(seconds) == text


def test_drawdowns_are_found_with_their_ends() -> None:
    nav = np.array([100, 101, 99, 98, 101, 102, 90, 95.0])
    ts = np.arange(len(nav), dtype=np.int64) * 10**9
    found = history.drawdowns({"ts": ts, "drawdown": nav / np.maximum.accumulate(nav) - 1})
    assert [(e.start_ns, e.trough_ns, e.end_ns) for e in found] == [
        (5 * 10**9, 6 * 10**9, None),
        (1 * 10**9, 3 * 10**9, 4 * 10**9),
    ]
    assert found[0].depth == pytest.approx(90 / 102 - 1)
    assert found[0].seconds == 2


def test_the_calendar_has_every_day_and_its_months_add_up() -> None:
    days = np.array(["2024-01-30", "2024-01-31", "2024-03-01"])
    months = history.calendar({"day": days, "pnl": np.array([1.0, -2.0, 4.0])})
    assert [(m.first.month, m.begins, len(m.days), m.blanks, m.pnl) for m in months] == [
        (1, 29, 3, 0, -1),
        (2, 1, 4, 3, 0),
        (3, 1, 3, 4, 4),
    ]
    assert [cell.heat for month in months for cell in month.days if cell] == [2, -3, 4]


def run_with(funnel: list[Stage]) -> RunDocument:
    tape = Tape(path="t", fingerprint="f", rows=1, start_ns=0, end_ns=1)
    return RunDocument(schema=1, run_hash="h", run_id="r", strategy="s", tape=tape, funnel=funnel)


def test_two_ways_to_a_trade_are_not_compared_with_one_another() -> None:
    stages = [Stage("samples", 1000), Stage("opened", 10), Stage("settlements", 50), Stage("held", 5)]
    assert [(bar.kept, bar.first) for bar in funnel.bars(run_with(stages))] == [
        ("", True), ("1.0 %", False), ("", True), ("10.0 %", False)
    ]  # fmt: skip
    named = [Stage("samples", 10, path="a"), Stage("opened", 8, path="a"), Stage("settlements", 5, path="b")]
    assert [bar.first for bar in funnel.bars(run_with(named))] == [True, False, True]


def test_sentinels_second_way_is_known_by_its_first_stage() -> None:
    stages = [
        Stage("basis samples", 100),
        Stage("opened", 6),
        Stage("funding settlements", 3),
        Stage("held", 1),
    ]
    assert [bar.first for bar in funnel.bars(run_with(stages))] == [True, False, True, False]
