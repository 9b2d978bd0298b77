"""Rounding happens once, in the safe direction: never a larger size, never a worse price than meant."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan.model.errors import InstrumentError
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.order import Side
from titan.model.signal import client_order_id, intent_id

steps = st.sampled_from([Decimal(s) for s in ("0.1", "0.01", "0.5", "0.00001", "1", "0.025")])
sizes = st.decimals(0, 10**6, allow_nan=False, allow_infinity=False, places=9)


def instrument(tick: Decimal, lot: Decimal) -> Instrument:
    fees = FeeSchedule(Decimal(0), Decimal(0))
    return Instrument(
        "v", InstrumentKind.PERP, "AB", "A", "B", tick, lot, fees, min_qty=lot * 2, min_notional=Decimal(5)
    )


@given(steps, steps, sizes, sizes)
def test_rounding_is_in_the_safe_direction(
    tick: Decimal, lot: Decimal, price: Decimal, size: Decimal
) -> None:
    one = instrument(tick, lot)
    assert size - lot < one.size(one.lots_within(size)) <= size
    assert price - tick < one.price(one.limit_ticks(price, Side.BUY)) <= price
    assert price <= one.price(one.limit_ticks(price, Side.SELL)) < price + tick


@given(steps, st.integers(1, 10**9))
def test_a_price_on_the_grid_survives_the_way_through_a_float(tick: Decimal, ticks: int) -> None:
    one = instrument(tick, Decimal(1))
    assert one.nearest_ticks(float(one.price(ticks))) == ticks


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0, Decimal("-0.1"), Decimal("NaN")])
def test_what_is_no_price_or_size_is_refused(bad: float | Decimal) -> None:
    with pytest.raises(InstrumentError, match=r"v\.perp\.AB"):
        instrument(Decimal("0.1"), Decimal(1)).lots_within(bad)


def test_the_venues_minimums_are_named() -> None:
    one = instrument(Decimal(1), Decimal(1))
    assert "minimum 2" in str(one.accepts(100, 1))
    assert "minimum 5" in str(one.accepts(1, 2))
    assert one.accepts(3, 2) is None


@given(st.text(min_size=1, max_size=20), st.integers(0, 3))
def test_client_order_ids_fit_every_venue_and_depend_on_intent_and_attempt(name: str, attempt: int) -> None:
    one = client_order_id(name, attempt)
    assert len(one) == 26
    assert one[0] == "t"
    assert set(one) <= set("0123456789abcdefghijklmnopqrstuv")
    assert one == client_order_id(name, attempt)
    assert one != client_order_id(name, attempt + 1)
    assert intent_id("r", "s", 3, "spot") == "r-s-3-spot"
