"""A live run in this process, against doubles in this process: the test says when it is over."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from titan.doubles.world import World
from titan.runtime.clock import WallClock
from titan.runtime.trading import doubles, life
from titan.runtime.trading.life import trade
from titan.runtime.trading.plan import read_plan
from titan.runtime.trading.run import Run
from titan.views.status import Status

LONGEST_S = 600


class Played(msgspec.Struct):
    run: Run
    last: Status
    worlds: dict[str, World]

    def theirs(self) -> dict[str, Decimal]:
        """What the doubles' accounts have: quote by wallet, or by venue where it has one wallet for all, and
        how many coins came to them.
        """
        found = {}
        for venue, world in self.worlds.items():
            if world.account.unified:
                found[venue] = world.account.total("spot", "USDT")
            else:
                found |= {f"{venue}.{w}": world.account.total(w, "USDT") for w in ("spot", "perp")}
        return found

    def ours(self) -> dict[str, Decimal]:
        ledger = self.run.parts.ledger
        found = {}
        for venue, world in self.worlds.items():
            wallets = {w: ledger.balance(f"{venue}.{w}", "USDT") for w in ("spot", "perp")}
            if world.account.unified:
                found[venue] = sum(wallets.values(), Decimal(0))
            else:
                found |= {f"{venue}.{w}": amount for w, amount in wallets.items()}
        return found


async def play(
    place: Path, monkeypatch: pytest.MonkeyPatch, over: Callable[[Run], Awaitable[None]],
    settings: Mapping[str, object] | None = None,
) -> Played:  # fmt: skip
    """The config at `place` is traded live until `over`, which is called once the run trades, returns."""
    worlds: dict[str, World] = {}
    stops: list[asyncio.Event] = []
    runs: list[Run] = []
    tasks: list[asyncio.Task[None]] = []

    def world(venue: str, *rest: Any, **more: Any) -> World:
        worlds[venue] = World(venue, *rest, **more)
        return worlds[venue]

    @contextlib.contextmanager
    def by_hand(stop: asyncio.Event) -> Iterator[None]:
        stops.append(stop)
        yield

    async def watch(run: Run) -> None:
        try:
            while not run.traded:
                await asyncio.sleep(0.05)
            await over(run)
        finally:
            stops[0].set()

    def made(run: Run) -> None:
        runs.append(run)
        tasks.append(asyncio.ensure_future(watch(run)))

    monkeypatch.setattr(doubles, "World", world)
    monkeypatch.setattr(life, "stopped_by_signals", by_hand)
    plan = read_plan(place, "live", {}, dict(settings or {}))
    async with asyncio.timeout(LONGEST_S):
        last = await trade(
            plan, WallClock(), seconds=0, env={}, tell=lambda _: None, show=lambda _: None, made=made
        )
    await tasks[0]
    return Played(runs[0], last, worlds)
