"""The doubles that a config names, in a process of their own: they and their accounts outlive the runs that
trade with them. Started by `titan up` as

    python -m titan.runtime.supervising.doubles CONFIG MODE
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec

from titan.doubles.rails import Rails
from titan.model.errors import TitanError
from titan.runtime.clock import WallClock
from titan.runtime.signals import stopped_by_signals
from titan.runtime.supervising.lifeline import stopped_without_parent
from titan.runtime.trading import doubles
from titan.runtime.trading.panicking import RUNNING
from titan.runtime.trading.plan import Plan, read_plan
from titan.runtime.trading.whole import write_whole


async def serve(plan: Plan, stop: asyncio.Event) -> None:
    """Until `stop`. Where they listen stands in the run's folder. Raises ConfigError or TapeError."""
    clock, rails = WallClock(), Rails()
    plan.folder.mkdir(parents=True, exist_ok=True)
    place = plan.folder / RUNNING
    async with AsyncExitStack() as closing:
        found = []
        for venue in plan.venues:
            if venue.double:
                made = doubles.running(
                    venue, plan.folder, now=clock.now, seed=plan.config.run.seed, rails=rails
                )
                found.append(await closing.enter_async_context(made))
        closing.callback(place.unlink, missing_ok=True)
        write_whole(place, b"".join(msgspec.json.encode(one) + b"\n" for one in found))
        await stop.wait()


async def _main(place: Path, mode: str) -> None:
    stop = asyncio.Event()
    with stopped_by_signals(stop):
        await serve(read_plan(place, mode, os.environ, {}), stop)


def main(argv: list[str]) -> int:
    place, mode = argv
    stopped_without_parent(ends_s=5.0)
    try:
        asyncio.run(_main(Path(place), mode))
    except TitanError as e:
        sys.stderr.write(f"error: {e}\n")
        return e.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
