"""Titan's compiled half of the `loop` strategy: what `strategies/<name>/step.py` is to a strategy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.drivers import flip
from titan.market.compiled import compiled
from titan.market.tape.rows import END

SCAN = np.dtype(
    [
        ("fast", "f8"), ("slow", "f8"), ("fast_gain", "f8"), ("slow_gain", "f8"), ("band", "f8"),
        ("bid", "f8"), ("ask", "f8"), ("seen", "i8"), ("warm", "i8"), ("side", "i8"),
    ],
    align=True,
)  # fmt: skip


@compiled
def scan(
    state: NDArray[np.void],
    sides: NDArray[np.int8],
    prices: NDArray[np.float64],
    flags: NDArray[np.uint8],
    start: int,
) -> int:
    """Step rows from `start` to the message that turns `side`; returns the next row, or -1 when none is left.

    The averages live in locals while it runs: through memory each step would wait for the store before it.
    """
    s = state[0]
    fast, slow, fast_gain, slow_gain = s["fast"], s["slow"], s["fast_gain"], s["slow_gain"]
    bid, ask, band, seen, warm, side = s["bid"], s["ask"], s["band"], s["seen"], s["warm"], s["side"]
    k, n = start, len(prices)
    turned = False
    while k < n and not turned:
        if sides[k] > 0:
            bid = prices[k]
        else:
            ask = prices[k]
        if flags[k] & END != 0:
            mid = (bid + ask) * 0.5
            seen += 1
            if seen == 1:
                fast = mid
                slow = mid
            fast += fast_gain * (mid - fast)
            slow += slow_gain * (mid - slow)
            ahead = fast - slow
            if seen > warm and (ahead > band or ahead < -band):
                wanted = 1 if ahead > 0.0 else -1
                turned = wanted != side
                side = wanted
        k += 1
    s["fast"], s["slow"], s["bid"], s["ask"], s["seen"], s["side"] = fast, slow, bid, ask, seen, side
    return k if turned else -1


def new_scan() -> NDArray[np.void]:
    state = np.zeros(1, SCAN)
    one = state[0]
    one["fast_gain"], one["slow_gain"] = 2.0 / (flip.FAST + 1), 2.0 / (flip.SLOW + 1)
    one["band"], one["warm"] = flip.BAND, flip.SLOW
    return state
