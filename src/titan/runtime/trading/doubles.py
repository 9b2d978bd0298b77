"""Doubles of venues inside the run's own process, for demos and drills: nothing to start by hand.

`waves` is a market of premiums that come and go within minutes, so that there is something to see; any other
scenario of the market generator, or a tape, can be named as well.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from titan.doubles.faults import Faults
from titan.doubles.playback import relabel
from titan.doubles.rails import Rails
from titan.doubles.registry import check_venue, double
from titan.doubles.world import World
from titan.market.tape.read import TapeReader
from titan.model.errors import ConfigError
from titan.runtime.trading.plan import VenuePlan
from titan.simulation.market.instruments import simulated_pairs
from titan.simulation.market.scenario import SCENARIOS, SECOND_NS, Act, Cascade, Scenario, scenario_named
from titan.simulation.market.write import write_market
from titan.venues.addresses import Addresses

START_NS: Final = 1_785_542_400_000_000_000
"""2026-08-01 00:00 UTC on the tape; a double plays it on the clock of now."""
HOUR_NS: Final = 3600 * SECOND_NS
WAVES: Final = Scenario(
    "waves",
    tuple(
        Act(f"wave {n}", premium_bps=22.0, cascades=(Cascade(0.35, 110.0, 420.0, longs=False),))
        for n in range(8)
    ),
    activity=0.02,
)
HOURS: Final = 4.0


@asynccontextmanager
async def running(
    plan: VenuePlan, scratch: Path, *, now: Callable[[], int], seed: int, rails: Rails
) -> AsyncIterator[Addresses]:
    """The plan's double, listening on a free port of the loopback. Those on the same rails send each other
    money.
    """
    check_venue(plan.venue)
    tape = TapeReader(_market(plan, scratch, seed))
    relabel(tape.instruments, plan.venue)
    world = World(plan.venue, tape, now=now, speed=plan.speed, seed=seed, since_ns=rails.began_ns)
    rails.began_ns = rails.began_ns or world.start_ns
    rails.join(plan.venue, world.account)
    server = double(plan.venue, world, Faults((), now=time.monotonic_ns, seed=seed))
    await server.start()
    try:
        yield msgspec.convert(server.addresses(), Addresses)
    finally:
        await server.close()


def _market(plan: VenuePlan, scratch: Path, seed: int) -> Path:
    """The tape of a market: one that is there, or one made of a scenario, kept for the next time."""
    if Path(plan.double).exists():
        return Path(plan.double)
    if plan.double != WAVES.name and plan.double not in SCENARIOS:
        known = ", ".join((WAVES.name, *SCENARIOS))
        raise ConfigError(
            f'venues.{plan.venue}.double = "{plan.double}": neither a tape nor a market',
            remedy=f"one of: {known}",
        )
    scenario = WAVES if plan.double == WAVES.name else scenario_named(plan.double)
    bases = sorted({i.partition(".")[2].removesuffix("USDT") for i in plan.instruments})
    path = scratch / f"market-{plan.double}-{'-'.join(bases)}-{seed}"
    if not path.exists():
        write_market(
            path, scenario, instruments=simulated_pairs(bases), start_ns=START_NS,
            duration_ns=round(HOURS * HOUR_NS), seed=seed,
        )  # fmt: skip
    return path
