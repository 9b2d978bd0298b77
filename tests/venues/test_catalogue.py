"""Instrument rules are the exchange's own, hold the recorded grids, and say so where they are made up."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan.model.instrument import HOUR_NS, InstrumentKind
from titan.venues.catalogue import KNOWN, fit, known, on_grid, split_symbol

SPOT, PERP = InstrumentKind.SPOT, InstrumentKind.PERP
NONE = np.zeros(0)


def exchange_info(data: Path, name: str) -> dict[str, dict[str, dict[str, str]]]:
    content = json.loads(gzip.decompress((data / "rest" / "binance-funding" / name).read_bytes()))
    return {s["symbol"]: {f["filterType"]: f for f in s["filters"]} | {"": s} for s in content["symbols"]}


@pytest.mark.data
@pytest.mark.parametrize("base", ["BTC", "ETH", "SOL", "XRP"])
def test_binance_perps_have_the_rules_that_binance_answers(data: Path, base: str) -> None:
    rules = exchange_info(data, "20260703T051738Z_fapi-v1-exchangeInfo.json.gz")[f"{base}USDT"]
    mine = known("binance", PERP, f"{base}USDT")
    assert mine is not None
    assert mine.tick == Decimal(rules["PRICE_FILTER"]["tickSize"])
    assert mine.lot == Decimal(rules["LOT_SIZE"]["stepSize"])
    assert mine.min_qty == Decimal(rules["LOT_SIZE"]["minQty"])
    assert mine.min_notional == Decimal(rules["MIN_NOTIONAL"]["notional"])
    assert mine.liquidation_fee == Decimal(rules[""]["liquidationFee"])
    assert mine.funding_interval_ns == 8 * HOUR_NS


@pytest.mark.data
@pytest.mark.parametrize("base", ["BTC", "ETH"])
def test_binance_spot_has_the_rules_that_binance_answers(data: Path, base: str) -> None:
    rules = exchange_info(data, "20260703T051738Z_api-v3-exchangeInfo-curated-BTCETHXVG.json.gz")[
        f"{base}USDT"
    ]
    mine = known("binance", SPOT, f"{base}USDT")
    assert mine is not None
    assert mine.tick == Decimal(rules["PRICE_FILTER"]["tickSize"])
    assert mine.lot == Decimal(rules["LOT_SIZE"]["stepSize"])
    assert mine.min_notional == Decimal(rules["NOTIONAL"]["minNotional"])


def test_every_rule_is_sound() -> None:
    for i in KNOWN.values():
        assert i.tick > 0
        assert i.lot > 0
        assert i.min_qty % i.lot == 0
        assert Decimal(0) < i.fees.maker <= i.fees.taker < Decimal("0.01")
        if i.kind is PERP:
            assert i.initial_margin * i.max_leverage == pytest.approx(1)
            assert Decimal(0) < i.maintenance_margin < i.initial_margin
            assert i.funding_interval_ns > 0


def test_a_finer_recording_wins_over_the_table_and_says_so() -> None:
    coarse = fit("binance", PERP, "SOL", "USDT", np.array([191.26, 191.0]), NONE)
    assert coarse.instrument == known("binance", PERP, "SOLUSDT")
    assert coarse.notes == ()
    fine = fit("binance", PERP, "SOL", "USDT", np.array([191.265, 191.0]), NONE)
    assert fine.instrument.tick == Decimal("0.001")
    assert "finer than the venue's tick 0.01; 0.001 is used" in fine.notes[0]


def test_an_unknown_pair_is_inferred_and_says_so() -> None:
    made = fit("binance", SPOT, "XRP", "ETH", np.array([0.00141342, 0.0014]), np.array([23.0, 581.0]))
    assert (made.instrument.tick, made.instrument.lot) == (Decimal("0.00000001"), Decimal(1))
    assert made.instrument.fees == known("binance", SPOT, "BTCUSDT").fees  # type: ignore[union-attr]
    assert "inferred from the data" in made.notes[0]
    perp = fit("somewhere", PERP, "ABC", "USDT", np.array([1.5]), NONE).instrument
    assert perp.id == "somewhere.perp.ABCUSDT"
    assert perp.max_leverage == 20
    assert perp.lot == Decimal("0.00000001")


@given(ticks=st.lists(st.integers(1, 10**8), min_size=1, max_size=50), decimals=st.integers(0, 8))
def test_values_made_of_ticks_are_on_the_grid(ticks: list[int], decimals: int) -> None:
    tick = Decimal(1).scaleb(-decimals)
    values = np.array([float(t * tick) for t in ticks])
    assert on_grid(values, float(tick))
    half = np.append(values, float((ticks[0] + Decimal("0.5")) * tick))
    assert not on_grid(half, float(tick))


def test_symbols_split_at_the_quote() -> None:
    assert split_symbol("BTCUSDT") == ("BTC", "USDT")
    assert split_symbol("XRPETH") == ("XRP", "ETH")
    assert split_symbol("USDT") == ("USDT", "")
