"""Units of a pair: the smallest size that both legs can trade, and what each leg still lacks."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.execution.scripted import PERP, SPOT
from titan.execution.sagas.legs import Legs, leg_sides, unit_size
from titan.model.order import Side

lots = st.sampled_from([Decimal(x) for x in ("0.00001", "0.001", "0.003", "0.01", "0.1", "0.25", "1", "5")])


@given(lots, lots)
def test_a_unit_is_whole_lots_of_both_legs_and_nothing_smaller_is(a: Decimal, b: Decimal) -> None:
    spot, perp = msgspec.structs.replace(SPOT, lot=a), msgspec.structs.replace(PERP, lot=b)
    unit = unit_size(spot, perp)
    assert unit % a == 0
    assert unit % b == 0
    steps = int(unit / max(a, b))
    assert all((max(a, b) * k) % min(a, b) != 0 for k in range(1, steps))


@pytest.mark.parametrize(
    ("spot", "perp", "balanced", "matched"), [(0, 0, True, 0), (299, 3, True, 2), (400, 3, False, 3)]
)
def test_balance_is_within_one_lot_of_the_coarser_leg(
    spot: int, perp: int, balanced: bool, matched: int
) -> None:
    legs = Legs(SPOT, PERP, unit_size(SPOT, PERP), spot, perp)
    assert legs.balanced is balanced
    assert legs.matched_units == matched


def test_what_is_missing_makes_up_for_dust() -> None:
    legs = Legs(SPOT, PERP, unit_size(SPOT, PERP), 102, 1)
    assert legs.missing(SPOT, 4) == 298
    assert legs.missing(PERP, 4) == 3


def test_sides_of_opening_and_closing_are_opposite() -> None:
    assert leg_sides(True) == (Side.BUY, Side.SELL)
    assert leg_sides(False) == (Side.SELL, Side.BUY)
