"""The same capture, the same orders, the same latency, the risk-averse queue: our fills beside hftbacktest
2.4.4's.

Input of both are the depth diffs and trades of Binance BTCUSDT USD-M of 2023-04-05, from an empty book, at
the venue's transaction times; hftbacktest runs its `no_partial_fill_exchange`. One-lot orders fill at the
same price and the same venue time. The differences, each asserted below, and each because we are the more
careful one:

- A trade through our price fills us by the trade's own size, a queue that was worked off by what overflows
it, and an
  opposite touch by what it displays; hftbacktest fills the whole order at that moment. So a large resting
  order of ours begins to fill when theirs is done, and has never filled more.
- A market order takes what is displayed, level by level, and what it took is gone until the level is stated
again;
  hftbacktest fills it whole at the best price, and the next one too.
- Own orders share a trade and never trade with each other; hftbacktest judges each order alone. So resting
orders are
  compared one at a time.
"""

from __future__ import annotations

import gzip
import json
from itertools import islice

import numpy as np
import pytest

from tests.simulation.scenes import BUY, GTC, LIMIT, MARKET, POST_ONLY, SELL
from titan.market.book import best_bid, new_books, set_level
from titan.market.tape.rows import END, Kind, Rows, empty
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.simulation.exchange import Exchange
from titan.simulation.models import Latency, Models
from titan.simulation.records import ACK, FILL, REJECTED

from .scenes import D

hft = pytest.importorskip("hftbacktest")

LINES = 12_000
ENTRY, RESPONSE = 1_300_000, 700_000
STEP = 150_000_000
PERP = Instrument(
    "binance", InstrumentKind.PERP, "BTCUSDT", "BTC", "USDT", D("0.1"), D("0.001"), FeeSchedule(D(0), D(0))
)


@pytest.fixture(scope="module")
def capture(data) -> Rows:
    """Depth diffs and trades of the capture's first lines, by transaction time."""
    found: list[tuple[int, int, int, int, float, float]] = []
    with gzip.open(data / "l2/hftbacktest/usdm/btcusdt_20230405.dat.gz", "rt") as lines:
        for line in islice((x for x in lines if x.strip()), LINES):
            message = json.loads(line.split(" ", 1)[1]).get("data", {})
            if message.get("e") == "depthUpdate":
                levels = [(1, p, q) for p, q in message["b"]] + [(-1, p, q) for p, q in message["a"]]
                for n, (side, px, qty) in enumerate(levels, 1):
                    end = END if n == len(levels) else 0
                    found.append((message["T"] * 10**6, Kind.LEVEL, side, end, float(px), float(qty)))
            elif message.get("e") == "trade" and message["X"] == "MARKET":
                side = -1 if message["m"] else 1
                found.append(
                    (message["T"] * 10**6, Kind.TRADE, side, END, float(message["p"]), float(message["q"]))
                )
    found.sort(key=lambda row: row[0])
    rows = empty(len(found))
    rows.ts[:], rows.kind[:], rows.side[:], rows.flags[:], rows.px[:], rows.qty[:] = map(
        list, zip(*found, strict=True)
    )
    rows.recv[:] = rows.ts
    return rows


def schedule(rows: Rows, kind: int, lots: int) -> list[tuple[int, int, int, int, int]]:
    """(time, side, type, lots, limit ticks): market orders, or resting buys at the touch and a little
    behind.
    """
    book = new_books([0.1])[0]
    orders = []
    k = 0
    for n, at in enumerate(range(int(rows.ts[0]) + 10 * STEP, int(rows.ts[-1]) - 20 * STEP, STEP)):
        while rows.ts[k] <= at:
            if rows.kind[k] == Kind.LEVEL:
                set_level(book, rows.side[k], rows.px[k], rows.qty[k])
            k += 1
        side = BUY if kind == LIMIT or n % 2 else SELL
        limit = round(best_bid(book) / 0.1) - n % 4 if kind == LIMIT else 0
        orders.append((at + 123, side, kind, lots, limit))
    return orders


def ours(rows, orders):
    """{order: [(venue time, ticks, lots)]} and the orders that were refused."""
    models = Models(latency=Latency(order_ns=ENTRY, response_ns=RESPONSE, feed_ns=0), margin="none")
    venue = Exchange((PERP,), iter([rows]), models, seed=1)
    told = []

    def run(until):
        while (reached := venue.advance(until)) < until or venue.next_report_ns <= until:
            told.extend(venue.reports(reached).tolist())

    for handle, (at, side, kind, lots, limit) in enumerate(orders):
        run(at)
        venue.submit(handle, 0, side, kind, GTC if kind == MARKET else POST_ONLY, lots, limit, 0, False, at)
    run(int(rows.ts[-1]))
    fills = {n: [] for n in range(len(orders))}
    for handle, _, kind, _, _, _, ticks, size, venue_ns, *_ in told:
        if kind == FILL:
            fills[handle].append((venue_ns, ticks, size))
    assert any(r[2] == ACK for r in told)
    return fills, {r[0] for r in told if r[2] == REJECTED}


def theirs(rows, orders):
    """{order: (lots filled, last price in ticks, last venue time)} and the orders that were refused."""
    event = np.zeros(len(rows.ts), hft.types.event_dtype)
    is_trade = rows.kind == Kind.TRADE
    event["ev"] = np.where(is_trade, hft.TRADE_EVENT, hft.DEPTH_EVENT) | np.where(
        rows.side > 0, hft.BUY_EVENT, hft.SELL_EVENT
    )
    event["ev"] |= hft.EXCH_EVENT | hft.LOCAL_EVENT
    event["exch_ts"] = event["local_ts"] = rows.ts
    event["px"], event["qty"] = rows.px, rows.qty
    asset = (
        hft.BacktestAsset().data(event).linear_asset(1.0).constant_order_latency(ENTRY, RESPONSE)
        .risk_adverse_queue_model().no_partial_fill_exchange().trading_value_fee_model(0.0, 0.0)
        .tick_size(0.1).lot_size(0.001).last_trades_capacity(0)
    )  # fmt: skip
    engine = hft.HashMapMarketDepthBacktest([asset])
    now = int(rows.ts[0])
    engine.elapse(0)
    for n, (at, side, kind, lots, limit) in enumerate(orders):
        engine.elapse(at - int(engine.current_timestamp))
        submit = engine.submit_buy_order if side == BUY else engine.submit_sell_order
        if kind == MARKET:
            submit(0, n, 0.0, lots * 0.001, hft.GTC, hft.MARKET, False)
        else:
            submit(0, n, limit * 0.1, lots * 0.001, hft.GTX, hft.LIMIT, False)
    engine.elapse(int(rows.ts[-1]) - int(engine.current_timestamp) - 1)
    out, refused = {}, set()
    for n, (_, _, _, lots, _) in enumerate(orders):
        order = engine.orders(0).get(n)
        out[n] = (lots - round(order.leaves_qty / 0.001), order.exec_price_tick, order.exch_timestamp)
        if order.status == hft.EXPIRED and order.exec_qty == 0:
            refused.add(n)
    engine.close()
    assert now < int(rows.ts[-1])
    return out, refused


@pytest.mark.data
def test_small_market_orders_fill_the_same(capture):
    orders = schedule(capture, MARKET, 1)
    mine, _ = ours(capture, orders)
    other, _ = theirs(capture, orders)
    assert len(orders) > 300
    assert [mine[n] for n in range(len(orders))] == [
        [(other[n][2], other[n][1], 1)] for n in range(len(orders))
    ]


@pytest.mark.data
def test_large_market_orders_begin_alike_and_pay_for_their_size(capture):
    orders = schedule(capture, MARKET, 5_000)
    mine, _ = ours(capture, orders)
    other, _ = theirs(capture, orders)
    assert mine[0][0][:2] == (other[0][2], other[0][1])
    for n, (_, side, _, lots, _) in enumerate(orders):
        filled, ticks, at = other[n]
        prices = [side * p for _, p, _ in mine[n]]
        assert prices == sorted(set(prices))
        assert all(t == at and side * (p - ticks) >= 0 for t, p, _ in mine[n])
        assert sum(size for _, _, size in mine[n]) <= filled == lots
    assert any(len(fills) > 3 for fills in mine.values())


@pytest.mark.data
@pytest.mark.parametrize("lots", [1, 5_000])
def test_resting_orders_fill_when_theirs_do(capture, lots):
    filled = partial = 0
    for order in schedule(capture, LIMIT, lots)[::5]:
        mine, refused = ours(capture, [order])
        other, their_refused = theirs(capture, [order])
        assert refused == their_refused
        done, ticks, at = other[0]
        if not done:
            assert not mine[0]
            continue
        filled += 1
        partial += len(mine[0]) > 1
        assert mine[0][0][:2] == (at, ticks)
        assert {p for _, p, _ in mine[0]} == {ticks}
    assert filled > 20
    assert (partial > 0) == (lots > 1)
