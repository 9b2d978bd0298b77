"""Orders that a dead process sent without having written them down are found by the names they must have."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from tests.doubles.servers import running
from tests.execution.recovery_world import Life, kinds, life
from tests.execution.scripted import pair_intent
from titan.execution.lost import MISSES
from titan.execution.sagas.saga import attempt_of
from titan.model.bracket import BracketIntent
from titan.model.instrument import Instrument
from titan.model.late import UndoIntent
from titan.model.order import OrderState, OrderType, Side
from titan.model.pair import PairIntent
from titan.model.recovery import Found
from titan.model.signal import Purpose, intent_id

Journal = list[msgspec.Struct]
VENUES = ("binance", "bybit", "okx", "kraken", "mexc")


async def sold(one: Life, name: str, saga: str, rules: Instrument, side: Side = Side.SELL) -> None:
    """An order that only the venue knows."""
    written = list(one.journal)
    ticket = await one.trade(name, rules, side, saga=saga, lots=rules.lots_within(Decimal("0.01")))
    assert ticket.order.state is OrderState.FILLED
    one.journal[:] = written


@pytest.mark.parametrize("name", VENUES)
async def test_what_an_execution_sent_unwritten_is_its_own_again(name: str) -> None:
    journal: Journal = []
    async with running(name) as venue:
        async with life(venue, journal) as one:
            wish = UndoIntent("r-s-1-undo", "s", "o", one.spot.id, Side.SELL, 10**6, 1, 1, 20.0)
            journal.append(wish)
            # the first was refused, and used its number up
            await sold(one, intent_id(wish.id, one.spot.id, 2, "undo"), wish.id, one.spot)
            books = one.ledger.balances()
        async with life(venue, journal) as two:
            two.reconciles()
            await two.reconciler.start()
            assert await two.reconciler.until_open(150), two.why_closed
            (ticket,) = two.desk.tickets
            assert (ticket.order.state, ticket.intent.saga) == (OrderState.FILLED, wish.id)
            assert (ticket.intent.owner, attempt_of(ticket.intent)) == ("o", 2)
            assert two.ledger.balances() == books
        async with life(venue, journal) as three:
            result = await three.passes()
            assert (result.opens, kinds(result), len(three.desk.tickets)) == (True, [], 1)
        assert len(venue.world.desk.orders) == 1


def pair_of(one: Life) -> PairIntent:
    return pair_intent(
        10, 1, Purpose.EXIT, id="r-s-2-exit", strategy="s", spot=one.spot.id, perp=one.perp.id, position="o"
    )


async def test_both_legs_of_a_pair_are_found_beyond_numbers_that_were_never_used() -> None:
    journal: Journal = []
    async with running("binance") as venue:
        async with life(venue, journal) as one:
            wish = pair_of(one)
            journal.append(wish)
            first = intent_id(wish.id, wish.pair, 1, "spot")
            await one.trade(first, one.spot, Side.SELL, saga=wish.id)
            await sold(one, intent_id(wish.id, wish.pair, 2, "perp"), wish.id, one.perp, Side.BUY)
            late = intent_id(wish.id, wish.pair, 2 + MISSES, "spot")
            await sold(one, late, wish.id, one.spot)
            books = one.ledger.balances()
        async with life(venue, journal) as two:
            result = await two.passes()
            assert kinds(result)[:2] == [Found.FORGOTTEN, Found.FORGOTTEN]
            await two.until(lambda: all(t.order.state.is_final for t in two.desk.tickets))
            assert [attempt_of(t.intent) for t in two.desk.tickets] == [1, 2, 2 + MISSES]
            assert {t.intent.owner for t in two.desk.tickets[1:]} == {"o"}
            assert two.ledger.balances() == books


async def test_a_stop_that_rests_unwritten_is_its_brackets_again() -> None:
    journal: Journal = []
    async with running("binance") as venue:
        async with life(venue, journal) as one:
            await one.trade("held", one.perp)
            wish = BracketIntent(
                "r-s-3-bracket", "s", "o", one.perp.id, Side.BUY, 10, 1000, "wanted", 1, 1, 10.0, 10.0
            )  # fmt: skip
            journal.append(wish)
            written = list(journal)
            stop = one.send(
                intent_id(wish.id, one.perp.id, 1, "stop"), one.perp, Side.SELL, type=OrderType.STOP,
                stop_ticks=one.perp.nearest_ticks(Decimal(20_000)), saga=wish.id, reduce_only=True,
            )  # fmt: skip
            await one.until(lambda: stop.order.state is OrderState.OPEN)
            journal[:] = written
        async with life(venue, journal) as two:
            result = await two.passes()
            assert kinds(result)[0] is Found.FORGOTTEN
            mine = [t for t in two.desk.tickets if t.intent.saga == wish.id]
            assert [t.intent.type for t in mine] == [OrderType.STOP]
            await two.until(lambda: mine[0].order.state is OrderState.OPEN)
            assert (await two.reconciler.once("binance")).opens


@pytest.mark.parametrize("differs", [False, True])
async def test_names_are_asked_for_where_something_differs_and_then_a_few_only(differs: bool) -> None:
    journal: Journal = []
    async with running("binance") as venue:
        async with life(venue, journal) as one:
            journal.append(pair_of(one))
            if differs:
                await sold(one, "somebody's", "", one.spot)
        async with life(venue, journal) as two:
            asked: list[str] = []
            find = two.gateway.orders.find_order

            async def counted(client_id: str, instrument: str) -> object:
                asked.append(client_id)
                return await find(client_id, instrument)

            two.gateway.orders.find_order = counted  # type: ignore[method-assign, assignment]
            two.reconciles()
            assert (await two.reconciler.once("binance")).opens is not differs
            await two.reconciler.once("binance")
            assert len(asked) == (2 * MISSES if differs else 0)
