"""The venue of a hard story: a wire-level double in the parent's process, with seeded faults, without limits.

It counts what arrives under each client id, before the venue decides anything about it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from msgspec.structs import replace

from tests.doubles.tapes import PERP, SPOT, MemoryTape, lively
from titan.doubles import control
from titan.doubles.faults import Fault, Faults
from titan.doubles.limits import Limiter, Window
from titan.doubles.orders import Ticket
from titan.doubles.registry import double
from titan.doubles.world import World

SETTINGS = """
[live]
folder = "{folder}"
stop_seconds = 5
balance_tolerances = ["USDT 0.05"]
[venues.{venue}]
instruments = ["spot.BTCUSDT", "perp.BTCUSDT"]
url_file = "at.json"
[sentinel]
clip_usd = 500
[limits]
guard_seconds = 86400
"""
ORDERS = ("POST /fapi/v1/order", "POST /api/v3/order", "POST /fapi/v1/algoOrder")
LOST_S = 1.05
"""How long a request that is swallowed hangs before its connection is cut."""


@cache
def tape() -> MemoryTape:
    """A perp whose least order is one lot: what is filled in part can always be closed."""
    return lively(120, kinds=(SPOT, replace(PERP, min_notional=Decimal(5))))


class Venue:
    """`place` is the config folder of whoever trades here."""

    def __init__(self, world: World, place: Path) -> None:
        self.world, self.place = world, place
        self.arrivals: Counter[str] = Counter()
        self.log: list[str] = []

    def count(self, ticket: Ticket) -> None:
        if "conditional" not in ticket.extra:  # set off by a price: the same order, and nobody sent it
            self.arrivals[ticket.client_id] += 1
            self.log.append(f"{self.world.now()} {ticket.client_id} {ticket.side.name} {ticket.qty}")

    def keep(self) -> None:
        """What the double knows, beside the journal, for whoever looks into a broken law."""
        truth = msgspec.json.format(msgspec.json.encode(control.truth(self.world)))
        (self.place / "truth.json").write_bytes(truth)
        (self.place / "arrivals.log").write_text("\n".join(self.log))


def faults_of(seed: int) -> list[Fault]:
    """What goes wrong on the way, by seed: nothing in one of five stories."""
    rng = Random(f"hard:{seed}:faults")
    if rng.random() < 0.2:
        return []
    found: list[Fault] = []
    for match in (*ORDERS, "DELETE ", "POST /sapi"):
        for kind, seconds, chances in (
            ("timeout_after", LOST_S, (0, 0.02, 0.06)), ("timeout_before", LOST_S, (0, 0.02, 0.06)),
            ("http_5xx", 0.0, (0, 0.03)), ("drop", 0.0, (0, 0.02)), ("delay", 0.15, (0, 0.1, 0.3)),
        ):  # fmt: skip
            found.append(_fault(kind, rng.choice(chances), match=match, on="http", seconds=seconds))
    for kind, chances in (("duplicate", (0, 0.2)), ("reorder", (0, 0.05)), ("drop", (0, 0.03)),
                          ("disconnect", (0, 0.005))):  # fmt: skip
        found.append(_fault(kind, rng.choice(chances), match="user", on="ws"))
    found.append(_fault("partial_fills", rng.choice((0, 0.3)), seconds=0.2, pieces=3))
    found.append(_fault("reject", rng.choice((0, 0.03))))
    return [one for one in found if one.probability]


def _fault(kind: Any, chance: float, **more: Any) -> Fault:
    return Fault(kind, probability=chance, **more)


@asynccontextmanager
async def running(place: Path, seed: int, venue: str = "binance") -> AsyncIterator[Venue]:
    """A fresh account on a free port of the loopback, and the config of a run that trades on it."""
    world = World(venue, tape(), now=time.time_ns, seed=seed)
    faults = Faults(faults_of(seed), now=time.monotonic_ns, seed=seed)
    server: Any = double(venue, world, faults)
    here = Venue(world, place)

    def refuse(ticket: Ticket) -> bool:
        here.count(ticket)
        return faults.rejects(ticket)

    world.desk.refuse = refuse
    for name in ("_limits", "_orders"):  # hundreds of starts a minute are nobody's pace, nor to be told of
        setattr(server, name, dict.fromkeys(getattr(server, name, {}), Limiter(Window("1M", 1, 1 << 40))))
    place.mkdir(parents=True, exist_ok=True)
    await server.start()
    try:
        (place / "at.json").write_bytes(msgspec.json.encode(server.addresses()))
        (place / "titan.toml").write_text(SETTINGS.format(folder=place / "run", venue=venue))
        yield here
    finally:
        faults.clear()
        await server.close()
