"""Funding as venues tell it: within a message that goes on, and never with a word that it was settled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies.sentinel.played import START, codes, sentinel
from titan.market.tape.rows import END, SETTLED, Kind, Rows, empty
from titan.model.instrument import HOUR_NS

MINUTE_NS = HOUR_NS // 60


def told(rates: Sequence[float], hours: int, *, settled: bool, each: int = 3, late_ns: int = 0) -> Rows:
    """Each rate is told `each` times before its moment, which is `hours` after the one before; with `settled`
    the tape also says when it was paid. The last one is told, and not due.
    """
    found: list[tuple[int, int, float, int]] = []
    step = hours * HOUR_NS
    for n, rate in enumerate(rates):
        due = START + (n + 1) * step
        found += [(due - step + late_ns + k * MINUTE_NS, END, rate, due // 1_000_000) for k in range(each)]
        if settled and n + 1 < len(rates):
            found.append((due, END | SETTLED, rate, due // 1_000_000))
    rows = empty(len(found))
    for k, (ts, flags, rate, due_ms) in enumerate(found):
        rows.ts[k] = rows.recv[k] = ts
        rows.inst[k], rows.kind[k], rows.flags[k] = 1, Kind.FUNDING, flags
        rows.px[k], rows.qty[k] = rate, due_ms
    return rows


def test_a_rate_within_a_message_is_heard() -> None:
    """As Bybit's ticker has it: the open interest stands behind it."""
    rows = empty(2)
    rows.ts[:] = rows.recv[:] = START
    rows.inst[:] = 1
    rows.kind[:] = Kind.FUNDING, Kind.OPEN_INTEREST
    rows.px[:], rows.qty[:] = (0.0001, 0.0), (START // 1_000_000 + 1, 5.0)
    rows.flags[:] = 0, END
    assert codes(sentinel(), rows) == ["CORE_OPEN"]


def test_a_live_feed_closes_a_core_after_three_intervals_below_zero() -> None:
    rates = [0.0001, -0.0004, -0.0004, -0.0004]
    assert codes(sentinel(forecast_halflife=0.1), told(rates, 8, settled=False)) == ["CORE_OPEN"]
    names = codes(sentinel(forecast_halflife=0.1), told([*rates, -0.0004], 8, settled=False))
    assert names == ["CORE_OPEN", "CORE_CLOSE"]


@pytest.mark.parametrize("hours", [1, 4, 8])
def test_a_live_feed_says_how_long_the_interval_is(hours: int) -> None:
    strategy = sentinel()
    codes(strategy, told([0.00001] * 3, hours, settled=False))
    assert strategy.states[0]["interval_ms"] == hours * 3_600_000.0


def test_moments_that_were_missed_do_not_make_the_interval_longer() -> None:
    rows = told([0.00001] * 6, 4, settled=False)
    gone = (rows.ts >= START + 8 * HOUR_NS) & (rows.ts < START + 17 * HOUR_NS)
    kept = Rows(*(column[~gone] if column is not None else None for column in rows))
    strategy = sentinel()
    codes(strategy, kept)
    assert strategy.states[0]["interval_ms"] == 4 * 3_600_000.0


def test_before_the_first_settlement_the_rate_told_is_what_is_expected() -> None:
    strategy = sentinel()
    codes(strategy, told([0.0003], 8, settled=False))
    assert strategy.states[0]["rated"] == 0
    assert strategy.states[0]["forecast"] == 0.0003


FIELDS = ("forecast", "rated", "settlements", "below", "core", "settled_ms")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([-0.0004, -0.0001, 0.0, 0.00005, 0.0001, 0.0004]), min_size=1, max_size=20),
    st.floats(0.2, 20.0), st.sampled_from([0, 1, 30 * 1_000_000_000]),
)  # fmt: skip
def test_a_live_feed_comes_to_what_a_tape_with_settlements_comes_to(
    rates: list[float], halflife: float, late_ns: int
) -> None:
    """The same signals too: only those of the settlement come with the next word instead of in its moment."""
    feed, tape = (sentinel(forecast_halflife=halflife) for _ in range(2))
    heard = codes(feed, told(rates, 8, settled=False, late_ns=late_ns))
    recorded = codes(tape, told(rates, 8, settled=True, late_ns=late_ns))
    for field in FIELDS:
        assert feed.states[0][field] == tape.states[0][field], field
    assert feed.states[0]["settlements"] == len(rates) - 1
    pairs = [("CORE_OPEN", "CORE_CLOSE")[n % 2] for n in range(len(recorded))]
    assert recorded == pairs
    assert heard[-1:] == recorded[-1:]


def test_a_settlement_that_is_told_after_the_next_rate_is_not_another() -> None:
    rows = told([0.0001] * 3, 8, settled=True)
    rows.ts[3] += 5 * MINUTE_NS  # the first settlement comes behind the rates of the next interval
    order = np.argsort(rows.ts, kind="stable")
    late = Rows(*(column[order] if column is not None else None for column in rows))
    strategy = sentinel()
    codes(strategy, late)
    assert strategy.states[0]["settlements"] == 2
