"""Each check finds what it is for, says where, and is quiet on good rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.market.tape.making import instrument, trades
from titan.market.tape.latency import LatencySketch
from titan.market.tape.rows import END, Kind, Rows, empty, take
from titan.market.tape.validate import CHECKS, Quality, Validator

BTC = instrument()
ETH = instrument("ETHUSDT")


def check(rows: Rows, *, block: int = 7, interval: int = 0) -> Quality:
    validator = Validator((BTC, ETH), {BTC.id: interval} if interval else {})
    for at in range(0, len(rows.ts), block):
        validator.feed(take(rows, slice(at, at + block)))
    return validator.result()


def spoil(column: str, row: int, value: float) -> Callable[[Rows], None]:
    def do(rows: Rows) -> None:
        getattr(rows, column)[row] = value

    return do


@pytest.mark.parametrize(
    ("name", "do", "row"),
    [
        ("unsorted", spoil("ts", 14, -3), 14),
        ("not_finite", spoil("px", 9, np.nan), 9),
        ("not_finite", spoil("qty", 9, -np.inf), 9),
        ("price_not_positive", spoil("px", 4, 0.0), 4),
        ("price_not_positive", spoil("px", 4, -1.0), 4),
        ("qty_negative", spoil("qty", 20, -0.5), 20),
        ("kind_unknown", spoil("kind", 3, 77), 3),
        ("kind_unknown", spoil("kind", 3, 0), 3),
        ("instrument_unknown", spoil("inst", 8, 2), 8),
        ("side_wrong", spoil("side", 8, -2), 8),
        ("off_grid", spoil("px", 21, 1.005), 21),
        ("clock_skew", spoil("recv", 29, -100), 29),
        ("gaps", spoil("kind", 13, Kind.GAP), 13),
    ],
)
def test_each_check_finds_its_row(name: str, do: Callable[[Rows], None], row: int) -> None:
    rows = trades(30)
    assert check(rows).clean
    do(rows)
    found = [f for f in check(rows).findings if f.check == name]
    assert [f.rows for f in found] == [(row,)]
    assert check(rows).count(name) == 1


def test_funding_may_be_negative_and_off_grid() -> None:
    rows = trades(3)
    rows.kind[:] = Kind.FUNDING
    rows.px[:] = -0.00012345
    assert check(rows).clean


@given(
    seed=st.integers(0, 10_000), block=st.integers(1, 40), spoiled=st.lists(st.integers(0, 29), max_size=8)
)
@settings(max_examples=100, deadline=None)
def test_the_result_does_not_depend_on_the_blocks(seed: int, block: int, spoiled: list[int]) -> None:
    rows = trades(30, seed=seed)
    rng = np.random.default_rng(seed)
    for row in spoiled:
        spoil(*[("ts", row, 0), ("px", row, np.nan), ("side", row, 5), ("kind", row, 99)][rng.integers(4)])(
            rows
        )
    whole = check(rows, block=1000)
    assert check(rows, block=block) == whole
    assert {f.check for f in whole.findings} <= set(CHECKS)


def test_crossed_quotes_are_found_across_blocks() -> None:
    rows = empty(4)
    rows.ts[:] = rows.recv[:] = [1, 1, 2, 2]
    rows.kind[:] = Kind.BBO
    rows.side[:] = [1, -1, 1, -1]
    rows.flags[1::2] = END
    rows.px[:] = [10.0, 10.0, 10.02, 10.01]
    for block in (1, 2, 3, 4):
        found = check(rows, block=block).findings
        assert [(f.check, f.count, f.rows) for f in found] == [("crossed", 1, (3,))]


def test_holes_between_bars_are_counted_in_bars() -> None:
    rows = empty(5)
    rows.ts[:] = rows.recv[:] = np.array([0, 1, 2, 5, 6]) * 60 + 1000
    rows.kind[:] = Kind.BAR_OPEN
    rows.px[:] = 1.0
    found = check(rows, block=2, interval=60).findings
    assert [(f.check, f.instrument, f.count, f.rows) for f in found] == [("bars_missing", BTC.id, 2, (3,))]


def test_latency_of_stamped_rows_only() -> None:
    rows = trades(100)
    rows.recv[:] = rows.ts + np.arange(100) - 1
    quality = check(rows)
    assert quality.latency_rows == 99  # one row has recv == ts: no stamp
    assert quality.latency_min_ns == -1
    assert quality.latency_median_ns == 49
    assert quality.count("clock_skew") == 1


def test_latency_sketch_stays_small_and_close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("titan.market.tape.latency._MOST", 1000)
    sketch = LatencySketch()
    values = np.random.default_rng(1).permutation(100_000)
    for at in range(0, 100_000, 777):
        sketch.add(values[at : at + 777])
    assert sketch.count == 100_000
    assert sketch.minimum == 0
    assert abs(sketch.quantile(0.5) - 50_000) < 5_000
    assert sum(len(k) for k in sketch._kept) <= 1000
