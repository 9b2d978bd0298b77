"""The world of a double: its books against a plain replay of the tape, its money against plain sums."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.doubles.tapes import MS, PERP, SECOND, SPOT, START_NS, MemoryTape, climbing, lively, rows_of
from titan.doubles.orders import AccountEvent, OrderUpdate, Ticket
from titan.doubles.publish import DepthView, Tick
from titan.doubles.refusal import Refusal, Refused
from titan.doubles.world import World
from titan.market.tape.rows import END, Kind
from titan.model.errors import ConfigError
from titan.model.order import OrderState, OrderType, Side, TimeInForce

T0 = 1_900_000_000_000_000_000


class Clock:
    def __init__(self) -> None:
        self.ns = T0

    def __call__(self) -> int:
        return self.ns


def make(venue: str = "binance", tape: MemoryTape | None = None, **more) -> tuple[World, Clock]:
    clock = Clock()
    return World(venue, tape or lively(), now=clock, seed=3, **more), clock


def oracle(tape: MemoryTape, inst: int, until: int) -> dict[int, dict[int, int]]:
    """The tape's book at a tape time, by the plainest possible replay."""
    one = tape.instruments[inst]
    books: dict[int, dict[int, int]] = {1: {}, -1: {}}
    for ts, _, i, kind, side, _, px, qty in zip(*(c.tolist() for c in tape.rows)):
        if ts > until or i != inst:
            continue
        if kind == Kind.CLEAR:
            books = {1: {}, -1: {}}
        elif kind == Kind.LEVEL:
            ticks, lots = round(px / float(one.tick)), round(qty / float(one.lot))
            if lots:
                books[side][ticks] = lots
            else:
                books[side].pop(ticks, None)
    return books


def limit(side: Side, qty: str, price: str, inst: int = 0, **more) -> Ticket:
    return Ticket(inst=inst, side=side, type=OrderType.LIMIT, qty=Decimal(qty), price=Decimal(price), **more)


def market(side: Side, qty: str, inst: int = 0, **more) -> Ticket:
    return Ticket(inst=inst, side=side, type=OrderType.MARKET, qty=Decimal(qty), **more)


@pytest.mark.parametrize("speed", [1.0, 7.0])
def test_books_equal_a_plain_replay_and_so_do_the_told_changes(speed: float) -> None:
    tape = lively(10)
    world, clock = make(tape=tape, speed=speed)
    heard: list[Tick] = []
    told = {m.index: {1: dict(m.bids), -1: dict(m.asks)} for m in world.markets}
    world.listen(heard.append)
    for beat in range(1, 80):
        clock.ns = T0 + round(beat * 100 * MS / speed)
        world.advance()
        for m in world.markets:
            want = oracle(tape, m.index, START_NS + beat * 100 * MS)
            assert dict(m.bids) == want[1]
            assert dict(m.asks) == want[-1]
    last = {m.index: 1_100 for m in world.markets}
    for tick in heard:
        for side, levels in ((1, tick.bids), (-1, tick.asks)):
            for ticks, lots in levels.items():
                told[tick.market.index][side][ticks] = lots
        if tick.has_levels:
            assert tick.first_id == last[tick.market.index] + 1
            last[tick.market.index] = tick.last_id
    for m in world.markets:
        assert {t: q for t, q in told[m.index][1].items() if q} == dict(m.bids)


def test_the_tape_begins_again_unless_once() -> None:
    world, clock = make(tape=lively(5))
    resets: list[Tick] = []
    world.listen(lambda tick: resets.append(tick) if tick.reset else None)
    clock.ns = T0 + 20 * SECOND
    world.advance()
    assert len(resets) == 2
    assert world.playback.laps == 3
    assert len(world.markets[0].bids) == 50
    once, clock = make(tape=lively(5), once=True)
    clock.ns = T0 + 20 * SECOND
    once.advance()
    assert once.exchange.exhausted


def test_a_depth_view_tells_exactly_its_own_levels() -> None:
    world, clock = make()
    view = DepthView(world.markets[0], 5)
    bids, asks = (dict(side) for side in view.snapshot())
    for beat in range(1, 200):
        clock.ns = T0 + beat * 50 * MS
        world.advance()
        change = view.changes()
        if change is None:
            continue
        for book, levels in ((bids, change.bids), (asks, change.asks)):
            for ticks, lots in levels:
                book.pop(ticks) if lots == 0 else book.update({ticks: lots})
        assert (sorted(bids.items(), reverse=True), sorted(asks.items())) == world.markets[0].top(5)


def test_a_market_order_fills_at_once_and_money_is_exact() -> None:
    world, _ = make()
    ask = world.markets[0].ask
    before = world.account.balances("spot")
    order = world.desk.place(market(Side.BUY, "0.001"))
    after = world.account.balances("spot")
    assert order.state is OrderState.FILLED
    value = world.markets[0].price(ask[0]) * Decimal("0.001")
    assert order.quote_filled == value
    assert before["USDT"].total - after["USDT"].total == value * Decimal("1.001")
    assert after["BTC"].total - before["BTC"].total == Decimal("0.001")
    assert [f.maker for f in order.fills] == [False]


def test_a_resting_order_locks_is_found_amended_and_cancelled() -> None:
    world, _ = make()
    events: list[AccountEvent] = []
    world.listen_account(events.append)
    order = world.desk.place(limit(Side.BUY, "0.01", "20000", client_id="mine"))
    assert order.state is OrderState.OPEN
    assert world.account.balances("spot")["USDT"].locked == Decimal(200)
    assert world.desk.find(client_id="mine") is order
    assert world.desk.place(limit(Side.BUY, "0.01", "20000", client_id="mine")).reason is (
        Refusal.DUPLICATE_CLIENT_ID
    )
    number = order.id
    world.desk.amend(order, qty=Decimal("0.02"), price=Decimal("21000"))
    assert (order.id, order.qty, order.price, order.state) == (
        number,
        Decimal("0.02"),
        21000,
        OrderState.OPEN,
    )
    world.desk.cancel(order)
    assert order.state is OrderState.CANCELLED
    with pytest.raises(Refused) as refused:
        world.desk.cancel(order)
    assert refused.value.reason is Refusal.ALREADY_DONE
    assert [e.change for e in events if isinstance(e, OrderUpdate)] == ["new", "amend", "cancel"]
    assert world.account.balances("spot")["USDT"].locked == 0


def test_an_amendment_that_is_refused_leaves_the_order() -> None:
    world, _ = make()
    order = world.desk.place(limit(Side.BUY, "0.01", "20000", tif=TimeInForce.POST_ONLY))
    with pytest.raises(Refused) as refused:
        world.desk.amend(order, price=Decimal("31000"))
    assert refused.value.reason is Refusal.POST_ONLY_CROSSES
    assert (order.state, order.price) == (OrderState.OPEN, Decimal(20000))
    world.desk.cancel(order)
    assert order.state is OrderState.CANCELLED


@pytest.mark.parametrize(
    ("ticket", "reason"),
    [
        (limit(Side.BUY, "0.01", "20000.001"), Refusal.TICK_SIZE),
        (limit(Side.BUY, "0.000001", "20000"), Refusal.LOT_SIZE),
        (limit(Side.BUY, "0.0001", "20000"), Refusal.MIN_NOTIONAL),
        (limit(Side.BUY, "1000", "20000"), Refusal.NO_BALANCE),
        (limit(Side.BUY, "0.01", "31000", tif=TimeInForce.POST_ONLY), Refusal.POST_ONLY_CROSSES),
        (market(Side.SELL, "0.01", inst=1, reduce_only=True), Refusal.REDUCE_ONLY),
        (limit(Side.BUY, "900", "20000", inst=1), Refusal.NO_MARGIN),
    ],
)
def test_refusals(ticket: Ticket, reason: Refusal) -> None:
    world, _ = make()
    order = world.desk.place(ticket)
    assert (order.state, order.reason) == (OrderState.REJECTED, reason)
    assert not world.desk.orders


def test_a_venue_that_accepts_first_cancels_a_post_only_order() -> None:
    world, _ = make()
    world.desk.accept_first = frozenset({Refusal.POST_ONLY_CROSSES})
    order = world.desk.place(limit(Side.BUY, "0.01", "31000", tif=TimeInForce.POST_ONLY))
    assert (order.state, order.reason) == (OrderState.CANCELLED, Refusal.POST_ONLY_CROSSES)
    assert world.desk.find(order.id) is order


def test_a_perp_position_its_pnl_and_its_close() -> None:
    world, _ = make()
    opened = world.desk.place(market(Side.SELL, "0.1", inst=1))
    held = world.account.position(1)
    assert held.size == Decimal("-0.1")
    assert held.entry == opened.average
    assert held.unrealised == (held.entry - held.mark) * Decimal("0.1")
    free = world.account.balances("perp")["USDT"].free
    assert 0 < free < Decimal(100_000)
    closed = world.desk.place(market(Side.BUY, "0.1", inst=1, reduce_only=True))
    realised = opened.quote_filled - closed.quote_filled
    assert sum(f.realised for f in closed.fills) == realised
    total = world.account.balances("perp")["USDT"].total
    assert total == Decimal(100_000) + realised - opened.fee - closed.fee


def test_a_quote_sized_market_order_never_spends_more() -> None:
    world, _ = make()
    order = world.desk.place(Ticket(inst=0, side=Side.BUY, type=OrderType.MARKET, quote_qty=Decimal("1000")))
    assert Decimal(990) < order.quote_filled <= 1000


def test_funding_is_paid_at_its_mapped_moment() -> None:
    table = [(START_NS, 0, Kind.BBO, 1, 0, 30_000.0, 5.0), (START_NS, 0, Kind.BBO, -1, END, 30_000.1, 5.0)]
    for second in range(1, 30):
        at = START_NS + second * SECOND
        table.append((at, 0, Kind.MARK, 0, END, 30_000.0, 0.0))
        table.append((at, 0, Kind.FUNDING, 0, END, 0.001, (START_NS + 10 * SECOND) / 1e6))
    world, clock = make(tape=MemoryTape([PERP], rows_of(table)), once=True)
    world.desk.place(market(Side.BUY, "0.1"))
    assert world.markets[0].top(5) == ([(300_000, 5_000)], [(300_001, 4_900)])
    clock.ns = T0 + 20 * SECOND
    world.advance()
    (paid,) = world.account.funding
    assert (paid.amount, paid.time_ns) == (Decimal("-3.00000000"), T0 + 10 * SECOND)


def test_transfers_and_withdrawals() -> None:
    world, clock = make()
    world.account.transfer("USDT", Decimal(1000), "spot", "perp")
    assert world.account.total("spot", "USDT") == Decimal(99_000)
    assert world.account.total("perp", "USDT") == Decimal(101_000)
    with pytest.raises(Refused) as refused:
        world.account.transfer("USDT", Decimal(10**9), "spot", "perp")
    assert refused.value.reason is Refusal.NO_BALANCE
    moved = world.account.withdraw("BTC", Decimal(1), wallet="spot", address="bc1q")
    assert moved.state == "pending"
    clock.ns += 3 * SECOND
    assert world.account.history("withdrawal")[0].state == "completed"
    assert world.account.total("spot", "BTC") == Decimal(9)


def test_a_unified_venue_has_one_balance() -> None:
    world, _ = make("bybit")
    assert world.account.balances("spot") == world.account.balances("perp")
    before = world.account.total("spot", "USDT")
    spot = world.desk.place(market(Side.BUY, "1"))
    perp = world.desk.place(market(Side.SELL, "1", inst=1))
    assert (spot.state, perp.state) == (OrderState.FILLED, OrderState.FILLED)
    assert world.account.total("perp", "USDT") == before - spot.quote_filled - spot.fee - perp.fee


def test_one_stream_of_events_when_a_fault_slices_an_order() -> None:
    world, clock = make()
    world.desk.slicer = lambda order: [(0, order.lots // 2), (SECOND, order.lots - order.lots // 2)]
    order = world.desk.place(market(Side.BUY, "0.002"))
    assert (order.state, order.filled_qty) == (OrderState.PARTIAL, Decimal("0.001"))
    clock.ns += 2 * SECOND
    world.step()
    assert order.state is OrderState.FILLED


def test_a_sliced_order_ends_when_it_is_cancelled_between_two_pieces() -> None:
    world, _ = make()
    world.desk.slicer = lambda order: [(0, order.lots // 2), (SECOND, order.lots - order.lots // 2)]
    order = world.desk.place(market(Side.BUY, "0.002"))
    assert order.state is OrderState.PARTIAL
    assert world.desk.cancel(order).state is OrderState.CANCELLED
    assert world.desk.open_orders() == []


def test_kraken_has_no_perps_and_a_tape_of_perps_only_is_refused() -> None:
    world, _ = make("kraken")
    assert [m.instrument.id for m in world.markets] == ["kraken.spot.BTCUSDT"]
    with pytest.raises(ConfigError, match="none of the tape's markets"):
        make("kraken", lively(2, kinds=(PERP,)))
    with pytest.raises(ConfigError, match="no double"):
        make("nowhere")
    assert SPOT.venue == "binance"


def test_a_forced_closing_of_the_account_is_told_to_the_public() -> None:
    world, clock = make(tape=climbing(), funds={"perp": {"USDT": Decimal(600)}})
    ticks: list[Tick] = []
    world.listen(ticks.append)
    clock.ns += SECOND
    assert world.desk.place(market(Side.SELL, "0.3", inst=1)).state is OrderState.FILLED
    clock.ns += 60 * SECOND
    world.advance()
    closed = [fill for fill in world.desk.fills if fill.side is Side.BUY]
    told = [(one.ticks, one.lots, one.side) for tick in ticks for one in tick.liquidations]
    assert told == [(fill.ticks, fill.lots, -1) for fill in closed]
    assert sum(lots for _, lots, _ in told) == 300
