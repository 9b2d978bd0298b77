"""Sentinel's compiled half: samples the basis, keeps its statistics, weighs the executable edge, forecasts
funding.

Everything here is a function of market data and parameters alone. A satellite is worth opening when the
basis is
stretched (z-score) *and* what could really be traded pays for the whole round trip:

    edge = executable basis - expected basis at exit - exit impact - four fees + funding until exit      [bps]

where the executable basis sells the perp into its bids and buys spot from its asks for the probe notional,
and the
expected basis at exit is the rolling mean, which is where a z-score of 0 stands.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from titan.market.basis import CONTRACT as CLOSE
from titan.market.basis import EXPAND as OPEN
from titan.market.basis import OK, basis_bps, executable_basis
from titan.market.compiled import compiled
from titan.market.freshness import judge
from titan.market.quotes import update
from titan.market.stats import mean, push, std, zscore
from titan.market.tape.rows import SETTLED, Kind, Rows
from titan.market.walk import mid
from titan.strategies.sentinel.cascade import OPENS, hear, watch
from titan.strategies.sentinel.funding import forecast
from titan.strategies.sentinel.rates import common_basis, in_common
from titan.strategies.sentinel.state import (
    CONTRACT,
    EXPAND,
    LOG_ROWS,
    MISSES,
    VACUUM_CLOSE,
    VACUUM_OPEN,
)

_FUNDING = int(Kind.FUNDING)
_LIQUIDATION = int(Kind.LIQUIDATION)
ANY_AGE = 1 << 62
"""Age is judged by the skew between the legs; gaps, empty and crossed touches make no sample at all."""
NEVER = -1e9
"""The edge of what the books cannot carry."""

Record = np.void


@compiled
def scan(
    params: NDArray[np.void],
    pairs: NDArray[np.void],
    pair_of: NDArray[np.int64],
    base_of: NDArray[np.int64],
    quotes: NDArray[np.void],
    books: NDArray[np.void],
    rows: Rows,
    start: int,
    stop: int,
) -> tuple[int, int]:
    """Step rows [start, stop). Returns (next row, code + 16 * pair), code 0 when nothing was noticed.

    `pair_of` and `base_of` say for each instrument which pair and which base it belongs to; -1 for none.
    """
    for k in range(start, stop):
        inst = rows.inst[k]
        if rows.kind[k] == _LIQUIDATION and base_of[inst] >= 0:
            hear(params, pairs, base_of[inst], rows.ts[k], rows.px[k] * rows.qty[k])
        rated = rows.kind[k] == _FUNDING
        ended = update(quotes, books, rows, k)
        if ended or rated:  # a rate is heard wherever it stands in its message: more may be told behind it
            n = pair_of[inst]
            if n >= 0:
                p = params[n]
                state = pairs[n]
                code = 0
                if rated:
                    code = forecast(p, state, rows.px[k], rows.qty[k], (rows.flags[k] & SETTLED) != 0)
                elif rows.ts[k] >= state["next_sample"] and in_common(state, quotes, rows.ts[k]):
                    s, q = state["spot"], state["perp"]
                    code = sample(p, state, quotes[s], quotes[q], books[s], books[q], rows.ts[k])
                if (
                    code == 0
                    and ended
                    and (state["vacuum"] != 0 or state["liquidated"]["cents"] >= p["liquidation_cents"])
                    and in_common(state, quotes, rows.ts[k])
                ):
                    s, q = state["spot"], state["perp"]
                    seen = watch(p, state, quotes[s], quotes[q], books[s], books[q], rows.ts[k])
                    if seen != 0:
                        code = VACUUM_OPEN if seen == OPENS else VACUUM_CLOSE
                if code != 0:
                    return k + 1, code + 16 * n
    return stop, 0


@compiled
def sample(
    p: Record, state: Record, spot: Record, perp: Record, spot_book: Record, perp_book: Record, ts: int
) -> int:
    """Take one sample of the basis when both legs are fresh, and say whether the regime changed."""
    if judge(spot, ts, ANY_AGE) != 0 or judge(perp, ts, ANY_AGE) != 0:
        return 0
    basis = common_basis(state, spot, perp)
    skew = spot["touch_ts"] - perp["touch_ts"]
    if skew > p["max_skew_ns"] or -skew > p["max_skew_ns"]:
        state["skewed"] += 1
        return 0
    state["next_sample"] = (ts // p["sample_ns"] + 1) * p["sample_ns"]
    state["sample_ts"] = ts
    stats = state["stats"]
    push(stats, basis)
    state["samples"] += 1
    state["basis"] = basis
    state["mean"] = mean(stats)
    state["std"] = std(stats)
    state["z"] = zscore(stats, basis)
    keep(state, ts, mid(spot), mid(perp) * state["common"])
    if state["samples"] < p["warmup"]:
        return 0
    return regime(p, state, spot, perp, spot_book, perp_book)


@compiled
def regime(p: Record, state: Record, spot: Record, perp: Record, spot_book: Record, perp_book: Record) -> int:
    """EXPAND when the basis becomes worth trading, and CONTRACT once after each EXPAND, when that is over."""
    funding = state["forecast"] * p["hold_ms"] / state["interval_ms"] * 1e4
    stretched = state["z"] >= p["entry_z"]
    if stretched:
        state["stretched"] += 1
        weigh(p, state, spot, perp, spot_book, perp_book, funding)
        note_miss(state)
    elif state["miss_open"] == 1:
        close_miss(state)
    verdict = classify(p, state["z"], state["edge"], state["basis"] - state["mean"] + funding)
    if verdict == EXPAND:
        state["paid"] += 1
    if verdict == EXPAND and state["expanded"] == 0:
        state["expanded"] = 1
        return EXPAND
    if verdict == CONTRACT and state["expanded"] == 1:
        state["expanded"] = 0
        return CONTRACT
    return 0


@compiled
def classify(p: Record, z: float, edge: float, left: float) -> int:
    """EXPAND, CONTRACT or 0 (SEN-3). `left` is what holding on still promises: distance to the mean plus
    funding, bps.
    """
    if z >= p["entry_z"] and edge >= p["min_edge_bps"]:
        return EXPAND
    if z <= p["exit_z"] or left < 0.0:
        return CONTRACT
    return 0


@compiled
def weigh(
    p: Record, state: Record, spot: Record, perp: Record, spot_book: Record, perp_book: Record, funding: float
) -> None:
    """The executable basis of the probe, and the edge that the whole round trip would leave, in bps."""
    entry = executable_basis(spot, spot_book, perp, perp_book, OPEN, p["probe_quote"])
    exit_ = executable_basis(spot, spot_book, perp, perp_book, CLOSE, p["probe_quote"])
    if entry.code != OK or exit_.code != OK:
        state["thin"] += 1
        state["executable"] = state["basis"]
        state["cost"] = 0.0
        state["edge"] = NEVER
        return
    state["executable"] = basis_bps(entry.spot_px, entry.perp_px * state["common"])
    state["cost"] = state["fees_bps"] + exit_.spot_impact + exit_.perp_impact - funding
    state["edge"] = state["executable"] - state["mean"] - state["cost"]


@compiled
def note_miss(state: Record) -> None:
    """Remember the best moment of the present stretch of the basis, for "why did it not trade"."""
    miss = state["miss"]
    if state["miss_open"] == 0 or state["edge"] > miss["edge"]:
        state["miss_open"] = 1
        miss["ts"] = state["sample_ts"]
        miss["z"] = state["z"]
        miss["basis"] = state["basis"]
        miss["executable"] = state["executable"]
        miss["cost"] = state["cost"]
        miss["edge"] = state["edge"]


@compiled
def close_miss(state: Record) -> None:
    """A stretch is over: keep its best moment among the run's best."""
    miss, kept = state["miss"], state["misses"]
    state["miss_open"] = 0
    at = -1
    if state["miss_n"] < MISSES:
        at = state["miss_n"]
        state["miss_n"] += 1
    else:
        worst = miss["edge"]
        for i in range(MISSES):
            if kept[i]["edge"] < worst:
                worst = kept[i]["edge"]
                at = i
    if at >= 0:
        slot = kept[at]
        slot["ts"] = miss["ts"]
        slot["z"] = miss["z"]
        slot["basis"] = miss["basis"]
        slot["executable"] = miss["executable"]
        slot["cost"] = miss["cost"]
        slot["edge"] = miss["edge"]


@compiled
def keep(state: Record, ts: int, spot_mid: float, perp_mid: float) -> None:
    """Log the sample for the report, in bounded memory: when the log is full, every second row goes and
    the stride doubles.
    """
    state["log_skip"] += 1
    if state["log_skip"] < state["log_stride"]:
        return
    state["log_skip"] = 0
    log = state["log"]
    n = state["log_n"]
    if n == LOG_ROWS:
        n = LOG_ROWS // 2
        for i in range(n):
            copy_log(log[i], log[2 * i + 1])
        state["log_stride"] *= 2
    row = log[n]
    row["ts"] = ts
    row["spot"] = spot_mid
    row["perp"] = perp_mid
    row["basis"] = state["basis"]
    row["mean"] = state["mean"]
    row["std"] = state["std"]
    row["z"] = state["z"]
    state["log_n"] = n + 1


@compiled
def copy_log(into: Record, row: Record) -> None:
    into["ts"] = row["ts"]
    into["spot"] = row["spot"]
    into["perp"] = row["perp"]
    into["basis"] = row["basis"]
    into["mean"] = row["mean"]
    into["std"] = row["std"]
    into["z"] = row["z"]
