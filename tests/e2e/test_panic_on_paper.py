"""A panic of a run on paper: that run closes what it holds there, latches, and trades again when re-armed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.doubles.tapes import lively, write
from tests.e2e.test_run import SETTINGS, plan_of, run
from titan.model.recovery import PanicEnded
from titan.runtime.clock import WallClock
from titan.runtime.entries import TYPES
from titan.runtime.trading.left import left_by
from titan.runtime.trading.panicking import panic, rearm
from titan.runtime.trading.plan import Plan
from titan.runtime.watching.follower import event_of
from titan.storage.recall import recall
from titan.storage.search import search
from titan.storage.store import open_store
from titan.views.replica import Replica
from titan.views.status import Status


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write(tmp_path / "tape", lively())
    (tmp_path / "titan.toml").write_text(SETTINGS)
    return tmp_path


class Press:
    """The button, pressed once `when`; then the run is asked to stop."""

    def __init__(self, plan: Plan, fills: int) -> None:
        self._plan, self._fills = plan, fills
        self._task: asyncio.Task[None] | None = None
        self.told: list[str] = []
        self.ended: PanicEnded | None = None

    def __call__(self, now: Status) -> bool:
        if self._task is None and now.fills >= self._fills:
            self._task = asyncio.create_task(self.now())
        return self.ended is not None and "flat at binance" in now.closed["all orders"]

    async def now(self) -> None:
        self.ended = await panic(
            self._plan, WallClock(), reason="a drill", by="somebody", env={}, tell=self.told.append
        )


async def test_a_run_on_paper_closes_what_it_holds_and_trades_again_when_it_is_rearmed(place: Path) -> None:
    plan = plan_of(place, "paper")
    press = Press(plan, 8)
    last, made = await run(plan, 200.0, press)
    assert press.ended is not None
    assert (press.ended.flat, press.ended.open) == (("binance",), {})
    assert "the run is asked to halt" in press.told[0]
    assert any("reduce" in line for line in press.told)
    assert (last.state, last.positions, last.holdings, last.in_flight) == ("stopped", (), (), ())
    theirs = made.side.balances()
    assert {key: made.parts.ledger.balance(*key) for key in theirs} == theirs
    folded = replica_of(plan)
    assert folded.holdings == {}
    assert not any(one.lots for one in folded.positions.values())
    assert rearm(plan, WallClock(), by="somebody")
    again, _ = await run(plan, 200.0, lambda now: now.fills > last.fills)
    assert again.resumed
    assert again.fills > last.fills


def replica_of(plan: Plan) -> Replica:
    store, folded = open_store(plan.store), Replica()
    for entry in search(store):
        folded(entry.seq, entry.at_ns, event_of(entry) or entry)  # type: ignore[arg-type]
    store.close()
    return folded


async def test_without_a_run_it_is_latched_and_the_next_one_goes_on_with_it(place: Path) -> None:
    plan = plan_of(place, "paper")
    await run(plan, 200.0, lambda now: now.fills >= 4)
    press = Press(plan, 0)
    await press.now()
    assert press.ended is not None
    assert "no run simulates" in press.ended.open["binance"]
    last, _ = await run(plan, 200.0, lambda now: "flat at binance" in now.closed.get("all orders", ""))
    assert (last.positions, last.holdings) == ((), ())
    store = open_store(plan.store)
    left = left_by(recall(store, TYPES))
    store.close()
    assert left.memory.panics() == []
    assert left.memory.latches.keys() == {"panic"}


async def test_an_observer_is_latched_and_flat(place: Path) -> None:
    plan = plan_of(place, "observe")
    press = Press(plan, 0)
    last, _ = await run(plan, 200.0, press)
    assert press.ended is not None
    assert press.ended.flat == ("binance",)
    assert last.closed["all orders"].startswith("panic: a drill")


def test_at_rest_with_nothing_held_it_is_over_at_once(place: Path) -> None:
    press = Press(plan_of(place, "paper"), 0)
    asyncio.run(press.now())
    assert press.ended is not None
    assert (press.ended.flat, press.ended.open) == (("binance",), {})
    assert rearm(plan_of(place, "paper"), WallClock(), by="somebody")
