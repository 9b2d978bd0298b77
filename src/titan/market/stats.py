"""Rolling mean, deviation, z-score and percentile over the last `window` samples: O(1) a sample, and exact.

Mean and sum of squares follow Welford's recurrence in its sliding form, where a new sample replaces the
oldest:

mean' = mean + (new - old) / n m2'   = m2 + (new - old) * ((new - mean') + (old - mean))

(B. P. Welford, Technometrics 4(3), 1962, with removal.) Two measures keep it exact. Samples are taken
relative to a shift within the data, so a large offset costs no digits. And what rounding leaves behind is
wiped out by computing both anew from the ring: once every `window` samples, and at once when the sum of
squares has fallen far below its peak since, as it does when an outlier leaves. A sample leaves only once, so
both are O(1) amortised.

The deviation is the *sample* deviation (divisor n - 1). A sample that is not finite is not taken, but
counted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from titan.market.compiled import compiled

FALLEN = 1e-3
"""Compute anew when the sum of squares is below this share of its peak: rounding there cost three digits
at most.
"""
LARGEST = 1e150
"""Samples beyond this are refused: their squares are no numbers."""


def rolling_dtype(window: int) -> np.dtype[np.void]:
    """The state of one rolling window of up to `window` samples; zeroed memory is an empty one of full
    capacity.

    Capacities are powers of two, so that windows of similar size share one type, and with it one compilation.
    Raises ValueError for a window below 2.
    """
    if window < 2:
        raise ValueError(f"a rolling window needs at least 2 samples, not {window}")
    capacity = max(64, 1 << (window - 1).bit_length())
    return np.dtype(
        [
            ("window", "i8"),    # samples kept; 0 means the ring's whole length
            ("n", "i8"),         # samples now held
            ("head", "i8"),      # where the next sample goes
            ("refused", "i8"),   # samples that were no numbers
            ("shift", "f8"),     # what is subtracted from every sample
            ("mean", "f8"),      # of the shifted samples
            ("m2", "f8"),        # sum of squared deviations from the mean
            ("peak", "f8"),      # largest m2 since both were computed anew
            ("ring", "f8", (capacity,)),
        ],
        align=True,
    )  # fmt: skip


def new_rolling(count: int, window: int) -> NDArray[np.void]:
    """`count` empty states of `window` samples each, as an array of records."""
    states: NDArray[np.void] = np.zeros(count, rolling_dtype(window))
    states["window"] = window
    return states


@compiled
def _window(state: np.void) -> int:
    return int(state["window"]) if state["window"] > 0 else len(state["ring"])


@compiled
def _refresh(state: np.void) -> None:
    """Mean and sum of squares from the ring, around a shift that lies within the data."""
    n = state["n"]
    shift = state["ring"][0]
    total = 0.0
    for i in range(n):
        total += state["ring"][i] - shift
    shift += total / n
    total = 0.0
    for i in range(n):
        total += state["ring"][i] - shift
    mean = total / n
    state["shift"] = shift
    m2 = 0.0
    for i in range(n):
        d = (state["ring"][i] - shift) - mean
        m2 += d * d
    state["mean"] = mean
    state["m2"] = m2
    state["peak"] = m2


@compiled
def push(state: np.void, x: float) -> None:
    """Take a sample; the oldest one leaves when the window is full."""
    if not abs(x) < LARGEST:
        state["refused"] += 1
        return
    window = _window(state)
    head = state["head"]
    if state["n"] == 0:
        state["shift"] = x
    d = x - state["shift"]
    mean = state["mean"]
    if state["n"] < window:
        state["n"] += 1
        after = mean + (d - mean) / state["n"]
        state["m2"] += (d - mean) * (d - after)
    else:
        old = state["ring"][head] - state["shift"]
        after = mean + (d - old) / window
        state["m2"] += (d - old) * ((d - after) + (old - mean))
    state["mean"] = after
    state["ring"][head] = x
    head += 1
    state["head"] = 0 if head == window else head
    if state["m2"] > state["peak"]:
        state["peak"] = state["m2"]
    if head == window or state["m2"] < state["peak"] * FALLEN:
        _refresh(state)


@compiled
def mean(state: np.void) -> float:
    """Mean of the samples held; 0 when there are none."""
    return float(state["shift"] + state["mean"])


@compiled
def std(state: np.void) -> float:
    """Sample deviation (divisor n - 1) of the samples held; 0 with fewer than 2."""
    if state["n"] < 2 or state["m2"] <= 0.0:
        return 0.0
    return float(np.sqrt(state["m2"] / (state["n"] - 1)))


@compiled
def zscore(state: np.void, x: float) -> float:
    """`(x - mean) / std`; 0 when the deviation is 0 or fewer than 2 samples are held."""
    deviation = std(state)
    if deviation == 0.0:
        return 0.0
    return float(((x - state["shift"]) - state["mean"]) / deviation)


@compiled
def percentile(state: np.void, q: float) -> float:
    """The `q`-th percentile (0 to 100) of the samples held, between neighbours as NumPy's `linear`; 0 when
    empty.

    O(window): a selection on a copy, for reports and thresholds, not for every row.
    """
    n = state["n"]
    if n == 0:
        return 0.0
    at = min(max(q, 0.0), 100.0) / 100.0 * (n - 1)
    k = int(at)
    part = np.partition(state["ring"][:n], k)
    low = part[k]
    if k + 1 >= n:
        return float(low)
    high = part[k + 1 :].min()
    t = at - k
    if t < 0.5:
        return float(low + (high - low) * t)
    return float(high - (high - low) * (1.0 - t))
