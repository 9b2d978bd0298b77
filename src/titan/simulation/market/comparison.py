"""The faithfulness figures as one plain document: tables and charts that name both sides.
`report.faithfulness` draws it.

`python -m titan.simulation.market.comparison OUT.json` generates, measures and writes it (a minute or two),
and `python -m titan.report.faithfulness OUT.json OUT.html` makes the page.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from titan.model.faithfulness import Band, Chart, Comparison, Row, Series, Table
from titan.simulation.market.bars import STEP_S, basis_bps
from titan.simulation.market.faithfulness import Faithfulness, faithfulness
from titan.simulation.market.figures import Leg, Minutes, Pair
from titan.simulation.market.sheet import QUANTILES
from titan.simulation.market.statistics import SIGN_LAGS

_T = TypeVar("_T", Pair, Minutes, Leg)

_PAIR: Final[list[tuple[str, str, Callable[[Pair], float]]]] = [
    ("volatility of 5 min", "bps", lambda p: p.volatility_bps),
    ("kurtosis of 5 min returns", "", lambda p: p.kurtosis),
    ("returns beyond 3 deviations", "%", lambda p: 100 * p.return_tails["3"]),
    ("returns beyond 5 deviations", "%", lambda p: 100 * p.return_tails["5"]),
    ("autocorrelation of |return|, 5 min", "", lambda p: p.abs_acf["1"]),
    ("autocorrelation of |return|, 1 h", "", lambda p: p.abs_acf["12"]),
    ("autocorrelation of |return|, 1 day", "", lambda p: p.abs_acf["288"]),
    ("basis, mean", "bps", lambda p: p.basis_mean_bps),
    ("basis, deviation", "bps", lambda p: p.basis_sd_bps),
    ("basis, kurtosis", "", lambda p: p.basis_kurtosis),
    ("basis, half-life of an AR(1) at 5 min", "min", lambda p: p.basis_half_life_s / 60),
    ("basis beyond 2 deviations of the day before it", "%", lambda p: 100 * p.basis_z_share["2"]),
    ("basis beyond 3 deviations", "%", lambda p: 100 * p.basis_z_share["3"]),
    ("basis beyond 4 deviations", "%", lambda p: 100 * p.basis_z_share["4"]),
    ("funding, mean of 8 h", "bps", lambda p: 1e4 * p.funding_mean),
    ("funding, deviation", "bps", lambda p: 1e4 * p.funding_sd),
    ("funding, autocorrelation of neighbours", "", lambda p: p.funding_acf1),
    ("funding at the interest rate", "%", lambda p: 100 * p.funding_at_interest),
    ("funding below zero", "%", lambda p: 100 * p.funding_negative),
]
_FINER: Final[list[tuple[str, str, Callable[[Minutes], float]]]] = [
    ("volatility of a step", "bps", lambda m: m.volatility_bps),
    ("basis, mean", "bps", lambda m: m.basis_mean_bps),
    ("basis, deviation", "bps", lambda m: m.basis_sd_bps),
    ("basis, half-life", "s", lambda m: m.basis_half_life_s),
]
_LEG: Final[list[tuple[str, str, Callable[[Leg], float]]]] = [
    ("best bid and offer messages", "1/s", lambda v: v.bbo_rate),
    ("orders", "1/s", lambda v: v.order_rate),
    ("trades an order", "", lambda v: v.trades_per_order),
    ("orders of a second, variance over mean", "", lambda v: v.order_fano),
    ("autocorrelation of order signs, lag 1", "", lambda v: v.sign_acf[0]),
    ("autocorrelation of order signs, lag 5", "", lambda v: v.sign_acf[2]),
    ("trade, median", "USDT", lambda v: v.trade_quantiles[4]),
    ("trade, 99 %", "USDT", lambda v: v.trade_quantiles[7]),
    ("trade, tail exponent", "", lambda v: v.trade_tail),
    ("shown at the touch, median", "USDT", lambda v: v.touch_quantiles[4]),
    ("book a basis point, median", "USDT", lambda v: v.depth_per_bp),
    ("spread of one tick, share of time", "%", lambda v: 100 * v.one_tick_share),
    ("seconds without a move", "%", lambda v: 100 * v.still_share),
    ("depth messages", "1/s", lambda v: v.depth_rate),
]
_STEPS: Final = {"1m": 60.0, "250ms": 0.25}


def document(found: Faithfulness) -> Comparison:
    """Tables and charts of both sides."""
    measured = found.measured
    tables = [_table(base, measured.pairs[base], pair, _PAIR) for base, pair in found.pairs.items()]
    tables += [_table(f"{name} steps", measured.finer[name], v, _FINER) for name, v in found.finer.items()]
    tables += [_table(name, measured.legs[name], leg, _LEG) for name, leg in found.legs.items()]
    return Comparison(
        title="How faithful the simulated market is",
        simulated=True,
        made=f"scenario typical, seed {found.seed}: {found.days:g} days of bars, minutes at full rates",
        tables=tables,
        charts=[*_story(found), *_bars(found), *_finer(found), *_flow(found)],
    )


def _table(
    title: str, measured: _T, simulated: _T, rows: Sequence[tuple[str, str, Callable[[_T], float]]]
) -> Table:
    made = [Row(name, unit, float(of(measured)), float(of(simulated))) for name, unit, of in rows]
    return Table(title, measured.source, simulated.source, made)


def _both(x: Sequence[float], measured: Sequence[float], simulated: Sequence[float]) -> list[Series]:
    return [Series("measured", list(x), list(measured)), Series("simulated", list(x), list(simulated))]


def _story(found: Faithfulness) -> list[Chart]:
    hours = ((found.story.ts_s - found.story.ts_s[0]) / 3600.0)[::2].tolist()
    bands = [Band(*act) for act in found.story_acts]
    group = "The scenario demo, BTC, simulated"
    return [
        Chart(
            group,
            title,
            "hours",
            unit,
            [Series("simulated", hours, values)],
            wide=True,
            bands=bands,
        )
        for title, unit, values in (
            ("Price of spot", "USDT", found.story.spot[::2].tolist()),
            ("Basis", "bps", basis_bps(found.story)[::2].tolist()),
        )
    ]


def _bars(found: Faithfulness) -> list[Chart]:
    charts = []
    for base, made in found.pairs.items():
        real = found.measured.pairs[base]
        for group, title, of in (
            ("Clustering of volatility", f"{base}: autocorrelation of |return|", "abs_acf"),
            ("Memory of the basis", f"{base}: autocorrelation of the basis", "basis_acf"),
        ):
            ours, theirs = getattr(made, of), getattr(real, of)
            hours = [int(lag) * STEP_S / 3600.0 for lag in theirs]
            charts.append(
                Chart(
                    group,
                    title,
                    "lag, hours",
                    "",
                    _both(hours, list(theirs.values()), list(ours.values())),
                    True,
                )
            )
        shares = (
            [100 * v for v in real.basis_z_share.values()],
            [100 * v for v in made.basis_z_share.values()],
        )
        title = f"{base}: share of bars beyond z deviations of the day before"
        charts.append(Chart("Extremes of the basis", title, "z", "%", _both([2, 3, 4], *shares), log_y=True))
        funding = [[1e4 * v for v in p.funding_quantiles.values()] for p in (real, made)]
        at = [100 * float(q) for q in real.funding_quantiles]
        charts.append(
            Chart(
                "Funding",
                f"{base}: quantiles of settled rates",
                "%",
                "bps",
                _both(at, funding[0], funding[1]),
            )
        )
    return charts


def _finer(found: Faithfulness) -> list[Chart]:
    charts = []
    for name, made in found.finer.items():
        real = found.measured.finer[name]
        step = _STEPS[name.split(".")[0]]
        seconds = [int(lag) * step for lag in real.basis_acf]
        lines = _both(seconds, list(real.basis_acf.values()), list(made.basis_acf.values()))
        title = f"{name}: autocorrelation of the basis"
        charts.append(
            Chart("Memory of the basis, seconds and minutes", title, "lag, seconds", "", lines, True)
        )
    return charts


def _flow(found: Faithfulness) -> list[Chart]:
    charts = []
    for name, made in found.legs.items():
        real = found.measured.legs[name]
        at = [100 * q for q in QUANTILES[1:]]
        for title, theirs, ours in (
            ("trade size", real.trade_quantiles, made.trade_quantiles),
            ("size at the touch", real.touch_quantiles, made.touch_quantiles),
        ):
            lines = _both(at, theirs[1:], ours[1:])
            charts.append(Chart("Sizes", f"{name}: {title}, quantiles", "%", "USDT", lines, log_y=True))
        signs = _both(list(SIGN_LAGS), real.sign_acf, made.sign_acf)
        title = f"{name}: autocorrelation of order signs"
        charts.append(Chart("Order flow", title, "lag, orders", "", signs, True))
    return charts


def main(arguments: list[str]) -> int:
    """Write the document; the one argument is the file."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m titan.simulation.market.comparison OUT.json\n")
        return 2
    Path(arguments[0]).write_bytes(msgspec.json.encode(document(faithfulness())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
