"""Titan's compiled half of the `loop` strategy: what `strategies/<name>/step.py` is to a strategy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.drivers import flip
from titan.market.compiled import compiled
from titan.market.tape.rows import END, Rows

SCAN = np.dtype(
    [
        ("fast", "f8"), ("slow", "f8"), ("fast_gain", "f8"), ("slow_gain", "f8"), ("band", "f8"),
        ("bid", "f8"), ("ask", "f8"), ("seen", "i8"), ("warm", "i8"), ("side", "i8"),
    ],
    align=True,
)  # fmt: skip


@compiled
def scan(state: NDArray[np.void], rows: Rows, start: int) -> int:
    """Step rows from `start` to the message that turns `side`; returns the next row, or -1 when none is
    left.
    """
    s = state[0]
    for k in range(start, len(rows.ts)):
        if rows.side[k] > 0:
            s["bid"] = rows.px[k]
        else:
            s["ask"] = rows.px[k]
        if rows.flags[k] & END == 0:
            continue
        mid = (s["bid"] + s["ask"]) * 0.5
        s["seen"] += 1
        if s["seen"] == 1:
            s["fast"] = mid
            s["slow"] = mid
            continue
        s["fast"] += s["fast_gain"] * (mid - s["fast"])
        s["slow"] += s["slow_gain"] * (mid - s["slow"])
        if s["seen"] <= s["warm"]:
            continue
        ahead = s["fast"] - s["slow"]
        side = 1 if ahead > s["band"] else -1 if ahead < -s["band"] else s["side"]
        if side != s["side"]:
            s["side"] = side
            return k + 1
    return -1


def new_scan() -> NDArray[np.void]:
    state = np.zeros(1, SCAN)
    one = state[0]
    one["fast_gain"], one["slow_gain"] = 2.0 / (flip.FAST + 1), 2.0 / (flip.SLOW + 1)
    one["band"], one["warm"] = flip.BAND, flip.SLOW
    return state
