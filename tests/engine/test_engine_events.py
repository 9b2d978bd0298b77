"""What venues say reaches journal, ledger and desk; what cannot be booked stops nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.execution.scripted import INSTRUMENTS, PERP, SPOT, Answer, Stage
from tests.execution.test_desk import intent, sent
from tests.execution.test_desk_reports import fill
from titan.engine.engine import Engine
from titan.model.account import Balance, TransferReceipt
from titan.model.events import Contradicted
from titan.model.fill import Fill, FundingPayment, Liquidity
from titan.model.late import UndoIntent
from titan.model.order import Side
from titan.model.outcome import SagaOutcome
from titan.model.pair import HaltIntent, PairEnd, TransferIntent
from titan.model.wake import Why
from titan.portfolio.ledger import Ledger
from titan.risk.overrides import FREE, REDUCE_ONLY, Scope

UNUSED: Any = None


class Watcher:
    """Counts what the report would be told."""

    def __init__(self) -> None:
        self.fills: list[tuple[Fill, str]] = []
        self.payments: list[FundingPayment] = []

    def fill(self, one: Fill, owner: str) -> None:
        self.fills.append((one, owner))

    def funding(self, payment: FundingPayment) -> None:
        self.payments.append(payment)


class World:
    def __init__(self) -> None:
        self.stage = Stage([Answer(silent=True)] * 9)
        self.lines: list[msgspec.Struct] = self.stage.lines
        self.ledger = Ledger(INSTRUMENTS, currency="USDT")
        self.ledger.deposit("binance.spot", "USDT", Decimal(100_000), 1)
        self.watcher: Any = Watcher()
        self.engine = Engine(
            self.stage.loop, INSTRUMENTS, self.stage.desk, self.ledger, UNUSED, UNUSED, self.lines.append,
            self.watcher, seed=1,
        )  # fmt: skip

    def halted(self, instrument: str) -> bool:
        scope = Scope("s", "binance", "BTC", instrument, "o")
        return self.stage.desk.halts.restraints.covering(scope).override == REDUCE_ONLY


class Mover:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.answer = asyncio.Event()

    async def move(self, asset: str, amount: Decimal, source: str, target: str) -> TransferReceipt:
        await self.answer.wait()
        return TransferReceipt("t", asset, amount, source, target, done=True)

    async def fetch_balances(self) -> list[Balance]:
        return []


def test_a_transfer_is_moving_until_its_end_is_known() -> None:
    world, mover = World(), Mover()
    world.engine._mover = mover
    strategy: Any = SimpleNamespace(name="s", finished=lambda outcome, now: [])
    wish = TransferIntent("w", "s", "USDT", "binance.spot", "binance.perp", "12.5", "margin")

    async def story() -> None:
        world.engine.fulfil(strategy, [wish])
        await asyncio.sleep(5)
        assert world.engine.moving == [wish]
        mover.answer.set()
        await asyncio.sleep(5)
        assert world.engine.moving == []

    world.stage.run(story())


def test_what_is_expected_is_not_taken_up_yet() -> None:
    world = World()
    world.engine.expect(["w"])
    assert not world.engine.took_up("w")
    assert world.engine.took_up("another")
    world.stage.loop.drop()


def test_a_fill_that_is_told_again_with_another_arrival_is_booked_once() -> None:
    world = World()
    ticket = sent(world.stage, intent())
    one = fill(ticket, 200)
    world.engine.on_event(one)
    world.engine.on_event(replace(one, local_ns=7))
    assert len(world.ledger.fills()) == len(world.watcher.fills) == 1
    assert ticket.order.filled_lots == 200
    assert not [line for line in world.lines if isinstance(line, Contradicted)]
    world.stage.loop.drop()


@pytest.mark.parametrize(
    "changes", [{"lots": 0}, {"lots": -3}, {"ticks": 0}, {"instrument": "binance.spot.NOSUCH"}]
)
def test_a_fill_that_cannot_be_booked_is_told_and_halts_and_stops_nobody(changes: dict[str, object]) -> None:
    world = World()
    ticket = sent(world.stage, intent())
    mad = replace(fill(ticket, 200), **changes)
    world.engine.on_event(mad)
    assert world.halted(mad.instrument)
    assert world.ledger.fills() == []
    world.engine.on_event(fill(ticket, 200, "f2"))
    assert ticket.order.filled_lots == 200
    assert len(world.ledger.fills()) == 1
    world.stage.loop.drop()


def test_a_payment_that_makes_no_sense_stops_nobody() -> None:
    world = World()
    mad = FundingPayment("p1", SPOT.id, Decimal(0), 1, Decimal(1), Decimal(5), "USDT", 1, 1)
    world.engine.on_event(mad)
    assert world.halted(SPOT.id)
    assert not world.halted(PERP.id)
    assert world.watcher.payments == []
    world.stage.loop.drop()


def test_a_fee_in_a_coin_without_a_price_does_not_keep_a_fill_out_of_the_books() -> None:
    world = World()
    ticket = sent(world.stage, intent())
    world.engine.on_event(replace(fill(ticket, 200), fee=Decimal("0.001"), fee_asset="BNB"))
    assert len(world.ledger.fills()) == 1
    assert not world.halted(SPOT.id)
    world.stage.loop.drop()


def test_a_liquidation_closes_the_largest_holding_on_the_other_side_once() -> None:
    world = World()
    ticket = sent(
        world.stage, intent(lots=5, instrument=PERP.id, reference_ticks=500_000, limit_ticks=500_010)
    )
    world.engine.on_event(replace(fill(ticket, 5), ticks=500_000))
    closed = Fill(
        "q1", "liquidation-1", PERP.id, Side.SELL, 490_000, 5, Decimal(0), "USDT", Liquidity.TAKER, 2, 2
    )
    for _ in range(2):
        world.engine.on_event(closed)
    assert [owner for _, owner in world.watcher.fills] == ["BTC:core:1", "BTC:core:1"]
    assert world.ledger.position(PERP.id).lots == 0
    assert world.stage.desk.foreign == [closed]
    world.stage.loop.drop()


def stuck(name: str) -> SagaOutcome:
    wish = UndoIntent(name, "s", "o", SPOT.id, Side.SELL, 3, 5_000_000, 1, 20.0)
    return SagaOutcome(wish, PairEnd.NEEDS_OPERATOR, 0, 0, "a residual of 3 lots", 1, 3)


def test_what_a_saga_could_not_set_right_halts_entries_of_what_it_traded() -> None:
    world = World()
    sent(world.stage, intent(saga="w1"))
    world.stage.desk.needs_operator(stuck("w1"))
    assert world.halted(SPOT.id)
    assert not world.halted(PERP.id)
    (name,) = world.stage.desk.halts.restraints.standing()
    assert world.stage.desk.halts.lift(name, by="operator")
    scope = Scope("s", "binance", "BTC", SPOT.id, "o")
    assert world.stage.desk.halts.restraints.covering(scope).override == FREE
    world.stage.loop.drop()


def test_every_decision_is_told_before_its_wishes_are_with_the_instant_that_it_saw() -> None:
    world, told = World(), list[tuple[Any, ...]]()
    engine: Any = world.engine

    @contextmanager
    def instant() -> Iterator[int]:
        told.append(("instant",))
        yield 77

    engine.present = SimpleNamespace(instant=instant)
    engine._woken = lambda *said: told.append((*said, len(world.lines)))
    wish = HaltIntent("nobody's", "s", "a reason")
    strategy: Any = SimpleNamespace(
        name="s", holds=False, close_all=lambda reason, now: told.append((reason,)) or [wish, wish]
    )
    engine.strategies = [strategy]
    engine.flatten("the end")
    assert told == [("instant",), ("the end",), ("s", Why.CLOSE_ALL, "the end", 77, 2, 0)]
    assert world.lines == [wish, wish]
