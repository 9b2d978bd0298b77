"""Any venue's double on a free port of the loopback, for tests of doubles and of their clients.

    async with running("binance") as venue:
        ex = point_at(ccxt.binance({"apiKey": venue.key.key, "secret": venue.key.secret}), venue.base)

Runs on the wall clock and on a small lively tape (`tests.doubles.tapes`), unless told otherwise.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.doubles.tapes import MemoryTape, lively
from titan.doubles.control import truth
from titan.doubles.faults import Fault, Faults
from titan.doubles.keys import ApiKey
from titan.doubles.playback import TapeSource
from titan.doubles.registry import double
from titan.doubles.server import VenueServer
from titan.doubles.world import World


@dataclass
class Running:
    """A double that listens. `base` and `ws` have no path; `perp_*` are those of futures."""

    server: VenueServer
    world: World
    faults: Faults

    @property
    def addresses(self) -> dict[str, Any]:
        return self.server.addresses()

    @property
    def base(self) -> str:
        return self.addresses["rest"]

    @property
    def ws(self) -> str:
        return self.addresses["ws"]

    @property
    def perp_base(self) -> str:
        return self.addresses.get("perp_rest", self.base)

    @property
    def perp_ws(self) -> str:
        return self.addresses.get("perp_ws", self.ws)

    @property
    def key(self) -> ApiKey:
        """The key that may do everything."""
        return self.world.keys.keys["owner"]

    def truth(self) -> dict[str, Any]:
        return truth(self.world)

    def inject(self, *faults: Fault) -> None:
        self.faults.add(faults)


@asynccontextmanager
async def running(
    venue: str, tape: TapeSource | MemoryTape | None = None, *, faults: Sequence[Fault] = (),
    now: Callable[[], int] = time.time_ns, seed: int = 1, **world: Any,
) -> AsyncIterator[Running]:  # fmt: skip
    """The venue's double with `faults` from its start; `world` are more arguments of `World`."""
    of_venue = World(venue, tape or lively(), now=now, seed=seed, **world)
    chances = Faults(faults, now=time.monotonic_ns, seed=seed)
    server = double(venue, of_venue, chances)
    await server.start()
    try:
        yield Running(server, of_venue, chances)
    finally:
        await server.close()


def point_at(ex: Any, base: str) -> Any:
    """The only change a ccxt client needs: its hosts."""
    host = base.split("//")[1]

    def fix(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: fix(v) for k, v in value.items()}
        found = re.match(r"^(https?|wss?)://[^/]+(/.*)?$", value) if isinstance(value, str) else None
        if found is None:
            return value
        return ("ws://" if found[1][0] == "w" else "http://") + host + (found[2] or "")

    ex.urls["api"] = fix(ex.urls["api"])
    ex.has["fetchCurrencies"] = False
    return ex
