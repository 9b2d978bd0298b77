"""Damaged messages of Kraken: a book that may have lost one is no book, and every book comes back."""

from __future__ import annotations

import json

import numpy as np
import pytest

from titan.market.tape.rows import Kind
from titan.model.instrument import InstrumentKind
from titan.venues.batch import Batch
from titan.venues.kraken.line import SpotLine
from titan.venues.stream import Channel, Market, Resubscribe, Wish

BTC, ETH = (Market(i, name, InstrumentKind.SPOT) for i, name in enumerate(("BTC/USD", "ETH/USD")))
RECV = 1_700_000_000_000_000_000
SECOND = 1_000_000_000


def book(symbol: str, kind: str, *bids: tuple[float, float], **more: object) -> bytes:
    """Without a checksum, which v2 need not send."""
    one = {"symbol": symbol, "bids": [{"price": p, "qty": q} for p, q in bids], "asks": [], **more}
    return json.dumps({"channel": "book", "type": kind, "data": [one]}, separators=(",", ":")).encode()


def line_of() -> tuple[SpotLine, Batch]:
    batch = Batch()
    line = SpotLine(batch)
    for market in (BTC, ETH):
        line.topics(Wish(market, Channel.DEPTH))
        line.hear(book(market.native, "snapshot", (10.0, 1.0)), RECV, 1)
    batch.take()
    return line, batch


def lost(batch: Batch) -> list[int]:
    rows = batch.take()
    return rows.inst[rows.kind == Kind.GAP].tolist()


@pytest.mark.parametrize(
    ("frame", "which"),
    [
        (b'{"channel":"1e15","type":"update","data":[{"symbol":"BTC/USD","bids":[],"asks":[{:60.0', [0]),
        (b'{"chan\xff', [0, 1]),
        (b'{"channel":"book","type":"update","data":[{"symbol":"LTC/USD","bids":[{"price":', [0, 1]),
        (b'{"channel":"ticker","type":"update","data":[{"symbol":"BTC/US', []),
    ],
)
def test_what_cannot_be_read_may_have_been_of_a_book(frame: bytes, which: list[int]) -> None:
    line, batch = line_of()
    line.hear(frame, RECV, 1)
    assert lost(batch) == which
    assert line.tally.malformed == 1


def test_a_broken_part_for_the_second_book_of_a_message_is_no_silence() -> None:
    line, batch = line_of()
    parts = [json.loads(book(m.native, "update", (9.0, 1.0)))["data"][0] for m in (BTC, ETH)]
    parts[1]["bids"][0]["price"] = "9.0"
    line.hear(json.dumps({"channel": "book", "type": "update", "data": parts}).encode(), RECV, 1)
    assert 1 in lost(batch)


def test_a_depth_that_there_is_not_is_refused() -> None:
    line, batch = line_of()
    result = {"channel": "book", "symbol": "BTC/USD", "depth": -1}
    line.hear(json.dumps({"method": "subscribe", "success": True, "result": result}).encode(), RECV, 1)
    assert line.tally.malformed == 1
    line.hear(book("BTC/USD", "snapshot", (10.0, 1.0), (9.0, 1.0)), RECV, 1)
    assert (batch.take().kind == Kind.LEVEL).sum() == 2


def test_a_snapshot_that_was_lost_is_asked_for_again() -> None:
    line, _ = line_of()
    line.hear(book("BTC/USD", "update", (-1.0, 1.0)), RECV, 1)
    assert list(line.events) == [Resubscribe(("book:BTC/USD",))]
    line.events.clear()
    for n in range(10):
        line.hear(book("BTC/USD", "update", (8.0, 1.0)), RECV + n * SECOND, 1)
    assert list(line.events) == [Resubscribe(("book:BTC/USD",))]


def test_a_book_does_not_stay_with_a_connection_that_is_gone() -> None:
    line, batch = line_of()
    for n in range(4):
        line.hear(book("BTC/USD", "update", (8.0, 1.0)), RECV + n * SECOND, 2)
        line.hear(book("BTC/USD", "update", (7.0, 1.0)), RECV + n * SECOND, 1)
    assert lost(batch) == [], "both connections are there"
    for n in range(4, 12):
        line.hear(book("BTC/USD", "update", (8.0, 1.0)), RECV + n * SECOND, 2)
    assert lost(batch) == [0]
    assert list(line.events) == [Resubscribe(("book:BTC/USD",))]


def test_an_update_without_a_time_teaches_no_latency() -> None:
    line, batch = line_of()
    stamp = "2023-11-14T22:13:19.900000Z"
    line.hear(book("BTC/USD", "update", (8.0, 1.0), timestamp=stamp), RECV, 1)
    line.hear(book("BTC/USD", "update", (8.0, 2.0)), RECV + SECOND, 1)
    assert batch.latency_ns(1) == 100_000_000
    assert batch.take().ts.tolist() == [RECV - 100_000_000, RECV + SECOND - 100_000_000]


def test_times_and_prices_that_cannot_be() -> None:
    line, batch = line_of()
    line.topics(Wish(BTC, Channel.BBO))
    good = {"symbol": "BTC/USD", "bid": 1.5, "bid_qty": 1.0, "ask": 2.5, "ask_qty": 1.0}
    for bad in ({"timestamp": "2325-11-26T16:30:05.620000Z"}, {"ask": 1e19}, {"bid_qty": 1e19}):
        line.hear(json.dumps({"channel": "ticker", "type": "update", "data": [good | bad]}).encode(), RECV, 1)
    line.hear(book("BTC/USD", "update", (1e19, 1.0)), RECV, 1)
    assert line.tally.malformed == 4
    rows = batch.take()
    assert not np.isin(rows.kind, [Kind.BBO, Kind.LEVEL]).any()
