"""The price path: what the fair prices of spot and perp, funding and open interest do, step by step.

- Volatility is a sum of mean-reverting logarithms with half-lives from minutes to days, which gives the slow
  decay of autocorrelation of |return| that the series show (long memory by few components: Corsi 2009, doi
  10.1093/jjfinec/nbp001; stochastic volatility as sums of Ornstein-Uhlenbeck processes: Barndorff-Nielsen and
  Shephard 2001, doi 10.1111/1467-9868.00282). One set is common to all bases, one is each base's own. Rare
  jumps come on top (Merton 1976).
- The basis is a constant, plus a premium that the scenario moves, plus mean-reverting parts whose half-lives
  run from seconds to days, the quick ones louder when volatility is high (that is where its fat tails come
  from).
- Liquidations push the perp away from spot (`gap`), which arbitrage closes within minutes; they take open
  interest down, widen spreads, drag both prices along and leave volatility high for a while.
- Funding: the premium averaged with weights growing over the interval, plus clamp(interest - premium, +-0.05
  %), capped. Source: Binance support, "Introduction to Binance Futures Funding Rates" (faq 360033525031,
  stored copy of 2020-06-09).
- Mark: the median of index with funding due, index plus the 2.5 minutes' mean basis, and the contract's
  price. Source: Binance support, "What Are Mark Price and Price Index" (faq 360033525071; stored copies of
  2019-09-09 and later).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from titan.market.compiled import compiled

VOLATILITY_PARTS: Final = 4
BASIS_PARTS: Final = 4
FACTOR_NORMALS: Final = VOLATILITY_PARTS + 1
PAIR_NORMALS: Final = VOLATILITY_PARTS + 1 + BASIS_PARTS + 2
PAIR_UNIFORMS: Final = 3

SCRIPT = np.dtype(
    [
        ("ts", "i8"),
        ("volatility", "f8"),   # of the act times the hour's season
        ("drift", "f8"),        # log price a step
        ("premium", "f8"),      # bps the perp is drawn towards, on top of the mean
        ("heat", "f8"),         # of the act times the season
        ("kick", "f8"),         # bps a second of forced closing: + longs (price falls), - shorts
        ("dark_spot", "i8"),    # 1 while the spot segment is silent
        ("dark_perp", "i8"),
    ],
    align=True,
)  # fmt: skip

FACTOR = np.dtype(
    [
        ("keep", "f8", (VOLATILITY_PARTS,)),    # share of a part that is left after a step
        ("shake", "f8", (VOLATILITY_PARTS,)),   # deviation of its innovation
        ("part", "f8", (VOLATILITY_PARTS,)),
    ],
    align=True,
)  # fmt: skip

COMMON = np.dtype([("h", "f8"), ("shock", "f8")], align=True)

PAIR = np.dtype(
    [
        # constants of a run
        ("dt", "f8"),                       # seconds a step
        ("sigma", "f8"),                    # deviation of a step's log return at volatility 1
        ("h_variance", "f8"),
        ("common", "f8"),                   # weights of the common and the own part: of volatility, of return
        ("own", "f8"),
        ("common_return", "f8"),
        ("own_return", "f8"),
        ("jump_chance", "f8"),              # a step
        ("jump_size", "f8"),                # log return
        ("keep", "f8", (VOLATILITY_PARTS,)),
        ("shake", "f8", (VOLATILITY_PARTS,)),
        ("basis_mean", "f8"),               # bps
        ("basis_keep", "f8", (BASIS_PARTS,)),
        ("basis_shake", "f8", (BASIS_PARTS,)),
        ("basis_tail", "f8", (BASIS_PARTS,)),   # exponent of volatility in the part's noise
        ("slow_size", "f8"),                    # bps of the slowest part where its lognormal is 1
        ("pop_chance", "f8"),               # a step: the basis jumps
        ("pop_size", "f8"),                 # bps
        ("premium_keep", "f8"),
        ("gap_keep", "f8"),
        ("pop_keep", "f8"),
        ("rebound_keep", "f8"),
        ("stress_keep", "f8"),
        ("flow_keep", "f8"),
        ("trend_keep", "f8"),
        ("interval", "i8"),                 # ns between settlements
        ("funding_cap", "f8"),
        ("premium_offset", "f8"),           # the venue's premium index over our basis, a fraction
        ("interest", "f8"),                 # interest rate of one interval
        # state
        ("log_spot", "f8"),
        ("part", "f8", (VOLATILITY_PARTS,)),
        ("basis", "f8", (BASIS_PARTS,)),
        ("premium", "f8"),
        ("gap", "f8"),
        ("pop", "f8"),
        ("rebound", "f8"),
        ("stress", "f8"),
        ("flow", "f8"),
        ("trend", "f8"),
        ("shown", "f8"), ("shown_basis", "f8"),     # log spot and bps that the touches stand at
        ("interest_open", "f8"),            # open interest, base units
        ("interest_home", "f8"),
        ("premium_sum", "f8"),
        ("premium_weight", "f8"),
        ("mark_basis", "f8"),
        ("last_rate", "f8"),
        ("next_settle", "i8"),
    ],
    align=True,
)  # fmt: skip

PATH = np.dtype(
    [
        ("ts", "i8"),
        ("spot", "f8"), ("perp", "f8"),     # where the touches want to stand
        ("mark", "f8"), ("index", "f8"),
        ("rate", "f8"),            # forecast of the running interval
        ("settle", "i8"),          # ns; the interval's end that this step crossed, else 0
        ("settled", "f8"),         # the rate paid there
        ("next_settle", "i8"),
        ("open_interest", "f8"),
        ("closed", "f8"),          # forced closings of this step, base units: + longs, - shorts
        ("spread", "f8"),          # extra spread, fraction of the price
        ("heat", "f8"),
        ("lean", "f8"),            # return of this step in deviations, for the sign of trades
        ("dark_spot", "i8"), ("dark_perp", "i8"),
    ],
    align=True,
)  # fmt: skip

_BPS: Final = 1e-4
_CLAMP: Final = 5e-4
_PERMANENT: Final = 1.6
"""Of each bp that liquidations push the perp, this many bps stay in the price of both, and `_TRANSIENT` come
back."""
_TRANSIENT: Final = 1.0
_CLOSED_SHARE: Final = 8e-4
"""Share of open interest that goes for each bp of push; half of it by liquidation, the rest by choice."""
SKEW: Final = 0.7
"""Of the logarithm of the slowest basis part: the recorded basis has its mean above its median by 0.2 bps."""
STICK: Final = 0.8
"""bps. In the captures 60 to 90 % of seconds see no move of the touch, at 0.3 to 0.7 bps of movement a
second."""
_FRAGILE: Final = 5.0
"""Deviations of the minute's trend beyond which some positions are closed by force without any script."""
_FRAGILE_SHARE: Final = 0.03
_FRAGILE_MOST: Final = 0.1
"""Of what lies beyond, this share is pushed once more, at most so many bps a second."""
_SPREAD_PER_FLOW: Final = 1.2
"""bps of extra spread for each bp a second of forced closing (20-second memory), at most `_SPREAD_MOST`."""
_SPREAD_MOST: Final = 8.0


@compiled
def factor_steps(
    factor: np.void, z: NDArray[np.float64], script: NDArray[np.void], out: NDArray[np.void]
) -> int:
    """The common log volatility and the common shock of each step. `z` is (steps, FACTOR_NORMALS)."""
    for k in range(len(script)):
        h = 0.0
        for j in range(VOLATILITY_PARTS):
            part = factor["part"][j] * factor["keep"][j] + factor["shake"][j] * z[k, j]
            factor["part"][j] = part
            h += part
        out[k]["h"] = h
        out[k]["shock"] = z[k, VOLATILITY_PARTS]
    return len(script)


@compiled
def _volatility(pair: np.void, z: NDArray[np.float64], k: int, common_h: float) -> float:
    """This base's log volatility after one step."""
    own = 0.0
    for j in range(VOLATILITY_PARTS):
        part = pair["part"][j] * pair["keep"][j] + pair["shake"][j] * z[k, j]
        pair["part"][j] = part
        own += part
    h: float = pair["common"] * common_h + pair["own"] * own
    return h


@compiled
def _basis(pair: np.void, z: NDArray[np.float64], k: int, h: float) -> float:
    """bps of the mean-reverting parts. E[exp(2 tail h)] = exp(2 tail^2 var h), so their deviations hold.

    The slowest part is lognormal of a standard normal: premiums rise further than they fall.
    """
    total = 0.0
    variance = pair["h_variance"]
    for j in range(BASIS_PARTS):
        tail = pair["basis_tail"][j]
        loud = math.exp(tail * h - tail * tail * variance)
        part: float = pair["basis"][j] * pair["basis_keep"][j]
        part += pair["basis_shake"][j] * loud * z[k, VOLATILITY_PARTS + 1 + j]
        pair["basis"][j] = part
        if j < BASIS_PARTS - 1:
            total += part
        else:
            total += pair["slow_size"] * (math.exp(SKEW * part - 0.5 * SKEW * SKEW) - 1.0)
    return total


@compiled
def _forced(pair: np.void, kick: float, ret: float, scale: float, u: float) -> float:
    """bps of push in this step: what the script asks for, and what a sharp minute brings by itself."""
    dt = pair["dt"]
    trend = pair["trend"] * pair["trend_keep"] + ret
    pair["trend"] = trend
    push: float = kick * dt * (0.5 + u)
    excess = abs(trend) - _FRAGILE * scale
    if excess > 0.0:
        push += math.copysign(min(_FRAGILE_SHARE * excess / _BPS, _FRAGILE_MOST * dt), -trend)
    pair["flow"] = pair["flow"] * pair["flow_keep"] + (1.0 - pair["flow_keep"]) * push / dt
    return push


@compiled
def _funding(pair: np.void, row: np.void, ts: int, premium: float) -> float:
    """The forecast after one more sample of the premium (a fraction); settles when `ts` reaches the
    interval's end."""
    if ts >= pair["next_settle"]:
        row["settle"] = pair["next_settle"]
        row["settled"] = pair["last_rate"]
        pair["next_settle"] = pair["next_settle"] + pair["interval"] * (
            1 + (ts - pair["next_settle"]) // pair["interval"]
        )
        pair["premium_sum"] = 0.0
        pair["premium_weight"] = 0.0
    else:
        row["settle"] = 0
        row["settled"] = 0.0
    weight = (pair["interval"] - (pair["next_settle"] - ts)) / 1e9 + pair["dt"]
    pair["premium_sum"] += weight * premium
    pair["premium_weight"] += weight
    mean = pair["premium_sum"] / pair["premium_weight"]
    rate: float = mean + min(max(pair["interest"] - mean, -_CLAMP), _CLAMP)
    rate = min(max(rate, -pair["funding_cap"]), pair["funding_cap"])
    rate = math.floor(rate * 1e8 + 0.5) / 1e8
    pair["last_rate"] = rate
    row["rate"] = rate
    row["next_settle"] = pair["next_settle"]
    return rate


@compiled
def _mark(pair: np.void, index: float, perp: float, rate: float, ts: int) -> float:
    keep = pair["trend_keep"]
    pair["mark_basis"] = pair["mark_basis"] * keep + (1.0 - keep) * (perp - index)
    left = (pair["next_settle"] - ts) / pair["interval"]
    first = index * (1.0 + rate * left)
    second = index + pair["mark_basis"]
    median: float = max(min(first, second), min(perp, max(first, second)))
    return median


@compiled
def _show(pair: np.void, row: np.void, log_spot: float, basis: float) -> None:
    """Where makers quote: they follow the price once it has gone `STICK` away, on both legs together."""
    if abs(log_spot - pair["shown"]) > STICK * _BPS or abs(basis - pair["shown_basis"]) > STICK:
        pair["shown"] = log_spot
        pair["shown_basis"] = basis
    row["spot"] = math.exp(pair["shown"])
    row["perp"] = math.exp(pair["shown"] + pair["shown_basis"] * _BPS)


@compiled
def pair_steps(
    pair: np.void,
    script: NDArray[np.void],
    common: NDArray[np.void],
    z: NDArray[np.float64],
    u: NDArray[np.float64],
    out: NDArray[np.void],
) -> int:
    """Fill `out` (PATH) for each step of `script` (SCRIPT). `z` is (steps, PAIR_NORMALS), `u` (steps,
    PAIR_UNIFORMS)."""
    minute = math.sqrt(60.0 / pair["dt"]) if pair["dt"] < 60.0 else 1.0
    for k in range(len(script)):
        now = script[k]
        row = out[k]
        h = _volatility(pair, z, k, common[k]["h"])
        excited = 1.0 + pair["stress"]
        scale = pair["sigma"] * now["volatility"] * math.exp(h - pair["h_variance"]) * excited
        shock = pair["common_return"] * common[k]["shock"] + pair["own_return"] * z[k, VOLATILITY_PARTS]
        ret = scale * shock + now["drift"]
        if u[k, 0] < pair["jump_chance"]:
            ret += pair["jump_size"] * now["volatility"] * z[k, VOLATILITY_PARTS + 1 + BASIS_PARTS]

        push = _forced(pair, now["kick"], ret, scale * minute, u[k, 2])
        ret -= push * _PERMANENT * _BPS
        pair["rebound"] = pair["rebound"] * pair["rebound_keep"] - push * _TRANSIENT
        pair["gap"] = pair["gap"] * pair["gap_keep"] - push
        pair["pop"] *= pair["pop_keep"]
        if u[k, 1] < pair["pop_chance"]:
            pair["pop"] += pair["pop_size"] * z[k, VOLATILITY_PARTS + 2 + BASIS_PARTS]
        pair["stress"] = pair["stress"] * pair["stress_keep"] + min(abs(push) * 0.012, 0.5)
        pair["log_spot"] += ret
        gone = 1.0 - math.exp(-abs(push) * _CLOSED_SHARE)
        closed = pair["interest_open"] * gone
        home = (pair["interest_home"] - pair["interest_open"]) * (1.0 - pair["rebound_keep"]) * 0.05
        pair["interest_open"] += home - closed

        pair["premium"] += (now["premium"] - pair["premium"]) * (1.0 - pair["premium_keep"])
        basis = pair["basis_mean"] + pair["premium"] + pair["gap"] + pair["pop"] + _basis(pair, z, k, h)
        spot = math.exp(pair["log_spot"] + pair["rebound"] * _BPS)
        perp = spot * math.exp(basis * _BPS)
        rate = _funding(pair, row, now["ts"], perp / spot - 1.0 + pair["premium_offset"])
        row["ts"] = now["ts"]
        _show(pair, row, pair["log_spot"] + pair["rebound"] * _BPS, basis)
        row["index"] = spot
        row["mark"] = _mark(pair, spot, perp, rate, now["ts"])
        row["open_interest"] = pair["interest_open"]
        row["closed"] = 0.5 * math.copysign(closed, push)
        row["spread"] = min(_SPREAD_PER_FLOW * abs(pair["flow"]), _SPREAD_MOST) * _BPS
        hot = min(math.exp(0.6 * h - 0.18 * pair["h_variance"]), 8.0)
        row["heat"] = now["heat"] * hot * (1.0 + 3.0 * min(abs(pair["flow"]), 3.0))
        row["lean"] = min(max(ret / scale, -3.0), 3.0) if scale > 0.0 else 0.0
        row["dark_spot"] = now["dark_spot"]
        row["dark_perp"] = now["dark_perp"]
    return len(script)
