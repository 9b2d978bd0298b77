"""Stops that a price sets off, as the private streams tell of them."""

from __future__ import annotations

from decimal import Decimal

from tests.conformance.cases import Place, case
from tests.conformance.trading import has_stops
from tests.conformance.trading_at import trading_at
from tests.doubles.tapes import climbing
from titan.model.order import OrderEvent, OrderType, Side

AHEAD = -0.004
"""What the price climbs in about two seconds."""
CHECK_S = {"mexc": 3.0}
"""Where no stream says what a stop became, it is asked for; so often."""


@case("O-32", "a stop that is set off is told by stream, filled once and as our order", has_stops)
async def a_stop_fills_by_stream(place: Place) -> None:
    async with trading_at(place, tape=climbing(), check_s=CHECK_S.get(place.venue, 60.0)) as at:
        at.gateway.start()
        ticks = await at.price(Side.BUY, AHEAD)
        client_id = await at.send("stop", type=OrderType.STOP, stop_ticks=ticks)
        sent = at.gateway.entry.reports.sent[client_id]
        await at.until(lambda: at.filled() >= sent.intent.lots)
        await at.gateway.entry.look(sent)
        assert at.filled() == sent.intent.lots
        assert {f.client_id for f in at.fills()} == {client_id}
        assert len({f.id for f in at.fills()}) == len(at.fills())
        assert OrderEvent.ACCEPT in at.told()
        assert not at.ended()
        assert list(await at.gateway.orders.open_orders()) == []


@case("O-33", "a stop that cannot be paid is refused or ends, at once or when it is set off", has_stops)
async def a_stop_that_cannot_be_paid_ends(place: Place) -> None:
    async with trading_at(place, tape=climbing()) as at:
        ticks = await at.price(Side.BUY, AHEAD)
        lots = at.instrument.lots_within(Decimal(9_000_000) / at.instrument.price(ticks))
        client_id = await at.send("stop", type=OrderType.STOP, stop_ticks=ticks, lots=lots)
        await at.until(lambda: bool(at.told()))
        if at.told() == [OrderEvent.ACCEPT]:
            market = at.venue.world.market(at.instrument.kind, at.instrument.symbol)
            assert market is not None
            await at.until(lambda: market.last_ticks > ticks)
            at.gateway.entry.pursue(at.gateway.entry.reports.sent[client_id])
            await at.until(at.ended)
        assert at.told()[-1] in (OrderEvent.REJECT, OrderEvent.CANCEL, OrderEvent.EXPIRE)
        assert at.filled() < lots


@case("O-34", "a stop whose price was passed already is refused or set off at once", has_stops)
async def a_stop_that_comes_late(place: Place) -> None:
    async with trading_at(place, check_s=1.0) as at:
        at.gateway.start()
        client_id = await at.send("late", type=OrderType.STOP, stop_ticks=await at.price(Side.BUY, 0.01))
        lots = at.gateway.entry.reports.sent[client_id].intent.lots
        await at.until(lambda: at.told() == [OrderEvent.REJECT] or at.filled() >= lots)
        assert list(await at.gateway.orders.open_orders()) == []
