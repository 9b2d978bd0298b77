"""A restart knows what the process before it knew, and says what that one died too soon to say."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from tests.execution.scripted import INSTRUMENTS, PERP, SPOT, Stage, pair_intent
from tests.execution.test_desk import intent, sent
from tests.execution.test_desk_reports import fill, silent
from titan.execution.booking import book_fill
from titan.execution.desk import Desk
from titan.execution.memory import fold
from titan.execution.restoring import restored
from titan.execution.sagas.saga import Past
from titan.model.errors import LedgerError
from titan.model.events import Contradicted, Submitted
from titan.model.fill import Fill
from titan.model.late import UndoIntent
from titan.model.order import Side
from titan.model.outcome import Outcome, SagaOutcome
from titan.model.pair import HaltIntent, PairEnd, PairOutcome, TransferIntent
from titan.model.recovery import Deposited
from titan.model.restraint import Imposed, Lifted
from titan.model.step import SagaStep
from titan.portfolio.ledger import Ledger

PAIR = pair_intent(4, 2, id="w1")
UNDO = UndoIntent("w2", "s", "o", PERP.id, Side.BUY, 3, 500_000, 1, 20.0)
STUCK: tuple[Outcome, ...] = (
    PairOutcome(PAIR, PairEnd.NEEDS_OPERATOR, 1, 2, 1, "spot will not sell", 7, (3, 0)),
    SagaOutcome(UNDO, PairEnd.NEEDS_OPERATOR, 0, 0, "no price", 7, 3),
)


class Restart:
    """A new process over what a journal holds; `written` is what it adds."""

    def __init__(self, lines: list[msgspec.Struct]) -> None:
        self.stage = Stage()
        self.stage.loop.drop()
        self.written = self.stage.lines
        self.pages: list[str] = []
        self.desk = Desk(
            self.stage.loop, self.stage.venue, self.stage.gate, self.written.append, page=self.pages.append
        )
        self.ledger = Ledger(INSTRUMENTS, currency="USDT")
        restored(lines, fold(lines), self.desk, self.ledger)

    @property
    def halted(self) -> set[str]:
        return {scope.instrument for scope, _, _ in self.desk.halts.restraints.standing().values()}


@pytest.mark.parametrize("outcome", STUCK)
def test_a_kill_between_an_outcome_and_its_halt_does_not_lose_the_halt(outcome: Outcome) -> None:
    lines: list[msgspec.Struct] = [PAIR, UNDO, outcome]
    first = Restart(lines)
    assert first.halted == ({SPOT.id, PERP.id} if outcome.intent is PAIR else {PERP.id})
    assert outcome.reason in first.pages[0]
    assert all(isinstance(line, Imposed) for line in first.written)
    second = Restart(lines + first.written)
    assert second.halted == first.halted
    assert (second.written, second.pages) == ([], [])


def test_a_kill_between_the_halts_of_two_legs_keeps_both_and_a_lifted_one_stays_lifted() -> None:
    lines: list[msgspec.Struct] = [PAIR, STUCK[0]]
    whole = Restart(lines).written
    assert len(whole) == 2
    assert Restart([*lines, whole[0]]).halted == {SPOT.id, PERP.id}
    first = whole[0]
    assert isinstance(first, Imposed)
    after = Restart([*lines, *whole, Lifted(first.name, "operator", 9)])
    assert after.halted == {SPOT.id, PERP.id} - {first.instrument}
    assert after.written == []


def test_a_transfer_that_needs_an_operator_halts_nothing_and_is_not_told_at_every_start() -> None:
    wish = TransferIntent("t1", "s", "USDT", "binance.spot", "binance.perp", "5", "margin")
    again = Restart([wish, SagaOutcome(wish, PairEnd.NEEDS_OPERATOR, 0, 0, "no word of it", 7)])
    assert (again.halted, again.written, again.pages) == (set(), [], [])


def test_foreign_fills_are_known_as_they_were_before() -> None:
    stray = msgspec.structs.replace(
        fill(sent(silent(), intent()), 5), client_id="somebody else's", instrument=PERP.id, ticks=500_000
    )
    again = Restart([Deposited("binance.perp", "USDT", Decimal(1000), 1), stray])
    assert again.desk.foreign == [stray]
    assert not again.desk.apply(stray)
    assert again.ledger.position(PERP.id).lots == 5


def test_a_fill_that_came_before_its_order_was_adopted_is_the_orders_after_a_restart_too() -> None:
    stage = silent()
    ticket = sent(stage, intent(name="lost"))
    submitted = stage.lines[0]
    assert isinstance(submitted, Submitted)
    early = fill(ticket, 200)
    stage = Stage()
    stage.desk.apply(early)
    stage.desk.recall(submitted)
    again = Restart([Deposited("binance.spot", "USDT", Decimal(10**6), 1), early, submitted])
    for desk in (stage.desk, again.desk):
        known = desk.ticket(submitted.client_id)
        assert known is not None
        assert (known.order.filled_lots, desk.foreign) == (200, [])
    stage.loop.drop()


def test_a_fill_that_cannot_be_booked_halts_after_a_restart_and_stops_nobody() -> None:
    stage = silent()
    ticket = sent(stage, intent())
    mad: Fill = msgspec.structs.replace(fill(ticket, 200), lots=-3)
    with pytest.raises(LedgerError):
        book_fill(Ledger(INSTRUMENTS, currency="USDT"), mad, ticket.intent)
    first = Restart([*stage.lines, mad])
    assert first.halted == {SPOT.id}
    assert isinstance(first.written[0], Contradicted)
    second = Restart([*stage.lines, mad, *first.written])
    assert (second.halted, second.written) == ({SPOT.id}, [])
    stage.loop.drop()


def test_a_wish_to_halt_is_remembered_where_its_saga_had_no_time_to_note_it() -> None:
    memory = fold([PAIR, HaltIntent("w1", "s", "liquidated"), HaltIntent("ended", "s", "too late")])
    assert list(memory.steps) == ["w1"]
    steps = [step for step in memory.steps["w1"] if isinstance(step, SagaStep)]
    assert Past((), steps).figure("halted") == "liquidated"
