"""Sagas that are killed anywhere, over venues that lose, double, delay and refuse: every law is kept."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from tests.crash.__main__ import chunk, every_step, play
from tests.crash.scenario import SAGAS
from titan.engine.engine import Engine
from titan.execution.durable import DurableEntry
from titan.execution.sagas.pair import PairSaga
from titan.execution.sagas.saga import Past, Saga
from titan.execution.sagas.table import SagaWish
from titan.execution.sagas.transfer import TransferSaga
from titan.execution.sagas.withdrawal import WithdrawalSaga
from titan.execution.tickets import Ticket
from titan.model.outcome import SagaOutcome
from titan.ports import Approved
from titan.strategies.protocol import Strategy

SEEDS = 500
FEWER = {"many": 100}
"""Stories of several wishes take several times as long."""


@pytest.mark.parametrize("name", SAGAS)
def test_seeded_stories_keep_every_law(name: str) -> None:
    seeds = FEWER.get(name, SEEDS)
    tally = chunk(name, 0, seeds)
    assert not tally.broken, tally.failing[:5]
    assert tally.moments + tally.steps > seeds / 2


@pytest.mark.parametrize("name", SAGAS)
def test_a_kill_at_any_journalled_step_keeps_every_law(name: str) -> None:
    tally = every_step(name, Random(name).randrange(1000))
    assert not tally.broken, tally.failing[:5]
    assert tally.steps > 3


def test_the_same_seed_tells_the_same_story() -> None:
    stories = []
    for _ in range(2):
        world, _ = play("pair", 13)
        stories.append([str(entry) for entry in world.process.journal.entries])
    assert stories[0] == stories[1]


def broken(name: str) -> set[str]:
    return set(chunk(name, 0, SEEDS).broken)


def test_orders_that_are_not_waited_for_to_their_end_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hasty(self: Saga, tickets: Sequence[Ticket]) -> None:
        await self._parts.desk.withdraw(tickets, 0)

    monkeypatch.setattr(Saga, "_withdraw", hasty)
    assert broken("pair") & {"size", "naked", "word"}
    assert broken("bracket") & {"protection", "size", "naked", "word"}


def test_a_journal_that_is_not_waited_for_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def at_once(self: DurableEntry, order: Approved) -> None:
        self._leave(order)

    monkeypatch.setattr(DurableEntry, "submit", at_once)
    assert broken("twap") & {"lost", "duplicate", "error", "failure"}


def test_orders_in_flight_that_a_restart_forgets_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def forget(self: PairSaga) -> None:
        self._recount()

    monkeypatch.setattr(PairSaga, "_restart", forget)
    assert broken("pair") & {"size", "naked", "word"}


def test_a_saga_of_many_that_a_restart_forgets_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    resume = Engine.resume

    def some(self: Engine, strategy: Strategy, wish: SagaWish, past: Past) -> None:
        if not wish.id.endswith("-2"):
            resume(self, strategy, wish, past)

    monkeypatch.setattr(Engine, "resume", some)
    assert "not ended" in chunk("many", 0, 40).broken


def test_late_fills_that_nobody_trades_back_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "_late", lambda self, fill: None)
    assert "word" in broken("limit")


def test_money_that_is_asked_for_again_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    run = TransferSaga._ask

    async def again(self: TransferSaga, *_: object, **__: object) -> object:
        return await run(self)

    monkeypatch.setattr(TransferSaga, "_find", again)
    assert "duplicate" in broken("transfer")


def test_a_withdrawal_that_is_asked_for_again_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def again(self: WithdrawalSaga, why: str) -> SagaOutcome | None:
        return await self._ask()

    monkeypatch.setattr(WithdrawalSaga, "_find", again)
    assert "duplicate" in broken("withdrawal")


def test_a_withdrawal_that_the_books_miss_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WithdrawalSaga, "_book", lambda self, *moved: None)
    assert "lost" in broken("withdrawal")
