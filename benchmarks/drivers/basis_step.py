"""Titan's compiled half of the `backtest` strategy: samples the basis on the grid, and stops at an entry or
an exit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.drivers import basis
from titan.market.compiled import compiled
from titan.market.quotes import update
from titan.market.stats import push, rolling_dtype, zscore
from titan.market.tape.rows import Rows

ENTER, EXIT = 1, 2

STATE = np.dtype(
    [
        ("next_sample", "i8"), ("step", "i8"), ("samples", "i8"), ("warm", "i8"), ("held", "i8"),
        ("enter_z", "f8"), ("exit_z", "f8"), ("z", "f8"), ("basis", "f8"),
        ("stats", rolling_dtype(basis.WINDOW)),
    ],
    align=True,
)  # fmt: skip


def new_state(first_ts: int) -> NDArray[np.void]:
    """Nothing sampled yet; the grid begins after `first_ts` (ns)."""
    state = np.zeros(1, STATE)
    one = state[0]
    one["next_sample"], one["step"] = basis.first_sample(first_ts), basis.STEP_NS
    one["enter_z"], one["exit_z"], one["warm"] = basis.ENTER_Z, basis.EXIT_Z, basis.WINDOW
    one["stats"]["window"] = basis.WINDOW
    return state


@compiled
def sample(state: np.void, spot: np.void, perp: np.void) -> int:
    """Take one sample of the touches as they stand; ENTER, EXIT or 0."""
    if not (spot["bid"] > 0.0 and spot["ask"] > 0.0 and perp["bid"] > 0.0 and perp["ask"] > 0.0):
        return 0
    spot_mid = (spot["bid"] + spot["ask"]) * 0.5
    perp_mid = (perp["bid"] + perp["ask"]) * 0.5
    state["basis"] = (perp_mid - spot_mid) / spot_mid
    push(state["stats"], state["basis"])
    state["samples"] += 1
    if state["samples"] < state["warm"]:
        return 0
    state["z"] = zscore(state["stats"], state["basis"])
    if state["held"] == 0 and state["z"] >= state["enter_z"]:
        state["held"] = 1
        return ENTER
    if state["held"] == 1 and state["z"] <= state["exit_z"]:
        state["held"] = 0
        return EXIT
    return 0


@compiled
def scan(
    states: NDArray[np.void],
    quotes: NDArray[np.void],
    books: NDArray[np.void],
    rows: Rows,
    start: int,
    stop: int,
) -> tuple[int, int]:
    """Step rows [start, stop): (next row, code), code 0 when nothing was noticed. A sample that is due is
    taken before the first row after it, which is then the row that raises the signal.
    """
    state = states[0]
    for k in range(start, stop):
        code = 0
        while rows.ts[k] > state["next_sample"]:
            state["next_sample"] += state["step"]
            found = sample(state, quotes[0], quotes[1])
            code = found if found != 0 else code
        update(quotes, books, rows, k)
        if code != 0:
            return k + 1, code
    return stop, 0
