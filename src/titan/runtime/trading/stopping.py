"""The orderly end of a run, as `[live] on_stop` declares.

leave     executions end at their next step; what is held stays, and a position whose stop rests at its venue
          stays with that stop: the next start goes on with it. A stop that would die with the process does
          not: what it guards is closed
flatten   executions that open something end, those that close go on, and strategies close what they hold

In both, entries stop at once, whatever else rests is withdrawn at the end, and what stands is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Literal

from titan.engine.engine import Engine
from titan.execution.desk import Desk

OnStop = Literal["leave", "flatten"]
WHY: Final = "the run is stopping"
WITHDRAW_S: Final = 3.0
_LOOK_S: Final = 0.02


async def wind_down(
    engine: Engine, desk: Desk, on_stop: OnStop, seconds: float, page: Callable[[str], None]
) -> None:
    """`seconds` are for executions to end by themselves. No entry may pass the gates any more."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds
    if on_stop == "flatten":
        engine.flatten(WHY)
        while (engine.executions or engine.holds) and loop.time() < ends:
            await asyncio.sleep(_LOOK_S)
        if engine.holds:
            page(f"not everything was closed within {seconds:g} s: what stands is left")
    else:
        while not engine.leave(WHY) and loop.time() < ends:
            await asyncio.sleep(_LOOK_S)
    kept = engine.protected()
    if kept:
        names = ", ".join(sorted(kept))
        page(f"left for the next start, with their stops or on their way at the venue: {names}")
    resting = [t for t in desk.tickets if not t.order.state.is_final and t.intent.saga not in kept]
    if resting:
        await desk.withdraw(resting, round(WITHDRAW_S * 1e9))
