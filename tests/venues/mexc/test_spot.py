"""MEXC spot: protobuf by the venue's declarations, the sequence of the book, what is passed and refused."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from ccxt.protobuf.mexc import PushDataV3ApiWrapper_pb2 as theirs

from tests.venues.mexc.played import Books, Played
from titan.market.tape.rows import ESTIMATED, Kind
from titan.model.instrument import InstrumentKind
from titan.venues.mexc import wire
from titan.venues.mexc.spot import SpotLine
from titan.venues.stream import Acked, Channel, Fetch, Market, Refused, Wish

MS = 1_700_000_000_000
NS = MS * 1_000_000
BTC = Market(0, "BTCUSDT", InstrumentKind.SPOT)
DEPTH = "spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT"
DEALS = "spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT"
TICKER = "spot@public.aggre.bookTicker.v3.api.pb@100ms@BTCUSDT"


def line() -> Played:
    played = Played(SpotLine)
    played.line.topics(Wish(BTC, Channel.DEPTH))
    return played


def push(channel: str) -> theirs.PushDataV3ApiWrapper:
    return theirs.PushDataV3ApiWrapper(channel=channel, symbol="BTCUSDT", sendTime=MS)


def depth(first: int, last: int, bids: dict[str, str], asks: dict[str, str]) -> bytes:
    made = push(DEPTH)
    body = made.publicAggreDepths
    body.fromVersion, body.toVersion = str(first), str(last)
    for side, levels in ((body.bids, bids), (body.asks, asks)):
        for px, qty in levels.items():
            side.add(price=px, quantity=qty)
    return made.SerializeToString()


def snapshot(version: int, bids: dict[str, str], asks: dict[str, str]) -> bytes:
    return json.dumps(
        {"lastUpdateId": version, "bids": list(bids.items()), "asks": list(asks.items())}
    ).encode()


def test_fields_are_the_published_ones() -> None:
    """Each message of the venue's declarations, as ccxt carries them, has our field numbers and types."""
    ours = {f.number: f for f in wire.CLASSES["Push"].DESCRIPTOR.fields}
    for field in theirs.PushDataV3ApiWrapper.DESCRIPTOR.fields:
        mine = ours[field.number]
        assert mine.name.replace("_", "").lower() == field.name.lower()
        assert mine.type == field.type
        inside = {f.number: f for f in mine.message_type.fields} if mine.message_type else {}
        if inside:
            for part in field.message_type.fields:
                assert inside[part.number].name.replace("_", "").lower() == part.name.lower()
                assert inside[part.number].type == part.type


def test_trades_with_their_side_and_their_own_time() -> None:
    played, made = line(), push(DEALS)
    made.publicAggreDeals.deals.add(price="100.1", quantity="0.2", tradeType=1, time=MS - 5)
    made.publicAggreDeals.deals.add(price="100.0", quantity="0.3", tradeType=2, time=MS - 4)
    rows = played.hear(made.SerializeToString())
    assert rows.kind.tolist() == [Kind.TRADE] * 2
    assert rows.side.tolist() == [1, -1]
    assert rows.px.tolist() == [100.1, 100.0]
    assert rows.qty.tolist() == [0.2, 0.3]
    assert rows.ts.tolist() == [NS - 5_000_000, NS - 4_000_000]


def test_a_trade_with_an_id_is_said_once_however_the_messages_are_cut() -> None:
    played = line()

    def deal(*ids: str) -> bytes:
        text = json.dumps(
            {
                "channel": DEALS,
                "symbol": "BTCUSDT",
                "sendTime": str(MS),
                "publicAggreDeals": {
                    "deals": [
                        {"price": "1", "quantity": "2", "tradeType": 1, "time": str(MS), "tradeId": i}
                        for i in ids
                    ]
                },
            }
        )
        return text.encode()

    assert len(played.hear(deal("a", "b"), connection=1).ts) == 2
    assert len(played.hear(deal("b", "c"), connection=2).ts) == 1
    assert len(played.hear(deal("a", "b"), connection=1).ts) == 0
    assert played.line.tally.noticed["trades known already"] == 3


def test_equal_trades_without_an_id_are_counted_by_connection() -> None:
    def deals(n: int, sent: int) -> bytes:
        made = push(DEALS)
        made.sendTime = MS + sent
        for _ in range(n):
            made.publicAggreDeals.deals.add(price="1", quantity="2", tradeType=2, time=MS)
        return made.SerializeToString()

    played = line()
    assert len(played.hear(deals(2, 0), connection=1).ts) == 2
    assert len(played.hear(deals(1, 1), connection=2).ts) == 0
    assert len(played.hear(deals(2, 2), connection=2).ts) == 1, "the third of its kind is new"
    assert len(played.hear(deals(2, 2), connection=2).ts) == 0, "the very same message again"


def test_the_book_begins_with_the_snapshot_and_the_updates_held_for_it() -> None:
    played = line()
    assert len(played.hear(depth(101, 103, {"10": "1"}, {})).ts) == 0
    assert len(played.hear(depth(104, 104, {}, {"11": "5"})).ts) == 0
    fetch = played.line.events.popleft()
    assert isinstance(fetch, Fetch)
    assert fetch.path == "/api/v3/depth?symbol=BTCUSDT&limit=5000"
    assert not played.line.events, "asked once"
    rows = played.answer(fetch, snapshot(102, {"9": "1", "10": "3"}, {"11": "2"}))
    assert rows.kind.tolist()[0] == Kind.CLEAR
    assert rows.flags[0] & ESTIMATED, "the answer has no time of its own"
    assert played.books.of(0) == ({10.0: 1.0, 9.0: 1.0}, {11.0: 5.0})


def test_a_snapshot_older_than_the_updates_is_asked_for_again() -> None:
    played = line()
    played.hear(depth(101, 103, {"10": "1"}, {}))
    fetch = played.line.events.popleft()
    assert isinstance(fetch, Fetch)
    assert len(played.answer(fetch, snapshot(99, {"9": "1"}, {"11": "1"})).ts) == 0
    assert isinstance(played.line.events.popleft(), Fetch)


def test_a_missing_update_is_a_gap_and_no_level_until_the_next_snapshot() -> None:
    played = line()
    played.hear(depth(101, 101, {"10": "1"}, {"11": "1"}))
    played.answer(played.line.events.popleft(), snapshot(100, {}, {}))
    rows = played.hear(depth(103, 103, {"10": "2"}, {}))
    assert rows.kind.tolist() == [Kind.GAP, Kind.CLEAR]
    assert played.line.tally.gaps == 1
    assert len(played.hear(depth(104, 104, {"10": "4"}, {})).ts) == 0
    played.answer(played.line.events.popleft(), snapshot(103, {"10": "2"}, {}))
    assert played.books.of(0) == ({10.0: 4.0}, {})
    assert played.line.tally.resyncs == 1


def test_an_update_ahead_of_the_other_connection_is_no_gap() -> None:
    played = line()
    played.hear(depth(101, 101, {"10": "1"}, {}), connection=1)
    played.answer(played.line.events.popleft(), snapshot(100, {}, {}))
    assert len(played.hear(depth(103, 103, {"10": "3"}, {}), connection=2).ts) == 0
    assert len(played.hear(depth(104, 104, {"10": "4"}, {}), connection=2).ts) == 0
    assert len(played.hear(depth(102, 102, {"10": "2"}, {}), connection=1).ts) == 3
    assert len(played.hear(depth(103, 103, {"10": "3"}, {}), connection=1).ts) == 0
    assert played.books.of(0) == ({10.0: 4.0}, {})
    assert played.line.tally.gaps == 0


def test_acknowledgements_refusals_and_pongs() -> None:
    played = line()
    played.hear(b'{"id":7,"code":0,"msg":"%s"}' % DEPTH.encode())
    assert played.line.events.popleft() == Acked(7, (DEPTH,))
    assert isinstance(played.line.events.popleft(), Fetch), "a quiet market gets its book too"
    played.hear(b'{"id":8,"code":0,"msg":"Not Subscribed successfully! [spot@x].  Reason: Blocked!"}')
    refused = played.line.events.popleft()
    assert isinstance(refused, Refused)
    assert refused.request == 8
    played.hear(b'{"id":0,"code":0,"msg":"PONG"}')
    assert played.line.tally.passed["pong"] == 1
    assert (played.line.tally.unknown, played.line.tally.malformed) == (0, 0)


def test_old_quotes_are_dropped() -> None:
    played, made = line(), push(TICKER)
    quote = made.publicAggreBookTicker
    quote.bidPrice, quote.bidQuantity, quote.askPrice, quote.askQuantity = "10", "1", "11", "2"
    assert played.hear(made.SerializeToString()).px.tolist() == [10.0, 11.0]
    made.sendTime = MS - 100
    assert len(played.hear(made.SerializeToString(), connection=2).ts) == 0


def test_what_cannot_be_is_malformed_and_what_is_not_known_is_unknown() -> None:
    played = line()
    for bids in ({"-1": "1"}, {"nan": "1"}, {"1": "-1"}, {"1": "inf"}, {"x": "1"}, {"0": "1"}):
        assert len(played.hear(depth(1, 1, bids, {})).ts) == 0
    played.hear(depth(5, 4, {"1": "1"}, {}))
    assert played.line.tally.malformed == 7
    played.hear(b"\xff\xfe")
    assert played.line.tally.malformed == 8
    played.hear(b'{"what":1}')
    assert played.line.tally.unknown == 1
    assert {s.kind for s in played.line.tally.samples.values()} == {
        "malformed public_aggre_depths", "malformed push", "unknown text",
    }  # fmt: skip


def test_one_minute_bars_when_the_next_begins() -> None:
    def kline(start: int, close: str, volume: str) -> bytes:
        made = push("spot@public.kline.v3.api.pb@BTCUSDT@Min1")
        k = made.publicSpotKline
        k.interval, k.windowStart, k.windowEnd = "Min1", start, start + 60
        k.openingPrice, k.highestPrice, k.lowestPrice, k.closingPrice = "10", "12", "9", close
        k.volume = volume
        return made.SerializeToString()

    played, start = line(), MS // 1000 // 60 * 60
    assert len(played.hear(kline(start, "11", "4")).ts) == 0
    assert len(played.hear(kline(start, "9.5", "8")).ts) == 0
    rows = played.hear(kline(start + 60, "10", "1"))
    assert rows.kind.tolist() == [Kind.BAR_OPEN, Kind.BAR_HIGH, Kind.BAR_LOW, Kind.BAR_CLOSE]
    assert rows.px.tolist() == [10.0, 12.0, 9.0, 9.5]
    assert rows.qty.tolist() == [2.0] * 4
    assert set(rows.ts.tolist()) == {(start + 60) * 10**9 - 10**6}


@pytest.mark.parametrize("seed", range(20))
def test_the_book_is_the_venues_or_there_is_none(seed: int) -> None:
    """A venue with a book of its own; frames are dropped, doubled and sent on two connections."""
    chance = random.Random(seed)
    truth = Books()
    played, version, sent = line(), 1000, []
    for _ in range(400):
        first = version + 1
        version += chance.randint(1, 3)
        side = chance.choice((1, -1))
        px = chance.randint(90, 99) if side > 0 else chance.randint(100, 109)
        qty = chance.choice((0, 1, 2))
        truth.set(0, side, float(px), float(qty))
        change = {str(px): str(qty)}
        frame = depth(first, version, change if side > 0 else {}, change if side < 0 else {})
        sent.append((version, frame))
        if chance.random() > 0.05:
            played.hear(frame, connection=1)
        if chance.random() < 0.3:
            played.hear(chance.choice(sent[-5:])[1], connection=2)
        while played.line.events:
            event = played.line.events.popleft()
            if isinstance(event, Fetch):
                bids, asks = truth.of(0)
                played.answer(event, snapshot(version, _text(bids), _text(asks)))
        book = played.depth("BTCUSDT")
        if book.running:
            if book.version == version:
                assert played.books.of(0) == truth.of(0)
        else:
            assert played.books.of(0) == ({}, {})
    assert played.line.tally.gaps > 3
    assert (played.line.tally.unknown, played.line.tally.malformed) == (0, 0)


def _text(levels: dict[float, float]) -> dict[str, str]:
    return {str(px): str(qty) for px, qty in levels.items()}


@pytest.mark.parametrize("seed", range(4))
def test_mutated_frames_never_raise_and_never_write_what_cannot_be(seed: int) -> None:
    chance = random.Random(seed)
    played, made = line(), push(DEALS)
    made.publicAggreDeals.deals.add(price="100.1", quantity="0.2", tradeType=1, time=MS)
    frames = [
        depth(101, 101, {"10": "1"}, {"11": "2"}), made.SerializeToString(), snapshot(100, {"9": "1"}, {}),
        b'{"id":7,"code":0,"msg":"%s"}' % DEPTH.encode(),
    ]  # fmt: skip
    played.hear(frames[0])
    fetch = played.line.events.popleft()
    for _ in range(5000):
        frame = bytearray(chance.choice(frames))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(frame) + 1)
            if chance.random() < 0.5 and at < len(frame):
                frame[at] = chance.randrange(256)
            elif chance.random() < 0.5:
                del frame[at : at + chance.randint(1, 8)]
            else:
                frame[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 4)))
        played.check(played.hear(bytes(frame)))
        played.check(played.answer(fetch, bytes(frame)))
        played.line.events.clear()


@pytest.mark.data
def test_captures_decode_whole(data: Path) -> None:
    said = Played(SpotLine, everything=True)
    for text in (data / "wire/tardis/messages_mexc.jsonl").read_text().splitlines():
        message = json.loads(text)
        if message["exchange"] == "mexc":
            played = said.hear(json.dumps(message["message"]).encode())
            said.check(played)
    tally = said.line.tally
    assert (tally.messages, tally.unknown, tally.malformed) == (22, 0, 0)
    assert tally.passed == {"empty": 3, "acknowledged": 1, "one-sided quote": 1}
    assert tally.gaps == 2, "three sessions of one symbol follow one another in this file"
    assert said.rows == {Kind.TRADE: 7, Kind.BBO: 4, Kind.LEVEL: 14, Kind.CLEAR: 5, Kind.GAP: 2}


@pytest.mark.data
def test_streams_that_ended_are_known(data: Path) -> None:
    said = Played(SpotLine, everything=True)
    for text in (data / "wire/crypto-msg-parser/mexc.jsonl").read_text().splitlines():
        said.hear(json.loads(text)["raw"].encode())
    tally = said.line.tally
    assert (tally.messages, tally.unknown, tally.malformed) == (24, 0, 0)
    assert sum(tally.passed.values()) == 24
