"""`loop` as a bare Numba function with no exchange at all: the limit that no engine can pass."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.drivers import flip
from benchmarks.drivers.task import Stopwatch, from_command_line, median_seconds


@numba.njit(cache=True)
def flips(
    quotes: NDArray[np.void], fast_n: int, slow_n: int, band: float, qty: float, fee: float
) -> tuple[int, float, float]:
    """(orders, P&L, fees): fills at the touch of the same quote."""
    fast_gain, slow_gain = 2.0 / (fast_n + 1), 2.0 / (slow_n + 1)
    fast = slow = (quotes[0].bid + quotes[0].ask) * 0.5
    held, orders, cash, fees = 0, 0, 0.0, 0.0
    for i in range(1, len(quotes)):
        bid, ask = quotes[i].bid, quotes[i].ask
        mid = (bid + ask) * 0.5
        fast += fast_gain * (mid - fast)
        slow += slow_gain * (mid - slow)
        wanted = 1 if fast - slow > band else -1 if slow - fast > band else held
        if i >= slow_n and wanted != held:
            traded = qty * (wanted - held)
            price = ask if traded > 0.0 else bid
            cash -= traded * price
            fees += abs(traded) * price * fee
            held = wanted
            orders += 1
    last = quotes[len(quotes) - 1]
    return orders, cash - fees + held * qty * (last.bid + last.ask) * 0.5, fees


def main() -> None:
    task = from_command_line()
    setting = flip.SETTINGS[task.variant]
    with Stopwatch() as setup:
        quotes = np.load(task.inputs / "quotes.npy")
    arguments = (quotes, flip.FAST, flip.SLOW, flip.BAND, flip.QTY, setting.taker_fee)
    with Stopwatch() as first:
        flips(*arguments)
    orders, pnl, fees = flips(*arguments)
    run = median_seconds(lambda: flips(*arguments))
    task.write(
        events=len(quotes),
        events_per_s=len(quotes) / run,
        setup_s=setup.seconds,
        first_s=first.seconds,
        run_s=run,
        orders=orders,
        pnl=pnl,
        fees=fees,
    )


if __name__ == "__main__":
    main()
