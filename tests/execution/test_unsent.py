"""A wish for one order whose process died before the order was written down: dropped, or wound up; told."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import msgspec
import pytest
from msgspec.structs import replace

from tests.doubles.servers import running
from tests.execution.recovery_world import life
from tests.execution.scripted import INSTRUMENTS, Answer, Prices, Stage
from tests.execution.test_desk import intent
from titan.execution.memory import Memory, fold
from titan.execution.sagas.saga import Parts, Past
from titan.execution.sagas.table import saga_of
from titan.execution.unsent import settle_unsent, winding_up
from titan.model.events import OrderReport, Refused, Submitted
from titan.model.late import UndoIntent
from titan.model.order import OrderEvent, OrderState, OrderType, Side, TimeInForce
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd
from titan.model.signal import Intent, Purpose, client_order_id

HEDGE = replace(
    intent(300, "h"), side=Side.SELL, purpose=Purpose.HEDGE, limit_ticks=4_990_000, tif=TimeInForce.GTC
)


class Restart:
    def __init__(self, journal: list[msgspec.Struct], answers: list[Answer] | None = None) -> None:
        self.stage = Stage(answers or [])
        self.journal, self.written, self.pages = journal, self.stage.lines, list[str]()
        self.memory = fold(journal)
        for order in self.memory.orders.values():
            self.stage.desk.recall(order.submitted, order.heard)
        settle_unsent(
            self.memory, self.stage.desk, self.written.append, self.stage.loop.now, self.pages.append
        )

    def later(self) -> Memory:
        return fold([*self.journal, *self.written])

    def wound_up(self, word: OrderEvent) -> SagaOutcome:
        """The saga, when the venue has said `word` of the order that may have left."""
        (name,) = self.memory.wishes
        wish = self.memory.wishes[name]
        assert isinstance(wish, UndoIntent)
        desk, loop = self.stage.desk, self.stage.loop
        tickets = [t for t in desk.tickets if t.intent.saga == name]
        parts = Parts(INSTRUMENTS.__getitem__, desk, Prices(), self.written.append, Random(7), loop.now)
        report = OrderReport(client_order_id(HEDGE.id), word, loop.now(), loop.now())
        loop.call_later(5.0, desk.apply, report)
        outcome = self.stage.run(saga_of(wish, parts, Past(tickets)).run())
        assert isinstance(outcome, SagaOutcome)
        return outcome


@pytest.mark.parametrize(
    "wished",
    [
        intent(name="entry"),
        replace(HEDGE, type=OrderType.STOP),
        replace(HEDGE, purpose=Purpose.EXIT, limit_ticks=5_100_000),
    ],
    ids=["entry", "stop", "target"],
)
def test_what_was_to_open_or_to_rest_is_dropped_with_an_outcome_and_told_once(wished: Intent) -> None:
    first = Restart([wished])
    assert [type(line) for line in first.written] == [Refused]
    assert "dropped" in first.pages[0]
    assert (first.memory.unsent, first.stage.desk.tickets) == ({}, [])
    second = Restart([wished, *first.written])
    assert (second.written, second.pages) == ([], [])


def test_a_wish_that_was_sent_or_refused_is_left_alone() -> None:
    sent = Submitted(client_order_id(HEDGE.id), HEDGE, 1)
    entry = intent(name="entry")
    again = Restart([HEDGE, sent, entry, Refused(entry.id, "size", "too large", {}, 2)])
    assert (again.written, again.pages) == ([], [])


@pytest.mark.parametrize("market", [True, False])
def test_a_hedge_that_never_left_is_traded_when_nothing_of_it_can_arrive(market: bool) -> None:
    wished = replace(HEDGE, type=OrderType.MARKET, limit_ticks=0) if market else HEDGE
    restart = Restart([wished])
    assert restart.stage.venue.sent == []
    outcome = restart.wound_up(OrderEvent.REJECT)
    assert (outcome.end, outcome.lots) == (PairEnd.DONE, 300)
    ((_, order),) = restart.stage.venue.sent
    assert (order.side, order.lots, order.owner) == (Side.SELL, 300, HEDGE.owner)
    assert order.id != HEDGE.id
    assert restart.later().wishes == {}


def test_killed_again_at_any_step_of_it_it_is_neither_lost_nor_doubled() -> None:
    whole = Restart([HEDGE]).written
    assert [type(line) for line in whole] == [UndoIntent, Submitted]
    for cut in range(len(whole) + 1):
        again = Restart([HEDGE, *whole[:cut]])
        later = again.later()
        assert list(later.wishes) == [winding_up(HEDGE).id]
        assert list(later.orders) == [client_order_id(HEDGE.id)]
        assert later.unsent == {}
        assert again.wound_up(OrderEvent.REJECT).lots == 300
        assert sum(order.lots for _, order in again.stage.venue.sent) == 300


async def test_a_hedge_that_left_while_the_store_failed_is_found_by_its_own_id() -> None:
    journal: list[msgspec.Struct] = []
    async with running("binance") as venue:
        async with life(venue, journal) as one:
            await one.trade("holding", one.spot)
            lots = one.ledger.position(one.spot.id).lots or one.spot.lots_within(Decimal("0.01"))
            wish = one.intent("h", one.spot, Side.SELL, lots=lots)
            wish = replace(wish, purpose=Purpose.HEDGE, owner="owner holding")
            journal.append(wish)
            stored = list(journal)
            order = one.desk.approve(wish)
            assert not hasattr(order, "gate"), order
            ticket = one.desk.send(order)  # type: ignore[arg-type]
            await one.until(lambda: ticket.order.state.is_final)
            assert ticket.order.state is OrderState.FILLED
        async with life(venue, stored) as two:
            settle_unsent(
                two.memory, two.desk, stored.append, lambda: two.memory.last_ns + 1, two.pages.append
            )
            two.reconciles()
            await two.reconciler.start()
            assert await two.reconciler.until_open(60), two.why_closed
            (mine,) = [t for t in two.desk.tickets if t.intent.purpose is Purpose.HEDGE]
            assert (mine.order.state, mine.intent.saga) == (OrderState.FILLED, winding_up(wish).id)
            assert two.ledger.holding("owner holding", two.spot.id) == 0
        assert len(venue.world.desk.orders) == 2
