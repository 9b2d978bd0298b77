"""Trading: what becomes of an order, whatever becomes of its answer."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal
from typing import Any

import pytest

from tests.conformance.cases import Place, case
from tests.conformance.trading_at import Clock, trading_at
from tests.doubles.tapes import lively
from titan.doubles.faults import Fault
from titan.doubles.orders import Ticket
from titan.model.account import MarginMode
from titan.model.errors import VenueBusy, VenueError, VenueFatal, VenueRefused
from titan.model.events import OrderReport
from titan.model.instrument import InstrumentKind
from titan.model.order import OrderEvent, OrderState, OrderType, Side, TimeInForce
from titan.venues.gateway.pages import FILLS
from titan.venues.gateway.profile import PROFILES

ORDERS = {
    ("binance", "spot"): "POST /api/v3/order", ("binance", "perp"): "POST /fapi/v1/order",
    ("bybit", "spot"): "POST /v5/order/create", ("bybit", "perp"): "POST /v5/order/create",
    ("okx", "spot"): "POST /api/v5/trade/order", ("okx", "perp"): "POST /api/v5/trade/order",
    ("kraken", "spot"): "POST /0/private/AddOrder",
    ("mexc", "spot"): "POST /api/v3/order", ("mexc", "perp"): "POST /api/v1/private/order/create",
}  # fmt: skip


def has_stops(place: Place) -> bool:
    """Stops rest at the venue."""
    return place.kind in PROFILES[place.venue].stops


def amends(place: Place) -> bool:
    """The venue changes resting orders in place."""
    return place.kind in PROFILES[place.venue].amends


def leverage(place: Place) -> bool:
    """A perpetual whose leverage can be set."""
    return place.kind is InstrumentKind.PERP and PROFILES[place.venue].leverage


def first(place: Place) -> bool:
    """Once a venue."""
    return place.kind is PROFILES[place.venue].kinds[0]


@case("O-01", "instruments have the rules of the venue")
async def instruments_are_the_venues_own(place: Place) -> None:
    async with trading_at(place) as at:
        market = at.venue.world.market(at.instrument.kind, at.instrument.symbol)
        assert market is not None
        assert at.instrument.tick == market.instrument.tick
        assert at.instrument.lot == market.instrument.lot


@case("O-02", "a market order fills once, balances and positions follow")
async def a_market_order_fills_once_and_the_balances_follow(place: Place) -> None:
    async with trading_at(place) as at:
        before = {(b.wallet, b.asset): b.total for b in await at.gateway.balances.fetch_balances()}
        client_id = await at.send("m", type=OrderType.MARKET, tif=TimeInForce.IOC)
        lots = at.gateway.entry.reports.sent[client_id].intent.lots
        await at.until(lambda: at.filled() >= lots)
        assert at.filled() == lots
        assert len({f.id for f in at.fills()}) == len(at.fills())
        assert all(f.client_id == client_id and f.side is Side.BUY for f in at.fills())
        after = {(b.wallet, b.asset): b.total for b in await at.gateway.balances.fetch_balances()}
        assert before != after
        if at.gateway.positions is not None and at.instrument.kind is InstrumentKind.PERP:
            (position,) = await at.gateway.positions.fetch_positions()
            assert (position.instrument, position.lots) == (at.instrument.id, lots)


@case("O-03", "a post-only order rests, is seen, and is cancelled")
async def an_order_rests_is_seen_and_is_cancelled(place: Place) -> None:
    async with trading_at(place) as at:
        client_id = await at.send("r", far=0.05, tif=TimeInForce.POST_ONLY)
        await at.until(lambda: bool(at.told()))
        assert at.told() == [OrderEvent.ACCEPT]
        (resting,) = await at.gateway.orders.open_orders()
        sent = at.gateway.entry.reports.sent[client_id].intent
        assert (resting.client_id, resting.lots, resting.limit_ticks, resting.side) == (
            client_id, sent.lots, sent.limit_ticks, Side.BUY,
        )  # fmt: skip
        at.gateway.entry.cancel(client_id)
        await at.until(at.ended)
        assert at.told() == [OrderEvent.ACCEPT, OrderEvent.CANCEL]
        found = await at.gateway.orders.find_order(client_id, at.instrument.id)
        assert found is not None
        assert found.state is OrderState.CANCELLED


@case("O-04", "a stop waits unseen and is cancelled", has_stops)
async def a_stop_waits_unseen_and_is_cancelled(place: Place) -> None:
    async with trading_at(place) as at:
        ticks = await at.price(Side.BUY, -0.05)
        client_id = await at.send("stop", type=OrderType.STOP, stop_ticks=ticks)
        await at.until(lambda: bool(at.told()))
        assert at.told() == [OrderEvent.ACCEPT]
        found = await at.gateway.orders.find_order(client_id, at.instrument.id)
        assert found is not None
        assert (found.client_id, found.type, found.stop_ticks) == (client_id, OrderType.STOP, ticks)
        assert [o.client_id for o in await at.gateway.orders.open_orders()] == [client_id]
        at.gateway.entry.cancel(client_id)
        await at.until(at.ended)
        assert at.told() == [OrderEvent.ACCEPT, OrderEvent.CANCEL]


@case("O-30", "a stop that triggers becomes a market order and is filled once", has_stops)
async def a_stop_triggers_and_is_filled_once(place: Place) -> None:
    clock = Clock()
    async with trading_at(place, tape=lively(prints=[(30, 30_500)]), now=clock) as at:
        client_id = await at.send("stop", type=OrderType.STOP, stop_ticks=await at.price(Side.BUY, -0.01))
        await at.until(lambda: bool(at.told()))
        assert at.told() == [OrderEvent.ACCEPT]
        sent = at.gateway.entry.reports.sent[client_id]
        clock.ahead_s = 31
        await at.until(lambda: bool(at.venue.world.desk.fills))
        clock.ahead_s = 0
        await at.gateway.entry.look(sent)
        await at.until(lambda: at.filled() >= sent.intent.lots)
        await at.gateway.entry.look(sent)
        assert at.filled() == sent.intent.lots
        assert all(f.client_id == client_id for f in at.fills())
        assert OrderEvent.CANCEL not in at.told()
        assert OrderEvent.EXPIRE not in at.told()
        found = await at.gateway.orders.find_order(client_id, at.instrument.id)
        assert found is not None
        assert (found.client_id, found.state) == (client_id, OrderState.FILLED)
        assert found.filled_lots == sent.intent.lots
        assert list(await at.gateway.orders.open_orders()) == []


def pages(place: Place) -> bool:
    """The gateway knows the venue's pages of fills."""
    return (place.venue, str(place.kind)) in FILLS


@case("O-31", "fills of more than a page are told whole, each once, whoever sent the orders", pages)
async def fills_of_more_than_a_page_are_told_whole(place: Place) -> None:
    async with trading_at(place) as at:
        began, desk = time.time_ns() - 1_000_000_000, at.venue.world.desk
        market = at.venue.world.market(at.instrument.kind, at.instrument.symbol)
        assert market is not None
        size = at.instrument.size(at.lots(await at.price(Side.BUY)))
        for k in range(130):
            side = Side.BUY if k % 2 else Side.SELL
            desk.place(Ticket(inst=market.index, side=side, type=OrderType.MARKET, qty=size))
        fills = await at.gateway.orders.fills_since(at.instrument.id, began)
        assert len(fills) == len({f.id for f in fills}) == len(desk.fills) >= 130
        assert sum(f.lots for f in fills) == sum(f.lots for f in desk.fills)
        assert [f.venue_ns for f in fills] == sorted(f.venue_ns for f in fills)
        assert {f.client_id for f in fills} == {""}


@case("O-05", "a resting order is amended", amends)
async def an_order_is_amended_where_the_venue_can(place: Place) -> None:
    async with trading_at(place) as at:
        client_id = await at.send("a", far=0.05)
        await at.until(lambda: bool(at.told()))
        lots, ticks = at.gateway.entry.reports.sent[client_id].intent.lots + 2, await at.price(Side.BUY, 0.04)
        assert at.gateway.amends is not None
        at.gateway.amends.amend(client_id, lots=lots, limit_ticks=ticks)
        await at.until(lambda: len(at.told()) == 2)
        assert at.told()[-1] is OrderEvent.AMEND
        found = await at.gateway.orders.find_order(client_id, at.instrument.id)
        assert found is not None
        assert (found.lots, found.limit_ticks) == (lots, ticks)


@case("O-06", "more than the money is refused in the venue's words")
async def more_than_the_money_is_refused(place: Place) -> None:
    async with trading_at(place) as at:
        await at.send("x", lots=at.instrument.lots_within(Decimal(3_000)), far=0.02)
        await at.until(lambda: bool(at.told()))
        assert at.told() == [OrderEvent.REJECT]
        report = at.events[0]
        assert isinstance(report, OrderReport)
        assert report.reason


@case("O-07", "an immediate-or-cancel order that finds nothing expires")
async def an_ioc_that_finds_nothing_expires(place: Place) -> None:
    async with trading_at(place) as at:
        client_id = await at.send("i", far=0.05, tif=TimeInForce.IOC)
        at.gateway.entry.pursue(at.gateway.entry.reports.sent[client_id])
        await at.until(at.ended)
        assert at.told()[-1] is OrderEvent.EXPIRE
        assert at.filled() == 0


async def loses_the_answer(place: Place, kind: Any) -> None:
    async with trading_at(place, timeout_ms=700) as at:
        at.venue.inject(Fault(kind=kind, match=ORDERS[place], on="http"))
        client_id = await at.send("l", far=0.05)
        await at.until(lambda: bool(at.told()))
        assert at.told()[0] is OrderEvent.TIMEOUT
        if kind == "timeout_after":
            await at.until(lambda: len(at.told()) > 1)
            assert at.told() == [OrderEvent.TIMEOUT, OrderEvent.ACCEPT]
        standing = await at.gateway.orders.open_orders()
        assert [o.client_id for o in standing] == ([client_id] if kind == "timeout_after" else [])


@case("O-08", "an order whose answer is lost is found again, neither doubled nor forgotten")
async def answer_lost(place: Place) -> None:
    await loses_the_answer(place, "timeout_after")


@case("O-09", "an order that failing servers answered is in doubt, and was not placed")
async def servers_failed(place: Place) -> None:
    await loses_the_answer(place, "http_5xx")


@case("O-10", "an order that was swallowed on its way is not found, and not called rejected")
async def an_order_swallowed_on_its_way_is_not_found_and_not_called_rejected(
    place: Place,
) -> None:
    async with trading_at(place, timeout_ms=700) as at:
        at.venue.inject(Fault(kind="timeout_before", match=ORDERS[place], on="http"))
        client_id = await at.send("b", far=0.05)
        await at.until(lambda: bool(at.told()))
        assert await at.gateway.orders.find_order(client_id, at.instrument.id) is None
        assert at.told() == [OrderEvent.TIMEOUT]


@case("O-11", "too many requests is busy, for as long as the venue says")
async def too_many_requests_is_busy_for_a_while(place: Place) -> None:
    async with trading_at(place) as at:
        at.venue.inject(Fault(kind="rate_limit", on="http", status=429, seconds=2))
        with pytest.raises(VenueBusy) as caught:
            await at.gateway.caller.query(lambda: at.gateway.client.fetch_balance(), attempts=1)
        assert caught.value.retry_after_ns > 0


@case("O-12", "fills come by stream, each once")
async def fills_come_by_stream_and_only_once(place: Place) -> None:
    async with trading_at(place) as at:
        at.gateway.start()
        await asyncio.sleep(0.7)
        client_id = await at.send("s")
        sent = at.gateway.entry.reports.sent[client_id]
        await at.until(lambda: at.filled() >= sent.intent.lots)
        await at.gateway.entry.look(sent)
        assert at.filled() == sent.intent.lots
        assert at.gateway.streams.faults == 0


@case("O-13", "balances, fees and rights are told, and money moves between wallets", first)
async def the_account_is_told_and_moved(place: Place) -> None:
    name = place.venue
    async with trading_at(place) as at:
        gateway, can = at.gateway, at.gateway.capabilities
        assert await gateway.balances.fetch_balances()
        assert list(await gateway.orders.open_orders()) == []
        if gateway.fees is not None:
            tier = await gateway.fees.fee_tier(at.instrument.id)
            assert Decimal(0) < tier.fees.taker < Decimal("0.01")
        if gateway.limits is not None:
            rights = await gateway.limits.key_rights()
            assert (rights.read, rights.trade, rights.withdraw) == (True, True, True)
            assert gateway.limits.headroom()
        if gateway.transfers is not None:
            wallets = [f"{name}.{w.name}" for w in at.profile.wallets]
            held = {(b.wallet, b.asset): b.free for b in await gateway.balances.fetch_balances()}
            source, target, *_ = sorted(wallets, key=lambda w: -held.get((w, "USDT"), Decimal(0)))
            receipt = await gateway.transfers.move("USDT", Decimal("12.3456"), source, target)
            assert receipt.id
            now = {(b.wallet, b.asset): b.free for b in await gateway.balances.fetch_balances()}
            assert held[source, "USDT"] - now[source, "USDT"] == Decimal("12.3456")
            with pytest.raises(VenueRefused, match="no wallet"):
                await gateway.transfers.move("USDT", Decimal(1), "nowhere", target)
            with pytest.raises(VenueRefused):
                await gateway.transfers.move("USDT", Decimal(10**12), source, target)
        assert can.deposits == (gateway.deposits is not None)


@case("O-14", "leverage and margin mode are set, and setting them again is no error", leverage)
async def leverage_and_margin_mode_are_set_and_setting_them_again_is_no_error(place: Place) -> None:
    async with trading_at(place) as at:
        assert at.gateway.leverage is not None
        for _ in range(2):
            await at.gateway.leverage.set_leverage(at.instrument.id, 5)
        if at.gateway.margin_mode is not None:
            for _ in range(2):
                await at.gateway.margin_mode.set_margin_mode(at.instrument.id, MarginMode.CROSS)
        if at.gateway.funding is not None:
            assert list(await at.gateway.funding.funding_since(at.instrument.id, time.time_ns())) == []


@case("O-15", "a wrong key is fatal, and one that may only read is refused", first)
async def a_wrong_key_is_fatal_and_a_reader_is_refused(place: Place) -> None:
    async with trading_at(place, key="reader") as at:
        await at.send("x", far=0.05)
        await at.until(lambda: bool(at.told()))
        assert at.told() == [OrderEvent.REJECT]
        at.gateway.client.secret = "d3JvbmctaW4tZXZlcnktd2F5LWFuZC1sb25nLWVub3VnaA=="
        with pytest.raises(VenueError) as caught:
            await at.gateway.balances.fetch_balances()
        assert isinstance(caught.value, VenueFatal | VenueRefused)
        assert at.gateway.client.secret not in str(caught.value)
