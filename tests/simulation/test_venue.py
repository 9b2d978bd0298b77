"""The simulated venue behind the ports: events, exact balances, funding once, transfers, liquidation."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from tests.simulation.scenes import NOW, PERP, SPOT, D, book, exchange, forecast, mark, settlement
from titan.model.errors import InstrumentError, OrderError, VenueRefused
from titan.model.events import OrderReport, VenueEvent
from titan.model.fill import Fill, FundingPayment, Liquidity
from titan.model.instrument import HOUR_NS
from titan.model.order import OrderEvent, OrderType, Side, TimeInForce
from titan.model.signal import Intent, Purpose
from titan.simulation.models import Models
from titan.simulation.venue import SimVenue

BASE = 1_700_000_000_000_000_000
BASE_MS = BASE // 1_000_000


class Hand:
    """A clock set by hand."""

    time = 0

    def now(self) -> int:
        return self.time


class Order(msgspec.Struct, frozen=True):
    """What an approved order looks like to the port."""

    intent: Intent
    client_id: str


class Desk:
    """A venue, a clock and the events heard so far."""

    def __init__(self, rows, instruments=(SPOT, PERP), models=None):
        models = models or Models(latency=NOW, leverage=D(10))
        self.clock = Hand()
        self.market = exchange(rows, instruments, models)
        self.venue = SimVenue(self.market, self.clock)
        self.events: list[VenueEvent] = []
        self.venue.subscribe(self.events.append)

    def run(self, until):
        while True:
            self.clock.time = self.market.advance(until)
            self.venue.deliver(self.clock.time)
            if self.clock.time >= until:
                return

    def send(self, name, instrument, side, lots, **terms):
        intent = Intent(
            id=name,
            strategy="t",
            owner="t",
            instrument=instrument.id,
            side=side,
            lots=lots,
            purpose=Purpose.ENTRY,
            reference_ticks=1,
            **terms,
        )
        self.venue.submit(Order(intent, name))

    def fills(self):
        return [e for e in self.events if isinstance(e, Fill)]


def market(ts=BASE):
    return book(ts, 0, [(99.5, 5.0)], [(100.0, 5.0)]) + book(ts, 1, [(100.1, 5.0)], [(100.2, 5.0)])


def test_spot_and_perp_fills_move_the_wallets_exactly():
    desk = Desk(market() + book(BASE + 20, 1, [(90.3, 5.0)], [(90.4, 5.0)]))
    desk.venue.deposit("sim.spot", "USDT", D(1000))
    desk.venue.deposit("sim.perp", "USDT", D(500))
    desk.run(BASE)
    desk.send("a", SPOT, Side.BUY, 123)
    desk.send("b", PERP, Side.SELL, 1230)
    desk.run(BASE + 30)
    desk.send("c", PERP, Side.BUY, 1000)
    desk.run(BASE + 31)
    a, b, c = desk.fills()
    assert (a.ticks, a.lots, a.fee, a.fee_asset, a.liquidity) == (
        200,
        123,
        D("0.246"),
        "USDT",
        Liquidity.TAKER,
    )
    assert b.fee == D("123.123") * D("0.0005")
    balances = desk.venue.balances()
    assert balances["sim.spot", "BTC"] == D("1.23")
    assert balances["sim.spot", "USDT"] == D(1000) - D(123) - D("0.246")
    gained = D("100.1") - D("90.4")
    assert balances["sim.perp", "USDT"] == D(500) + gained - b.fee - c.fee
    position = desk.venue.accounts.positions[1]
    assert (position.lots, position.cost) == (-230, D("23.023"))
    reports = [e for e in desk.events if isinstance(e, OrderReport)]
    assert [(e.client_id, e.event) for e in reports] == [(x, OrderEvent.ACCEPT) for x in "abc"]
    for (wallet, asset), exact in balances.items():
        shadow = desk.market.state.wallets[desk.market._wallets[wallet, asset]]["balance"]
        assert shadow == pytest.approx(float(exact), abs=1e-9)


def test_funding_is_paid_once_at_the_tapes_settlements():
    at = BASE + 4 * HOUR_NS
    rows = market() + forecast(BASE + 1, 1, 0.0001, at // 10**6) + mark(BASE + 2, 1, 100.25)
    rows += settlement(at + 5_000_000, 1, 0.0002, at // 10**6) + settlement(
        at + 9_000_000, 1, 0.0002, at // 10**6
    )
    rows += settlement(at + 4 * HOUR_NS, 1, -0.00031)
    desk = Desk(rows)
    desk.venue.deposit("sim.perp", "USDT", D(500))
    desk.run(BASE)
    desk.send("b", PERP, Side.SELL, 1230)
    desk.run(at + 9 * HOUR_NS)
    paid = [e for e in desk.events if isinstance(e, FundingPayment)]
    assert [(e.rate, e.position_lots, e.mark, e.amount) for e in paid] == [
        (D("0.0002"), -1230, D("100.25"), D("0.02466150")),
        (D("-0.00031"), -1230, D("100.25"), D("-0.03822532")),
    ]
    assert desk.venue.balances()["sim.perp", "USDT"] == D(500) - desk.fills()[0].fee + sum(
        e.amount for e in paid
    )


def test_forecasts_settle_at_their_time_where_the_tape_has_nothing_else():
    at = BASE + HOUR_NS
    rows = market() + forecast(BASE + 1, 1, 0.0001, at // 10**6) + forecast(BASE + 2, 1, 0.0003, at // 10**6)
    rows += forecast(at + 1, 1, 0.0005, (at + 4 * HOUR_NS) // 10**6)
    desk = Desk(rows)
    desk.venue.deposit("sim.perp", "USDT", D(500))
    desk.run(BASE)
    desk.send("b", PERP, Side.BUY, 1000)
    desk.run(at + 10 * HOUR_NS)
    paid = [e for e in desk.events if isinstance(e, FundingPayment)]
    assert [(e.rate, e.venue_ns) for e in paid] == [(D("0.0003"), at), (D("0.0005"), at + 4 * HOUR_NS)]
    assert paid[0].amount == -(D(1) * D("100.15") * D("0.0003")).quantize(D("1e-8"))


def test_transfers_move_only_free_money():
    desk = Desk(market())
    desk.venue.deposit("sim.spot", "USDT", D(100))
    desk.run(BASE)
    assert desk.venue.transfer("USDT", D(40), "sim.spot", "sim.perp") == "transfer-1"
    desk.send("b", PERP, Side.BUY, 3000)
    desk.run(BASE + 1)
    with pytest.raises(VenueRefused, match=r"is free in sim\.perp"):
        desk.venue.transfer("USDT", D(11), "sim.perp", "sim.spot")
    with pytest.raises(VenueRefused, match=r"sim\.spot"):
        desk.venue.transfer("USDT", D(61), "sim.spot", "sim.perp")
    with pytest.raises(VenueRefused, match="no wallet"):
        desk.venue.transfer("USDT", D(1), "sim.spot", "elsewhere")
    desk.venue.transfer("USDT", D(9), "sim.perp", "sim.spot")
    assert desk.venue.balances()["sim.spot", "USDT"] == D(69)


def test_orders_that_cannot_be_sent_raise_and_refusals_are_reports():
    desk = Desk(market())
    desk.run(BASE)
    desk.send("a", SPOT, Side.BUY, 10, type=OrderType.LIMIT, limit_ticks=150, tif=TimeInForce.GTC)
    desk.run(BASE + 1)
    assert [(e.event, e.reason) for e in desk.events] == [(OrderEvent.REJECT, "insufficient balance")]
    with pytest.raises(OrderError, match="used before"):
        desk.send("a", SPOT, Side.BUY, 10)
    with pytest.raises(OrderError, match="no order z"):
        desk.venue.cancel("z")
    other = msgspec.structs.replace(SPOT, symbol="ETHUSDT")
    with pytest.raises(InstrumentError, match="ETHUSDT"):
        desk.send("q", other, Side.BUY, 10)


@pytest.mark.parametrize("margin", ["cross", "isolated"])
def test_liquidation_on_the_mark(margin):
    rows = market() + mark(BASE + 1, 1, 100.2) + mark(BASE + 50, 1, 95.8) + mark(BASE + 60, 1, 94.0)
    desk = Desk(rows, models=Models(latency=NOW, leverage=D(10), margin=margin))
    desk.venue.deposit("sim.perp", "USDT", D("10.5") if margin == "cross" else D(100))
    desk.run(BASE + 10)
    desk.send("b", PERP, Side.BUY, 1000)
    desk.send("c", PERP, Side.SELL, 500, type=OrderType.LIMIT, limit_ticks=1100, tif=TimeInForce.GTC)
    desk.run(BASE + 55)
    assert len(desk.fills()) == 1
    before = desk.venue.balances()["sim.perp", "USDT"]
    desk.run(BASE + 70)
    forced = desk.fills()[-1]
    assert (forced.client_id[:11], forced.side, forced.ticks, forced.lots) == (
        "liquidation",
        Side.SELL,
        940,
        1000,
    )
    cancelled = [e for e in desk.events if isinstance(e, OrderReport) and e.event is OrderEvent.CANCEL]
    assert [(e.client_id, e.reason) for e in cancelled] == [("c", "cancelled by liquidation")]
    assert desk.venue.balances()["sim.perp", "USDT"] == before - D("6.2") - forced.fee
    assert forced.fee == D("0.94")
    assert desk.venue.accounts.positions[1].lots == 0


def test_bankruptcy_is_absorbed_and_stands_in_the_fee():
    rows = market() + mark(BASE + 1, 1, 100.2) + mark(BASE + 60, 1, 80.0)
    for margin, held in (("cross", D(12)), ("isolated", D(100))):
        desk = Desk(rows, models=Models(latency=NOW, leverage=D(10), margin=margin))
        desk.venue.deposit("sim.perp", "USDT", held)
        desk.run(BASE + 10)
        desk.send("b", PERP, Side.BUY, 1000)
        desk.run(BASE + 70)
        opened, forced = desk.fills()
        left = desk.venue.balances()["sim.perp", "USDT"]
        lost = Decimal("20.2")
        assert left == held - opened.fee - lost - forced.fee
        assert left == (0 if margin == "cross" else held - opened.fee - D("10.02"))
        assert desk.venue.accounts.absorbed == D("0.8") - forced.fee
        shadow = float(desk.market.state.wallets[desk.market._wallets["sim.perp", "USDT"]]["balance"])
        assert shadow == pytest.approx(float(left), abs=1e-9)
