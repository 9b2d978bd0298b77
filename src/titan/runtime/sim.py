"""A venue's double as a service: a tape, a world, faults and a server, until it is stopped."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from titan.doubles.faults import Faults, read_script
from titan.doubles.registry import check_venue, double
from titan.doubles.world import World
from titan.market.tape.read import TapeReader
from titan.runtime.signals import stopped_by_signals
from titan.venues.addresses import Addresses


class Order(msgspec.Struct, frozen=True):
    """What was asked for. `port` 0 takes any free one; `once` stops the market at the tape's end."""

    venue: str
    tape: Path
    speed: float = 1.0
    faults: Path | None = None
    once: bool = False
    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 0
    seconds: float = 0.0


class Started(msgspec.Struct, frozen=True):
    """A double that listens."""

    addresses: Addresses
    instruments: tuple[str, ...]
    rows: int
    """Of the tape."""
    faults: int


async def simulate(order: Order, *, now: Callable[[], int], started: Callable[[Started], None]) -> None:
    """Serve until a signal or the time given stops it. Raises ConfigError or TapeError where it cannot."""
    check_venue(order.venue)
    tape = TapeReader(order.tape)
    script = read_script(order.faults) if order.faults is not None else None
    seed = order.seed or (script.seed if script is not None else 0)
    world = World(order.venue, tape, now=now, speed=order.speed, once=order.once, seed=seed)
    faults = Faults(script.fault if script is not None else (), now=time.monotonic_ns, seed=seed)
    server = double(order.venue, world, faults)
    stop = asyncio.Event()
    with stopped_by_signals(stop):
        await server.start(order.host, order.port)
        try:
            addresses = msgspec.convert(server.addresses(), Addresses)
            ids = tuple(market.instrument.id for market in world.markets)
            started(Started(addresses, ids, tape.rows, len(script.fault) if script is not None else 0))
            running = server.running
            assert running is not None
            waiting = asyncio.ensure_future(stop.wait())
            await asyncio.wait(
                {waiting, running}, timeout=order.seconds or None, return_when=asyncio.FIRST_COMPLETED
            )
            waiting.cancel()
            if running.done():
                running.result()  # the world stopped by itself: say why
        finally:
            await server.close()
