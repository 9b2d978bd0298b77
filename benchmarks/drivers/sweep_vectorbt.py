"""`sweep` on vectorbt: signals as matrices, `Portfolio.from_signals` on them. Variants `month` and `few`.

Two columns a set, spot and perp, that share their cash. Rolling figures are taken once a window. A chunk
holds 20 sets, because its memory grows with the columns; chunks are played by two processes.
"""

from __future__ import annotations

import multiprocessing
import resource
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import vectorbt as vbt
from numpy.typing import NDArray

from benchmarks.drivers import sweep
from benchmarks.drivers.task import Stopwatch, from_command_line, peak_mb

CHUNK = 20
LONG, SHORT = 0, 1
Bars = NDArray[np.void]


def play(bars: Bars, chosen: list[sweep.Set], places: range) -> list[tuple[int, float]]:
    """(round trips, P&L) of each set, in order."""
    found: list[tuple[int, float]] = []
    index = pd.DatetimeIndex(bars["ts"].astype("datetime64[ns]"))
    spot, perp = bars["spot_close"], bars["perp_close"]
    basis = pd.Series((perp - spot) / spot * 1e4, index)
    known: dict[int, tuple[Any, Any]] = {}
    for start in range(places.start, places.stop, CHUNK):
        entries, exits = [], []
        part = [chosen[n] for n in places if start <= n < start + CHUNK]
        for one in part:
            if one.window not in known:
                rolling = basis.rolling(one.window)
                above = basis - rolling.mean()
                known = {one.window: (above.to_numpy(), (above / rolling.std(ddof=1)).to_numpy())}
            above, z = known[one.window]
            entries += [(z >= one.entry_z) & (above >= sweep.COST_BPS)] * 2
            exits += [z <= one.exit_z] * 2
        found += simulate(bars, index, np.column_stack(entries), np.column_stack(exits))
    return found


def simulate(
    bars: Bars, index: pd.DatetimeIndex, entries: NDArray[np.bool_], exits: NDArray[np.bool_]
) -> list[tuple[int, float]]:
    columns = entries.shape[1]
    closes = np.tile(np.column_stack([bars["spot_close"], bars["perp_close"]]), columns // 2)
    opens = np.tile(np.column_stack([bars["spot_open"], bars["perp_open"]]), columns // 2)
    after = np.vstack([opens[1:], closes[-1:]])
    portfolio = vbt.Portfolio.from_signals(
        pd.DataFrame(closes, index), entries, exits, price=after, size=sweep.QTY, fees=sweep.FEE,
        direction=np.tile([LONG, SHORT], columns // 2)[None, :], init_cash=sweep.CAPITAL,
        group_by=np.repeat(np.arange(columns // 2), 2), cash_sharing=True, freq="1min",
    )  # fmt: skip
    portfolio.sharpe_ratio()
    portfolio.max_drawdown()
    trades = portfolio.trades.count().to_numpy()
    made = portfolio.total_profit().to_numpy()
    return [(int(n) // 2, float(pnl)) for n, pnl in zip(trades, made, strict=True)]


def job(inputs: Path, variant: str, places: range) -> tuple[list[tuple[int, float]], float]:
    chosen = sweep.sets(variant)
    return play(np.load(inputs / "month.npy"), chosen, places), resource.getrusage(
        resource.RUSAGE_SELF
    ).ru_maxrss


def main() -> None:
    task = from_command_line()
    count = len(sweep.sets(task.variant))
    with Stopwatch() as whole, multiprocessing.get_context("fork").Pool(sweep.WORKERS) as pool:
        answers = pool.starmap(job, [(task.inputs, task.variant, places) for places in sweep.halves(count)])
    found = [one for answer, _ in answers for one in answer]
    assert len(found) == count
    task.write(
        total_s=whole.seconds,
        sets_per_s=count / whole.seconds,
        trades=sum(trades for trades, _ in found),
        pnl=sum(pnl for _, pnl in found),
        peak_mb=round(max(peak_mb(), *(kb * 1024 / 1e6 for _, kb in answers)), 1),
    )


if __name__ == "__main__":
    main()
