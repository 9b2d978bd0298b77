"""A dead man's switch is wound up while the desk lives, and fires when it does not."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.conformance.trading_at import Clock
from tests.doubles.servers import running
from tests.execution.recovery_world import life
from titan.execution.deadman import NS, SwitchKeeper
from titan.model.errors import VenueBusy
from titan.model.order import OrderState, OrderType


class Switch:
    """Counts what it is asked; fails as told."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.down = self.hangs = False
        self.given_up = 0

    async def cancel_all_after(self, seconds: int) -> None:
        if self.hangs:
            try:
                await asyncio.sleep(3600)
            finally:
                self.given_up += 1
        if self.down:
            raise VenueBusy("down", retry_after_ns=0)
        self.asked.append(seconds)


class Now:
    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        return self.ns


async def until(what: object, *, seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not what():  # type: ignore[operator]
            await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third of the span passes in no time."""
    monkeypatch.setattr("titan.execution.deadman._PER_SPAN", 3000)


async def test_it_is_wound_up_as_long_as_it_is_beaten() -> None:
    now, one, pages = Now(), Switch(), list[str]()
    keeper = SwitchKeeper({"okx": one}, now=now, page=pages.append, seconds=30, hung_ns=10 * NS)
    keeper.start()
    await until(lambda: len(one.asked) > 3)
    assert keeper.armed_until == {"okx": 30 * NS}
    now.ns = 11 * NS  # nobody has beaten since
    await asyncio.sleep(0.03)
    count = len(one.asked)
    await asyncio.sleep(0.05)
    assert (len(one.asked), keeper.alive) == (count, False)
    keeper.beat()
    await until(lambda: len(one.asked) > count)
    assert keeper.armed_until == {"okx": 41 * NS}
    await keeper.close()
    assert (one.asked[-1], keeper.armed_until, pages) == (0, {}, [])


async def test_one_that_fails_is_paged_once_and_holds_up_no_other() -> None:
    now, one, other, pages = Now(), Switch(), Switch(), list[str]()
    one.down = True
    keeper = SwitchKeeper({"okx": one, "kraken": other}, now=now, page=pages.append)
    keeper.start()
    await until(lambda: len(other.asked) > 5)
    assert len(pages) == 1
    assert "okx: the dead man's switch cannot be wound up" in pages[0]
    one.down = False
    await until(lambda: bool(one.asked))
    assert len(pages) == 2
    await keeper.close(disarm=False)
    assert 0 not in one.asked + other.asked


async def test_an_answer_that_does_not_come_is_given_up_long_before_the_span_is_over() -> None:
    now, one, other, pages = Now(), Switch(), Switch(), list[str]()
    one.hangs = True
    keeper = SwitchKeeper({"okx": one, "kraken": other}, now=now, page=pages.append, seconds=1)
    keeper.start()
    await until(lambda: len(pages) == 1)
    assert "no answer" in pages[0]
    one.hangs = False
    await until(lambda: bool(one.asked))
    assert one.given_up >= 1
    await keeper.close()


async def test_one_that_was_wound_up_too_late_is_said_to_have_fired() -> None:
    now, one, pages = Now(), Switch(), list[str]()
    keeper = SwitchKeeper({"okx": one}, now=now, page=pages.append, seconds=30)
    keeper.start()
    await until(lambda: bool(keeper.armed_until))
    one.down = True
    await until(lambda: len(pages) == 1)
    now.ns = 31 * NS
    keeper.beat()
    one.down = False
    await until(lambda: len(pages) == 3)
    assert "may be cancelled" in pages[1]
    await keeper.close()


async def test_a_fault_of_our_own_is_paged() -> None:
    class Broken:
        async def cancel_all_after(self, seconds: int) -> None:
            raise ZeroDivisionError

    pages: list[str] = []
    keeper = SwitchKeeper({"okx": Broken()}, now=Now(), page=pages.append)
    keeper.start()
    await until(lambda: bool(pages))
    assert "nothing winds up" in pages[0]
    await keeper.close()


async def test_a_desk_that_hangs_is_cancelled_by_the_venue() -> None:
    clock = Clock()
    async with running("okx", now=clock) as venue, life(venue, []) as one:
        assert one.gateway.switch is not None
        ticket = one.send("a", one.perp, type=OrderType.LIMIT)
        await one.until(lambda: ticket.order.state is OrderState.OPEN)
        keeper = SwitchKeeper(
            {"okx": one.gateway.switch}, now=time.time_ns, page=one.pages.append, seconds=10, hung_ns=NS // 20
        )
        keeper.start()
        await one.until(lambda: bool(keeper.armed_until))
        await one.until(lambda: not keeper.alive)
        clock.ahead_s = 11
        await one.until(lambda: not venue.world.desk.open_orders())
        clock.ahead_s = 0
        await keeper.close(disarm=False)
        assert one.pages == []
