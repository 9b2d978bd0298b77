"""What is played of a tape whose series begin and end apart: never a hedge with one leg unpriced."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan.market.tape.rows import Kind, empty
from titan.model.errors import ConfigError
from titan.runtime import coverage as module
from titan.runtime.coverage import LEAD_NS, SLACK_NS, Coverage, Span
from titan.simulation.market.instruments import simulated_pairs
from titan.strategies.sentinel.params import Pair, find_pairs

DAY = 86_400_000_000_000
PAIRS = find_pairs(simulated_pairs(["BTC", "ETH"]))


def span_of(coverage: Coverage, pairs: list[Pair]) -> Span:
    bounds = int(coverage.first.min()), int(coverage.last.max())
    return module.span_of(coverage, pairs, bounds)


def covered(*ranges: tuple[int, int]) -> Coverage:
    coverage = Coverage(len(ranges))
    for inst, (first, last) in enumerate(ranges):
        rows = empty(2)
        rows.ts[:] = first, last
        rows.inst[:], rows.kind[:] = inst, Kind.BBO
        coverage.add(rows)
    return coverage


def test_series_that_run_together_are_played_whole_and_closed_by_nobody() -> None:
    span = span_of(covered(*[(0, 30 * DAY)] * 4), PAIRS)
    assert (span.start_ns, span.end_ns) == (0, 30 * DAY)
    assert set(span.closing_ns.values()) == {None}


def test_what_only_one_leg_knows_is_not_played() -> None:
    span = span_of(covered((0, 90 * DAY), (5 * DAY, 35 * DAY), (0, 90 * DAY), (5 * DAY, 35 * DAY)), PAIRS)
    assert (span.start_ns, span.end_ns) == (5 * DAY, 35 * DAY)
    assert set(span.closing_ns.values()) == {None}


def test_a_pair_whose_data_end_early_is_closed_before_they_do() -> None:
    span = span_of(covered((0, 30 * DAY), (0, 30 * DAY), (0, 30 * DAY), (0, 20 * DAY)), PAIRS)
    assert span.end_ns == 30 * DAY
    assert span.closing_ns == {"BTC": None, "ETH": 20 * DAY - LEAD_NS}


def test_a_row_without_a_price_covers_nothing() -> None:
    coverage = covered((0, 9), (0, 9), (0, 9), (0, 9))
    rows = empty(1)
    rows.ts[:], rows.kind[:] = 99, Kind.FUNDING
    coverage.add(rows)
    assert coverage.last.tolist() == [9, 9, 9, 9]


def test_legs_that_never_meet_make_no_run() -> None:
    with pytest.raises(ConfigError, match="both legs"):
        span_of(covered((0, 10), (20, 30), (0, 10), (20, 30)), PAIRS)


times = st.tuples(st.integers(0, 100 * DAY), st.integers(0, 100 * DAY)).map(lambda t: (min(t), max(t) + 1))


@given(st.tuples(times, times, times, times))
def test_no_pair_is_open_while_a_leg_is_unknown(ranges: tuple[tuple[int, int], ...]) -> None:
    coverage = covered(*ranges)
    try:
        span = span_of(coverage, PAIRS)
    except ConfigError:
        return
    for pair in PAIRS:
        legs = [pair.spot_index, pair.perp_index]
        known = int(coverage.last[legs].min())
        closing = span.closing_ns[pair.name]
        if closing is None:
            assert span.end_ns - known <= 2 * SLACK_NS
        else:
            assert closing <= max(known, span.start_ns)
    assert span.start_ns >= int(np.minimum.reduce(coverage.first))
