"""OKX's lines: books by `seqId` and by checksum, contracts, liquidated sides, bars, answers."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.venues.books import Book, set_levels
from tests.venues.heard import MS, RECV, Heard, wrapped
from titan.market.tape.rows import Kind
from titan.model.instrument import InstrumentKind
from titan.venues.okx.line import BusinessLine, PublicLine
from titan.venues.okx.names import listing, native
from titan.venues.stream import Acked, Channel, Fetch, Leave, Market, Refused, Resubscribe, Wish

INST = "BTC-USDT-SWAP"
BTC = Market(0, INST, InstrumentKind.PERP, 0.01)
SECOND = 1_000_000_000
Levels = list[list[str]]


def line() -> Heard:
    heard = Heard(PublicLine)
    heard.found[INST] = BTC
    for channel in Channel:
        heard.line.topics(Wish(BTC, channel))
    return heard


def push(channel: str, *data: Any, inst: str = INST, **more: Any) -> dict[str, Any]:
    return {"arg": {"channel": channel, "instId": inst}, **more, "data": list(data)}


def levels(pairs: Levels) -> list[list[str]]:
    return [[px, qty, "0", "1"] for px, qty in pairs]


def update(prev: int, seq: int, bids: Levels, asks: Levels, ts: int = 0, **more: Any) -> dict[str, Any]:
    data = {"asks": levels(asks), "bids": levels(bids), "ts": str(MS + (ts or seq)), "checksum": 0}
    action = "snapshot" if prev == -1 else "update"
    return push("books", data | {"seqId": seq, "prevSeqId": prev} | more, action=action)


def written(ts: int, bids: Levels, asks: Levels, book: dict[int, dict[float, list[str]]], action: str) -> Any:
    """A message without `seqId`, with the checksum of the book that it makes of `book`."""
    for side, pairs in ((1, bids), (-1, asks)):
        for px, qty in pairs:
            book[side][float(px)] = [px, qty]
            if not float(qty):
                del book[side][float(px)]
    best = [[book[s][px] for px in sorted(book[s], reverse=s > 0)][:25] for s in (1, -1)]
    texts = [level for i in range(25) for side in best for level in side[i : i + 1]]
    crc = zlib.crc32(":".join(text for level in texts for text in level).encode())
    crc -= (crc >> 31) << 32
    data = {"asks": levels(asks), "bids": levels(bids), "ts": str(MS + ts), "checksum": crc}
    return push("books", data, action=action)


def test_names() -> None:
    assert native(InstrumentKind.PERP, "BTC", "USDT") == INST
    assert listing(INST, InstrumentKind.PERP) == ("BTC", "USDT")
    assert listing("ETH-BTC", InstrumentKind.SPOT) == ("ETH", "BTC")
    for none in ("UNI-USD-SWAP", "BTC-USD-220527", "BTC-USDT-260327", "BTC-USD-250328-92000-C", "BTC-USDT"):
        assert listing(none, InstrumentKind.PERP) is None


def test_trades_in_base_units_and_once() -> None:
    heard = line()
    one = {"instId": INST, "tradeId": "7", "px": "48938.5", "sz": "5", "side": "sell", "ts": str(MS)}
    rows = heard.hear(push("trades", one, {**one, "tradeId": "8", "side": "buy"}, one))
    assert (rows.side.tolist(), rows.qty.tolist()) == ([-1, 1], [0.05, 0.05])
    turned = dict(reversed(push("trades", one, {**one, "tradeId": "9"}).items()))
    assert len(heard.hear(turned, connection=2).ts) == 1
    heard.hear(push("trades-all", one))
    assert heard.line.tally.passed["trades by another channel"] == 1


def test_a_book_follows_its_sequence() -> None:
    heard = line()
    heard.hear(update(-1, 10, [["9", "100"]], [["11", "100"]]))
    heard.hear(update(10, 15, [["9", "0"], ["8", "300"]], []))
    assert heard.book(INST) == {(1, 8.0): 3.0, (-1, 11.0): 1.0}
    assert len(heard.hear(update(15, 15, [], [])).ts) == 0, "nothing changed for a minute"
    assert len(heard.hear(update(10, 15, [["8", "1"]], [])).ts) == 0, "twice"
    heard.hear(update(15, 3, [["7", "100"]], [], ts=30))
    heard.hear(update(3, 5, [["6", "100"]], [], ts=40))
    assert len(heard.book(INST)) == 4, "after maintenance it counts anew"
    assert heard.line.tally.gaps == 0


def test_connections_that_cut_the_changes_differently_make_one_book() -> None:
    heard = line()
    heard.hear(update(-1, 10, [["9", "100"]], [["11", "100"]]))
    heard.hear(update(10, 15, [["9", "200"]], []))
    assert len(heard.hear(update(-1, 12, [["9", "100"]], []), connection=2).ts) == 0
    heard.hear(update(12, 17, [["9", "300"]], []), connection=2)
    heard.hear(update(15, 18, [["9", "400"]], []))
    assert heard.book(INST)[1, 9.0] == 4.0
    assert heard.line.tally.gaps == 0


def test_a_hole_is_a_gap_until_the_next_snapshot() -> None:
    heard = line()
    heard.hear(update(-1, 10, [["9", "100"]], [["11", "100"]]))
    rows = heard.hear(update(12, 15, [["9", "1"]], []))
    assert [Kind(kind) for kind in rows.kind] == [Kind.GAP, Kind.CLEAR]
    assert list(heard.line.events) == [Resubscribe((f"books:{INST}",))]
    heard.hear(update(-1, 15, [["9", "700"]], [["11", "100"]]))
    assert heard.book(INST) == {(1, 9.0): 7.0, (-1, 11.0): 1.0}
    heard.line.lost([f"books:{INST}"], RECV)
    assert heard.taken().kind[0] == Kind.GAP


def test_a_reset_that_was_missed_is_no_reason_to_keep_an_old_book() -> None:
    heard = line()
    heard.hear(update(-1, 1000, [["9", "100"]], [["11", "100"]]))
    assert heard.hear(update(3, 5, [["9", "1"]], [], ts=3000)).kind[0] == Kind.GAP


def test_where_no_snapshot_is_sent_it_is_asked_by_rest() -> None:
    heard = line()
    heard.hear(update(-1, 10, [], []))
    for i in range(4):
        heard.hear(update(10 + i, 11 + i, [[str(i + 1), "100"]], []), RECV + i * SECOND // 4)
    (fetch,) = heard.line.events
    assert isinstance(fetch, Fetch)
    assert fetch.path == f"/api/v5/market/books?instId={INST}&sz=400"
    heard.hear(update(14, 15, [["7", "300"]], []))
    book = {"asks": levels([["9", "100"]]), "bids": levels([["1", "100"]]), "ts": str(MS + 14), "seqId": 14}
    heard.line.answer(fetch, json.dumps({"code": "0", "msg": "", "data": [book]}).encode(), RECV)
    heard.taken()
    assert heard.book(INST) == {(1, 1.0): 1.0, (1, 7.0): 3.0, (-1, 9.0): 1.0}
    heard.line.answer(fetch, b"", RECV)
    heard.line.answer(fetch, b'{"code":"50011","data":[]}', RECV)
    assert heard.line.tally.malformed == 1


def test_checksums_are_over_the_text_and_a_wrong_one_is_a_gap() -> None:
    heard = line()
    state: dict[int, dict[float, list[str]]] = {1: {}, -1: {}}
    heard.hear(written(1, [["9.10", "100.00"], ["8", "1"]], [["11", "7"]], state, "snapshot"))
    first = written(2, [["9.10", "0"], ["8.5", "40"]], [], state, "update")
    heard.hear(first)
    assert heard.line.tally.checksums_ok == 2
    assert len(heard.hear(first).ts) > 0, "the same again changes nothing"
    second = written(3, [["8.5", "50"]], [["12", "1"]], state, "update")
    written(4, [], [["12", "0"]], state, "update")
    third = written(5, [["8", "2"]], [], state, "update")
    heard.hear(second)
    assert len(heard.hear(first).ts) == 0, "old"
    assert heard.hear(third).kind[0] == Kind.GAP, "one is missing"
    assert (heard.line.tally.checksums_bad, heard.book(INST)) == (1, {})


def test_a_capture_s_books_that_are_not_carried_are_checked_and_make_no_row() -> None:
    heard = line()
    state: dict[int, dict[float, list[str]]] = {1: {}, -1: {}}
    said = [
        written(1, [["9.10", "100.00"], ["8", "1"]], [["11", "7"]], state, "snapshot"),
        written(2, [["8.5", "40"]], [], state, "update"),
        written(3, [["8.5", "41"]], [], state, "update"),
    ]
    for frame in said:
        frame["arg"]["instId"] = "BTC-USD-220527"
    said[2]["data"][0]["checksum"] += 1
    assert sum(len(heard.hear(frame).ts) for frame in said) == 0
    tally = heard.line.tally
    assert (tally.checksums_ok, tally.checksums_bad, tally.gaps) == (2, 1, 1)
    assert tally.passed == {"not carried": 3}
    live = line()
    live.line.audit = None
    for frame in said:
        live.hear(frame)
    assert live.line.tally.checksums_ok + live.line.tally.checksums_bad == 0


def test_the_touch_is_that_of_every_change_or_of_the_tickers() -> None:
    heard = Heard(PublicLine, everything=True)
    ticker = {"bidPx": "9", "bidSz": "1", "askPx": "10", "askSz": "", "ts": str(MS)}
    assert len(heard.hear(push("tickers", ticker)).ts) == 0
    rows = heard.hear(push("tickers", {**ticker, "askSz": "2", "ts": str(MS + 1)}))
    assert (rows.px.tolist(), rows.qty.tolist()) == ([9, 10], [1, 2])
    touch = {"asks": levels([["10", "3"]]), "bids": levels([["9", "1"]]), "ts": str(MS + 2), "seqId": 5}
    assert heard.hear(push("bbo-tbt", touch)).qty.tolist() == [1, 3]
    assert len(heard.hear(push("bbo-tbt", touch), connection=2).ts) == 0
    assert len(heard.hear(push("tickers", {**ticker, "askSz": "2", "ts": str(MS + 9)})).ts) == 0


def test_marks_index_funding_and_open_interest() -> None:
    heard = line()
    now = {"instId": INST, "ts": str(MS)}
    assert heard.hear(push("mark-price", now | {"markPx": "100.5"})).px.tolist() == [100.5]
    rows = heard.hear(push("index-tickers", now | {"idxPx": "100.4"}, inst="BTC-USDT"))
    assert (rows.kind.tolist(), rows.px.tolist()) == ([Kind.INDEX], [100.4])
    rate = {"fundingRate": "-0.0001", "fundingTime": str(MS + 1000), "nextFundingRate": ""}
    rows = heard.hear(push("funding-rate", now | rate))
    assert (rows.px.tolist(), rows.qty.tolist()) == ([-0.0001], [MS + 1000])
    assert heard.hear(push("open-interest", now | {"oi": "300", "oiCcy": "3"})).qty.tolist() == [3]
    assert len(heard.hear(push("mark-price", now | {"markPx": "100.6"})).ts) == 0, "not younger"


def test_the_position_says_the_side_of_a_liquidation() -> None:
    heard = line()
    one = {"bkPx": "99", "posSide": "short", "side": "buy", "sz": "50", "ts": str(MS)}
    of = {
        "instId": INST,
        "instType": "SWAP",
        "details": [one, one, {**one, "posSide": "long", "side": "sell"}],
    }
    message = {"arg": {"channel": "liquidation-orders", "instType": "SWAP"}, "data": [of]}
    rows = heard.hear(message)
    assert (rows.side.tolist(), rows.qty.tolist()) == ([-1, -1, 1], [0.5] * 3)
    assert len(heard.hear(message, connection=2).ts) == 0
    other = {**of, "instId": "ETH-USDT-SWAP"}
    heard.hear({**message, "data": [other]})
    assert heard.line.tally.passed["not subscribed"] == 1


def test_bars_when_they_are_confirmed() -> None:
    heard = Heard(BusinessLine)
    assert heard.line.topics(Wish(BTC, Channel.KLINES)) == (f"candle1m:{INST}",)
    assert heard.line.topics(Wish(BTC, Channel.TRADES)) == ()
    bar = [str(MS), "10", "13", "9", "12", "800", "8", "90"]
    assert len(heard.hear(push("candle1m", [*bar, "0"])).ts) == 0
    rows = heard.hear(push("candle1m", [*bar, "1"]))
    assert rows.px.tolist() == [10, 9, 13, 12]
    assert rows.qty.sum() == pytest.approx(8)
    assert len(heard.hear(push("candle1m", [*bar, "1"])).ts) == 0


def test_requests_and_answers() -> None:
    heard = line()
    asked = json.loads(heard.line.subscribe((f"books:{INST}", "liquidation-orders:SWAP"), 12))
    assert (asked["op"], asked["id"]) == ("subscribe", "12")
    assert asked["args"][0] == {"channel": "books", "instId": INST}
    assert asked["args"][1] == {"channel": "liquidation-orders", "instType": "SWAP"}
    heard.hear({"id": "12", "event": "subscribe", "arg": asked["args"][0], "connId": "x"})
    heard.hear({"event": "subscribe", "arg": asked["args"][1], "connId": "x"})
    wrong = "Wrong URL or channel:trades,instId:BTC-XX doesn't exist."
    heard.hear({"id": "13", "event": "error", "code": "60018", "msg": wrong})
    heard.hear({"event": "notice", "code": "64008", "msg": "soon", "connId": "x"})
    assert list(heard.line.events) == [
        Acked(12, (f"books:{INST}",)),
        Acked(0, ("liquidation-orders:SWAP",)),
        Refused(13, f"60018 {wrong}", ("trades:BTC-XX",)),
        Leave("soon"),
    ]
    heard.hear(b"pong")
    assert heard.line.tally.passed["pong"] == 1
    assert heard.line.tally.unknown == heard.line.tally.malformed == 0


@pytest.mark.parametrize(("old", "new"), [("5", "-1"), ("48938.5", "0"), ("48938.5", "nan"), ("sell", "up")])
def test_what_cannot_be_is_malformed(old: str, new: str) -> None:
    heard = line()
    one = {"instId": INST, "tradeId": "7", "px": "48938.5", "sz": "5", "side": "sell", "ts": str(MS)}
    frame = json.dumps(push("trades", one)).replace(f'"{old}"', f'"{new}"')
    assert len(heard.hear(frame.encode()).ts) == 0
    assert heard.line.tally.malformed == 1


def test_unknown_channels_and_junk_are_counted() -> None:
    heard = line()
    heard.hear(push("something-new", {}))
    assert heard.line.tally.unknown == 1
    for junk in (
        b"",
        b"\xff\x00",
        b"[" * 10_000,
        b'{"arg":{"channel":"books","instId":"BTC-USDT-SWAP"}',
        b"[]",
    ):
        heard.hear(junk)
    heard.hear(push("books", {"asks": [], "bids": [], "ts": str(MS)}))
    heard.hear(update(-1, 10, [["9", "100"]], []))
    heard.hear(push("books", {"asks": [], "bids": [], "ts": str(MS)}, action="update"))
    assert heard.line.tally.malformed == 7


@pytest.mark.parametrize("seed", range(30))
def test_whatever_happens_on_the_way_the_book_is_the_oracles_or_none(seed: int) -> None:
    """Frames are dropped, doubled, swapped, cut and repeated by a second connection."""
    rng = random.Random(seed)
    truth: dict[int, Book] = {}
    book: Book = {}
    sent = []
    seq = 5
    for i in range(200):
        prev, seq = seq, seq + rng.choice((0, 1, 3, 9))
        if i % 40 == 0:
            book = book or {(s, 100.0 - 10 * s + px): 2.0 for s in (1, -1) for px in range(10)}
            sides = [
                [[str(px), str(qty * 100)] for (s, px), qty in book.items() if s == side] for side in (1, -1)
            ]
            sent.append(update(-1, seq, *sides, ts=i * 20 + 1))
        else:
            bids = [[str(rng.randint(90, 99)), str(100 * rng.randint(0, 5))]] * (seq > prev)
            set_levels(book, 1, [[px, int(qty) / 100] for px, qty in bids])
            sent.append(update(prev, seq, bids, [], ts=i * 20 + 1))
        truth[seq] = dict(book)
    heard = line()
    waiting: list[dict[str, Any]] = []
    for i, frame in enumerate(sent):
        chance = rng.random()
        waiting.extend([frame] * (0 if chance < 0.05 else 2 if chance < 0.1 else 1))
        if 0.1 < chance < 0.15:
            continue
        waiting.extend([rng.choice(sent[: i + 1])] * (chance > 0.95))
        rng.shuffle(waiting)
        for one in waiting:
            data = json.dumps(one, separators=(",", ":")).encode()
            cut = data[: rng.randrange(len(data))] if rng.random() < 0.02 else data
            heard.hear(cut, RECV + i * 20_000_000, rng.randint(1, 2))
        waiting = []
        chain = heard.line._kept[INST].depth
        assert heard.books.get(0, {}) == pytest.approx(truth[chain.last] if chain.valid else {})
    assert heard.line.tally.unknown == 0
    assert heard.kinds[Kind.GAP] == heard.line.tally.gaps > 0


def recorded(data: Path) -> Iterator[bytes]:
    """The frames that arrived, without the stamps before them."""
    with gzip.open(data / "wire" / "cryptofeed" / "OKX.ws.1.0.gz", "rt") as lines:
        for text in lines:
            stamp, _, frame = text.partition(": ")
            if frame and not stamp.startswith("wss"):
                yield frame.strip().encode()


@pytest.mark.data
def test_every_checksum_of_the_capture_is_right_and_books_equal_their_messages(data: Path) -> None:
    heard = Heard(PublicLine, everything=True)
    oracle: dict[str, Book] = {}
    for frame in recorded(data):
        heard.hear(frame)
        said = json.loads(frame)
        if said.get("arg", {}).get("channel") == "books" and "data" in said:
            inst = said["arg"]["instId"]
            for side, name in ((1, "bids"), (-1, "asks")):
                set_levels(oracle.setdefault(inst, {}), side, said["data"][0][name])
            assert heard.book(inst) == oracle[inst]
    tally = heard.line.tally
    assert (tally.checksums_ok, tally.checksums_bad, tally.gaps) == (290, 0, 0)
    assert (tally.unknown, tally.malformed) == (0, 0), tally.samples
    assert len(oracle) == 3
    assert heard.kinds[Kind.TRADE] > 50


@pytest.mark.data
def test_captures_have_nothing_unknown(data: Path) -> None:
    heard = Heard(PublicLine, everything=True)
    for frame in wrapped(data / "wire" / "tardis" / "messages_okx.jsonl"):
        heard.hear(frame)
    assert (heard.line.tally.unknown, heard.line.tally.malformed) == (0, 0), heard.line.tally.samples
    assert {Kind.TRADE, Kind.BBO, Kind.MARK, Kind.INDEX, Kind.FUNDING} <= set(heard.kinds)


@pytest.mark.data
def test_liquidated_sides_are_those_that_were_observed(data: Path) -> None:
    seen = 0
    for text in (data / "wire" / "liquidations" / "frames_shared.jsonl").read_text().splitlines():
        said = json.loads(text)
        if "liquidation-orders" in said["raw"]:
            rows = Heard(PublicLine, everything=True).hear(said["raw"].encode())
            (expected,) = said["expected"]
            assert rows.side.tolist() == [1 if expected["position_liquidated"] == "long" else -1]
            assert (rows.px[0], rows.qty[0]) == (float(expected["price"]), float(expected["qty_contracts"]))
            seen += 1
    assert seen == 1
