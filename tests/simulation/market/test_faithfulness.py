"""Seeded output keeps to the measured figures, within bounds that a wrong parameter would leave."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from titan.model.faithfulness import Comparison
from titan.simulation.market.bars import STEP_S, pair_figures, returns
from titan.simulation.market.comparison import document
from titan.simulation.market.faithfulness import faithfulness, generated_bars, generated_minutes
from titan.simulation.market.figures import Figures, Leg, Minutes, Pair, figures
from titan.simulation.market.measure import measure
from titan.simulation.market.scenario import SCENARIOS, SECOND_NS


@pytest.fixture(scope="module")
def months() -> dict[str, Pair]:
    """Four months of BTC and ETH."""
    bars = generated_bars(SCENARIOS["typical"].coarse(150 * SECOND_NS), ["BTC", "ETH"], 120.0, STEP_S, 2)
    half_lives = figures().basis_half_lives_s
    return {
        base: pair_figures(bars.closes(base), np.array(funding), source="", half_lives_s=half_lives)
        for base, funding in bars.funding.items()
    }


@pytest.fixture(scope="module")
def minutes() -> tuple[dict[str, Leg], Minutes]:
    return generated_minutes(150.0, 2)


@pytest.mark.parametrize("base", ["BTC", "ETH"])
def test_returns(months: dict[str, Pair], base: str) -> None:
    made, real = months[base], figures().pairs[base]
    assert made.volatility_bps == pytest.approx(real.volatility_bps, rel=0.25)
    assert 8.0 < made.kurtosis < 80.0
    assert made.return_tails["3"] == pytest.approx(real.return_tails["3"], rel=0.5)
    assert made.return_tails["5"] == pytest.approx(real.return_tails["5"], rel=0.6)
    assert made.abs_acf["1"] == pytest.approx(real.abs_acf["1"], abs=0.1)
    assert made.abs_acf["12"] == pytest.approx(real.abs_acf["12"], abs=0.1)
    assert made.abs_acf["288"] > 0.02


@pytest.mark.parametrize("base", ["BTC", "ETH"])
def test_basis(months: dict[str, Pair], base: str) -> None:
    made, real = months[base], figures().pairs[base]
    assert made.basis_mean_bps == pytest.approx(real.basis_mean_bps, abs=0.6)
    assert made.basis_sd_bps == pytest.approx(real.basis_sd_bps, rel=0.35)
    assert made.basis_kurtosis > 3.5
    assert made.basis_half_life_s == pytest.approx(real.basis_half_life_s, rel=0.6)
    assert made.basis_acf["12"] == pytest.approx(real.basis_acf["12"], abs=0.2)
    for beyond, bound in (("2", 0.02), ("3", 0.006), ("4", 0.0015)):
        assert made.basis_z_share[beyond] == pytest.approx(real.basis_z_share[beyond], abs=bound)
    assert made.basis_z_share["4"] > 0.0002


@pytest.mark.parametrize("base", ["BTC", "ETH"])
def test_funding(months: dict[str, Pair], base: str) -> None:
    made, real = months[base], figures().pairs[base]
    assert made.funding_mean == pytest.approx(real.funding_mean, abs=4e-5)
    assert made.funding_sd == pytest.approx(real.funding_sd, rel=0.6)
    assert 0.3 < made.funding_acf1 < 0.9
    assert made.funding_quantiles["0.95"] == pytest.approx(1e-4)
    assert 0.02 < made.funding_negative < 0.45


def test_bases_move_together() -> None:
    bars = generated_bars(SCENARIOS["typical"].coarse(300 * SECOND_NS), ["BTC", "ETH"], 60.0, STEP_S, 3)
    both = np.corrcoef(returns(bars.closes("BTC").spot), returns(bars.closes("ETH").spot))
    assert both[0, 1] == pytest.approx(figures().correlation, abs=0.1)


@pytest.mark.parametrize("name", ["spot.BTC", "perp.BTC", "perp.ETH"])
def test_books_and_flow_at_full_rates(minutes: tuple[dict[str, Leg], Minutes], name: str) -> None:
    made, real = minutes[0][name], figures().legs[name]
    assert made.order_rate == pytest.approx(real.order_rate, rel=0.35)
    assert made.trades_per_order == pytest.approx(real.trades_per_order, rel=0.15)
    assert made.order_fano > 1.4
    assert made.sign_acf[0] == pytest.approx(real.sign_acf[0], abs=0.1)
    assert made.trade_quantiles[4] == pytest.approx(real.trade_quantiles[4], rel=0.35)
    assert made.trade_quantiles[7] == pytest.approx(real.trade_quantiles[7], rel=0.5)
    assert made.touch_quantiles[4] == pytest.approx(real.touch_quantiles[4], rel=0.15)
    assert made.depth_per_bp == pytest.approx(real.depth_per_bp, rel=0.35)
    assert made.bbo_rate == pytest.approx(real.bbo_rate, rel=0.5)
    assert made.one_tick_share == pytest.approx(real.one_tick_share, abs=0.01)
    assert made.still_share > 0.2


def test_basis_of_seconds(minutes: tuple[dict[str, Leg], Minutes]) -> None:
    made, real = minutes[1], figures().finer["250ms.BTC"]
    assert 2.0 < made.basis_half_life_s < 20.0
    assert made.basis_sd_bps == pytest.approx(real.basis_sd_bps, rel=0.5)
    assert made.basis_acf["4"] == pytest.approx(real.basis_acf["4"], abs=0.1)


def test_the_comparison_is_a_document_the_report_can_draw() -> None:
    found = document(faithfulness(days=9.0, minute_days=1.0, seconds=40.0, seed=1))
    read = msgspec.json.decode(msgspec.json.encode(found), type=Comparison)
    assert read.simulated
    assert [table.title for table in read.tables[:3]] == ["BTC", "ETH", "SOL"]
    assert len(read.tables) == 9
    assert len(read.charts) == 26
    assert read.charts[0].bands[0].name == "calm"


@pytest.mark.data
def test_the_figures_are_those_of_the_recorded_series(data: Path) -> None:
    found = measure(data)
    written = figures()
    assert_close(msgspec.to_builtins(found, enc_hook=float), msgspec.to_builtins(written))
    assert written.pairs["BTC"].funding_error_bps < 0.15  # the formula gives what the venue settled


def assert_close(found: object, written: object) -> None:
    if isinstance(written, float):
        assert found == pytest.approx(written, rel=1e-4, abs=1e-9)
    elif isinstance(written, dict):
        assert isinstance(found, dict)
        assert found.keys() == written.keys()
        for key in written:
            assert_close(found[key], written[key])
    elif isinstance(written, list):
        assert isinstance(found, list)
        assert len(found) == len(written)
        for one, other in zip(found, written, strict=True):
            assert_close(one, other)
    else:
        assert found == written


def test_what_was_not_recorded_is_borrowed() -> None:
    known: Figures = figures()
    assert known.leg("spot", "SOL") == known.legs["spot.BTC"]
    assert known.leg("perp", "XRP") == known.legs["perp.ETH"]
    assert known.pair("XRP") == known.pairs["SOL"]
