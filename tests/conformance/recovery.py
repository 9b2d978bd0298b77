"""After a restart: what an earlier process sent is found again, what nobody here sent can be cancelled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.conformance.cases import Place, case
from tests.conformance.trading import has_stops
from tests.conformance.trading_at import At, Clock, trading_at
from tests.doubles.tapes import climbing
from titan.doubles.orders import Ticket
from titan.model.credentials import Credentials
from titan.model.events import OrderReport, VenueEvent
from titan.model.instrument import InstrumentKind
from titan.model.order import OrderEvent, OrderType, Side
from titan.model.signal import Intent, Purpose, client_order_id
from titan.venues.addresses import Addresses
from titan.venues.gateway.gateway import open_gateway
from titan.venues.gateway.profile import PROFILES


@asynccontextmanager
async def restarted(at: At) -> AsyncIterator[At]:
    """The same account seen by a process that knows nothing yet."""
    said, one = at.venue.addresses, at.venue.key
    fields = {n: said[n] for n in ("venue", "rest", "ws", "perp_rest", "perp_ws") if said.get(n)}
    gateway = open_gateway(
        at.profile.venue, now=time.time_ns, addresses=Addresses(**fields), timeout_ms=5000,
        credentials=Credentials(at.profile.venue, "owner", one.key, one.secret, one.passphrase),
    )  # fmt: skip
    events: list[VenueEvent] = []
    gateway.entry.subscribe(events.append)
    try:
        await gateway.instruments()
        yield At(at.venue, gateway, at.instrument, events)
    finally:
        await gateway.close()


@case("O-40", "an order of an earlier process is taken up: it is not sent again, its end is told")
async def an_order_of_an_earlier_process_is_taken_up(place: Place) -> None:
    async with trading_at(place) as at:
        client_id = await at.send("r", far=0.05)
        await at.until(lambda: bool(at.told()))
        sent = at.gateway.entry.reports.sent[client_id]
        async with restarted(at) as later:
            later.gateway.entry.recall(client_id, sent.intent, sent.sent_ns)
            await later.until(lambda: later.told() == [OrderEvent.ACCEPT])
            later.gateway.entry.cancel(client_id)
            await later.until(later.ended)
            assert later.told() == [OrderEvent.ACCEPT, OrderEvent.CANCEL]
        assert len(at.venue.world.desk.orders) == 1


@case("O-41", "the fills of an order of an earlier process are told, each once")
async def fills_of_an_earlier_process_are_told_once(place: Place) -> None:
    async with trading_at(place) as at:
        client_id = await at.send("m", type=OrderType.MARKET)
        sent = at.gateway.entry.reports.sent[client_id]
        await at.until(lambda: at.filled() >= sent.intent.lots)
        async with restarted(at) as later:
            later.gateway.entry.recall(client_id, sent.intent, sent.sent_ns)
            await later.until(lambda: later.filled() >= sent.intent.lots)
            assert {f.id for f in later.fills()} == {f.id for f in at.fills()}
            assert {f.client_id for f in later.fills()} == {client_id}


@case("O-42", "an order that never left the earlier process is refused once nothing could arrive any more")
async def an_order_that_never_left_is_refused(place: Place) -> None:
    async with trading_at(place) as at:
        ticks = await at.price(Side.BUY, 0.05)
        intent = Intent(
            "lost", "s", "o", at.instrument.id, Side.BUY, at.lots(ticks), Purpose.ENTRY, ticks,
            OrderType.LIMIT, ticks,
        )  # fmt: skip
        now = time.time_ns()
        at.gateway.entry.recall(client_order_id("early"), intent, now, left_ns=now - 120_000_000_000)
        await at.until(at.ended)
        (report,) = at.events
        assert isinstance(report, OrderReport)
        assert (report.event, report.reason) == (OrderEvent.REJECT, "it never reached the venue")
        at.events.clear()
        at.gateway.entry.recall(client_order_id("late"), intent, now)
        await at.gateway.entry.look(at.gateway.entry.reports.sent[client_order_id("late")])
        assert at.events == []


@case("O-43", "an order that nobody here sent is seen without an id of ours, and cancelled")
async def a_foreign_order_is_cancelled(place: Place) -> None:
    async with trading_at(place) as at:
        market = at.venue.world.market(at.instrument.kind, at.instrument.symbol)
        assert market is not None
        ticks = await at.price(Side.BUY, 0.05)
        at.venue.world.desk.place(
            Ticket(
                inst=market.index, side=Side.BUY, type=OrderType.LIMIT, price=at.instrument.price(ticks),
                qty=at.instrument.size(at.lots(ticks)),
            )
        )  # fmt: skip
        (seen,) = await at.gateway.orders.open_orders()
        assert not seen.client_id.startswith("t") or len(seen.client_id) != 26
        await at.gateway.removal.cancel_order(seen)
        assert at.venue.world.desk.open_orders() == []
        assert list(await at.gateway.orders.open_orders()) == []


@case("O-44", "a resting stop is cancelled by the venue's own id", has_stops)
async def a_stop_is_cancelled_by_the_venues_id(place: Place) -> None:
    async with trading_at(place) as at:
        await at.send("stop", type=OrderType.STOP, stop_ticks=await at.price(Side.BUY, -0.05))
        await at.until(lambda: bool(at.told()))
        async with restarted(at) as later:
            (seen,) = await later.gateway.orders.open_orders()
            await later.gateway.removal.cancel_order(seen)
            assert list(await later.gateway.orders.open_orders()) == []


def has_perps(place: Place) -> bool:
    """Perpetuals are traded here."""
    return place.kind is InstrumentKind.PERP


@case("O-45", "a wallet's total does not move with the unrealised profit of its positions", has_perps)
async def a_wallet_is_told_without_unrealised_profit(place: Place) -> None:
    clock = Clock()
    async with trading_at(place, tape=climbing(), now=clock) as at:
        await at.send("m", type=OrderType.MARKET)
        await at.until(lambda: at.filled() > 0)
        clock.ahead_s = 20
        at.venue.world.advance()
        clock.ahead_s = 0
        await asyncio.sleep(0)
        assert at.gateway.positions is not None
        (position,) = await at.gateway.positions.fetch_positions()
        assert position.unrealised > 0
        truth = at.venue.world.account.balances("perp")["USDT"].total
        told = {b.wallet: b.total for b in await at.gateway.balances.fetch_balances() if b.asset == "USDT"}
        wallet = f"{place.venue}.{'unified' if at.venue.world.account.unified else 'perp'}"
        assert told[wallet] == truth


def has_switch(place: Place) -> bool:
    """A dead man's switch covers orders here: the account's, or Binance's of each perp."""
    return PROFILES[place.venue].switch or place == ("binance", InstrumentKind.PERP)


@case("O-46", "the switch that covers an instrument cancels what rests of it, and is disarmed", has_switch)
async def the_switch_of_an_instrument_fires(place: Place) -> None:
    clock = Clock()
    async with trading_at(place, now=clock) as at:
        switch, desk = at.gateway.switch_of([at.instrument.id]), at.venue.world.desk
        assert switch is not None
        for seconds, left in ((10, 0), (0, 1)):
            await at.send(f"rests{seconds}", far=0.05)
            await at.until(lambda: len(desk.open_orders()) == 1)
            await switch.cancel_all_after(10)
            await switch.cancel_all_after(seconds)
            clock.ahead_s += 12
            await asyncio.sleep(0.1)
            at.venue.world.countdowns.tick()
            assert len(desk.open_orders()) == left
            clock.ahead_s -= 12
