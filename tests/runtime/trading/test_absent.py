"""A venue that was down comes back: not before its rules, its accounts and its prices are there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from tests.doubles.tapes import SPOT
from titan.model.errors import VenueUnknown
from titan.model.limit import LimitIntent
from titan.model.order import Side
from titan.model.pair import TransferIntent
from titan.model.signal import Purpose
from titan.runtime.trading import absent
from titan.runtime.trading.absent import Returning, close_absent, touches
from titan.runtime.trading.doors import Doors

BINANCE = "binance"
WISH = LimitIntent(
    id="w", strategy="s", owner="o", instrument=SPOT.id, side=Side.BUY, purpose=Purpose.EXIT, lots=1,
    limit_ticks=1, reference_ticks=1, reason="", patience_ns=1, look_ns=1, answer_ns=1, drift_bps=1.0,
    cap_bps=1.0,
)  # fmt: skip
MOVE = TransferIntent("t", "s", "USDT", "bybit.spot", "binance.spot", "1", "")


class Story:
    """A run without binance, whose gateway tells what a test wants."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers, self.rules, self.priced, self.pages = False, SPOT, True, list[str]()
        self.taken: list[str] = []
        self.gateway = SimpleNamespace(remembered=True, rules={SPOT.id: SPOT}, instruments=self._asked)
        engine = SimpleNamespace(took_up=lambda name: name in self.taken)
        run: Any = SimpleNamespace(
            markets=SimpleNamespace(absent={BINANCE: 1_785_542_400_000_000_000}), doors=Doors(),
            gateways={BINANCE: self.gateway}, instruments=(SPOT,), has_price=lambda name: self.priced,
            page=self.pages.append, parts=SimpleNamespace(engine=engine), state="trading",
        )  # fmt: skip
        left: Any = SimpleNamespace(memory=SimpleNamespace(wishes={"w": WISH, "t": MOVE}))
        monkeypatch.setattr(
            absent, "take_up", lambda run, left, wishes: self.taken.extend(w.id for w in wishes)
        )
        self.run, self.returning = run, Returning(run, left)
        close_absent(run)

    async def _asked(self) -> None:
        if not self.answers:
            raise VenueUnknown("no answer")
        self.gateway.remembered, self.gateway.rules = False, {SPOT.id: self.rules}

    async def look(self) -> bool:
        back = await self.returning._is_back(BINANCE)
        if back:
            self.returning._welcome(BINANCE)
        return back


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch) -> Story:
    return Story(monkeypatch)


async def test_it_is_back_when_all_of_it_is(story: Story) -> None:
    doors = story.run.doors
    doors.close("venue:binance", "not reconciled yet")
    assert "rules are those of 2026-08-01 00:00 UTC" in doors.closed()["absent:binance"]
    assert not await story.look()
    story.answers = True
    assert not await story.look(), "its accounts are not compared yet"
    doors.open("venue:binance")
    story.priced = False
    assert not await story.look()
    story.priced = True
    assert "absent:binance" in doors.closed()
    assert await story.look()
    assert (doors.closed(), story.taken, story.run.markets.absent) == ({}, ["w", "t"], {})
    assert "2 executions there go on" in story.pages[0]


async def test_where_its_grid_has_changed_nothing_is_traded(story: Story) -> None:
    story.answers, story.rules = True, msgspec.structs.replace(SPOT, tick=SPOT.tick * 10)
    assert not await story.look()
    assert not await story.look()
    assert "absent:binance" in story.run.doors.closed()
    assert len(story.pages) == 1
    assert "start the run again" in story.pages[0]


async def test_what_needs_another_that_is_away_still_waits(story: Story) -> None:
    story.run.markets.absent["bybit"] = 0
    story.answers = True
    assert await story.look()
    assert story.taken == ["w"]


def test_a_wish_is_of_the_venues_that_it_names() -> None:
    assert touches(WISH, frozenset({"binance"}))
    assert not touches(WISH, frozenset({"bybit"}))
    assert touches(MOVE, frozenset({"bybit"}))
    assert not touches(MOVE, frozenset())
