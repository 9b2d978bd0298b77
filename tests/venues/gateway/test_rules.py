"""Markets of ccxt as instruments: exact, and in base units whatever the venue counts in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ccxt.base.decimal_to_precision import DECIMAL_PLACES, SIGNIFICANT_DIGITS, TICK_SIZE
from hypothesis import given
from hypothesis import strategies as st

from titan.venues.gateway.rules import Listed, decimal, listed


def _market(**changes: Any) -> dict[str, Any]:
    return {
        "symbol": "BTC/USDT:USDT", "base": "BTC", "quote": "USDT", "settle": "USDT", "spot": False,
        "swap": True, "linear": True, "active": True, "contractSize": "0.01", "maker": "0.0002",
        "taker": "0.0005", "precision": {"price": "0.1", "amount": "0.01"},
        "limits": {"amount": {"min": "0.01"}, "cost": {"min": None}, "leverage": {"max": "100"}},
    } | changes  # fmt: skip


def _okx() -> Listed:
    found = listed("okx", _market(), TICK_SIZE)
    assert found is not None
    return found


def test_a_lot_is_the_smallest_part_of_a_contract_in_base_units() -> None:
    found = _okx()
    assert found.instrument.id == "okx.perp.BTCUSDT"
    assert found.instrument.lot == Decimal("0.0001")
    assert found.instrument.min_qty == Decimal("0.0001")
    assert found.amount(1) == "0.01"
    assert found.amount(12_345) == "123.45"
    assert found.lots("123.45") == 12_345
    assert found.price(1_000_001) == "100000.1"
    assert found.instrument.maintenance_margin == Decimal("0.004")  # from our table
    assert found.instrument.initial_margin == Decimal("0.01")


@given(lots=st.integers(1, 10**12))
def test_sizes_come_back_exactly_and_never_with_an_exponent(lots: int) -> None:
    found = _okx()
    assert found.lots(found.amount(lots)) == lots
    assert "E" not in found.amount(lots).upper()


def test_a_size_that_is_no_whole_lot_is_an_error() -> None:
    with pytest.raises(ValueError, match="whole number of lots"):
        _okx().lots("0.015")


def test_tiny_steps_are_written_out() -> None:
    market = _market(spot=True, swap=False, precision={"price": "1E-8", "amount": "1e-8"}, contractSize=None)
    found = listed("kraken", market, TICK_SIZE)
    assert found is not None
    assert (found.price(3), found.amount(3)) == ("0.00000003", "0.00000003")


def test_digits_instead_of_steps() -> None:
    market = _market(precision={"price": "2", "amount": "3"}, contractSize="1")
    found = listed("ccxt:x", market, DECIMAL_PLACES)
    assert found is not None
    assert (found.instrument.tick, found.instrument.lot) == (Decimal("0.01"), Decimal("0.001"))
    assert listed("ccxt:x", market, SIGNIFICANT_DIGITS) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"linear": False, "settle": "BTC"},
        {"swap": False},
        {"active": False},
        {"settle": "USDC"},
        {"precision": {"price": None, "amount": "1"}},
    ],
)
def test_what_titan_does_not_trade_is_passed_over(changes: dict[str, Any]) -> None:
    assert listed("okx", _market(**changes), TICK_SIZE) is None


@pytest.mark.parametrize("nonsense", [None, "", "abc", "NaN", "Infinity"])
def test_what_is_no_number_is_the_default(nonsense: object) -> None:
    assert decimal(nonsense, Decimal(7)) == 7
