"""Reconciliation over real gateways and doubles: each kind of difference is found, told once and reported."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from decimal import Decimal

import msgspec
import pytest

from tests.doubles.servers import Running, running
from tests.execution.recovery_world import MS, QUICK, kinds, life, told
from titan.doubles.faults import Fault
from titan.execution.policy import Foreign, Policies
from titan.model.events import Transfer
from titan.model.fill import Fill, FundingPayment
from titan.model.order import OrderEvent, OrderState, OrderType, Side
from titan.model.pair import TransferIntent
from titan.model.recovery import Baseline, Found, Latched, Reconciled
from titan.model.signal import client_order_id

Journal = list[msgspec.Struct]
VENUES = ("binance", "bybit", "okx")


@pytest.fixture(params=VENUES)
async def venue(request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    async with running(request.param) as one:
        yield one


@pytest.fixture
async def binance() -> AsyncIterator[Running]:
    async with running("binance") as one:
        yield one


async def test_what_agrees_to_the_last_unit_opens_the_gate(venue: Running) -> None:
    async with life(venue, []) as one:
        await one.trade("a", one.perp)
        await one.trade("b", one.spot, Side.SELL)
        await one.trade("c", one.perp, Side.SELL, lots=3)
        assert one.gates.closed == {} or one.why_closed == "not reconciled yet"
        result = await one.passes()
        assert (result.differences, result.why) == ((), "")
        assert result.opens
        assert one.gates.closed == {}
        assert (result.orders, result.positions) == (0, 1)


async def test_fills_and_ends_that_a_dead_process_missed_are_told_once(venue: Running) -> None:
    journal: Journal = []
    async with life(venue, journal) as one:
        resting = one.send("rests", one.perp, type=OrderType.LIMIT)
        await one.until(lambda: resting.order.state is OrderState.OPEN)
        one.gateway.entry.subscribe(lambda event: None)  # the process hears nothing any more
        late = one.send("late", one.perp)
        await one.until(lambda: len(venue.world.desk.fills) > 0)
        assert late.order.state is OrderState.PENDING
        there = venue.world.desk.find(client_id=one.desk.tickets[0].order.request.client_id)
        venue.world.desk.cancel(there)
    async with life(venue, journal) as two:
        assert not (two.desk.tickets[1].order.state.is_final)
        two.reconciles()
        await two.reconciler.start()
        assert await two.reconciler.until_open(20), two.why_closed
        assert [t.order.state for t in two.desk.tickets] == [OrderState.CANCELLED, OrderState.FILLED]
        assert two.ledger.position(two.perp.id).lots == late.order.request.lots
        fills = [e.id for e in journal if isinstance(e, Fill)]
        assert len(set(fills)) == len(two.ledger.fills()) == len(venue.world.desk.fills)
    orders = len(venue.world.desk.orders)
    async with life(venue, journal) as three:
        result = await three.passes()
        assert (result.opens, kinds(result)) == (True, [])
    assert len(venue.world.desk.orders) == orders == 2


class Statement:
    """A venue's funding history."""

    def __init__(self, *paid: FundingPayment) -> None:
        self.paid = paid

    async def funding_since(self, instrument: str, since_ns: int) -> list[FundingPayment]:
        return [p for p in self.paid if p.instrument == instrument and p.venue_ns >= since_ns]


async def test_funding_that_came_long_before_the_last_word_of_a_dead_process_is_found(
    binance: Running,
) -> None:
    journal: Journal = []
    async with life(binance, journal) as one:
        await one.trade("held", one.perp)
        assert (await one.passes()).opens
        now = time.time_ns()
        amount = Decimal("1.75")
        paid = FundingPayment(
            "f", one.perp.id, Decimal(0), 0, Decimal(0), amount, "USDT", now, now + 300_000 * MS
        )
        binance.world.account.deposit("perp", "USDT", amount)
        journal.append(Latched("other", "", "", now + 200_000 * MS))  # it lived on, and did not ask
    async with life(binance, journal) as two:
        result = await two.passes(ports={"funding": Statement(paid)})
        assert (kinds(result), result.opens) == ([Found.MISSED], True)
        assert paid in journal


async def test_an_order_that_never_left_keeps_the_gate_closed_until_it_cannot_arrive(
    binance: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal: Journal = []
    async with life(binance, journal) as one:
        monkeypatch.setattr(one.gateway.entry, "submit", lambda order: None)
        one.send("lost", one.perp)
    monkeypatch.setattr("titan.venues.gateway.entry._MARGIN_S", 600.0)  # however busy this machine is
    async with life(binance, journal) as two:
        patient = msgspec.structs.replace(QUICK, grace_ns=600_000 * MS)  # not for what nobody here saw leave
        result = await two.reconciles(times=patient).once("binance")
        assert not result.opens  # it may still arrive
        (ticket,) = two.desk.tickets
        assert ticket.order.state is OrderState.PENDING
        monkeypatch.setattr("titan.venues.gateway.entry._MARGIN_S", -5.0)
        await two.until(lambda: ticket.order.state is OrderState.REJECTED)
        assert (await two.reconciler.once("binance")).opens
        assert told(journal, OrderEvent.REJECT) == 1
        assert binance.world.desk.orders == {}


@pytest.mark.parametrize(
    ("name", "policy"),
    [("binance", Foreign.HOLD), ("okx", Foreign.IGNORE), *((name, Foreign.CLOSE) for name in VENUES)],
)
async def test_foreign_orders_are_dealt_with_as_declared(name: str, policy: Foreign) -> None:
    async with running(name) as venue, life(venue, []) as one:
        one.elsewhere(one.perp, Side.BUY, 10, Decimal(28_000))
        declared = {} if policy is Foreign.HOLD else {"": Foreign.HOLD, one.name: policy}
        result = await one.passes(policies=Policies(orders=declared))
        assert kinds(result) == [Found.FOREIGN_ORDER]
        assert one.gates.closed.keys() == (set() if policy is Foreign.IGNORE else {one.name})
        again = await one.reconciler.once(one.name)
        assert again.opens is (policy is not Foreign.HOLD)
        assert len(venue.world.desk.open_orders()) == (policy is not Foreign.CLOSE)


async def test_an_order_of_ours_that_the_journal_lost_is_adopted_and_followed(venue: Running) -> None:
    async with life(venue, []) as one:
        order = one.send("a", one.perp, type=OrderType.LIMIT)
        await one.until(lambda: order.order.state is OrderState.OPEN)
    async with life(venue, []) as two:
        result = await two.passes(policies=Policies(orders={two.perp.id: Foreign.ADOPT}))
        assert kinds(result) == [Found.FORGOTTEN]
        assert result.opens
        (ticket,) = two.desk.tickets
        assert ticket.order.request.client_id == order.order.request.client_id
        assert (ticket.order.request.lots, ticket.intent.owner) == (order.order.request.lots, "")
        await two.until(lambda: ticket.order.state is OrderState.OPEN)
        two.desk.cancel(ticket)
        await two.until(lambda: ticket.order.state is OrderState.CANCELLED)
    assert len(venue.world.desk.orders) == 1


@pytest.mark.parametrize("policy", list(Foreign))
async def test_foreign_positions_are_dealt_with_as_declared(binance: Running, policy: Foreign) -> None:
    journal: Journal = []
    async with life(binance, journal) as one:
        await one.trade("a", one.perp)
        ours = one.ledger.position(one.perp.id).lots
        one.elsewhere(one.perp, Side.BUY, 7)
        everything = Policies(positions={"": policy}, balances={"": Foreign.IGNORE})
        result = await one.passes(policies=everything)
        assert Found.FOREIGN_FILL in kinds(result)
        assert result.opens is (policy is not Foreign.HOLD)
        await one.until(lambda: all(t.order.state.is_final for t in one.desk.tickets))
        final = await one.reconciler.once("binance")
        assert final.opens is (policy is not Foreign.HOLD)
        there = binance.world.account.positions()[0].lots
        booked = one.ledger.position(one.perp.id).lots
        want = {Foreign.ADOPT: (7, 7), Foreign.CLOSE: (0, 0)}.get(policy, (7, 0))
        assert (there - ours, booked - ours) == want
    async with life(binance, journal) as two:  # what was declared holds after a restart
        again = await two.passes(policies=everything)
        assert again.opens is (policy is not Foreign.HOLD)
        kept = [e.amount for e in journal if isinstance(e, Baseline) and e.subject == two.perp.id]
        assert kept == ([7] if policy is Foreign.IGNORE else [])


async def test_what_was_adopted_to_be_closed_is_closed_however_long_it_takes(
    binance: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process died after it had adopted, and the first order of the next one fills nothing."""
    journal: Journal = []
    everything = Policies(positions={"": Foreign.CLOSE}, balances={"": Foreign.IGNORE})
    async with life(binance, journal) as one:
        monkeypatch.setattr(one, "close", lambda intent: None)
        one.elsewhere(one.perp, Side.BUY, 7)
        await one.passes(policies=everything)
        assert one.ledger.position(one.perp.id).lots == 7
    async with life(binance, journal) as two:
        binance.inject(Fault(kind="reject", count=1))
        await two.passes(policies=everything)
        (order,) = two.desk.tickets
        await two.until(lambda: order.order.state.is_final)
        assert two.ledger.position(two.perp.id).lots == 7
        await two.reconciler.once("binance")
        await two.until(lambda: len(two.desk.tickets) == 2)
        await two.until(lambda: two.ledger.position(two.perp.id).lots == 0)
        assert (await two.reconciler.once("binance")).differences == ()
        assert not [p for p in binance.world.account.positions() if p.lots]


async def test_money_that_came_or_went_without_us_is_reported_with_its_figures(venue: Running) -> None:
    async with life(venue, []) as one:
        wallet = "perp" if venue.world.account.unified else "spot"
        venue.world.account.deposit(wallet, "USDT", Decimal("-12.34000001"))
        result = await one.passes()
        assert not result.opens
        (gap,) = result.differences
        assert (gap.kind, Decimal(gap.theirs) - Decimal(gap.ours)) == (
            Found.BALANCE, Decimal("-12.34000001"),
        )  # fmt: skip
        assert "BALANCE" not in one.why_closed
        assert gap.subject in one.why_closed
        near = await one.passes(policies=Policies(tolerances={"USDT": Decimal(13)}))
        assert near.opens
        declared = Policies(balances={"USDT": Foreign.IGNORE})
        assert (await one.passes(policies=declared)).opens
        assert (await one.reconciler.once(one.name)).differences == ()


async def test_capital_that_came_is_taken_into_the_books_where_declared(binance: Running) -> None:
    async with life(binance, []) as one:
        binance.world.account.deposit("perp", "USDT", Decimal(55))
        result = await one.passes(policies=Policies(balances={"": Foreign.ADOPT}))
        assert (kinds(result), result.opens) == ([Found.BALANCE], True)
        assert (await one.reconciler.once("binance")).differences == ()
        assert one.ledger.balance("binance.perp", "USDT") == Decimal(100_055)


@pytest.mark.parametrize("happened", [True, False])
async def test_a_transfer_in_doubt_is_told_by_the_balances(binance: Running, happened: bool) -> None:
    wish = TransferIntent("w", "s", "USDT", "binance.spot", "binance.perp", "12.5", "margin")
    async with life(binance, []) as one:
        if happened:
            assert one.gateway.transfers is not None
            await one.gateway.transfers.move("USDT", Decimal("12.5"), wish.source, wish.target)
        result = await one.passes(transfers=lambda: [wish])
        (one_found,) = result.differences
        assert one_found.kind is Found.TRANSFER
        assert one_found.done.startswith("it happened" if happened else "it has not happened")
        binance.world.account.deposit("spot", "USDT", Decimal(1))
        unclear = await one.reconciler.once("binance")
        assert not unclear.opens
        assert {d.kind: d.blocks for d in unclear.differences}[Found.TRANSFER]


async def test_money_between_two_wallets_is_no_capital_that_came(binance: Running) -> None:
    """It has left one wallet and is not in the other yet, or the other way round."""
    wish = TransferIntent("w", "s", "USDT", "binance.spot", "binance.perp", "12.5", "margin")
    adopt = Policies(balances={"": Foreign.ADOPT})
    async with life(binance, []) as one:
        binance.world.account.deposit("perp", "USDT", Decimal("12.5"))
        result = await one.passes(policies=adopt, transfers=lambda: [wish])
        assert (kinds(result), result.opens) == ([Found.TRANSFER], False)
        assert one.ledger.balance("binance.perp", "USDT") == Decimal(100_000)
        assert (await one.passes(policies=adopt)).opens  # nothing is under way: it came
        assert one.ledger.balance("binance.perp", "USDT") == Decimal("100012.5")


PARTS = {
    "binance": (
        "GET /api/v3/openOrders", "GET /fapi/v1/openOrders", "GET /api/v3/account",
        "GET /fapi/v3/positionRisk",
    ),
    "bybit": ("GET /v5/order/realtime", "GET /v5/account/wallet-balance", "GET /v5/position/list"),
    "okx": (
        "GET /api/v5/trade/orders-pending", "GET /api/v5/account/balance", "GET /api/v5/account/positions",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind"), [("binance", "http_5xx"), ("bybit", "timeout_before"), ("okx", "disconnect")]
)
async def test_no_half_answer_ever_opens_a_gate(
    name: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("titan.venues.gateway.call._FIRST_WAIT_S", 0.01)
    async with running(name) as venue, life(venue, [], timeout_ms=300) as one:
        for part in PARTS[name]:
            one.reconciles()
            venue.inject(Fault(kind=kind, match=part, on="http", count=0))  # type: ignore[arg-type]
            result = await one.reconciler.once(name)
            hits = venue.faults.counts()[0]["hits"]
            assert hits, f"nobody asked {part}"
            assert (result.complete, result.opens) == (False, False), part
            assert result.why
            assert one.why_closed == result.why
            venue.faults.clear()
            assert (await one.reconciler.once(name)).opens


async def test_a_venue_that_is_down_is_paged_and_tried_until_it_answers(binance: Running) -> None:
    journal: Journal = []
    async with life(binance, journal, timeout_ms=200) as one:
        binance.inject(Fault(kind="http_5xx", on="http", count=0))
        one.reconciles()
        await one.reconciler.start()
        await one.until(lambda: bool(one.pages))
        assert "binance is not reconciled" in one.pages[0]
        assert one.why_closed
        binance.faults.clear()
        assert await one.reconciler.until_open(20)
        assert one.gates.closed == {}
        binance.inject(Fault(kind="http_5xx", on="http", count=0))
        await one.until(lambda: bool(one.why_closed))
        stored = [e for e in journal if isinstance(e, Reconciled)]
        assert [e.opens for e in stored][-2:] == [True, False]
        assert time.time_ns() >= stored[-1].local_ns >= stored[-1].began_ns


async def test_a_client_id_of_ours_is_known_as_such(binance: Running) -> None:
    async with life(binance, []) as one:
        ticket = one.send("a", one.perp, type=OrderType.LIMIT)
        assert ticket.order.request.client_id == client_order_id("a")
        await one.until(lambda: ticket.order.state is OrderState.OPEN)
        result = await one.passes()
        assert (result.orders, result.differences, result.opens) == (1, (), True)


ELSEWHERE = TransferIntent("w", "s", "USDT", "binance.spot", "bybit.spot", "12.5", "margin")
BACK = TransferIntent("w", "s", "USDT", "bybit.spot", "binance.spot", "12.5", "margin")


@pytest.mark.parametrize(
    ("wish", "left", "change", "done"),
    [
        (ELSEWHERE, False, "-12.5", "it left"), (ELSEWHERE, True, "12.5", "it came back"),
        (BACK, True, "11.5", "it arrived"), (BACK, True, "13", "cannot be told"),
        (ELSEWHERE, False, "-11", "cannot be told"), (ELSEWHERE, True, "0", ""),
    ],
)  # fmt: skip
async def test_a_withdrawal_under_way_is_no_capital_that_came_or_went(
    binance: Running, wish: TransferIntent, left: bool, change: str, done: str
) -> None:
    async with life(binance, []) as one:
        binance.world.account.deposit("spot", "USDT", Decimal(change))
        if left:
            if wish is BACK:
                one.ledger.deposit(wish.source, "USDT", Decimal("12.5"), 1)
            one.ledger.book_transfer(
                Transfer("w.out", "USDT", wish.source, "transit", Decimal("12.5"), Decimal(0), 1)
            )
            if wish is ELSEWHERE:  # the venue has let it go
                binance.world.account.deposit("spot", "USDT", Decimal("-12.5"))
        adopt = Policies(balances={"": Foreign.ADOPT})
        before = one.ledger.deposits
        result = await one.passes(policies=adopt, transfers=lambda: [wish])
        assert [d.done.startswith(done) for d in result.differences] == ([True] if done else [])
        assert result.opens is (done != "cannot be told")
        assert one.ledger.deposits == before
