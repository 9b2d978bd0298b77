"""A live run on doubles of two venues, money sent from one to the other: the books are what both have."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.tapes import lively, write
from titan.doubles.rails import Rails, address_of
from titan.doubles.world import World
from titan.model.pair import TransferIntent
from titan.portfolio.entries import TRANSIT
from titan.runtime.clock import WallClock
from titan.runtime.trading import doubles, life, opening
from titan.runtime.trading.life import trade
from titan.runtime.trading.plan import read_plan
from titan.runtime.trading.run import Run

VENUE = """
[venues.{here}]
instruments = ["spot.BTCUSDT", "perp.BTCUSDT"]
double = "{tape}"
[venues.{here}.withdraw]
key = "owner"
to = ["{there} USDT TRC20 {address}"]
"""
SETTINGS = """
[live]
folder = "{folder}"
[sentinel]
sample_seconds = 0.05
gap_seconds_min = 0.02
gap_seconds_max = 0.05
check_seconds = 3600
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    tape = write(tmp_path / "tape", lively(240))
    text = SETTINGS.format(folder=tmp_path / "run")
    for here, there in (("binance", "bybit"), ("bybit", "binance")):
        text += VENUE.format(here=here, there=there, tape=tape, address=address_of(there, "USDT", "TRX"))
    (tmp_path / "titan.toml").write_text(text)
    before = sys.getswitchinterval()
    yield tmp_path / "titan.toml"
    sys.setswitchinterval(before)


async def test_money_goes_round_while_a_run_trades_at_both(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds: dict[str, World] = {}
    stops: list[asyncio.Event] = []

    def world(venue: str, *rest: Any, **more: Any) -> World:
        worlds[venue] = World(venue, *rest, **more)
        return worlds[venue]

    @contextlib.contextmanager
    def by_hand(stop: asyncio.Event) -> Iterator[None]:
        stops.append(stop)
        yield

    monkeypatch.setattr(doubles, "World", world)
    monkeypatch.setattr(opening, "Rails", lambda: Rails(seconds=0.5))
    monkeypatch.setattr("titan.doubles.account.SETTLES_NS", 300_000_000)
    monkeypatch.setattr(life, "stopped_by_signals", by_hand)
    runs: list[Run] = []

    async def play(run: Run) -> None:
        while not run.traded:
            await asyncio.sleep(0.05)
        engine = run.parts.engine
        for n, (here, there) in enumerate((("binance", "bybit"), ("bybit", "binance"))):
            wish = TransferIntent(
                f"{run.run_id}-{n}",
                "sentinel",
                "USDT",
                f"{here}.spot",
                f"{there}.spot",
                "250",
                "margin",
                patience_ns=20_000_000_000,
            )
            engine.fulfil(run.parts.strategy, [wish])
        while engine.moving:
            await asyncio.sleep(0.05)
        stops[0].set()

    tasks: list[asyncio.Task[None]] = []

    def made(run: Run) -> None:
        runs.append(run)
        tasks.append(asyncio.ensure_future(play(run)))

    plan = read_plan(place, "live", {}, {})
    async with asyncio.timeout(600):
        last = await trade(
            plan, WallClock(), seconds=0, env={}, tell=lambda _: None, show=lambda _: None, made=made
        )
    await tasks[0]
    assert (last.state, last.notes) == ("stopped", ())
    ledger = runs[0].parts.ledger
    for index in range(2):
        assert ledger.has("transfer", f"{runs[0].run_id}-{index}")
    assert ledger.balance(TRANSIT, "USDT") == 0
    assert ledger.balance("transfers", "USDT") == Decimal(2)
    theirs = {
        "binance.spot": worlds["binance"].account.total("spot", "USDT"),
        "binance.perp": worlds["binance"].account.total("perp", "USDT"),
        "bybit": worlds["bybit"].account.total("spot", "USDT"),
    }
    bybit = ledger.balance("bybit.spot", "USDT") + ledger.balance("bybit.perp", "USDT")
    ours = {name: ledger.balance(name, "USDT") for name in ("binance.spot", "binance.perp")}
    assert ours | {"bybit": bybit} == theirs
