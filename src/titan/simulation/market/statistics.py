"""Statistics that describe a market, the same for recorded and generated series. Plain NumPy, no state.

`Flow` is what one instrument did for some minutes; `leg_figures` and `pair_figures` give the figures the
generator is built on. The fits are of mean-reverting parts whose half-lives are given: only their variances
are estimated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from titan.simulation.market.figures import Leg
from titan.simulation.market.sheet import QUANTILES

Floats = NDArray[np.float64]
SIGN_LAGS: Final = (1, 2, 5, 10, 20)


class Flow(NamedTuple):
    """Minutes of one instrument. Times are seconds at the venue; `side` is +1 for a buyer or a bid."""

    bbo: Floats
    """(n, 5): time, bid, bid size, ask, ask size."""
    trades: Floats
    """(n, 4): time, price, size, side."""
    levels: Floats
    """(n, 4): time, price, size (0 deletes), side; in order."""
    depth_messages: int


def kurtosis(x: Floats) -> float:
    """Fourth moment over squared variance: 3 for a normal."""
    d = x - x.mean()
    return float((d**4).mean() / (d**2).mean() ** 2)


def autocorrelation(x: Floats, lags: Sequence[int]) -> list[float]:
    """At each lag, in samples; 0 where the series is shorter than the lag."""
    d = x - x.mean()
    power = float((d * d).mean())
    return [float((d[lag:] * d[:-lag]).mean() / power) if lag < len(d) and power > 0 else 0.0 for lag in lags]


def half_life(x: Floats, step_s: float) -> float:
    """Seconds after which a first-order autoregression fitted to `x` has lost half of a deviation."""
    phi = min(max(autocorrelation(x, [1])[0], 1e-9), 1.0 - 1e-9)
    return step_s * math.log(0.5) / math.log(phi)


def tail_exponent(x: Floats, share: float = 0.02) -> float:
    """Hill's estimator over the largest `share` of `x` (Hill 1975, doi 10.1214/aos/1176343247)."""
    top = np.sort(x)[-max(3, int(len(x) * share)) :]
    return float(1.0 / np.mean(np.log(top[1:] / top[0])))


def fitted_parts(covariance: Mapping[float, float], half_lives_s: Sequence[float]) -> list[float]:
    """Variances, none negative, of mean-reverting parts whose sum has these autocovariances by lag in
    seconds."""
    lags = np.array(list(covariance))
    target = np.array(list(covariance.values()))
    shapes = 2.0 ** (-lags[:, None] / np.array(half_lives_s)[None, :])
    best, found = math.inf, [0.0] * len(half_lives_s)
    for count in range(1, len(half_lives_s) + 1):
        for chosen in combinations(range(len(half_lives_s)), count):
            solved = np.linalg.lstsq(shapes[:, chosen], target, rcond=None)[0]
            error = float(((shapes[:, chosen] @ solved - target) ** 2).sum())
            if (solved >= 0).all() and error < best:
                best = error
                found = [0.0] * len(half_lives_s)
                for part, value in zip(chosen, solved, strict=True):
                    found[part] = float(value)
    return found


def log_volatility_parts(
    abs_acf: Mapping[float, float], half_lives_s: Sequence[float], variance: float
) -> list[float]:
    """Variances of the parts of log volatility behind these autocorrelations of |return|, by lag in seconds.

    For r = exp(h) e with normal h and e: corr(|r_0|, |r_l|) = (2 / pi) (exp(c_l) - 1) / (exp(v) - 2 / pi),
    where c_l is the autocovariance of h and v its `variance`. The quickest part takes what the lags leave of
    v.
    """
    scale = (math.exp(variance) - 2.0 / math.pi) * math.pi / 2.0
    covariance = {lag: math.log1p(acf * scale) for lag, acf in abs_acf.items()}
    slow = fitted_parts(covariance, half_lives_s[1:])
    return [max(0.0, variance - math.fsum(slow)), *slow]


def day_pattern(returns: Floats, ts_s: Floats) -> list[float]:
    """Volatility of each UTC hour over that of all hours."""
    hour = (ts_s // 3600 % 24).astype(np.int64)
    each = np.array([np.sqrt((returns[hour == h] ** 2).mean()) for h in range(24)])
    return [float(v) for v in each / np.sqrt((each**2).mean())]


def beyond(basis: Floats, window: int) -> dict[str, float]:
    """Share of samples more than 2, 3 and 4 deviations from the mean of the `window` samples before them."""
    total = np.cumsum(np.insert(basis - basis.mean(), 0, 0.0))
    squares = np.cumsum(np.insert((basis - basis.mean()) ** 2, 0, 0.0))
    mean = (total[window:] - total[:-window]) / window
    deviation = np.sqrt(np.maximum((squares[window:] - squares[:-window]) / window - mean**2, 1e-12))
    z = np.abs((basis[window:] - basis.mean() - mean[:-1]) / deviation[:-1])
    return {str(k): float((z > k).mean()) for k in (2, 3, 4)}


def orders_of(trades: Floats) -> tuple[Floats, Floats]:
    """Times and signs of orders: trades of one side at one time are one order."""
    order = np.argsort(trades[:, 0], kind="stable")
    t, side = trades[order, 0], trades[order, 3]
    first = np.r_[True, (np.diff(t) != 0) | (np.diff(side) != 0)]
    return t[first], side[first]


def depth_per_bp(levels: Floats, every_s: float = 10.0, settle_s: float = 60.0) -> float:
    """Median notional of one basis point of one side, 1 to 5 bps from the middle, over moments `every_s`
    apart.

    The book is rebuilt from its changes alone; `settle_s` is given to it to fill.
    """
    book: dict[float, dict[float, float]] = {1.0: {}, -1.0: {}}
    found: list[float] = []
    if not len(levels):
        return 0.0
    due = levels[0, 0] + settle_s
    for t, px, qty, side in levels.tolist():
        if t > due and book[1.0] and book[-1.0]:
            due += every_s
            mid = (max(book[1.0]) + min(book[-1.0])) / 2.0
            for prices in book.values():
                near = [p * q for p, q in prices.items() if 1e-4 < abs(p / mid - 1.0) <= 5e-4]
                found.append(math.fsum(near) / 4.0)
        if qty > 0:
            book[side][px] = qty
        else:
            book[side].pop(px, None)
    return float(np.median(found)) if found else 0.0


def sampled(t: Floats, x: Floats, grid: Floats) -> Floats:
    """The last value of `x` at or before each moment of `grid`."""
    found: Floats = x[np.maximum(np.searchsorted(t, grid, side="right") - 1, 0)]
    return found


def middle(flow: Flow, step_s: float) -> tuple[Floats, Floats]:
    """Grid of moments and the mid price at each, one `step_s` apart."""
    grid = np.arange(flow.bbo[0, 0] + 1.0, flow.bbo[-1, 0], step_s)
    return grid, sampled(flow.bbo[:, 0], (flow.bbo[:, 1] + flow.bbo[:, 3]) / 2.0, grid)


def leg_figures(flow: Flow, tick: float, source: str) -> Leg:
    """Book and flow figures of one instrument."""
    t, bid, bid_size, ask, ask_size = flow.bbo.T
    seconds = t[-1] - t[0]
    held = np.diff(t, append=t[-1])
    one = np.rint((ask - bid) / tick) <= 1
    touch = np.concatenate([bid * bid_size, ask * ask_size])
    notional = flow.trades[:, 1] * flow.trades[:, 2]
    at, signs = orders_of(flow.trades)
    a_second = np.histogram(at, np.arange(at[0], at[-1], 1.0))[0].astype(np.float64)
    _, mid = middle(flow, 1.0)
    moves = np.diff(np.log(mid)) * 1e4
    return Leg(
        source=source,
        bbo_rate=len(t) / seconds,
        depth_rate=flow.depth_messages / seconds,
        levels_per_depth=len(flow.levels) / max(1, flow.depth_messages),
        order_rate=len(at) / seconds,
        trades_per_order=len(notional) / len(at),
        order_fano=float(a_second.var() / a_second.mean()),
        sign_acf=autocorrelation(signs, SIGN_LAGS),
        trade_quantiles=[float(q) for q in np.quantile(notional, QUANTILES)],
        trade_tail=tail_exponent(notional),
        touch_quantiles=[float(q) for q in np.quantile(touch, QUANTILES)],
        depth_per_bp=depth_per_bp(flow.levels),
        one_tick_share=float(held[one].sum() / held.sum()),
        second_volatility_bps=float(moves.std()),
        still_share=float((moves == 0).mean()),
    )
