"""The rules of each order type, by example."""

from __future__ import annotations

import pytest

from tests.simulation.scenes import (
    BUY,
    FOK,
    GTC,
    IOC,
    LIMIT,
    MARKET,
    NOW,
    PERP,
    POST_ONLY,
    SELL,
    SPOT,
    STOP,
    D,
    book,
    brief,
    exchange,
    heard,
    mark,
    touch,
    trade,
)
from titan.market.tape.rows import END, Kind
from titan.model.errors import InstrumentError, TapeError
from titan.simulation import records as r
from titan.simulation.models import Latency, Models

BOOK = book(10, 0, [(99.9, 0.005), (99.8, 0.010)], [(100.1, 0.005), (100.2, 0.010)])


def at(venue, ns, handle, side, kind, tif, lots, limit=0, stop=0, reduce=False):
    before = heard(venue, ns)
    venue.submit(handle, 0, side, kind, tif, lots, limit, stop, reduce, ns)
    return before


def test_market_order_walks_the_book_and_its_remainder_expires():
    venue = exchange(BOOK)
    at(venue, 20, 7, BUY, MARKET, GTC, 20)
    assert brief(heard(venue)) == [
        (7, r.ACK, 0, 0, 20),
        (7, r.FILL, 0, 1001, 5),
        (7, r.FILL, 0, 1002, 10),
        (7, r.EXPIRED, r.NO_LIQUIDITY, 0, 5),
    ]


def test_taken_size_stays_taken_until_the_level_is_stated_again():
    again = book(40, 0, [], [(100.1, 0.004)])
    venue = exchange(BOOK + again)
    at(venue, 20, 1, BUY, MARKET, GTC, 5)
    at(venue, 30, 2, BUY, MARKET, GTC, 2)
    at(venue, 50, 3, BUY, MARKET, GTC, 6)
    fills = [x for x in brief(heard(venue)) if x[1] == r.FILL]
    assert fills == [(3, r.FILL, 0, 1001, 4), (3, r.FILL, 0, 1002, 2)]


def test_touch_only_market_fills_by_displayed_size():
    venue = exchange(touch(10, 0, 99.9, 0.003, 100.1, 0.004) + touch(30, 0, 99.9, 0.003, 100.1, 0.002))
    at(venue, 20, 1, BUY, MARKET, GTC, 6)
    at(venue, 40, 2, BUY, MARKET, GTC, 6)
    fills = [x for x in brief(heard(venue, 20) + heard(venue)) if x[1] in (r.FILL, r.EXPIRED)]
    assert fills == [(2, r.FILL, 0, 1001, 2), (2, r.EXPIRED, r.NO_LIQUIDITY, 0, 4)]


@pytest.mark.parametrize(("tif", "last"), [(IOC, (r.EXPIRED, r.IOC_REMAINDER, 4)), (GTC, None)])
def test_limit_remainder_rests_or_expires(tif, last):
    venue = exchange(BOOK)
    at(venue, 20, 1, BUY, LIMIT, tif, 9, 1001)
    got = brief(heard(venue))
    assert got[:2] == [(1, r.ACK, 0, 1001, 9), (1, r.FILL, 0, 1001, 5)]
    assert [(k, why, n) for _, k, why, _, n in got[2:]] == ([last] if last else [])
    assert venue.state.core[0]["resting"] == (0 if last else 1)


def test_fill_or_kill_is_all_or_nothing():
    venue = exchange(BOOK)
    at(venue, 20, 1, SELL, LIMIT, FOK, 16, 998)
    assert brief(heard(venue, 21)) == [(1, r.ACK, 0, 998, 16), (1, r.EXPIRED, r.FOK_UNFILLED, 998, 16)]
    at(venue, 30, 2, SELL, LIMIT, FOK, 15, 998)
    assert [x[1:] for x in brief(heard(venue))[1:]] == [(r.FILL, 0, 999, 5), (r.FILL, 0, 998, 10)]


def test_post_only_is_refused_when_it_would_take():
    venue = exchange(BOOK)
    at(venue, 20, 1, BUY, LIMIT, POST_ONLY, 5, 1001)
    assert brief(heard(venue, 20)) == [(1, r.REJECTED, r.POST_ONLY_CROSSES, 1001, 5)]
    at(venue, 30, 2, BUY, LIMIT, POST_ONLY, 5, 1000)
    assert brief(heard(venue)) == [(2, r.ACK, 0, 1000, 5)]


@pytest.mark.parametrize(
    ("lots", "limit", "reason"),
    [
        (0, 1000, r.BAD_SIZE),
        (5, 0, r.BAD_PRICE),
        (1, 1000, r.MIN_QTY),
        (4, 1000, r.MIN_NOTIONAL),
        (5, 1000, None),
    ],
)
def test_venue_filters(lots, limit, reason):
    venue = exchange(BOOK)
    at(venue, 20, 1, BUY, LIMIT, GTC, lots, limit)
    assert [x[1:3] for x in brief(heard(venue))] == [(r.REJECTED, reason) if reason else (r.ACK, 0)]


def test_reduce_only_is_capped_and_never_opens():
    venue = exchange(BOOK)
    at(venue, 20, 1, SELL, MARKET, GTC, 5, reduce=True)
    assert brief(heard(venue, 20)) == [(1, r.REJECTED, r.REDUCE_ONLY, 0, 5)]
    at(venue, 21, 2, BUY, MARKET, GTC, 5)
    at(venue, 22, 3, BUY, MARKET, GTC, 5, reduce=True)
    at(venue, 23, 4, SELL, MARKET, GTC, 8, reduce=True)
    got = brief(heard(venue))
    assert got == [(4, r.ACK, 0, 0, 8), (4, r.FILL, 0, 999, 5), (4, r.EXPIRED, r.REDUCE_ONLY, 0, 3)]
    assert venue.state.insts[0]["position"] == 0


def test_resting_reduce_only_goes_when_the_position_is_closed():
    venue = exchange(BOOK)
    at(venue, 20, 1, BUY, MARKET, GTC, 5)
    at(venue, 21, 2, SELL, LIMIT, GTC, 5, 1005, reduce=True)
    at(venue, 22, 3, SELL, MARKET, GTC, 5)
    got = brief(heard(venue))
    assert got[-1] == (2, r.CANCELLED, r.REDUCE_ONLY, 1005, 5)


def test_stop_triggers_on_last_price_and_trades_as_market():
    tape = BOOK + trade(30, 0, BUY, 100.3, 0.1) + trade(40, 0, BUY, 100.4, 0.1)
    venue = exchange(tape)
    at(venue, 20, 1, BUY, STOP, GTC, 6, stop=1004)
    got = heard(venue)
    assert brief(got) == [
        (1, r.ACK, 0, 1004, 6),
        (1, r.STOP_TRIGGERED, 0, 1004, 6),
        (1, r.FILL, 0, 1001, 5),
        (1, r.FILL, 0, 1002, 1),
    ]
    assert got[1][8] == 40


def test_stop_triggers_on_the_mark_where_there_is_one():
    tape = BOOK + mark(11, 0, 100.0) + trade(30, 0, SELL, 90.0, 0.1) + mark(40, 0, 98.95)
    venue = exchange(tape)
    at(venue, 20, 1, SELL, STOP, GTC, 5, stop=990)
    got = heard(venue)
    assert [(x[2], x[8]) for x in got] == [(r.ACK, 20), (r.STOP_TRIGGERED, 40), (r.FILL, 40)]


def test_own_orders_never_meet():
    venue = exchange(BOOK)
    at(venue, 20, 1, SELL, LIMIT, GTC, 5, 1002)
    at(venue, 21, 2, BUY, LIMIT, POST_ONLY, 9, 1002)
    assert brief(heard(venue, 21)) == [(2, r.REJECTED, r.SELF_TRADE, 1002, 9)]
    at(venue, 22, 3, BUY, MARKET, FOK, 6)
    assert brief(heard(venue)) == [(3, r.ACK, 0, 0, 6), (3, r.EXPIRED, r.FOK_UNFILLED, 0, 6)]


def test_remainder_that_would_meet_an_own_order_is_cancelled():
    venue = exchange(BOOK)
    at(venue, 20, 1, SELL, LIMIT, GTC, 5, 1002)
    at(venue, 21, 2, BUY, LIMIT, GTC, 9, 1003)
    got = brief(heard(venue))
    assert got == [
        (2, r.ACK, 0, 1003, 9),
        (2, r.FILL, 0, 1001, 5),
        (2, r.CANCELLED, r.SELF_TRADE, 1003, 4),
    ]


def test_cancel_and_late_cancel():
    venue = exchange(BOOK)
    at(venue, 20, 1, BUY, LIMIT, GTC, 6, 990)
    venue.cancel(1, 30)
    venue.cancel(1, 31)
    assert [x[1:3] for x in brief(heard(venue))] == [
        (r.ACK, 0),
        (r.CANCELLED, r.BY_USER),
        (r.CANCEL_REJECTED, r.UNKNOWN_ORDER),
    ]


def test_latency_separates_the_two_clocks():
    models = Models(latency=Latency(order_ns=100, response_ns=30, feed_ns=0), margin="none")
    late = book(119, 0, [], [(100.1, 0.0), (100.0, 0.05)]) + book(121, 0, [], [(100.0, 0.0)])
    venue = exchange(BOOK + late, models=models)
    venue.advance(20)
    venue.submit(1, 0, BUY, MARKET, GTC, 5, 0, 0, False, 20)
    assert venue.advance(1000) == 150
    assert venue.next_report_ns == 150
    assert not len(venue.reports(149))
    got = venue.reports(150).tolist()
    assert [(x[2], x[6], x[8], x[9]) for x in got] == [(r.ACK, 0, 120, 150), (r.FILL, 1000, 120, 150)]


def test_rows_of_the_same_instant_come_before_arrivals():
    venue = exchange(BOOK + book(20, 0, [], [(100.1, 0.0), (100.3, 0.05)]))
    at(venue, 15, 1, BUY, LIMIT, GTC, 5, 900)
    venue.submit(2, 0, BUY, MARKET, GTC, 12, 0, 0, False, 20)
    assert [(x[3], x[4]) for x in brief(heard(venue)) if x[1] == r.FILL] == [(1002, 10), (1003, 2)]


def test_bars_fill_limits_only_when_passed_and_by_a_share():
    bars = []
    kinds = (Kind.BAR_OPEN, Kind.BAR_HIGH, Kind.BAR_LOW, Kind.BAR_CLOSE)
    for start, prices in ((10, (100.0, 101.0, 99.0, 100.0)), (50, (100.0, 100.0, 98.9, 99.5))):
        parts = enumerate(zip(kinds, prices, strict=True))
        bars += [(start + k, 0, kind, 0, END * (k == 3), px, 0.1) for k, (kind, px) in parts]
    for on_touch, ticks in ((False, 52), (True, 12)):
        venue = exchange(
            bars, models=Models(latency=NOW, margin="none", fill_on_touch=on_touch, bar_share=0.25)
        )
        at(venue, 10, 1, BUY, LIMIT, GTC, 30, 990)
        fills = [(x[6], x[7], x[8], x[5]) for x in heard(venue) if x[2] == r.FILL]
        assert fills[0] == (990, 25, ticks, 1)


def test_spot_needs_its_money():
    venue = exchange(
        book(10, 0, [(99.5, 1.0)], [(100.0, 1.0)]), instruments=(SPOT,), models=Models(latency=NOW)
    )
    venue.deposit("sim.spot", "USDT", 100.2)
    at(venue, 20, 1, BUY, LIMIT, GTC, 50, 180)
    at(venue, 21, 2, BUY, MARKET, GTC, 56)
    at(venue, 22, 3, BUY, MARKET, GTC, 54)
    at(venue, 23, 4, SELL, LIMIT, GTC, 55, 300)
    at(venue, 24, 5, SELL, LIMIT, GTC, 54, 300)
    at(venue, 25, 6, SELL, LIMIT, GTC, 1, 300)
    got = {x[0]: x[1:3] for x in brief(heard(venue))}
    assert got == {6: (r.REJECTED, r.NO_BALANCE)}


def test_unknown_instrument_and_unsorted_rows_are_named():
    venue = exchange(BOOK)
    with pytest.raises(InstrumentError, match="no instrument 3"):
        venue.submit(1, 3, BUY, MARKET, GTC, 5, 0, 0, False, 0)
    with pytest.raises(TapeError, match="not sorted"):
        heard(exchange(book(10, 0, [(99.9, 1.0)], []) + trade(5, 0, BUY, 100.0, 1.0)))


def test_leverage_limits_exposure():
    venue = exchange(BOOK + mark(11, 0, 100.0), models=Models(latency=NOW, leverage=D(5)))
    venue.deposit("sim.perp", "USDT", 1.0)
    assert venue.instruments == (PERP,)
    at(venue, 20, 1, BUY, LIMIT, GTC, 51, 900)
    at(venue, 21, 2, BUY, LIMIT, GTC, 49, 900)
    at(venue, 22, 3, BUY, LIMIT, GTC, 5, 900)
    at(venue, 23, 4, SELL, LIMIT, GTC, 49, 1100)
    got = brief(heard(venue))
    assert [x[:3] for x in got] == [(4, r.ACK, 0)]
