"""Damaged messages of Bybit: a book that may have lost one is no book, and every book comes back."""

from __future__ import annotations

import json

from tests.venues.bybit.test_line import BTC, SECOND, depth, line, topic
from tests.venues.heard import MS, RECV
from titan.market.tape.rows import Kind

SNAPSHOT = ([["10.0", "1"]], [["11.0", "1"]])


def test_a_number_and_time_of_the_future_in_a_snapshot_do_not_stop_the_book() -> None:
    heard = line()
    heard.hear(depth(1 << 60, *SNAPSHOT, kind="snapshot", ts=10**12))
    for n in range(2, 504):
        heard.hear(depth(n, [["9.0", "1"]], []), RECV + n * SECOND)
    assert heard.kinds[Kind.GAP] == 1
    heard.hear(depth(504, *SNAPSHOT, kind="snapshot"), RECV + 504 * SECOND)
    assert heard.books[BTC.inst] == {(1, 10.0): 1.0, (-1, 11.0): 1.0}


def test_data_of_another_symbol_than_the_topic_are_refused() -> None:
    heard = line()
    heard.hear(depth(5, *SNAPSHOT, kind="snapshot"))
    strange = depth(6, [["9.0", "1"]], [])
    strange["data"]["s"] = "ETHUSDT"
    heard.hear(strange)
    assert heard.line.tally.malformed == 1
    assert heard.books[BTC.inst] == {(1, 10.0): 1.0, (-1, 11.0): 1.0}


def test_a_message_that_names_two_topics_leads_no_other_astray() -> None:
    heard = line()
    said = json.dumps(depth(5, *SNAPSHOT, kind="snapshot"), separators=(",", ":"))
    heard.hear(b'{"topic":"orderbook.1.BTCUSDT",' + said[1:].encode())
    touch = {"s": "BTCUSDT", "b": [["10.0", "1"]], "a": [["11.0", "1"]], "u": 7, "seq": 1}
    heard.hear({"topic": "orderbook.1.BTCUSDT", "type": "snapshot", "ts": MS, "data": touch, "cts": MS})
    assert heard.kinds[Kind.BBO] == 2


def test_a_ticker_and_a_touch_of_the_future_silence_none() -> None:
    heard = line()
    for ms in (MS, MS + 10**12, MS + 1000):
        heard.hear(topic("tickers", {"symbol": "BTCUSDT", "markPrice": "10.5"}, ts=ms, cs=ms), RECV)
        data = {"s": "BTCUSDT", "b": [["10.0", "1"]], "a": [["11.0", "1"]], "u": ms, "seq": 1}
        heard.hear({"topic": "orderbook.1.BTCUSDT", "type": "snapshot", "ts": ms, "data": data, "cts": ms})
    assert heard.kinds[Kind.MARK] == 3
    assert heard.kinds[Kind.BBO] == 6
