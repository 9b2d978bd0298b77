"""Funding as the kernel sees it: settlements, the forecast made of them, and when a CORE pair is worth it
(SEN-3).

Recorded series have the settlements themselves (rows with SETTLED). Venues' live feeds have forecasts only,
each with the moment at which it settles: once a feed speaks of a later moment, the one before has come, and
settled at the rate that was said of it last.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from titan.market.compiled import compiled
from titan.strategies.sentinel.state import CORE_CLOSE, CORE_OPEN

YEAR_MS: Final = 365.0 * 24.0 * 3_600_000.0
SAME_MS: Final = 1_800_000.0
"""Two settlements closer than this are one, told twice: no venue settles more often than once an hour."""


@compiled
def forecast(p: np.void, state: np.void, rate: float, settles_ms: float, settled: bool) -> int:
    """Take in a funding rate: CORE_OPEN, CORE_CLOSE or 0. A settled rate moves the exponential forecast; a
    predicted one is the forecast's newest part. A forecast at or above zero, though but for a moment, ends
    its stay below.
    """
    if settled:
        state["told"] = 1
        return _settled(p, state, rate, settles_ms)
    code = 0
    if state["due_ms"] > 0.0 and settles_ms > state["due_ms"] and state["told"] == 0:
        code = _settled(p, state, state["due_rate"], state["due_ms"])
    if settles_ms >= state["due_ms"]:
        state["due_rate"] = rate
        state["due_ms"] = settles_ms
    if state["rated"] == 0:  # until something has settled the venue's word is all that is expected
        state["forecast"] = rate
    return code if code != 0 else _verdict(p, state, _expected(p, state, rate))


@compiled
def _expected(p: np.void, state: np.void, rate: float) -> float:
    weight = p["forecast_weight"] if state["rated"] > 0 else 1.0
    return float(state["forecast"] + weight * (rate - state["forecast"]))


@compiled
def _settled(p: np.void, state: np.void, rate: float, settles_ms: float) -> int:
    gap = settles_ms - state["settled_ms"]
    if state["settled_ms"] > 0.0:
        if gap < SAME_MS:
            return 0
        _interval(state, gap)
    state["settled_ms"] = settles_ms
    state["forecast"] = _expected(p, state, rate)
    state["rated"] += 1
    state["settlements"] += 1
    state["below"] += 1
    return _verdict(p, state, state["forecast"])


@compiled
def _interval(state: np.void, gap_ms: float) -> None:
    """A longer one counts once it was seen twice in a row: a settlement may have been missed."""
    if gap_ms > state["interval_ms"] + SAME_MS and abs(gap_ms - state["longer_ms"]) > SAME_MS:
        state["longer_ms"] = gap_ms
        return
    state["interval_ms"] = gap_ms
    state["longer_ms"] = 0.0


@compiled
def _verdict(p: np.void, state: np.void, expected: float) -> int:
    if expected >= 0.0:
        state["below"] = 0
    apr = expected * YEAR_MS / state["interval_ms"]
    if state["core"] == 0 and apr > p["hurdle_apr"]:
        state["core"] = 1
        return CORE_OPEN
    if state["core"] == 1 and state["below"] >= p["exit_intervals"]:
        state["core"] = 0
        return CORE_CLOSE
    return 0
