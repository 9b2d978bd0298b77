"""A run that is stopped leaves or closes what it holds, as declared; never a position without its stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from tests.execution.scripted import INSTRUMENTS, PERP, SPOT, Answer, Prices, Stage
from tests.execution.test_desk import intent, sent
from titan.engine.engine import Engine
from titan.execution.memory import fold
from titan.model.bracket import BracketIntent
from titan.model.events import OrderReport
from titan.model.order import OrderEvent, OrderState, OrderType, Side
from titan.model.outcome import SagaOutcome
from titan.portfolio.ledger import Ledger
from titan.runtime.trading.stopping import OnStop, wind_down
from titan.strategies.protocol import Wish

UNUSED: Any = None
HELD = BracketIntent(
    "run-s-1-bracket", "s", "o", PERP.id, Side.BUY, 10, 1000, "wanted", 2 * 10**9, 10**8, 10.0, 10.0,
    held=True, entry_ticks=500_000,
)  # fmt: skip


BOUGHT = intent(10, "before", instrument=PERP.id, owner="o", reference_ticks=500_000, limit_ticks=500_010)


class Holder:
    """A strategy that holds what its closing wish has not ended."""

    name, timer_ns = "s", 0

    def __init__(self, *closing: Wish) -> None:
        self.closing, self.open = closing, {w.id for w in closing if isinstance(w, BracketIntent)}

    @property
    def holds(self) -> bool:
        return bool(self.open)

    def close_all(self, reason: str, now: object) -> Sequence[Wish]:
        del reason, now
        return self.closing

    def cleared(self, wish: str) -> None:
        """Nothing waits for an operator."""

    def finished(self, outcome: SagaOutcome, now: object) -> Sequence[Wish]:
        del now
        self.open.discard(outcome.intent.id)
        return ()


class World:
    """An engine over a scripted venue: it fills orders at once, and holds stops without a word."""

    def __init__(self, wish: BracketIntent = HELD, strategy: Holder | None = None) -> None:
        self.stage = Stage()
        self.loop, self.desk, self.lines = self.stage.loop, self.stage.desk, self.stage.lines
        ledger = Ledger(INSTRUMENTS, currency="USDT")
        ledger.deposit("binance.perp", "USDT", Decimal(100_000), 1)
        watcher: Any = type("Nobody", (), {"fill": lambda *_: None})()
        prices: Any = Prices()
        self.strategy: Any = strategy or Holder()
        self.engine = Engine(
            self.loop, INSTRUMENTS, self.desk, ledger, prices, UNUSED, self.lines.append, watcher, seed=1
        )
        self.ledger, self.wish, self.pages = ledger, wish, list[str]()
        self.stage.venue.sink = self.engine.on_event
        submit = self.stage.venue.submit

        def told(order: Any) -> None:
            stop = order.intent.type is OrderType.STOP
            self.stage.venue.answers = [Answer(silent=True)] if stop else []
            submit(order)

        self.stage.venue.submit = told  # type: ignore[method-assign]

    @property
    def stops(self) -> list[Any]:
        return [t for t in self.desk.tickets if t.intent.type is OrderType.STOP]

    def accepted(self) -> None:
        name = self.stops[-1].order.request.client_id
        self.engine.on_event(OrderReport(name, OrderEvent.ACCEPT, 1, 1))

    def stop(self, how: OnStop, seconds: float = 60.0, *, accept_s: float | None = 0.05) -> None:
        async def story() -> None:
            self.engine.start([self.strategy])
            sent(self.stage, BOUGHT)
            await asyncio.sleep(1)
            self.engine.fulfil(self.strategy, [self.wish])
            await asyncio.sleep(1)
            if self.stops and accept_s is not None:
                self.loop.call_later(accept_s, self.accepted)
            await wind_down(self.engine, self.desk, how, seconds, self.pages.append)
            await self.engine.finish()

        self.stage.run(story())


def test_a_position_is_left_with_the_stop_that_rests_at_its_venue() -> None:
    world = World()
    world.stop("leave")
    (stop,) = world.stops
    assert (stop.order.state, stop.asked_ns) == (OrderState.OPEN, 0)
    assert world.ledger.position(PERP.id).lots == 10
    assert world.pages == [
        f"left for the next start, with their stops or on their way at the venue: {HELD.id}"
    ]
    memory = fold(world.lines)
    assert list(memory.wishes) == [HELD.id]
    assert not any(getattr(step, "step", "") == "halt" for step in memory.steps[HELD.id])


def test_a_stop_that_would_die_with_the_process_does_not_guard_what_is_left() -> None:
    world = World(replace(HELD, venue_stops=False))
    world.stop("leave")
    assert world.stops == []
    assert world.ledger.position(PERP.id).lots == 0
    assert fold(world.lines).wishes == {}
    assert world.pages == []


def test_a_stop_that_the_venue_does_not_confirm_guards_nothing() -> None:
    world = World()
    world.stop("leave", 5.0, accept_s=None)
    assert world.pages == []
    assert world.stops[0].asked_ns
    assert list(fold(world.lines).wishes) == [HELD.id]  # the next start looks after it


def test_to_leave_nothing_positions_are_closed_and_strategies_asked() -> None:
    close = intent(name="close", instrument=SPOT.id)
    world = World(strategy=Holder(close))
    world.stop("flatten")
    assert world.ledger.position(PERP.id).lots == 0
    assert world.stops[0].order.state is OrderState.CANCELLED
    assert any(t.intent.id == "close" for t in world.desk.tickets)
    assert (fold(world.lines).wishes, world.pages) == ({}, [])


def test_what_could_not_be_closed_in_time_is_told() -> None:
    holder = Holder()
    holder.open.add("a pair")
    world = World(strategy=holder)
    world.stop("flatten", 3.0)
    assert world.pages == ["not everything was closed within 3 s: what stands is left"]


@pytest.mark.parametrize("how", ["leave", "flatten"])
def test_whatever_else_rests_is_withdrawn(how: OnStop) -> None:
    world = World()
    submit = world.stage.venue.submit
    world.stage.venue.submit = lambda order: world.stage.venue.open.update(  # type: ignore[method-assign]
        {order.client_id: order.intent}
    )
    resting = sent(world.stage, intent(name="rests"))
    world.stage.venue.submit = submit  # type: ignore[method-assign]
    world.stop(how)
    assert resting.order.state is OrderState.CANCELLED
