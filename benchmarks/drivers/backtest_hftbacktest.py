"""`backtest` on hftbacktest: two assets, its recorder, and its own statistics. Variants `basis-map` and
`basis-roi`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from hftbacktest import GTC, MARKET, Recorder
from hftbacktest.stats import LinearAssetRecord
from numba import njit

from benchmarks.drivers import basis, hft_pair, repeated
from benchmarks.drivers.task import Stopwatch, Task, from_command_line

MOST_RECORDS = 100_000


@njit
def trade(
    hbt: Any, recorder: Any, first: int, step: int, window: int, enter_z: float, exit_z: float, qty: float
) -> tuple[int, int, int]:
    """(samples, entries, exits)."""
    ring = np.zeros(window)
    samples = entries = exits = 0
    held = False
    order = 1
    # The engine's clock begins at the first row; the first wait goes to the grid.
    hbt.elapse(0)
    wait = first - hbt.current_timestamp
    while hbt.elapse(wait) == 0:
        wait = step
        spot, perp = hbt.depth(0), hbt.depth(1)
        if not (spot.best_bid > 0 and spot.best_ask > 0 and perp.best_bid > 0 and perp.best_ask > 0):
            continue
        spot_mid = (spot.best_bid + spot.best_ask) * 0.5
        perp_mid = (perp.best_bid + perp.best_ask) * 0.5
        value = (perp_mid - spot_mid) / spot_mid
        ring[samples % window] = value
        samples += 1
        recorder.record(hbt)
        if samples < window:
            continue
        deviation = ring.std() * np.sqrt(window / (window - 1))
        if deviation == 0.0:
            continue
        z = (value - ring.mean()) / deviation
        if not held and z >= enter_z:
            hbt.submit_buy_order(0, order, spot.best_ask, qty, GTC, MARKET, False)
            hbt.submit_sell_order(1, order, perp.best_bid, qty, GTC, MARKET, False)
            held = True
            entries += 1
            order += 1
        elif held and z <= exit_z:
            hbt.submit_sell_order(0, order, spot.best_bid, qty, GTC, MARKET, False)
            hbt.submit_buy_order(1, order, perp.best_ask, qty, GTC, MARKET, False)
            held = False
            exits += 1
            order += 1
    return samples, entries, exits


def whole(task: Task, parts: repeated.Parts) -> dict[str, Any]:
    """One backtest, from files to statistics."""
    roi = "-roi" in task.variant
    parts["load"], parts["run"], parts["metrics"] = Stopwatch(), Stopwatch(), Stopwatch()
    with parts["load"]:
        legs = [np.load(task.inputs / f"hft-leg{leg}.npy") for leg in (0, 1)]
        hbt = hft_pair.engine(
            legs, latency_ns=basis.LATENCY_NS, maker=basis.MAKER_FEE, taker=basis.TAKER_FEE, roi=roi
        )
        recorder = Recorder(2, MOST_RECORDS)
    first = basis.first_sample(int(min(rows["exch_ts"][0] for rows in legs)))
    with parts["run"]:
        samples, entries, exits = trade(
            hbt, recorder.recorder, first, basis.STEP_NS, basis.WINDOW, basis.ENTER_Z, basis.EXIT_Z, basis.QTY
        )
    with parts["metrics"]:
        for leg in (0, 1):
            LinearAssetRecord(recorder.get(leg)).resample("1s").stats(book_size=basis.CAPITAL).summary()
    states = [hbt.state_values(leg) for leg in (0, 1)]
    facts = {
        "rows": sum(len(rows) for rows in legs),
        "samples": samples,
        "entries": entries,
        "exits": exits,
        "fills": sum(int(s.num_trades) for s in states),
        "fees": sum(s.fee for s in states),
        "pnl": hft_pair.worth(hbt),
    }
    hbt.close()
    return facts


def main() -> None:
    task = from_command_line()
    repeated.measure(task, partial(whole, task))


if __name__ == "__main__":
    main()
