"""Orders over real ccxt against a server that loses answers: none is doubled, none is forgotten."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import NamedTuple

import pytest

from tests.venues.gateway.binance_stub import Stub
from titan.model.credentials import Credentials
from titan.model.errors import InstrumentError, OrderError
from titan.model.events import OrderReport, VenueEvent
from titan.model.fill import Fill
from titan.model.order import OrderEvent, OrderState, OrderType, Side, TimeInForce
from titan.model.signal import Intent, Purpose, client_order_id
from titan.venues.addresses import Addresses
from titan.venues.gateway.gateway import Gateway, open_gateway

BTC = "binance.spot.BTCUSDT"


class Passed(NamedTuple):
    """As `risk.gates.Approved`, which only the gates can make."""

    intent: Intent
    client_id: str


class Bench(NamedTuple):
    stub: Stub
    gateway: Gateway
    events: list[VenueEvent]

    def send(self, name: str = "a", **changes: object) -> str:
        wanted = {"type": OrderType.LIMIT, "limit_ticks": 10_000_00, "tif": TimeInForce.GTC} | changes
        intent = Intent(name, "s", "o", BTC, Side.BUY, 100, Purpose.ENTRY, 1, **wanted)  # type: ignore[arg-type]
        order = Passed(intent, client_order_id(name))
        self.gateway.entry.submit(order)
        return order.client_id

    async def until(self, what: Callable[[list[VenueEvent]], bool]) -> list[VenueEvent]:
        async with asyncio.timeout(20):
            while not what(self.events):
                await asyncio.sleep(0.01)
        return self.events

    def reports(self) -> list[OrderEvent]:
        return [e.event for e in self.events if isinstance(e, OrderReport)]


def _ended(events: list[VenueEvent]) -> bool:
    final = (OrderEvent.CANCEL, OrderEvent.REJECT, OrderEvent.EXPIRE)
    return any(isinstance(e, OrderReport) and e.event in final for e in events)


def _filled(lots: int) -> Callable[[list[VenueEvent]], bool]:
    return lambda events: sum(e.lots for e in events if isinstance(e, Fill)) >= lots


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    stub = Stub()
    await stub.server.start_server()
    base = str(stub.server.make_url("")).rstrip("/")
    gateway = open_gateway(
        "binance", now=time.time_ns, addresses=Addresses("binance", base, base.replace("http", "ws")),
        credentials=Credentials("binance", "k", "the-key-itself", "the-secret-itself"), timeout_ms=300,
    )  # fmt: skip
    events: list[VenueEvent] = []
    gateway.entry.subscribe(events.append)
    await gateway.instruments()
    yield Bench(stub, gateway, events)
    stub.held.set()
    await gateway.close()
    await stub.server.close()


async def test_an_order_is_placed_once_and_rests(bench: Bench) -> None:
    client_id = bench.send()
    await bench.until(bool)
    assert bench.events[0] == OrderReport(
        client_id, OrderEvent.ACCEPT, 1_700_000_000_000_000_000, bench.events[0].local_ns
    )
    order = bench.stub.orders[client_id]
    assert (order["price"], order["origQty"], order["timeInForce"]) == ("10000", "0.001", "GTC")


async def test_fills_are_told_once_and_an_end_after_them(bench: Bench) -> None:
    client_id = bench.send()
    await bench.until(bool)
    bench.stub.fill(client_id, "9999.99", "0.00040")
    sent = bench.gateway.entry.reports.sent[client_id]
    await bench.gateway.entry.look(sent)
    await bench.gateway.entry.look(sent)
    bench.stub.fill(client_id, "9999.98", "0.00010")
    bench.gateway.entry.cancel(client_id)
    await bench.until(_ended)
    fills = [e for e in bench.events if isinstance(e, Fill)]
    assert [(f.lots, f.ticks, f.fee, f.fee_asset) for f in fills] == [
        (40, 999_999, Decimal("0.00000125"), "BNB"), (10, 999_998, Decimal("0.00000125"), "BNB"),
    ]  # fmt: skip
    assert bench.reports() == [OrderEvent.ACCEPT, OrderEvent.CANCEL]
    assert isinstance(bench.events[-1], OrderReport)


@pytest.mark.parametrize("fate", ["after", "503"])
async def test_an_order_whose_answer_is_lost_is_found_and_not_sent_again(bench: Bench, fate: str) -> None:
    bench.stub.plan = [fate]
    client_id = bench.send()
    await bench.until(lambda events: len(events) >= 2)
    assert bench.reports() == [OrderEvent.TIMEOUT, OrderEvent.ACCEPT]
    bench.stub.fill(client_id, "10000.00", "0.00100")
    await bench.gateway.entry.look(bench.gateway.entry.reports.sent[client_id])
    assert _filled(100)(bench.events)
    assert bench.stub.posts == 1


async def test_an_order_lost_on_its_way_is_never_called_rejected_while_it_could_arrive(bench: Bench) -> None:
    bench.stub.plan = ["before"]
    client_id = bench.send()
    await bench.until(bool)
    await asyncio.sleep(0.6)  # two looks found nothing
    assert bench.reports() == [OrderEvent.TIMEOUT]
    assert await bench.gateway.orders.find_order(client_id, BTC) is None
    assert bench.stub.posts == 1


async def test_it_is_rejected_once_nothing_could_arrive_any_more(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("titan.venues.gateway.entry._MARGIN_S", -5.0)
    bench.stub.plan = ["before"]
    bench.send()
    await bench.until(_ended)
    assert bench.reports() == [OrderEvent.TIMEOUT, OrderEvent.REJECT]


async def test_a_connection_that_never_was_is_a_reject(bench: Bench) -> None:
    await bench.stub.server.close()
    bench.send()
    await bench.until(bool)
    assert bench.reports() == [OrderEvent.REJECT]


@pytest.mark.parametrize(("fate", "reason"), [("refuse", "insufficient"), ("429", "Too many")])
async def test_a_no_is_reported_in_the_venues_words(bench: Bench, fate: str, reason: str) -> None:
    bench.stub.plan = [fate]
    bench.send()
    await bench.until(bool)
    (report,) = bench.events
    assert isinstance(report, OrderReport)
    assert report.event is OrderEvent.REJECT
    assert reason in report.reason
    assert bench.stub.posts == 1


async def test_a_cancel_waits_for_its_order_and_finds_one_whose_answer_was_lost(bench: Bench) -> None:
    bench.stub.plan = ["after"]
    client_id = bench.send()
    bench.gateway.entry.cancel(client_id)
    await bench.until(_ended)
    assert bench.stub.orders[client_id]["status"] == "CANCELED"
    assert bench.reports()[0] is OrderEvent.TIMEOUT
    assert bench.reports()[-1] is OrderEvent.CANCEL


async def test_a_cancel_that_overtook_its_order_is_asked_for_again(bench: Bench) -> None:
    bench.stub.plan = ["before"]
    client_id = bench.send()
    bench.gateway.entry.cancel(client_id)
    await bench.until(bool)
    await asyncio.sleep(0.1)  # the venue knew nothing that it could cancel
    assert bench.stub.orders == {}
    bench.stub.accept(bench.stub.late[0])
    await bench.until(_ended)
    assert bench.stub.orders[client_id]["status"] == "CANCELED"
    assert bench.reports()[-1] is OrderEvent.CANCEL


async def test_a_cancel_that_comes_too_late_tells_the_fill(bench: Bench) -> None:
    client_id = bench.send()
    await bench.until(bool)
    bench.stub.fill(client_id, "10000.00", "0.00100")
    bench.gateway.entry.cancel(client_id)
    await bench.until(_filled(100))
    assert bench.reports() == [OrderEvent.ACCEPT]


async def test_what_cannot_be_sent_is_said_at_once(bench: Bench) -> None:
    bench.send("a")
    with pytest.raises(OrderError, match="used before"):
        bench.send("a")
    with pytest.raises(OrderError, match="limit price"):
        bench.send("b", limit_ticks=0)
    with pytest.raises(OrderError, match="stop price"):
        bench.send("c", type=OrderType.STOP)
    intent = Intent("d", "s", "o", "binance.spot.NOPE", Side.BUY, 1, Purpose.ENTRY, 1)
    with pytest.raises(InstrumentError):
        bench.gateway.entry.submit(Passed(intent, client_order_id("d")))
    with pytest.raises(OrderError, match="no order"):
        bench.gateway.entry.cancel("never")
    assert bench.gateway.amends is not None
    with pytest.raises(OrderError, match="does not amend spot"):
        bench.gateway.amends.amend(client_order_id("a"), lots=5, limit_ticks=5)


async def test_an_order_found_by_its_id_is_the_venues_word(bench: Bench) -> None:
    client_id = bench.send()
    await bench.until(bool)
    bench.stub.fill(client_id, "10000.00", "0.00040")
    found = await bench.gateway.orders.find_order(client_id, BTC)
    assert found is not None
    assert (found.client_id, found.state, found.lots, found.filled_lots, found.limit_ticks) == (
        client_id, OrderState.PARTIAL, 100, 40, 1_000_000,
    )  # fmt: skip
    (fill,) = await bench.gateway.orders.fills_since(BTC, 0)
    assert (fill.client_id, fill.lots) == (client_id, 40)


async def test_an_order_of_an_earlier_life_is_adopted_not_rejected(bench: Bench) -> None:
    """After a crash the same id is sent again; the venue says duplicate, and the order is there."""
    client_id = bench.send()
    await bench.until(bool)
    bench.gateway.entry.reports.sent.clear()
    bench.gateway.entry.reports._by_venue_id.clear()
    bench.events.clear()
    bench.stub.plan = ["duplicate"]
    bench.stub.orders[client_id]["status"] = "NEW"
    bench.send()
    await bench.until(lambda events: OrderEvent.ACCEPT in bench.reports())
    assert OrderEvent.REJECT not in bench.reports()


def restart(bench: Bench) -> None:
    """What the process knew is gone; the venue is as it was."""
    bench.gateway.entry.reports.sent.clear()
    bench.gateway.entry.reports._by_venue_id.clear()
    bench.gateway.entry.reports._seen.clear()
    bench.events.clear()


async def test_a_recalled_order_tells_what_was_not_heard_and_is_not_sent(bench: Bench) -> None:
    client_id = bench.send()
    await bench.until(bool)
    sent = bench.gateway.entry.reports.sent[client_id]
    bench.stub.fill(client_id, "10000.00", "0.00040")
    await bench.gateway.entry.look(sent)
    heard = [e for e in bench.events if isinstance(e, Fill)]
    restart(bench)
    bench.stub.fill(client_id, "10000.00", "0.00060")
    bench.gateway.entry.recall(client_id, sent.intent, sent.sent_ns, known=heard)
    bench.gateway.entry.recall(client_id, sent.intent, sent.sent_ns, known=heard)
    await bench.until(_filled(60))
    assert [e.lots for e in bench.events if isinstance(e, Fill)] == [60]
    assert bench.gateway.entry.reports.sent[client_id].done
    assert bench.stub.posts == 1


async def test_a_recalled_order_is_not_given_up_while_it_could_still_arrive(bench: Bench) -> None:
    bench.stub.plan = ["before"]
    client_id = bench.send()
    await bench.until(bool)
    intent = bench.gateway.entry.reports.sent[client_id].intent
    restart(bench)
    bench.gateway.entry.recall(client_id, intent, 1)
    await asyncio.sleep(0.6)
    assert bench.events == []
    bench.stub.accept(bench.stub.late[0])
    await bench.until(bool)
    assert bench.reports() == [OrderEvent.ACCEPT]
    assert bench.stub.posts == 1


async def test_a_recalled_order_that_left_too_long_ago_never_arrived(bench: Bench) -> None:
    intent = Intent("lost", "s", "o", BTC, Side.BUY, 1, Purpose.ENTRY, 1)
    bench.gateway.entry.recall(client_order_id("lost"), intent, 1, left_ns=1)
    await bench.until(_ended)
    assert bench.reports() == [OrderEvent.REJECT]
    unlisted = Intent("lost", "s", "o", "binance.spot.NOPE", Side.BUY, 1, Purpose.ENTRY, 1)
    with pytest.raises(InstrumentError):
        bench.gateway.entry.recall("x", unlisted, 1)
