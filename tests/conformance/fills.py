"""Fills: each is told once, whatever happens to the streams that tell them."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.conformance.cases import Place, case
from tests.conformance.trading_at import At, trading_at
from titan.doubles.faults import Fault
from titan.model.order import OrderEvent, OrderType, Side, TimeInForce

CHECK_S = 1.5


@case("O-21", "an order that fills in pieces is told piece by piece, and the pieces add up")
async def filled_in_pieces(place: Place) -> None:
    async with trading_at(place, check_s=CHECK_S) as at:
        at.gateway.start()
        at.venue.inject(Fault(kind="partial_fills", pieces=4, seconds=0.6))
        lots = await buys(at, "p")
        await at.until(lambda: at.filled() >= lots)
        assert len(at.fills()) > 1
        await told_once(at, lots)


@case("O-22", "an order that the venue refuses is refused with its words, and not sent again")
async def refused(place: Place) -> None:
    async with trading_at(place) as at:
        at.venue.inject(Fault(kind="reject"))
        await at.send("n", far=0.05)
        await at.until(lambda: bool(at.told()))
        assert at.told() == [OrderEvent.REJECT]
        assert list(await at.gateway.orders.open_orders()) == []


async def streams_suffer(place: Place, kind: Any, **more: Any) -> None:
    """An order fills in pieces while the private streams do not bring what they should."""
    async with trading_at(place, check_s=CHECK_S) as at:
        at.gateway.start()
        await asyncio.sleep(0.7)
        at.venue.inject(Fault(kind=kind, on="ws", **more), Fault(kind="partial_fills", pieces=3, seconds=0.4))
        lots = await buys(at, "f")
        await at.until(lambda: at.filled() >= lots)
        at.venue.faults.clear()
        await told_once(at, lots)


async def buys(at: At, name: str) -> int:
    """Sends a market order of some 2,000 quote units; its lots."""
    lots = 10 * at.lots(await at.price(Side.BUY))
    await at.send(name, type=OrderType.MARKET, tif=TimeInForce.IOC, lots=lots)
    return lots


async def told_once(at: At, lots: int) -> None:
    """Also when the venue is asked again."""
    for sent in at.gateway.entry.reports.sent.values():
        await at.gateway.entry.look(sent)
    assert at.filled() == lots
    assert len({fill.id for fill in at.fills()}) == len(at.fills())


@case("O-23", "fills are told once although frames are lost")
async def lost(place: Place) -> None:
    await streams_suffer(place, "drop", probability=0.5)


@case("O-24", "fills are told once although frames come twice")
async def doubled(place: Place) -> None:
    await streams_suffer(place, "duplicate", count=0)


@case("O-25", "fills are told once although frames come in another order")
async def reordered(place: Place) -> None:
    await streams_suffer(place, "reorder", probability=0.5)


@case("O-26", "fills are told once although the private stream is cut")
async def cut(place: Place) -> None:
    await streams_suffer(place, "disconnect", count=2)


@case("O-27", "fills are told once although the private stream says nothing any more")
async def mute(place: Place) -> None:
    await streams_suffer(place, "half_open", count=4, seconds=0)
