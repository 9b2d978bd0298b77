"""SEN-P3: the executable basis lies between the best and the worst level touched, and worsens with size."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.market.market_state import Level, deep
from titan.market import basis as b
from titan.market.walk import walk

TICK = 0.01
NOISE = 1e-8  # bps
sizes = st.lists(st.integers(1, 500).map(lambda n: n / 100), min_size=1, max_size=12)


@st.composite
def ladders(draw: st.DrawFn) -> tuple[list[Level], list[Level]]:
    """Bids and asks around some mid, with gaps that reach out of the window now and then."""
    mid = draw(st.integers(100_000, 3_000_000))
    gaps = st.one_of(st.integers(1, 20), st.integers(1, 20), st.integers(1, 6_000))
    sides: list[list[Level]] = []
    for side in (1, -1):
        at, levels = mid, []
        for size in draw(sizes):
            at -= side * draw(gaps)
            levels.append((at / 100, size))
        sides.append(levels)
    return sides[0], sides[1]


@settings(max_examples=150, deadline=None)
@given(
    ladders(),
    ladders(),
    st.sampled_from([b.EXPAND, b.CONTRACT]),
    st.floats(0.01, 100.0),
    st.floats(1.0, 10.0),
)
def test_sen_p3_executable_basis_is_bounded_by_the_levels_touched_and_worsens_with_size(
    spot_levels: tuple[list[Level], list[Level]],
    perp_levels: tuple[list[Level], list[Level]],
    direction: int,
    qty: float,
    more: float,
) -> None:
    spot, perp = deep(*spot_levels, tick=TICK), deep(*perp_levels, tick=TICK)
    got = b.executable_qty_basis(*spot, *perp, direction, qty)
    bids, asks = 0, 1
    perp_best = perp_levels[bids if direction == b.EXPAND else asks][0][0]
    spot_best = spot_levels[asks if direction == b.EXPAND else bids][0][0]
    best = b.basis_bps(spot_best, perp_best)
    worst = b.basis_bps(walk(*spot, -direction, qty)[2], walk(*perp, direction, qty)[2])
    low, high = min(best, worst), max(best, worst)
    assert low - NOISE <= got.bps <= high + NOISE
    assert best * direction >= got.bps * direction - NOISE
    assert got.spot_impact >= -NOISE
    assert got.perp_impact >= -NOISE

    larger = b.executable_qty_basis(*spot, *perp, direction, qty * more)
    assert larger.bps * direction <= got.bps * direction + NOISE
    assert larger.spot_impact >= got.spot_impact - NOISE
    assert larger.perp_impact >= got.perp_impact - NOISE
    assert larger.code >= got.code


@settings(max_examples=100, deadline=None)
@given(ladders(), st.sampled_from([1, -1]), st.floats(0.01, 100.0))
def test_sen_p3_a_walk_equals_its_definition(
    levels: tuple[list[Level], list[Level]], side: int, qty: float
) -> None:
    filled, vwap, worst = walk(*deep(*levels, tick=TICK), side, qty)
    left, value, last = qty, 0.0, 0.0
    for px, size in levels[0 if side > 0 else 1]:
        part = min(left, size)
        if part <= 0:
            break
        left, value, last = left - part, value + part * px, px
    assert filled == pytest.approx(qty - left)
    assert vwap == pytest.approx(value / (qty - left), rel=1e-12)
    assert worst == last
