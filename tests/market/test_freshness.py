"""A quote that is no price cannot be read as one."""

from __future__ import annotations

import pytest

from tests.market.market_state import deep, shallow
from titan.market import quotes as q
from titan.market.freshness import NoPrice, Price, Reason, price_of
from titan.market.tape.rows import END, Kind

BID, ASK = (100.0, 1.0), (100.1, 2.0)


def test_a_fresh_touch_is_a_price() -> None:
    quote, _ = shallow(BID, ASK)
    price = price_of(quote, 101, 100)
    assert price == Price(bid=100.0, bid_qty=1.0, ask=100.1, ask_qty=2.0, ts=1, assumed=False)
    assert price.mid == pytest.approx(100.05)


def test_a_touch_older_than_asked_for_is_stale() -> None:
    quote, _ = shallow(BID, ASK)
    assert price_of(quote, 102, 100) == NoPrice(Reason.STALE, 101)


@pytest.mark.parametrize(
    ("bids", "asks", "reason"),
    [
        ([], [], Reason.EMPTY),
        ([BID], [], Reason.ONE_SIDED),
        ([], [ASK], Reason.ONE_SIDED),
        ([(100.2, 1.0)], [ASK], Reason.CROSSED),
        ([(100.1, 1.0)], [ASK], Reason.CROSSED),
    ],
)
def test_a_book_that_makes_no_sense_is_no_price(bids: list, asks: list, reason: Reason) -> None:
    quote, _ = deep(bids, asks)
    got = price_of(quote, 1, 100)
    assert isinstance(got, NoPrice)
    assert got.reason is reason


def test_a_gap_is_named_until_the_touch_is_stated_again() -> None:
    quote, book = deep([BID], [ASK])
    q.apply(quote, book, 5, Kind.GAP, 0, END, 0.0, 3.0)
    assert price_of(quote, 6, 100) == NoPrice(Reason.GAPPED, 5)
    q.apply(quote, book, 7, Kind.LEVEL, 1, END, *BID)
    assert price_of(quote, 8, 100) == NoPrice(Reason.ONE_SIDED, 1)
    q.apply(quote, book, 9, Kind.LEVEL, -1, END, *ASK)
    assert isinstance(price_of(quote, 9, 100), Price)


def test_an_assumed_touch_says_so_and_may_be_locked() -> None:
    quote, book = deep([], [])
    q.apply(quote, book, 5, Kind.BAR_CLOSE, 0, END, 100.0, 3.0)
    price = price_of(quote, 6, 100)
    assert isinstance(price, Price)
    assert price.assumed
    assert price.bid == price.ask == 100.0
