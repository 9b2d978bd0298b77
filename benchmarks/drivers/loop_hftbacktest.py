"""`loop` on hftbacktest 2: its compiled engine (Rust) with a strategy compiled by Numba.
 Variants end in `-map` (hash map book) or `-roi` (price-range vector book). Every quote becomes the depth
rows that turn one touch into the next, with one stamp, so that `wait_next_feed` wakes the strategy once a
quote.
"""

from __future__ import annotations

import statistics
from typing import Any

import numpy as np
from hftbacktest import (
    GTC,
    MARKET,
    BacktestAsset,
    HashMapMarketDepthBacktest,
    ROIVectorMarketDepthBacktest,
)
from numba import njit
from numpy.typing import NDArray

from benchmarks.drivers import flip
from benchmarks.drivers.task import Stopwatch, from_command_line

END_OF_DATA = 1
FOREVER = 10**18


@njit
def flips(hbt: Any, fast_n: int, slow_n: int, band: float, qty: float) -> tuple[int, int]:
    """(quotes seen, orders sent)."""
    fast_gain, slow_gain = 2.0 / (fast_n + 1), 2.0 / (slow_n + 1)
    fast = slow = 0.0
    held = orders = seen = 0
    while hbt.wait_next_feed(False, FOREVER) != END_OF_DATA:
        depth = hbt.depth(0)
        bid, ask = depth.best_bid, depth.best_ask
        mid = (bid + ask) * 0.5
        if seen == 0:
            fast = slow = mid
        else:
            fast += fast_gain * (mid - fast)
            slow += slow_gain * (mid - slow)
        seen += 1
        if seen <= slow_n:
            continue
        wanted = 1 if fast - slow > band else -1 if slow - fast > band else held
        if wanted != held:
            hbt.clear_inactive_orders(0)
            if wanted > 0:
                hbt.submit_buy_order(0, orders + 1, ask, qty * (wanted - held), GTC, MARKET, False)
            else:
                hbt.submit_sell_order(0, orders + 1, bid, qty * (held - wanted), GTC, MARKET, False)
            held = wanted
            orders += 1
    return seen, orders


def engine(rows: NDArray[np.void], setting: flip.Setting, roi: bool) -> Any:
    """A backtest over one linear asset as `setting` wants it."""
    asset = (
        BacktestAsset()
        .data(rows)
        .linear_asset(1.0)
        .constant_order_latency(setting.latency_ns, setting.latency_ns)
        .trading_value_fee_model(setting.maker_fee, setting.taker_fee)
        .tick_size(flip.TICK)
        .lot_size(flip.LOT)
        .last_trades_capacity(0)
    )
    if setting.queue:
        asset = asset.power_prob_queue_model(2.0).partial_fill_exchange()
    else:
        asset = asset.risk_adverse_queue_model().no_partial_fill_exchange()
    if not roi:
        return HashMapMarketDepthBacktest([asset])
    asset = asset.roi_lb(float(rows["px"].min()) - 50.0).roi_ub(float(rows["px"].max()) + 50.0)
    return ROIVectorMarketDepthBacktest([asset])


def main() -> None:
    task = from_command_line()
    name, _, book = task.variant.partition("-")
    setting, roi = flip.SETTINGS[name], book == "roi"
    with Stopwatch() as setup:
        rows = np.load(task.inputs / "hft-quotes.npy")
        hbt = engine(rows, setting, roi)
    with Stopwatch() as first:
        seen, orders = flips(hbt, flip.FAST, flip.SLOW, flip.BAND, flip.QTY)
    state = hbt.state_values(0)
    balance, fee, position = state.balance, state.fee, state.position
    hbt.close()
    taken = []
    for _ in range(3):
        hbt = engine(rows, setting, roi)
        with Stopwatch() as run:
            flips(hbt, flip.FAST, flip.SLOW, flip.BAND, flip.QTY)
        taken.append(run.seconds)
        hbt.close()
    run_s = statistics.median(taken)
    last_mid = flip.last_mid(task.inputs)
    task.write(
        events=seen,
        events_per_s=seen / run_s,
        setup_s=setup.seconds,
        first_s=first.seconds,
        run_s=run_s,
        orders=orders,
        pnl=balance - fee + position * last_mid,
        fees=fee,
    )


if __name__ == "__main__":
    main()
