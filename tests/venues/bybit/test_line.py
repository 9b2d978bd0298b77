"""Bybit's lines: books by `u`, restarts, the touch, tickers in parts, liquidated sides, bars, answers."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.venues.books import Book, set_levels
from tests.venues.heard import MS, RECV, Heard, wrapped
from titan.market.tape.rows import END, Kind
from titan.model.instrument import InstrumentKind
from titan.venues.bybit.line import PerpLine, SpotLine
from titan.venues.bybit.names import listing, native
from titan.venues.stream import Acked, Channel, Market, Refused, Resubscribe, Wish

BTC = Market(0, "BTCUSDT", InstrumentKind.PERP)
SECOND = 1_000_000_000
Levels = list[list[str]]


def line() -> Heard:
    heard = Heard(PerpLine)
    heard.found["BTCUSDT"] = BTC
    for channel in Channel:
        heard.line.topics(Wish(BTC, channel))
    return heard


def depth(
    u: int, bids: Levels, asks: Levels, kind: str = "delta", ts: int = 0, n: int = 50
) -> dict[str, Any]:
    data = {"s": "BTCUSDT", "b": bids, "a": asks, "u": u, "seq": u * 10}
    ts = MS + (ts or u)
    return {"topic": f"orderbook.{n}.BTCUSDT", "type": kind, "ts": ts, "data": data, "cts": ts - 2}


def trade(name: str, px: str = "100.5", side: str = "Sell") -> dict[str, Any]:
    return {"T": MS - 3, "s": "BTCUSDT", "S": side, "v": "0.250", "p": px, "L": "PlusTick", "i": name}


def topic(name: str, data: Any, **more: Any) -> dict[str, Any]:
    return {"topic": f"{name}.BTCUSDT", "type": "snapshot", "ts": MS, "data": data, **more}


def test_names() -> None:
    assert native(InstrumentKind.PERP, "BTC", "USDC") == "BTCPERP"
    assert native(InstrumentKind.PERP, "BTC", "USDT") == native(InstrumentKind.SPOT, "BTC", "USDT")
    assert listing("BTCPERP", InstrumentKind.PERP) == ("BTC", "USDC")
    assert listing("ETHBTC", InstrumentKind.SPOT) == ("ETH", "BTC")
    for none in ("BTCUSD", "BTCUSDT-26DEC25", "BTCUSDU23", "BTC-6JAN23-17500-C", "USDT", ""):
        assert listing(none, InstrumentKind.PERP) is None


def test_trades_once_whatever_the_order_of_the_fields() -> None:
    heard = line()
    rows = heard.hear(topic("publicTrade", [trade("a"), trade("b", "100.6", "Buy"), trade("a")]))
    assert rows.side.tolist() == [-1, 1]
    assert rows.px.tolist() == [100.5, 100.6]
    assert rows.ts.tolist() == [(MS - 3) * 10**6] * 2
    turned = dict(reversed(topic("publicTrade", [trade("b"), trade("c")]).items()))
    assert heard.hear(turned, connection=2).qty.tolist() == [0.25]
    assert heard.line.tally.noticed["trades known already"] == 2


def test_a_book_follows_u() -> None:
    heard = line()
    heard.hear(depth(7, [["10", "1"], ["9", "2"]], [["11", "1"]], "snapshot"))
    rows = heard.hear(depth(8, [["10", "0"], ["9", "5"]], [["12", "3"]]))
    assert heard.book("BTCUSDT") == {(1, 9.0): 5.0, (-1, 11.0): 1.0, (-1, 12.0): 3.0}
    assert rows.flags.tolist() == [0, 0, END]
    assert rows.ts[0] == (MS + 8 - 2) * 10**6
    assert len(heard.hear(depth(8, [["9", "6"]], [])).ts) == 0, "known already"
    assert not heard.line.events


def test_a_hole_is_a_gap_and_the_next_snapshot_a_book() -> None:
    heard = line()
    heard.hear(depth(7, [["10", "1"]], [["11", "1"]], "snapshot"))
    rows = heard.hear(depth(9, [["9", "1"]], []))
    assert [Kind(kind) for kind in rows.kind] == [Kind.GAP, Kind.CLEAR]
    assert list(heard.line.events) == [Resubscribe(("orderbook.50.BTCUSDT",))]
    assert len(heard.hear(depth(10, [["8", "1"]], [])).ts) == 0, "no book, no levels"
    assert len(heard.hear(depth(7, [["10", "1"]], [["11", "1"]], "snapshot")).ts) == 0, "from before the hole"
    heard.hear(depth(10, [["8", "1"], ["9", "1"]], [["11", "1"]], "snapshot"))
    heard.hear(depth(11, [["7", "1"]], []))
    assert heard.book("BTCUSDT") == {(1, 7.0): 1, (1, 8.0): 1, (1, 9.0): 1, (-1, 11.0): 1}
    assert heard.line.tally.gaps == 1


def test_a_lost_snapshot_is_asked_for_again() -> None:
    heard = line()
    for i in range(4):
        heard.hear(depth(7 + i, [["10", "1"]], []), RECV + i * SECOND // 4)
    assert list(heard.line.events) == [Resubscribe(("orderbook.50.BTCUSDT",))]


def test_a_restart_counts_anew() -> None:
    heard = line()
    heard.hear(depth(700, [["10", "1"]], [["11", "1"]], "snapshot"))
    heard.hear(depth(1, [["9", "1"]], [["12", "1"]], "snapshot", ts=900))
    heard.hear(depth(2, [["8", "1"]], [], ts=920))
    assert heard.book("BTCUSDT") == {(1, 9.0): 1, (1, 8.0): 1, (-1, 12.0): 1}
    assert heard.line.tally.gaps == 0


def test_a_restart_that_was_missed_is_no_reason_to_keep_an_old_book() -> None:
    heard = line()
    heard.hear(depth(700, [["10", "1"]], [["11", "1"]], "snapshot"))
    rows = heard.hear(depth(4, [["8", "1"]], [], ts=2000))
    assert rows.kind[0] == Kind.GAP
    heard.hear(depth(5, [["9", "1"]], [["12", "1"]], "snapshot", ts=2100))
    assert heard.book("BTCUSDT") == {(1, 9.0): 1, (-1, 12.0): 1}


def test_two_connections_neither_double_nor_go_back() -> None:
    heard = line()
    heard.hear(depth(7, [["10", "1"]], [["11", "1"]], "snapshot"))
    heard.hear(depth(8, [["10", "2"]], []))
    assert len(heard.hear(depth(7, [["10", "1"]], [["11", "1"]], "snapshot"), connection=2).ts) == 0
    assert len(heard.hear(depth(8, [["10", "2"]], []), connection=2).ts) == 0
    heard.hear(depth(9, [["10", "3"]], []), connection=2)
    assert len(heard.hear(depth(9, [["10", "3"]], [])).ts) == 0
    heard.line.lost(["orderbook.1.BTCUSDT"], RECV)
    assert heard.book("BTCUSDT") == {(1, 10.0): 3.0, (-1, 11.0): 1.0}
    assert heard.audit.matched == 1
    heard.line.lost(["orderbook.50.BTCUSDT"], RECV)
    assert heard.taken().kind[0] == Kind.GAP


def test_another_depth_is_another_book() -> None:
    heard = line()
    heard.hear(depth(7, [["10", "1"]], [["11", "1"]], "snapshot"))
    assert len(heard.hear(depth(3, [["10", "9"]], [], n=200)).ts) == 0
    assert heard.line.tally.passed["another depth"] == 1


def test_the_touch_in_snapshots_and_in_the_old_deltas() -> None:
    heard = line()
    rows = heard.hear(depth(7, [["10", "1"]], [["11", "2"]], "snapshot", n=1))
    assert rows.px.tolist() == [10, 11]
    rows = heard.hear(depth(8, [["10", "0"], ["9", "4"]], [], n=1))
    assert rows.qty.tolist() == [4, 2]
    assert len(heard.hear(depth(10, [["9", "5"]], [], n=1)).ts) == 0, "the other side may have changed in 9"
    assert heard.hear(depth(11, [], [["12", "1"]], n=1)).px.tolist() == [9, 12]
    assert len(heard.hear(depth(8, [["10", "1"]], [["11", "2"]], "snapshot", n=1)).ts) == 0, "late"


def test_tickers_come_in_parts() -> None:
    heard = line()
    whole = {
        "symbol": "BTCUSDT", "markPrice": "100.5", "indexPrice": "100.4", "openInterest": "5000.5",
        "fundingRate": "-0.0001", "nextFundingTime": str(MS + 3_600_000), "bid1Price": "100",
    }  # fmt: skip
    rows = heard.hear(topic("tickers", whole, cs=5))
    assert rows.kind.tolist() == [Kind.MARK, Kind.INDEX, Kind.FUNDING, Kind.OPEN_INTEREST]
    assert rows.px.tolist() == [100.5, 100.4, -0.0001, 0]
    assert rows.qty.tolist() == [0, 0, MS + 3_600_000, 5000.5]
    later = {"topic": "tickers.BTCUSDT", "type": "delta", "ts": MS + 100, "cs": 6}
    rows = heard.hear({**later, "data": {"fundingRate": "0.0002"}})
    assert (rows.kind.tolist(), rows.px.tolist(), rows.qty.tolist()) == ([7], [0.0002], [MS + 3_600_000])
    assert len(heard.hear({**later, "data": {"bid1Price": "100"}}).ts) == 0
    assert len(heard.hear(topic("tickers", whole, cs=5)).ts) == 0, "late"


def test_a_liquidated_long_is_called_buy() -> None:
    heard = line()
    one = {"T": MS - 5, "s": "BTCUSDT", "S": "Buy", "v": "0.5", "p": "99"}
    rows = heard.hear(topic("allLiquidation", [one, one, {**one, "S": "Sell"}]))
    assert rows.side.tolist() == [1, 1, -1], "two alike in one message are two"
    assert len(heard.hear(topic("allLiquidation", [one]), connection=2).ts) == 0
    old = {"updatedTime": MS, "symbol": "BTCUSDT", "side": "Sell", "size": "2", "price": "98"}
    assert heard.hear(topic("liquidation", old)).side.tolist() == [-1]


def test_spot_has_no_liquidations_nor_marks() -> None:
    heard = Heard(SpotLine, everything=True)
    heard.hear(topic("allLiquidation", [{"T": MS, "s": "BTCUSDT", "S": "Buy", "v": "0.5", "p": "99"}]))
    heard.hear(topic("tickers", {"symbol": "BTCUSDT", "lastPrice": "100", "usdIndexPrice": "100"}))
    assert heard.line.tally.passed == {"of contracts": 1, "ticker": 1}


def test_bars_when_they_are_confirmed() -> None:
    heard = line()
    bar = {
        "start": MS, "end": MS + 59_999, "interval": "1", "open": "10", "close": "12", "high": "13",
        "low": "9", "volume": "8", "turnover": "90", "confirm": False, "timestamp": MS,
    }  # fmt: skip
    assert len(heard.hear(topic("kline.1", [bar])).ts) == 0
    rows = heard.hear(topic("kline.1", [{**bar, "confirm": True}]))
    assert rows.px.tolist() == [10, 9, 13, 12]
    assert rows.ts.tolist() == [(MS + 59_999) * 10**6] * 4
    assert len(heard.hear(topic("kline.1", [{**bar, "confirm": True}])).ts) == 0
    heard.hear(topic("kline.5", [{**bar, "confirm": True}]))
    assert heard.line.tally.passed["bars of another length"] == 1


def test_requests_and_answers() -> None:
    heard = line()
    asked = json.loads(heard.line.subscribe(("tickers.BTCUSDT",), 12))
    assert asked == {"op": "subscribe", "req_id": "12", "args": ["tickers.BTCUSDT"]}
    heard.hear({"success": True, "ret_msg": "subscribe", "conn_id": "x", "req_id": "12", "op": "subscribe"})
    heard.hear({"success": False, "ret_msg": "Invalid topic", "req_id": "13", "op": "subscribe"})
    assert list(heard.line.events) == [Acked(12), Refused(13, "Invalid topic")]
    heard.hear({"success": True, "ret_msg": "pong", "conn_id": "x", "req_id": "", "op": "ping"})
    heard.hear({"req_id": "1", "op": "pong", "args": ["1675418560633"], "conn_id": "x"})
    assert heard.line.tally.passed["pong"] == 2
    assert heard.line.tally.unknown == heard.line.tally.malformed == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [("0.250", "-1"), ("100.5", "0"), ("100.5", "nan"), ("100.5", "1e999"), ("Sell", "Up"), ("p", "q")],
)
def test_what_cannot_be_is_malformed(old: str, new: str) -> None:
    heard = line()
    frame = json.dumps(topic("publicTrade", [trade("a")])).replace(f'"{old}"', f'"{new}"')
    assert len(heard.hear(frame.encode()).ts) == 0
    assert heard.line.tally.malformed == 1


def test_unknown_topics_and_junk_are_counted() -> None:
    heard = line()
    heard.hear(topic("somethingNew", []))
    assert heard.line.tally.unknown == 1
    for junk in (b"", b"\xff\x00", b"[" * 10_000, b'{"topic":"publicTrade.BTCUSDT"', b"null", b"[1]", b'"x"'):
        heard.hear(junk)
    assert heard.line.tally.malformed == 7


def frames(seed: int, n: int = 200) -> list[dict[str, Any]]:
    """A snapshot and what follows, with repeated snapshots."""
    rng = random.Random(seed)
    book: Book = {}
    out = []
    for u in range(5, 5 + n):
        if u == 5 or rng.random() < 0.03:
            for px in range(90, 110):
                set_levels(book, 1 if px < 100 else -1, [[str(px), str(rng.randint(1, 9))]])
            sides = [[[str(px), str(qty)] for (s, px), qty in book.items() if s == side] for side in (1, -1)]
            out.append(depth(u, *sides, "snapshot", ts=u * 20))
        else:
            bids = [[str(rng.randint(90, 99)), str(rng.randint(0, 5))] for _ in range(rng.randint(0, 3))]
            asks = [[str(rng.randint(100, 109)), str(rng.randint(0, 5))] for _ in range(rng.randint(0, 3))]
            set_levels(book, 1, bids)
            set_levels(book, -1, asks)
            out.append(depth(u, bids, asks, ts=u * 20))
    return out


@pytest.mark.parametrize("seed", range(30))
def test_whatever_happens_on_the_way_the_book_is_the_oracles_or_none(seed: int) -> None:
    """Frames are dropped, doubled, swapped and cut; a valid book equals that of its `u`."""
    sent = frames(seed)
    truth: dict[int, Book] = {}
    book: Book = {}
    for frame in sent:
        book = {} if frame["type"] == "snapshot" else dict(book)
        set_levels(book, 1, frame["data"]["b"])
        set_levels(book, -1, frame["data"]["a"])
        truth[frame["data"]["u"]] = book
    rng = random.Random(seed)
    heard = line()
    waiting: list[dict[str, Any]] = []
    for i, frame in enumerate(sent):
        chance = rng.random()
        waiting.append(frame)
        if chance < 0.05:
            waiting.pop()
        elif chance < 0.1:
            waiting.append(frame)
        elif chance < 0.15:
            continue
        elif chance < 0.2:
            waiting.append(rng.choice(sent[: i + 1]))
        rng.shuffle(waiting)
        for one in waiting:
            data = json.dumps(one, separators=(",", ":")).encode()
            heard.hear(
                data[: rng.randrange(len(data))] if rng.random() < 0.02 else data, RECV + i * 20_000_000
            )
        waiting = []
        chain = heard.line._kept["BTCUSDT"].depth
        assert heard.books.get(0, {}) == (truth[chain.last] if chain.valid else {})
    assert heard.line.tally.unknown == 0
    assert heard.kinds[Kind.GAP] == heard.line.tally.gaps > 0


@pytest.mark.data
def test_captures_have_nothing_unknown(data: Path) -> None:
    wire = data / "wire"
    spot, perp = Heard(SpotLine, everything=True), Heard(PerpLine, everything=True)
    for frame in wrapped(wire / "tardis" / "messages_bybit.jsonl", "bybit"):
        perp.hear(frame)
    for frame in wrapped(wire / "tardis" / "messages_bybit.jsonl", "bybit-spot"):
        spot.hear(frame)
    for frame in wrapped(wire / "crypto-msg-parser" / "bybit.jsonl"):
        perp.hear(frame)
    for heard in (spot, perp):
        assert (heard.line.tally.unknown, heard.line.tally.malformed) == (0, 0), heard.line.tally.samples
    assert spot.kinds[Kind.TRADE] == 5
    assert perp.kinds[Kind.LIQUIDATION] == 3, "one of the new topic, said twice, and two of the old"


@pytest.mark.data
def test_a_recorded_book_equals_its_messages(data: Path) -> None:
    heard = Heard(PerpLine, everything=True)
    oracle: Book = {}
    for raw in (data / "wire" / "tickvault" / "bybit_orderbook.jsonl").read_bytes().splitlines():
        heard.hear(raw)
        said = json.loads(raw).get("data", {})
        set_levels(oracle, 1, said.get("b", ()))
        set_levels(oracle, -1, said.get("a", ()))
    assert heard.book("BTCUSDT") == oracle
    assert len(oracle) == 100
    assert (heard.line.tally.gaps, heard.line.tally.unknown) == (0, 0)


@pytest.mark.data
def test_liquidated_sides_are_those_that_were_observed(data: Path) -> None:
    seen = 0
    for text in (data / "wire" / "liquidations" / "frames_shared.jsonl").read_text().splitlines():
        said = json.loads(text)
        if '"allLiquidation.' in said["raw"]:
            rows = Heard(PerpLine, everything=True).hear(said["raw"].encode())
            (expected,) = said["expected"]
            assert rows.side.tolist() == [1 if expected["position_liquidated"] == "long" else -1]
            assert (rows.px[0], rows.qty[0]) == (float(expected["price"]), float(expected["qty"]))
            seen += 1
    assert seen == 2
