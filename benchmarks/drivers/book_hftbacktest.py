"""`book` on hftbacktest: it has no book to call from Python, so a compiled strategy reads its book once a
message.

Variants `<book>-map` and `<book>-roi`. Only its local book is fed, so that one book is maintained, not two.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hftbacktest import BacktestAsset, HashMapMarketDepthBacktest, ROIVectorMarketDepthBacktest
from numba import njit

from benchmarks.drivers import books
from benchmarks.drivers.task import from_command_line

END_OF_DATA = 1
FOREVER = 10**18


@njit
def best_prices(hbt: Any) -> float:
    """The sum of best bid and ask after every message; the last is applied as the data ends."""
    check = 0.0
    ended = False
    while not ended:
        ended = hbt.wait_next_feed(False, FOREVER) == END_OF_DATA
        depth = hbt.depth(0)
        best = depth.best_bid + depth.best_ask
        if best == best:  # NaN until both sides are known
            check += best
    return check


def main() -> None:
    task = from_command_line()
    name, _, kind = task.variant.partition("-")
    found = books.stream(task.inputs, name)
    rows = np.load(task.inputs / f"hft-diffs-{name}.npy")

    def fresh() -> Any:
        asset = (
            BacktestAsset()
            .data(rows)
            .linear_asset(1.0)
            .constant_order_latency(0, 0)
            .risk_adverse_queue_model()
            .no_partial_fill_exchange()
            .trading_value_fee_model(0.0, 0.0)
            .tick_size(books.TICKS[name])
            .lot_size(10.0 ** -books.QTY_DIGITS[name])
        )
        if kind == "roi":
            asset = asset.roi_lb(float(rows["px"].min())).roi_ub(float(rows["px"].max()))
            return ROIVectorMarketDepthBacktest([asset])
        return HashMapMarketDepthBacktest([asset])

    books.measure(task, found, fresh, best_prices)


if __name__ == "__main__":
    main()
