"""What the kernel says, and when, on markets written down by hand."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from tests.strategies.sentinel.played import PERP, SPOT, START, S, codes, funding, market, sentinel
from titan.market.tape.rows import END, SETTLED, Rows
from titan.model.instrument import HOUR_NS, FeeSchedule, Instrument
from titan.strategies.sentinel.params import SentinelParams
from titan.strategies.sentinel.strategy import Sentinel


def test_a_stretch_that_pays_expands_and_its_end_contracts() -> None:
    calm = [0.0, 1.0] * 30
    names = codes(sentinel(), market([*calm, 60.0, 60.0, *calm]))
    assert names == ["EXPAND", "CONTRACT"]


def test_a_stretch_that_does_not_pay_its_fees_is_a_near_miss() -> None:
    dear = FeeSchedule(Decimal("0.002"), Decimal("0.002"))
    spot, perp = (
        Instrument(i.venue, i.kind, i.symbol, i.base, i.quote, i.tick, i.lot, dear) for i in (SPOT, PERP)
    )
    strategy = Sentinel(
        "run", {"A": SentinelParams(window=64, warmup=20)}, [spot, perp], (0.0, 0.1), {"A": None}
    )
    assert codes(strategy, market([*([0.0, 1.0] * 30), 60.0, 0.0, 0.0])) == []
    miss = strategy.states[0]["misses"][0]
    assert strategy.states[0]["miss_n"] == 1
    assert miss["z"] > 2
    assert miss["edge"] == pytest.approx(
        miss["executable"] - strategy.states[0]["mean"] - miss["cost"], abs=1.0
    )


def test_a_core_opens_above_its_hurdle_and_closes_after_three_intervals_below_zero() -> None:
    rates = [0.0001] * 4 + [-0.0004] * 2
    assert codes(sentinel(forecast_halflife=0.1), funding(rates)) == ["CORE_OPEN"]
    assert codes(sentinel(forecast_halflife=0.1), funding([*rates, -0.0004])) == ["CORE_OPEN", "CORE_CLOSE"]


def test_the_funding_interval_is_read_from_the_tape() -> None:
    hourly = funding([0.00001] * 5)
    hourly.ts[:] = START + np.arange(5) * HOUR_NS
    hourly.qty[:] = hourly.ts // 1_000_000
    strategy = sentinel()
    assert codes(strategy, hourly) == ["CORE_OPEN"]
    assert strategy.states[0]["interval_ms"] == 3_600_000.0


def test_a_crossed_touch_makes_no_sample() -> None:
    rows = market([0.0, 1.0] * 30)
    whole, crossed = sentinel(), sentinel()
    codes(whole, rows)
    asks = (rows.side < 0) & (rows.inst == 0) & (rows.ts > START + 29 * S)
    rows.px[asks] = 999.0
    codes(crossed, rows)
    assert whole.states[0]["samples"] == 60
    assert crossed.states[0]["samples"] == 30


def test_a_predicted_rate_above_the_hurdle_opens_once_and_is_not_closed_at_once() -> None:
    settled = [0.0001] * 4 + [-0.0004] * 3
    rows = funding([*settled, *([0.0008] * 6)])
    rows.flags[len(settled) :] &= ~np.uint8(SETTLED)
    rows.ts[len(settled) :] = rows.recv[len(settled) :] = rows.ts[len(settled) - 1] + np.arange(1, 7) * 60 * S
    names = codes(sentinel(forecast_halflife=1.0), rows)
    assert names == ["CORE_OPEN", "CORE_CLOSE", "CORE_OPEN"]


def predicted(rates: list[float], hours: int = 8) -> Rows:
    """What a live feed says: forecasts alone, two for each interval, the second of which settles."""
    rows = funding([0.0] * 2 * len(rates))
    each = np.arange(len(rows.ts))
    rows.flags[:] = END
    rows.px[:] = np.repeat(rates, 2) * np.where(each % 2, 1.0, 0.5)
    rows.ts[:] = rows.recv[:] = START + each * hours * HOUR_NS // 2
    rows.qty[:] = (START + (each // 2 + 1) * hours * HOUR_NS) // 1_000_000
    return rows


def test_a_feed_that_tells_forecasts_only_settles_them_when_their_moment_has_passed() -> None:
    rates = [0.0001] * 4 + [-0.0004] * 3
    strategy = sentinel(forecast_halflife=0.1)
    assert codes(strategy, predicted(rates)) == ["CORE_OPEN"]
    state = strategy.states[0]
    assert state["settlements"] == 6
    assert state["forecast"] == pytest.approx(-0.0004, rel=1e-2)
    assert codes(sentinel(forecast_halflife=0.1), predicted([*rates, -0.0004])) == ["CORE_OPEN", "CORE_CLOSE"]


def test_where_settlements_are_told_forecasts_settle_nothing() -> None:
    rows = funding([0.0001] * 8)
    rows.flags[1::2] &= ~np.uint8(SETTLED)
    strategy = sentinel()
    codes(strategy, rows)
    assert strategy.states[0]["settlements"] == 4


def test_a_settlement_that_is_told_twice_counts_once() -> None:
    rates = np.repeat([0.0001, -0.0004, -0.0004], [3, 1, 4]).tolist()
    rows = funding(rates)
    rows.qty[5:] = rows.qty[4]
    strategy = sentinel(forecast_halflife=0.1)
    assert codes(strategy, rows) == ["CORE_OPEN"], "two intervals are below zero, not five"


def test_a_settlement_that_is_missing_makes_no_other_interval() -> None:
    rows, strategy = funding([0.0001] * 5), sentinel()
    rows.qty[4] += 8 * HOUR_NS // 1_000_000
    codes(strategy, rows)
    assert strategy.states[0]["interval_ms"] == 8 * 3_600_000
    rows, strategy = funding([0.0001] * 5), sentinel()
    rows.qty[3:] = rows.qty[2] + np.arange(1, 3) * 12 * HOUR_NS // 1_000_000
    codes(strategy, rows)
    assert strategy.states[0]["interval_ms"] == 12 * 3_600_000, "one that comes again is the new one"
