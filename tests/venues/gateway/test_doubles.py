"""The gateway at every venue's double: what a venue can, works; what it loses, is found again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from importlib.util import find_spec
from typing import Any, NamedTuple

import pytest

from tests.doubles.servers import Running, running
from titan.doubles.faults import Fault
from titan.doubles.registry import venues
from titan.model.account import MarginMode
from titan.model.credentials import Credentials
from titan.model.errors import VenueBusy, VenueError, VenueFatal, VenueRefused
from titan.model.events import OrderReport, VenueEvent
from titan.model.fill import Fill
from titan.model.instrument import Instrument, InstrumentKind
from titan.model.order import OrderEvent, OrderState, OrderType, Side, TimeInForce
from titan.model.signal import Intent, Purpose, client_order_id
from titan.venues.addresses import Addresses
from titan.venues.gateway.gateway import Gateway, open_gateway
from titan.venues.gateway.profile import PROFILES

HERE = [v for v in venues() if find_spec(f"titan.doubles.{v}.server") is not None]
PLACES = [(v, kind) for v in HERE for kind in PROFILES[v].kinds]
ORDERS = {
    ("binance", "spot"): "POST /api/v3/order", ("binance", "perp"): "POST /fapi/v1/order",
    ("bybit", "spot"): "POST /v5/order/create", ("bybit", "perp"): "POST /v5/order/create",
    ("okx", "spot"): "POST /api/v5/trade/order", ("okx", "perp"): "POST /api/v5/trade/order",
    ("kraken", "spot"): "POST /0/private/AddOrder",
    ("mexc", "spot"): "POST /api/v3/order", ("mexc", "perp"): "POST /api/v1/private/order/create",
}  # fmt: skip
NO_ALGO = {("binance", "perp"), ("okx", "spot"), ("okx", "perp")}
"""Doubles that carry no algo orders."""
FINAL = (OrderEvent.CANCEL, OrderEvent.REJECT, OrderEvent.EXPIRE)


class Passed(NamedTuple):
    """As `risk.gates.Approved`, which only the gates can make."""

    intent: Intent
    client_id: str


class At(NamedTuple):
    venue: Running
    gateway: Gateway
    instrument: Instrument
    events: list[VenueEvent]

    @property
    def profile(self) -> Any:
        return self.gateway.profile

    async def price(self, side: Side, far: float = 0.0) -> int:
        """Ticks that take the other side's best, or rest `far` (a share of the price) away from it."""
        listed = self.gateway.find(self.instrument.id)
        assert listed is not None
        book = await self.gateway.caller.query(lambda: self.gateway.client.fetch_order_book(listed.symbol, 5))
        best = float(book["asks" if side is Side.BUY else "bids"][0][0])
        return self.instrument.limit_ticks(best * (1 - side * far), side)

    async def send(self, name: str, side: Side = Side.BUY, **changes: Any) -> str:
        far = changes.pop("far", 0.0)
        wanted = {"type": OrderType.LIMIT, "tif": TimeInForce.GTC} | changes
        ticks = await self.price(side, far)
        if wanted["type"] is OrderType.LIMIT:
            wanted["limit_ticks"] = ticks
        lots = wanted.pop("lots", 0) or self.lots(ticks)
        intent = Intent(name, "s", "o", self.instrument.id, side, lots, Purpose.ENTRY, ticks, **wanted)
        order = Passed(intent, client_order_id(f"{self.instrument.id}-{name}"))
        self.gateway.entry.submit(order)
        return order.client_id

    def lots(self, ticks: int) -> int:
        """A size of about 200 quote units that every venue takes."""
        return max(self.instrument.lots_within(Decimal(200) / self.instrument.price(ticks)), 1) + 1

    async def until(self, what: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(15):
                while not what():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pytest.fail(f"only this was told: {self.events}")

    def told(self) -> list[OrderEvent]:
        return [e.event for e in self.events if isinstance(e, OrderReport)]

    def ended(self) -> bool:
        return any(event in FINAL for event in self.told())

    def fills(self) -> list[Fill]:
        return [e for e in self.events if isinstance(e, Fill)]

    def filled(self) -> int:
        return sum(f.lots for f in self.fills())


@asynccontextmanager
async def _at(
    place: tuple[str, InstrumentKind], timeout_ms: int = 5000, key: str = "owner"
) -> AsyncIterator[At]:
    name, kind = place
    async with running(name) as venue:
        said = venue.addresses
        fields = {n: said[n] for n in ("venue", "rest", "ws", "perp_rest", "perp_ws") if said.get(n)}
        one = venue.world.keys.keys[key]
        credentials = Credentials(name, "owner", one.key, one.secret, one.passphrase)
        gateway = open_gateway(
            name,
            now=time.time_ns,
            addresses=Addresses(**fields),
            credentials=credentials,
            timeout_ms=timeout_ms,
        )
        events: list[VenueEvent] = []
        gateway.entry.subscribe(events.append)
        try:
            known = await gateway.instruments()
            instrument = next(i for i in known if i.kind is kind and i.base == "BTC")
            yield At(venue, gateway, instrument, events)
        finally:
            venue.faults.clear()
            await gateway.close()


@pytest.fixture(autouse=True)
def _without_algo_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Binance's double carries no algo orders (USD-M stops): they are not asked for there."""
    monkeypatch.setitem(PROFILES, "binance", PROFILES["binance"]._replace(triggers_apart=()))


everywhere = pytest.mark.parametrize("place", PLACES, ids=[f"{v}-{k}" for v, k in PLACES])


@everywhere
async def test_instruments_are_the_venues_own(place: tuple[str, InstrumentKind]) -> None:
    async with _at(place) as at:
        market = at.venue.world.market(at.instrument.kind, at.instrument.symbol)
        assert market is not None
        assert at.instrument.tick == market.instrument.tick
        assert at.instrument.lot == market.instrument.lot


@everywhere
async def test_a_market_order_fills_once_and_the_balances_follow(place: tuple[str, InstrumentKind]) -> None:
    async with _at(place) as at:
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


@everywhere
async def test_an_order_rests_is_seen_and_is_cancelled(place: tuple[str, InstrumentKind]) -> None:
    async with _at(place) as at:
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


@everywhere
async def test_a_stop_waits_unseen_and_is_cancelled(place: tuple[str, InstrumentKind]) -> None:
    async with _at(place) as at:
        if at.instrument.kind not in at.profile.stops or place in NO_ALGO:
            pytest.skip("no stops here")
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


@everywhere
async def test_an_order_is_amended_where_the_venue_can(place: tuple[str, InstrumentKind]) -> None:
    async with _at(place) as at:
        if at.instrument.kind not in at.profile.amends:
            pytest.skip("this venue amends no such orders")
        client_id = await at.send("a", far=0.05)
        await at.until(lambda: bool(at.told()))
        lots, ticks = at.gateway.entry.reports.sent[client_id].intent.lots + 2, await at.price(Side.BUY, 0.04)
        assert at.gateway.amends is not None
        at.gateway.amends.amend(client_id, lots=lots, limit_ticks=ticks)
        await at.until(lambda: len(at.told()) == 2)
        last = at.events[-1]
        assert isinstance(last, OrderReport)
        assert last.reason == "amended"
        found = await at.gateway.orders.find_order(client_id, at.instrument.id)
        assert found is not None
        assert (found.lots, found.limit_ticks) == (lots, ticks)


@everywhere
async def test_more_than_the_money_is_refused(place: tuple[str, InstrumentKind]) -> None:
    async with _at(place) as at:
        await at.send("x", lots=at.instrument.lots_within(Decimal(3_000)), far=0.02)
        await at.until(lambda: bool(at.told()))
        assert at.told() == [OrderEvent.REJECT]
        report = at.events[0]
        assert isinstance(report, OrderReport)
        assert report.reason


@everywhere
async def test_an_ioc_that_finds_nothing_expires(place: tuple[str, InstrumentKind]) -> None:
    async with _at(place) as at:
        client_id = await at.send("i", far=0.05, tif=TimeInForce.IOC)
        at.gateway.entry.pursue(at.gateway.entry.reports.sent[client_id])
        await at.until(at.ended)
        assert at.told()[-1] is OrderEvent.EXPIRE
        assert at.filled() == 0


@everywhere
@pytest.mark.parametrize("kind", ["timeout_after", "http_5xx"])
async def test_an_order_whose_answer_is_lost_is_neither_doubled_nor_forgotten(
    place: tuple[str, InstrumentKind], kind: str
) -> None:
    async with _at(place, timeout_ms=700) as at:
        at.venue.inject(Fault(kind=kind, match=ORDERS[place], on="http"))  # type: ignore[arg-type]
        client_id = await at.send("l", far=0.05)
        await at.until(lambda: bool(at.told()))
        assert at.told()[0] is OrderEvent.TIMEOUT
        if kind == "timeout_after":
            await at.until(lambda: len(at.told()) > 1)
            assert at.told() == [OrderEvent.TIMEOUT, OrderEvent.ACCEPT]
        standing = await at.gateway.orders.open_orders()
        assert [o.client_id for o in standing] == ([client_id] if kind == "timeout_after" else [])


@everywhere
async def test_an_order_swallowed_on_its_way_is_not_found_and_not_called_rejected(
    place: tuple[str, InstrumentKind],
) -> None:
    async with _at(place, timeout_ms=700) as at:
        at.venue.inject(Fault(kind="timeout_before", match=ORDERS[place], on="http"))
        client_id = await at.send("b", far=0.05)
        await at.until(lambda: bool(at.told()))
        assert await at.gateway.orders.find_order(client_id, at.instrument.id) is None
        assert at.told() == [OrderEvent.TIMEOUT]


@everywhere
async def test_too_many_requests_is_busy_for_a_while(place: tuple[str, InstrumentKind]) -> None:
    async with _at(place) as at:
        at.venue.inject(Fault(kind="rate_limit", on="http", status=429, seconds=2))
        with pytest.raises(VenueBusy) as caught:
            await at.gateway.caller.query(lambda: at.gateway.client.fetch_balance(), attempts=1)
        assert caught.value.retry_after_ns > 0


@everywhere
async def test_fills_come_by_stream_and_only_once(place: tuple[str, InstrumentKind]) -> None:
    async with _at(place) as at:
        at.gateway.start()
        await asyncio.sleep(0.7)
        client_id = await at.send("s")
        sent = at.gateway.entry.reports.sent[client_id]
        await at.until(lambda: at.filled() >= sent.intent.lots)
        await at.gateway.entry.look(sent)
        assert at.filled() == sent.intent.lots
        assert at.gateway.streams.faults == 0


@pytest.mark.parametrize("name", HERE)
async def test_the_account_is_told_and_moved(name: str) -> None:
    async with _at((name, PROFILES[name].kinds[0])) as at:
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


@pytest.mark.parametrize("name", [v for v in HERE if PROFILES[v].leverage])
async def test_leverage_and_margin_mode_are_set_and_setting_them_again_is_no_error(name: str) -> None:
    async with _at((name, InstrumentKind.PERP)) as at:
        assert at.gateway.leverage is not None
        for _ in range(2):
            await at.gateway.leverage.set_leverage(at.instrument.id, 5)
        if at.gateway.margin_mode is not None:
            for _ in range(2):
                await at.gateway.margin_mode.set_margin_mode(at.instrument.id, MarginMode.CROSS)
        if at.gateway.funding is not None:
            assert list(await at.gateway.funding.funding_since(at.instrument.id, time.time_ns())) == []


@pytest.mark.parametrize("name", HERE)
async def test_a_wrong_key_is_fatal_and_a_reader_is_refused(name: str) -> None:
    async with _at((name, PROFILES[name].kinds[0]), key="reader") as at:
        await at.send("x", far=0.05)
        await at.until(lambda: bool(at.told()))
        assert at.told() == [OrderEvent.REJECT]
        at.gateway.client.secret = "d3JvbmctaW4tZXZlcnktd2F5LWFuZC1sb25nLWVub3VnaA=="
        with pytest.raises(VenueError) as caught:
            await at.gateway.balances.fetch_balances()
        assert isinstance(caught.value, VenueFatal | VenueRefused)
        assert at.gateway.client.secret not in str(caught.value)
