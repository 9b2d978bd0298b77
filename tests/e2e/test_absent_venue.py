"""A live run that starts again while one of its venues is down comes up, trades at the other, sends nothing
there, and takes it back in when it answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.servers import Running, running
from tests.doubles.tapes import lively
from titan.doubles.faults import Fault
from titan.model.errors import VenueError
from titan.runtime.clock import WallClock
from titan.runtime.trading import absent, life
from titan.runtime.trading.life import trade
from titan.runtime.trading.plan import read_plan
from titan.runtime.trading.run import Run

SETTINGS = """
[live]
folder = "{folder}"
record = false
reconcile_seconds = 5
settle_seconds = 0.2
[sentinel]
sample_seconds = 0.05
gap_seconds_min = 0.02
gap_seconds_max = 0.05
check_seconds = 0.5
[venues.binance]
instruments = ["spot.BTCUSDT", "perp.BTCUSDT"]
url_file = "binance.json"
[venues.bybit]
instruments = ["spot.BTCUSDT", "perp.BTCUSDT"]
url_file = "bybit.json"
"""
DOWN = Fault("http_5xx", count=0)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = sys.getswitchinterval()
    monkeypatch.setattr(life, "RECONCILE_S", 60.0)
    monkeypatch.setattr(absent, "LONGEST_WAIT_S", 1.0)
    yield
    sys.setswitchinterval(before)


@asynccontextmanager
async def venues(place: Path) -> AsyncIterator[dict[str, Running]]:
    (place / "titan.toml").write_text(SETTINGS.format(folder=place / "run"))
    async with AsyncExitStack() as stack:
        found = {}
        for name in ("binance", "bybit"):
            one = found[name] = await stack.enter_async_context(running(name, lively(600)))
            (place / f"{name}.json").write_text(json.dumps(one.addresses))
        yield found


async def live(
    place: Path, monkeypatch: pytest.MonkeyPatch, story: Callable[[Run], Any], told: list[str]
) -> Any:
    """A run until its story has been told."""
    stops: list[asyncio.Event] = []
    tasks: list[asyncio.Task[None]] = []

    @contextlib.contextmanager
    def by_hand(stop: asyncio.Event) -> Iterator[None]:
        stops.append(stop)
        yield

    async def play(run: Run) -> None:
        try:
            while not run.traded:
                await asyncio.sleep(0.02)
            await story(run)
        finally:
            stops[-1].set()

    monkeypatch.setattr(life, "stopped_by_signals", by_hand)
    plan = read_plan(place / "titan.toml", "live", {}, {})
    async with asyncio.timeout(240):
        last = await trade(
            plan, WallClock(), seconds=0, env={}, tell=told.append, show=lambda _: None,
            made=lambda run: tasks.append(asyncio.ensure_future(play(run))),
        )  # fmt: skip
        await tasks[0]
    return last


def lots(run: Run, venue: str) -> dict[str, int]:
    return {p.instrument: p.lots for p in run.parts.ledger.positions() if p.instrument.startswith(venue)}


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.05)


async def test_a_venue_that_is_down_holds_up_neither_the_run_nor_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    held: dict[str, int] = {}
    async with venues(tmp_path) as there:

        async def first(run: Run) -> None:
            await until(lambda: len(lots(run, "bybit")) == 2 and run.parts.engine.executions == 0)
            held.update(lots(run, "bybit"))

        async def second(run: Run) -> None:
            closed = run.doors.closed()
            assert "its rules are those of" in closed["absent:bybit"]
            assert "venue:binance" not in closed
            assert lots(run, "bybit") == held, "taken from the journal"
            assert run.nav() is not None
            assert {h.pair.perp.venue for h in run.parts.strategy.book} >= {"bybit"}
            orders = len(there["bybit"].truth()["orders"])
            await until(lambda: run.arrivals.rows > 200)
            assert len(there["bybit"].truth()["orders"]) == orders, "nothing was sent there"
            there["bybit"].faults.clear()
            await until(lambda: not any("bybit" in door for door in run.doors.closed()))
            assert all(run.has_price(i.id) for i in run.instruments)
            assert not run.gateways["bybit"].remembered
            assert lots(run, "bybit") == held

        one = await live(tmp_path, monkeypatch, first, told)
        assert one.state == "stopped"
        there["bybit"].inject(DOWN)
        told.clear()
        two = await live(tmp_path, monkeypatch, second, told)
        assert (two.resumed, two.state) == (True, "stopped")
        assert any("the run comes up without it" in text for text in told)
        assert any("bybit is back" in text for text in two.notes)
        balances = there["bybit"].truth()["balances"]
        assert Decimal(balances["perp"]["USDT"]["total"]) > 0


async def test_a_run_that_has_no_memory_of_a_venue_says_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with venues(tmp_path) as there:
        there["bybit"].inject(DOWN)
        with pytest.raises(VenueError, match="a new run needs its rules"):
            await live(tmp_path, monkeypatch, lambda _run: None, [])
