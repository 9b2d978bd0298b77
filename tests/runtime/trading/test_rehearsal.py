"""An order that is made up and thrown away leaves no trace, at the venue or here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from tests.conformance.cases import Place
from tests.conformance.trading_at import Passed, trading_at
from titan.execution.gatekeeper import Gatekeeper
from titan.execution.sagas.saga import Touch
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.order import OrderEvent, Side
from titan.model.signal import Intent, client_order_id
from titan.portfolio.ledger import Ledger
from titan.risk.gates import Approved, Refuse
from titan.risk.standing import Limits
from titan.runtime.trading.rehearsal import Rehearsal

PLACES = [
    Place("binance", InstrumentKind.SPOT), Place("binance", InstrumentKind.PERP),
    Place("bybit", InstrumentKind.PERP), Place("okx", InstrumentKind.PERP),
    Place("kraken", InstrumentKind.SPOT), Place("mexc", InstrumentKind.SPOT),
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES, ids=lambda p: f"{p.venue}-{p.kind}")
async def test_nothing_reaches_the_venue_and_nothing_is_counted(place: Place) -> None:
    async with trading_at(place) as at:
        client, wires = at.gateway.client, list[tuple[str, str]]()
        ready = client.http.ready
        ticks = await at.price(Side.BUY, 0.05)
        await at.gateway.balances.fetch_balances()  # Bybit's client asks once what kind of account it is

        def seen(method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
            wires.append((method, url))
            ready(method, url, headers, body)

        client.http.ready = seen
        before = [limiter.headroom() for limiter in client.meter.limiters]

        def touch(instrument: str) -> Touch | None:
            return Touch(1.0, 1.0, ticks) if instrument == at.instrument.id else None

        def passed(intent: Intent) -> Any:
            return Passed(intent, client_order_id(intent.id))

        rehearsal = Rehearsal([at.instrument], touch, passed, at.gateway.entry.rehearse, 0.001)  # type: ignore[arg-type]
        for _ in range(20):
            rehearsal.once()
        assert len(wires) == 20
        assert all(method == "POST" and "rder" in url for method, url in wires)
        assert [limiter.headroom() for limiter in client.meter.limiters] == before
        assert not at.gateway.entry.reports.sent
        assert await at.gateway.orders.open_orders() == []
        client_id = await at.send("real", far=0.05)
        await at.until(lambda: OrderEvent.ACCEPT in at.told())
        assert [o.client_id for o in await at.gateway.orders.open_orders()] == [client_id]


async def test_a_client_that_would_have_to_ask_something_first_does_not() -> None:
    async with trading_at(Place("bybit", InstrumentKind.PERP)) as at:
        asked = list[str]()
        request = at.gateway.client.fetch

        async def fetch(url: str, *more: Any) -> Any:
            asked.append(url)
            return await request(url, *more)

        at.gateway.client.fetch = fetch
        ticks = at.instrument.nearest_ticks(30_000)
        passed: Any = lambda intent: Passed(intent, client_order_id(intent.id))  # noqa: E731
        rehearsal = Rehearsal(
            [at.instrument], lambda _i: Touch(1.0, 1.0, ticks), passed, at.gateway.entry.rehearse, 0.001
        )
        for _ in range(3):
            rehearsal.once()
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        assert asked == []


FEES = FeeSchedule(Decimal(0), Decimal(0))
COIN = Instrument(
    "binance", InstrumentKind.PERP, "XUSDT", "X", "USDT", Decimal("0.01"), Decimal("0.001"), FEES,
    min_qty=Decimal("0.002"), min_notional=Decimal(100),
)  # fmt: skip


def test_the_gates_take_the_least_that_the_venue_does_and_remember_nothing() -> None:
    now = count(10**18, 10**6)
    ledger = Ledger({COIN.id: COIN}, currency="USDT")
    ledger.deposit("binance.perp", "USDT", Decimal(10_000), 1)
    gate = Gatekeeper(
        {COIN.id: COIN}, ledger, Limits(Decimal(5000), orders_per_s=1, burst=1), mid_ticks=lambda _i: 12_345,
        marks=lambda: {COIN.id: Decimal("123.45")}, now=lambda: next(now),
    )  # fmt: skip
    orders: list[Approved] = []
    rehearsal = Rehearsal([COIN], lambda _i: Touch(123.0, 124.0, 12_345), gate, orders.append, 0.001)
    for _ in range(10):
        rehearsal.once()
    assert [o.intent.side for o in orders[:2]] == [Side.BUY, Side.SELL]
    assert len(orders) == 10, "the rate of orders would have refused the second if it counted"
    for order in orders:
        assert COIN.accepts(12_345, order.intent.lots) is None
        assert COIN.notional(12_345, order.intent.lots) < 2 * COIN.min_notional
    assert not isinstance(gate(orders[0].intent), Refuse), "a rehearsed intent was never seen"


async def test_it_stops_when_it_is_closed_and_waits_where_there_is_no_price() -> None:
    orders: list[Approved] = []
    rehearsal = Rehearsal([COIN], lambda _i: None, lambda _i: None, orders.append, 0.001)  # type: ignore[arg-type]
    rehearsal.start()
    await asyncio.sleep(0.02)
    assert rehearsal.count == 0
    rehearsal.close()
    silent = Rehearsal([COIN], lambda _i: Touch(1.0, 1.0, 100), lambda _i: None, orders.append, 0.0)  # type: ignore[arg-type]
    silent.start()
    await asyncio.sleep(0.01)
    assert silent.count == 0
