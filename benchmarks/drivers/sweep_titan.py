"""`sweep` on Titan: `titan sweep` of Sentinel as a call, in full fidelity. Variants `month` and `few`."""

from __future__ import annotations

import resource

from benchmarks.drivers import sweep
from benchmarks.drivers.task import Stopwatch, from_command_line, peak_mb
from titan.runtime.sweep import sweep as play

BASE = {
    "simulation.fees.spot.taker_bps": sweep.FEE * 1e4,
    "simulation.fees.perp.taker_bps": sweep.FEE * 1e4,
    "simulation.bars.half_spread_bps": 0.0,
    "simulation.bars.share": 1.0,
    "simulation.latency.order_ms": sweep.LATENCY_NS / 1e6,
    "sentinel.min_edge_bps": 0.0,
    "sentinel.pair_limit_usd": 500,
    "sentinel.routing": False,
}
"""One clip a pair: 500 USDT are 0.004 BTC in whole lots of the perp."""


def main() -> None:
    task = from_command_line()
    sets = [
        {
            "sentinel.window": one.window,
            "sentinel.min_warmup": one.window,
            "sentinel.entry_z": one.entry_z,
            "sentinel.exit_z": one.exit_z,
        }
        for one in sweep.sets(task.variant)
    ]
    with Stopwatch() as whole:
        played = play(
            task.inputs / "tape-month", sets, config=None, base=BASE, workers=sweep.WORKERS,
            progress=lambda _what, _done, _total: None,
        )  # fmt: skip
    figures = [one.figures for one in played if one.figures is not None]
    assert len(figures) == len(sets), [one.error for one in played if one.error][:1]
    worker_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
    task.write(
        total_s=whole.seconds,
        sets_per_s=len(sets) / whole.seconds,
        trades=sum(one.trades for one in figures),
        pnl=sum(one.nav_end - sweep.CAPITAL for one in figures),
        peak_mb=round(max(peak_mb(), worker_mb), 1),
    )


if __name__ == "__main__":
    main()
