"""What the venue tells of an account and nobody here trades is seen all the same: else it would look flat."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from titan.model.account import VenueOrder
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.money import ZERO, Decimal
from titan.model.order import OrderState, OrderType, Side
from titan.venues.gateway.account import Desk, Orders, Positions
from titan.venues.gateway.ids import format_of
from titan.venues.gateway.profile import PROFILES
from titan.venues.gateway.removal import Removal
from titan.venues.gateway.reports import Reports
from titan.venues.gateway.rules import Listed

PERP = Listed(
    Instrument(
        "bybit", InstrumentKind.PERP, "BTCUSDT", "BTC", "USDT", Decimal("0.1"), Decimal("0.001"),
        FeeSchedule(ZERO, ZERO),
    ),
    "BTC/USDT:USDT", Decimal(1),
)  # fmt: skip
DATED = "BTC/USDT:USDT-261225"


class Client:
    """Answers as ccxt does, and writes down what it was asked."""

    def __init__(self, positions: list[dict[str, Any]], orders: list[dict[str, Any]]) -> None:
        self.positions, self.orders = positions, orders
        self.asked: list[dict[str, Any]] = []
        self.cancelled: list[tuple[Any, ...]] = []

    async def fetch_positions(self, symbols: object, params: dict[str, Any]) -> list[dict[str, Any]]:
        self.asked.append(params)
        return self.positions

    async def fetch_open_orders(
        self, symbol: object, since: object, limit: object, params: dict[str, Any]
    ) -> list[dict[str, Any]]:
        self.asked.append(params)
        return self.orders

    async def cancel_order(self, *told: Any) -> None:
        self.cancelled.append(told)


class Caller:
    def __init__(self, client: Client) -> None:
        self.client = client

    async def query(self, call: Any) -> Any:
        return await call()

    async def change(self, call: Any, priority: object = None) -> Any:
        return await call()

    def now(self) -> int:
        return 0


def desk(client: Client, venue: str = "bybit") -> Desk:
    found = {PERP.symbol: PERP, PERP.instrument.id: PERP}
    return Desk(PROFILES[venue], Caller(client), found.get)  # type: ignore[arg-type]


def position(symbol: str, contracts: str, side: str = "long") -> dict[str, Any]:
    return {"symbol": symbol, "contracts": contracts, "side": side, "info": {}}


async def test_a_position_of_what_is_not_traded_here_is_told_by_its_symbol() -> None:
    client = Client([position("BTC/USDT:USDT", "0.002"), position(DATED, "0.5", "short")], [])
    told = {p.instrument: p.lots for p in await Positions(desk(client)).fetch_positions()}
    assert told == {"bybit.perp.BTCUSDT": 2, f"bybit.untraded.{DATED}": -1}


async def test_a_margin_position_is_none_of_the_spot_market_whose_symbol_it_has() -> None:
    spot = replace(PERP.instrument, kind=InstrumentKind.SPOT)
    found = {"BTC/USDT": Listed(spot, "BTC/USDT", Decimal(1))}
    client = Client([position("BTC/USDT", "1.5", "short")], [])
    made = Desk(PROFILES["okx"], Caller(client), found.get)  # type: ignore[arg-type]
    (told,) = await Positions(made).fetch_positions()
    assert (told.instrument, told.lots) == ("okx.untraded.BTC/USDT", -2)


async def test_all_coins_that_settle_are_asked_for_and_what_is_told_twice_counts_once() -> None:
    client = Client([position("BTC/USDT:USDT", "0.002")], [])
    assert len(await Positions(desk(client)).fetch_positions()) == 1
    assert [p["settleCoin"] for p in client.asked] == ["USDT", "USDC"]


async def test_long_and_short_of_one_instrument_are_two() -> None:
    client = Client([position("BTC/USDT:USDT", "0.002"), position("BTC/USDT:USDT", "0.002", "short")], [])
    assert sorted(p.lots for p in await Positions(desk(client)).fetch_positions()) == [-2, 2]


async def test_an_order_of_what_is_not_traded_here_is_told_and_can_be_cancelled() -> None:
    said = {"id": "7", "symbol": DATED, "side": "sell", "type": "limit", "amount": "0.5", "status": "open"}
    client = Client([], [said])
    made = desk(client)
    ids = format_of("bybit")
    (order,) = await Orders(made, ids, Reports(ids, made.by_symbol, lambda: 0)).open_orders()
    assert (order.instrument, order.venue_id, order.side) == (f"bybit.untraded.{DATED}", "7", Side.SELL)
    assert order.state is OrderState.OPEN
    assert [p.get("settleCoin") for p in client.asked] == [None, "USDT", "USDC"]
    await Removal(made).cancel_order(order)
    assert client.cancelled == [("7", DATED)]


@pytest.mark.parametrize("count", [0, 49, 50, 51, 120])
async def test_all_pages_of_resting_orders_are_read(count: int) -> None:
    class Paged(Client):
        async def fetch_open_orders(self, *told: Any) -> list[dict[str, Any]]:
            params: dict[str, Any] = told[3]
            if params.get("settleCoin") != "USDT":
                return []
            at = int(params.get("cursor", 0))
            page = [dict(one, info={}) for one in self.orders[at : at + params["limit"]]]
            if page:
                page[0]["info"] = {"nextPageCursor": str(at + len(page))}
            return page

    rests = {"symbol": "BTC/USDT:USDT", "side": "sell", "type": "limit", "amount": "1", "status": "open"}
    client = Paged([], [rests | {"id": str(n), "price": "1"} for n in range(count)])
    made = desk(client)
    ids = format_of("bybit")
    found = await Orders(made, ids, Reports(ids, made.by_symbol, lambda: 0)).open_orders()
    assert len(found) == count


async def test_one_that_is_traded_is_cancelled_as_ever() -> None:
    client = Client([], [])
    order = VenueOrder("", "8", PERP.instrument.id, Side.BUY, OrderType.LIMIT, OrderState.OPEN, 1, 0, 1, 0, 0)
    await Removal(desk(client)).cancel_order(order)
    assert client.cancelled == [("8", "BTC/USDT:USDT", {})]


@pytest.mark.parametrize("venue", ["binance", "bybit", "okx", "kraken"])
def test_what_is_never_asked_for_is_said(venue: str) -> None:
    assert PROFILES[venue].unseen
