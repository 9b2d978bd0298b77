"""Figures of a pair from evenly spaced closes of its spot and perp, recorded or generated."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from titan.simulation.market.figures import Minutes, Pair
from titan.simulation.market.statistics import (
    Floats,
    autocorrelation,
    beyond,
    day_pattern,
    fitted_parts,
    half_life,
    kurtosis,
)

STEP_S: Final = 300.0
ABS_LAGS: Final = (1, 2, 6, 12, 36, 72, 144, 288, 576, 2016)
BASIS_LAGS: Final = (1, 2, 3, 6, 12, 36, 72, 144, 288, 576, 2016)
DAY: Final = 288
FUNDING_QUANTILES: Final = (0.0, 0.05, 0.5, 0.95, 1.0)
INTEREST: Final = 1e-4


class Closes(NamedTuple):
    """`ts_s` are the bars' opening times; `volume` is the perp's, in base units."""

    ts_s: Floats
    spot: Floats
    perp: Floats
    volume: Floats


def returns(prices: Floats) -> Floats:
    return np.diff(np.log(prices))


def basis_bps(closes: Closes) -> Floats:
    """Log of perp over spot."""
    return np.asarray(1e4 * np.log(closes.perp / closes.spot))


def abs_acf(closes: Closes, lags: Sequence[int] = ABS_LAGS) -> list[float]:
    """Autocorrelation of |return| of spot with the day's pattern taken out."""
    r = returns(closes.spot)
    pattern = np.array(day_pattern(r, closes.ts_s[1:]))
    hour = (closes.ts_s[1:] // 3600 % 24).astype(np.int64)
    return autocorrelation(np.abs(r) / np.maximum(pattern[hour], 1e-12), lags)


def pair_figures(
    closes: Closes,
    funding: NDArray[np.float64],
    *,
    source: str,
    half_lives_s: Sequence[float],
    price: float = 0.0,
    cap: float = 0.0,
    premium: tuple[float, float] = (0.0, 0.0),
) -> Pair:
    """Figures of a pair from 5-minute closes and its settled funding rates."""
    r, basis = returns(closes.spot), basis_bps(closes)
    acf = autocorrelation(basis, BASIS_LAGS)
    covariance = {lag * STEP_S: a * float(basis.var()) for lag, a in zip(BASIS_LAGS, acf, strict=True)}
    slow = fitted_parts(covariance, half_lives_s[1:])
    quick = max(0.0, float(basis.var()) - math.fsum(slow))
    quantiles = np.quantile(funding, FUNDING_QUANTILES) if len(funding) else np.zeros(len(FUNDING_QUANTILES))
    days = (closes.ts_s[-1] - closes.ts_s[0] + STEP_S) / 86400.0
    return Pair(
        source=source,
        price=price or float(closes.spot[-1]),
        volatility_bps=float(r.std() * 1e4),
        kurtosis=kurtosis(r),
        return_tails={str(k): float((np.abs(r) > k * r.std()).mean()) for k in (3, 5, 10)},
        abs_acf=_named(ABS_LAGS, abs_acf(closes)),
        basis_mean_bps=float(basis.mean()),
        basis_sd_bps=float(basis.std()),
        basis_kurtosis=kurtosis(basis),
        basis_acf=_named(BASIS_LAGS, acf),
        basis_z_share=beyond(basis, DAY),
        basis_parts_bps=[math.sqrt(v) for v in (quick, *slow)],
        basis_half_life_s=half_life(basis, STEP_S),
        funding_mean=float(funding.mean()) if len(funding) else 0.0,
        funding_sd=float(funding.std()) if len(funding) else 0.0,
        funding_acf1=autocorrelation(funding, [1])[0] if len(funding) > 2 else 0.0,
        funding_at_interest=float((np.abs(funding - INTEREST) < 1e-9).mean()) if len(funding) else 0.0,
        funding_negative=float((funding < 0).mean()) if len(funding) else 0.0,
        funding_quantiles={str(q): float(v) for q, v in zip(FUNDING_QUANTILES, quantiles, strict=True)},
        premium_offset_bps=premium[0],
        funding_error_bps=premium[1],
        funding_cap=cap,
        perp_daily_volume=float(closes.volume.sum() / days),
    )


def premium_check(closes: Closes, funding_ts_s: Floats, funding: Floats) -> tuple[float, float]:
    """What the recorded basis would have settled, against what was settled: (offset, mean distance), bps.

    The formula is the generator's (see `path`), over the bars of the 8 hours before each settlement. The
    offset is seen only where the clamp is active, at rates below the interest rate.
    """
    basis, weight = basis_bps(closes), np.arange(1.0, 97.0)
    premium, rate = [], []
    for ts, settled in zip(funding_ts_s, funding * 1e4, strict=True):
        last = int((ts - closes.ts_s[0]) // STEP_S)
        if len(weight) <= last <= len(basis):
            premium.append(float((basis[last - len(weight) : last] * weight).sum() / weight.sum()))
            rate.append(float(settled))
    p, f = np.array(premium), np.array(rate)
    expected = p + np.clip(INTEREST * 1e4 - p, -5.0, 5.0)
    seen = f < 0.8
    return float(np.median((f - 5.0 - p)[seen])), float(np.abs(expected - f).mean())


def finer_figures(closes: Closes, step_s: float, lags: Sequence[int], source: str) -> Minutes:
    """Return and basis at another step."""
    basis, r = basis_bps(closes), returns(closes.spot)
    return Minutes(
        source=source,
        step_s=step_s,
        volatility_bps=float(r.std() * 1e4),
        kurtosis=kurtosis(r),
        basis_mean_bps=float(basis.mean()),
        basis_sd_bps=float(basis.std()),
        basis_half_life_s=half_life(basis, step_s),
        basis_acf=_named(lags, autocorrelation(basis, lags)),
    )


def correlation(series: Mapping[str, Closes]) -> float:
    """Mean correlation of spot returns over all pairs of bases (all of the same bars)."""
    matrix = np.corrcoef([returns(c.spot) for c in series.values()])
    return float(matrix[np.triu_indices(len(matrix), 1)].mean())


def _named(lags: Sequence[int], values: Sequence[float]) -> dict[str, float]:
    return {str(lag): float(v) for lag, v in zip(lags, values, strict=True)}
