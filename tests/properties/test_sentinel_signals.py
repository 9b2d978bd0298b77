"""SEN-P1: expanding and contracting are consistent with their thresholds, on the kernel that trades."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titan.market.tape.rows import END, SETTLED, Kind, Rows, empty
from titan.model.instrument import HOUR_NS, FeeSchedule, Instrument, InstrumentKind
from titan.strategies.sentinel.params import PARAMS, SentinelParams
from titan.strategies.sentinel.state import CONTRACT, EXPAND
from titan.strategies.sentinel.step import classify
from titan.strategies.sentinel.strategy import Sentinel

S = 1_000_000_000
START = 1_700_000_000 * S
CHEAP = FeeSchedule(Decimal(0), Decimal(0))
SPOT = Instrument("x", InstrumentKind.SPOT, "AB", "A", "B", Decimal("0.01"), Decimal("0.001"), CHEAP)
PERP = Instrument(
    "x", InstrumentKind.PERP, "AB", "A", "B", Decimal("0.01"), Decimal("0.001"), CHEAP,
    funding_interval_ns=8 * HOUR_NS,
)  # fmt: skip

figures = st.floats(-50, 50, allow_nan=False)


@settings(deadline=None)
@given(figures, figures, figures, st.floats(0.1, 5), st.floats(-5, 0), st.floats(0, 20))
def test_sen_p1_classification_is_consistent_with_thresholds(
    z: float, edge: float, left: float, entry_z: float, exit_z: float, min_edge: float
) -> None:
    p = np.zeros(1, PARAMS)
    p["entry_z"], p["exit_z"], p["min_edge_bps"] = entry_z, exit_z, min_edge
    verdict = classify(p[0], z, edge, left)
    assert (verdict == EXPAND) == (z >= entry_z and edge >= min_edge)
    if verdict == CONTRACT:
        assert z <= exit_z or left < 0
    if verdict == 0:
        assert z > exit_z
        assert left >= 0
        assert z < entry_z or edge < min_edge


def market(basis_bps: list[float]) -> Rows:
    """One touch a second on both legs: spot at 1000, perp at 1000 plus the basis; one BBO message each."""
    rows = empty(4 * len(basis_bps))
    for n, bps in enumerate(basis_bps):
        perp = round(1000 * (1 + bps / 1e4), 2)
        for leg, mid in ((0, 1000.0), (1, perp)):
            for half, side in ((0, 1), (1, -1)):
                k = 4 * n + 2 * leg + half
                rows.ts[k] = rows.recv[k] = START + n * S
                rows.inst[k], rows.kind[k], rows.side[k] = leg, Kind.BBO, side
                rows.px[k], rows.qty[k] = mid - side * 0.01, 1000.0
                rows.flags[k] = END if half else 0
    return rows


def sentinel(**changes: object) -> Sentinel:
    params = SentinelParams(window=64, warmup=20, **changes)  # type: ignore[arg-type]
    return Sentinel("run", {"A": params}, [SPOT, PERP], (0.0, 0.1), {"A": None})


def codes(strategy: Sentinel, rows: Rows) -> list[str]:
    found, k = [], 0
    while k < len(rows.ts):
        k, code = strategy.scan(rows, k, len(rows.ts))
        if code:
            found.append(strategy.signal(code, k - 1, int(rows.ts[k - 1])).name)
    return found


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(-80, 80, allow_nan=False), min_size=25, max_size=150))
def test_expand_and_contract_take_turns(basis: list[float]) -> None:
    names = codes(sentinel(), market(basis))
    assert names == (["EXPAND", "CONTRACT"] * len(names))[: len(names)]


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


def funding(rates: list[float]) -> Rows:
    rows = empty(len(rates))
    for n, rate in enumerate(rates):
        rows.ts[n] = rows.recv[n] = START + n * 8 * HOUR_NS
        rows.inst[n], rows.kind[n], rows.flags[n] = 1, Kind.FUNDING, END | SETTLED
        rows.px[n], rows.qty[n] = rate, rows.ts[n] // 1_000_000
    return rows


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
