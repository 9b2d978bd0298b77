"""`sweep` on hftbacktest: two assets, one compiled strategy, a run a set. Variants `month-map`, `month-roi`.

A bar is four touches a tick wide (open, low and high, close), as Titan's tape has it.
"""

from __future__ import annotations

import multiprocessing
import resource
from pathlib import Path
from typing import Any

import numpy as np
from hftbacktest import GTC, MARKET, Recorder
from hftbacktest.stats import LinearAssetRecord
from numba import njit
from numpy.typing import NDArray

from benchmarks.drivers import hft_pair, sweep
from benchmarks.drivers.task import Stopwatch, from_command_line, peak_mb

MINUTE_NS = 60_000_000_000
EVERY = 15
"""Minutes between two marks of the equity, about as often as Titan's."""


@njit
def trade(
    hbt: Any, recorder: Any, first: int, window: int, entry_z: float, exit_z: float, qty: float, cost: float
) -> int:
    """Entries. `first` is the moment just after the close of the first bar."""
    ring = np.zeros(window)
    samples = entries = 0
    held = False
    hbt.elapse(0)
    wait = first - hbt.current_timestamp
    while hbt.elapse(wait) == 0:
        wait = MINUTE_NS
        spot, perp = hbt.depth(0), hbt.depth(1)
        spot_mid = (spot.best_bid + spot.best_ask) * 0.5
        value = ((perp.best_bid + perp.best_ask) * 0.5 - spot_mid) / spot_mid * 1e4
        ring[samples % window] = value
        samples += 1
        if samples % EVERY == 0:
            recorder.record(hbt)
        if samples < window:
            continue
        above = value - ring.mean()
        z = above / (ring.std() * np.sqrt(window / (window - 1)))
        if not held and z >= entry_z and above >= cost:
            hbt.submit_buy_order(0, 2 * entries, spot.best_ask, qty, GTC, MARKET, False)
            hbt.submit_sell_order(1, 2 * entries, perp.best_bid, qty, GTC, MARKET, False)
            held = True
            entries += 1
        elif held and z <= exit_z:
            hbt.submit_sell_order(0, 2 * entries + 1, spot.best_bid, qty, GTC, MARKET, False)
            hbt.submit_buy_order(1, 2 * entries + 1, perp.best_ask, qty, GTC, MARKET, False)
            held = False
        hbt.clear_inactive_orders(0)
        hbt.clear_inactive_orders(1)
    return entries


def run(
    legs: list[NDArray[np.void]], first: int, one: sweep.Set, roi: bool
) -> tuple[int, float, list[NDArray[np.void]]]:
    """(entries, P&L, a record of each leg) of one set."""
    hbt = hft_pair.engine(legs, latency_ns=sweep.LATENCY_NS, maker=sweep.FEE, taker=sweep.FEE, roi=roi)
    recorder = Recorder(2, 10_000)
    entries = trade(
        hbt, recorder.recorder, first, one.window, one.entry_z, one.exit_z, sweep.QTY, sweep.COST_BPS
    )
    made = hft_pair.worth(hbt)
    hbt.close()
    return entries, made, [recorder.get(leg) for leg in (0, 1)]


LEGS: list[NDArray[np.void]] = []
"""Read before the fork, shared by the workers."""


def job(first: int, one: sweep.Set, roi: bool) -> tuple[int, float]:
    """(entries, P&L) of one set, its statistics taken as a user would."""
    entries, made, records = run(LEGS, first, one, roi)
    for record in records:
        LinearAssetRecord(record).resample("15m").stats(book_size=sweep.CAPITAL).summary()
    return entries, made


def read(inputs: Path) -> int:
    """Fill LEGS; the moment just after the first bar's close."""
    LEGS[:] = [np.load(inputs / f"hft-month{leg}.npy") for leg in (0, 1)]
    return int(LEGS[0]["exch_ts"][0]) + MINUTE_NS - 500_000


def main() -> None:
    task = from_command_line()
    roi = task.variant.endswith("-roi")
    with Stopwatch() as whole:
        first = read(task.inputs)
        chosen = sweep.sets(task.variant)
        # Compiled before the fork, on two hours, so that the workers need not; without statistics, because
        # the library that they are made with does not survive a fork once it has run.
        run([rows[:2000] for rows in LEGS], first, chosen[0], roi)
        with multiprocessing.get_context("fork").Pool(sweep.WORKERS) as pool:
            found = pool.starmap(job, [(first, one, roi) for one in chosen], chunksize=5)
    worker_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
    task.write(
        total_s=whole.seconds,
        sets_per_s=len(chosen) / whole.seconds,
        trades=sum(entries for entries, _ in found),
        pnl=sum(pnl for _, pnl in found),
        peak_mb=round(max(peak_mb(), worker_mb), 1),
    )


if __name__ == "__main__":
    main()
