"""MEXC's perpetuals: sizes in contracts, versions with and without a range, answers without a number."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.venues.mexc.played import Books, Played
from titan.market.tape.rows import Kind
from titan.model.instrument import InstrumentKind
from titan.venues.mexc.names import listing, native
from titan.venues.mexc.perp import PerpLine
from titan.venues.stream import Acked, Channel, Fetch, Market, Refused, Wish

MS = 1_700_000_000_000
BTC = Market(0, "BTC_USDT", InstrumentKind.PERP, 0.0001)


def line() -> Played[PerpLine]:
    played = Played(PerpLine)
    for channel in Channel:
        played.line.topics(Wish(BTC, channel))
    return played


def push(channel: str, data: Any, **more: Any) -> bytes:
    return json.dumps({"channel": channel, "symbol": "BTC_USDT", "ts": MS, "data": data, **more}).encode()


def depth(first: int, last: int, bids: list[list[float]], asks: list[list[float]]) -> bytes:
    return push("push.depth", {"begin": first, "end": last, "version": last, "bids": bids, "asks": asks})


def answer(version: int, bids: list[list[float]], asks: list[list[float]]) -> bytes:
    data = {"version": version, "timestamp": MS, "bids": bids, "asks": asks}
    return json.dumps({"success": True, "code": 0, "data": data}).encode()


def test_names() -> None:
    assert native(InstrumentKind.PERP, "BTC", "USDT") == "BTC_USDT"
    assert native(InstrumentKind.SPOT, "BTC", "USDT") == "BTCUSDT"
    assert listing("BTC_USDT", InstrumentKind.PERP) == ("BTC", "USDT")
    assert listing("BTC_USD", InstrumentKind.PERP) is None, "margined in coins"
    assert listing("ETHUSDC", InstrumentKind.SPOT) == ("ETH", "USDC")
    assert listing("ETHBTC", InstrumentKind.SPOT) == ("ETH", "BTC")
    assert listing("USDT", InstrumentKind.SPOT) is None
    assert listing("BTC_USDT", InstrumentKind.SPOT) is None


def test_trades_in_an_array_and_one_by_one() -> None:
    played = line()
    one = {"p": 100.5, "v": 55, "T": 2, "O": 3, "M": 1, "t": MS - 3, "i": "1"}
    rows = played.hear(push("push.deal", [one, {**one, "T": 1, "i": "2"}, one]))
    assert rows.side.tolist() == [-1, 1]
    assert rows.qty.tolist() == [55 * 0.0001] * 2
    assert rows.ts.tolist() == [(MS - 3) * 10**6] * 2
    old = {k: v for k, v in one.items() if k != "i"}
    assert len(played.hear(push("push.deal", old)).ts) == 1


def test_the_book_by_its_versions() -> None:
    played = line()
    played.hear(push("push.depth", {"version": 11, "bids": [[10, 5, 1]], "asks": []}))
    fetch = played.line.events.popleft()
    assert isinstance(fetch, Fetch)
    assert fetch.path == "/api/v1/contract/depth/BTC_USDT?limit=1000"
    played.answer(fetch, answer(10, [[9, 10, 1]], [[11, 20, 2]]))
    played.hear(depth(12, 14, [[9, 0, 0]], [[12, 30, 1]]))
    assert played.books.of(0) == ({10.0: 0.0005}, {11.0: 0.002, 12.0: 0.003})
    rows = played.hear(depth(16, 16, [[8, 1, 1]], []))
    assert rows.kind.tolist() == [Kind.GAP, Kind.CLEAR]


def test_a_failed_answer_is_asked_for_again_with_the_next_update() -> None:
    played = line()
    played.hear(depth(1, 1, [[10, 5, 1]], []))
    fetch = played.line.events.popleft()
    played.answer(fetch, b"")
    assert not played.line.events
    played.hear(depth(2, 2, [[10, 6, 1]], []))
    assert isinstance(played.line.events.popleft(), Fetch)
    assert played.line.tally.malformed == 0


def test_marks_funding_and_open_interest() -> None:
    played = line()
    assert played.hear(push("push.fair.price", {"price": 6867.5})).kind.tolist() == [Kind.MARK]
    assert played.hear(push("push.index.price", {"price": 6861.7})).kind.tolist() == [Kind.INDEX]
    settles = MS + 3_600_000
    rows = played.hear(push("push.funding.rate", {"rate": -0.0012, "nextSettleTime": settles}))
    assert (rows.kind.tolist(), rows.px.tolist(), rows.qty.tolist()) == (
        [Kind.FUNDING], [-0.0012], [float(settles)],
    )  # fmt: skip
    ticker = {"fairPrice": 2.0, "indexPrice": 3.0, "fundingRate": 0.0008, "holdVol": 20, "timestamp": MS + 1}
    rows = played.hear(push("push.ticker", ticker))
    assert rows.kind.tolist() == [Kind.MARK, Kind.INDEX, Kind.FUNDING, Kind.OPEN_INTEREST]
    assert rows.qty.tolist()[3] == 20 * 0.0001
    assert len(played.hear(push("push.fair.price", {"price": 6867.5})).ts) == 0, "older than the ticker"


def test_a_rate_without_its_settlement_waits_for_the_answer() -> None:
    played = line()
    assert len(played.hear(push("push.funding.rate", {"rate": 0.001})).ts) == 0
    (fetch,) = played.line.fetches(Wish(BTC, Channel.FUNDING))
    assert fetch.path == "/api/v1/contract/funding_rate/BTC_USDT"
    said = {
        "success": True,
        "code": 0,
        "data": {"fundingRate": 0.002, "nextSettleTime": MS + 5, "timestamp": MS},
    }
    rows = played.answer(fetch, json.dumps(said).encode())
    assert (rows.px.tolist(), rows.qty.tolist()) == ([0.002], [float(MS + 5)])


def test_the_touch_of_the_small_book() -> None:
    data = {"version": 5, "bids": [[10, 5, 1], [9, 1, 1]], "asks": [[11, 7, 1]]}
    rows = line().hear(push("push.depth.full", data))
    assert rows.kind.tolist() == [Kind.BBO, Kind.BBO]
    assert (rows.px.tolist(), rows.qty.tolist()) == ([10.0, 11.0], [0.0005, 0.0007])


def test_an_answer_belongs_to_the_oldest_request_of_its_kind() -> None:
    played = line()
    topics = {c: played.line.topics(Wish(BTC, c))[0] for c in (Channel.TRADES, Channel.DEPTH)}
    sent = played.line.subscribe([topics[Channel.TRADES]], 1)
    assert json.loads(sent) == {"method": "sub.deal", "param": {"symbol": "BTC_USDT"}}
    played.line.subscribe([topics[Channel.DEPTH]], 2)
    played.hear(b'{"channel":"rs.sub.depth","data":"success","ts":1760942212000}')
    assert played.line.events.popleft() == Acked(2, ("depth@BTC_USDT",))
    assert isinstance(played.line.events.popleft(), Fetch)
    played.hear(b'{"channel":"rs.error","data":"Contract [BTC_X] does not exist","ts":1760942212000}')
    refused = played.line.events.popleft()
    assert isinstance(refused, Refused)
    assert (refused.request, refused.topics) == (1, ("deal@BTC_USDT",))


def test_contracts_margined_in_coins_are_passed_over() -> None:
    played = Played(PerpLine, everything=True)
    played.hear(json.dumps({"channel": "push.deal", "symbol": "BTC_USD", "ts": MS, "data": []}).encode())
    assert played.line.tally.passed == {"inverse contract": 1}


def test_what_cannot_be_is_malformed() -> None:
    played = line()
    for bad in (
        push("push.fair.price", {"price": 0}), push("push.fair.price", {"price": None}),
        push("push.funding.rate", {"rate": 2}), push("push.deal", [{"p": 1, "v": -1, "T": 1, "t": MS}]),
        push("push.deal", [{"p": 1, "v": 1, "T": 7, "t": MS}]), push("push.deal", {"p": 1}),
        depth(3, 1, [], []), depth(1, 1, [[-1, 1, 1]], []), b"{", b"\xff", b"[]",
    ):  # fmt: skip
        assert len(played.hear(bad).ts) == 0
    assert (played.line.tally.malformed, played.line.tally.unknown) == (11, 0)
    played.hear(push("push.something", {}))
    assert played.line.tally.unknown == 1


@pytest.mark.parametrize("seed", range(10))
def test_the_book_is_the_venues_or_there_is_none(seed: int) -> None:
    chance, truth, played = random.Random(seed), Books(), line()
    for version in range(1, 400):
        side, qty = chance.choice((1, -1)), chance.choice((0, 1, 2))
        px = chance.randint(90, 99) if side > 0 else chance.randint(100, 109)
        truth.set(0, side, float(px), qty * 0.0001)
        level = [[float(px), qty, 1]]
        frame = depth(version, version, level if side > 0 else [], level if side < 0 else [])
        if chance.random() > 0.04:
            played.hear(frame, connection=1)
        if chance.random() < 0.2:
            played.hear(frame, connection=1)
        while played.line.events:
            event = played.line.events.popleft()
            sides = [[[px, round(qty / 0.0001), 1] for px, qty in side.items()] for side in truth.of(0)]
            played.answer(event, answer(version, *sides))
        book = played.depth("BTC_USDT")
        if book.version == version:
            assert played.books.of(0) == truth.of(0)
        elif not book.running:
            assert played.books.of(0) == ({}, {})
    assert played.line.tally.gaps > 3


@pytest.mark.parametrize("seed", range(4))
def test_mutated_frames_never_raise_and_never_write_what_cannot_be(seed: int) -> None:
    chance, played = random.Random(seed), line()
    deal = {"p": 100.5, "v": 55, "T": 2, "t": MS, "i": "1"}
    frames = [
        push("push.deal", [deal]), depth(12, 12, [[9, 3, 1]], [[12, 30, 1]]),
        push("push.funding.rate", {"rate": 0.1, "nextSettleTime": MS}),
        answer(10, [[9, 10, 1]], [[11, 20, 2]]),
        b'{"channel":"rs.sub.depth","data":"success","ts":1760942212000}',
    ]  # fmt: skip
    played.hear(depth(11, 11, [[9, 2, 1]], []))
    fetch = played.line.events.popleft()
    for _ in range(5000):
        frame = bytearray(chance.choice(frames))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(frame))
            frame[at : at + chance.randint(0, 5)] = bytes(
                chance.choice(b'0123456789e.-"[]{},:\xff') for _ in range(chance.randint(0, 4))
            )
            frame = frame or bytearray(b"{")
        played.check(played.hear(bytes(frame)))
        played.check(played.answer(fetch, bytes(frame)))
        played.line.events.clear()


@pytest.mark.data
def test_captures_decode_whole(data: Path) -> None:
    said = Played(PerpLine, everything=True, contract=0.0001)
    for text in (data / "wire/tardis/messages_mexc.jsonl").read_text().splitlines():
        message = json.loads(text)
        if message["exchange"] == "mexc-futures":
            said.check(said.hear(json.dumps(message["message"]).encode()))
    for text in (data / "wire/crypto-msg-parser/mexc.jsonl").read_text().splitlines():
        said.check(said.hear(json.loads(text)["raw"].encode()))
    tally = said.line.tally
    assert (tally.messages, tally.unknown, tally.malformed) == (34, 0, 0)
    assert tally.passed == {"retired format": 7, "inverse contract": 7, "answer without a question": 3}
    assert said.rows[Kind.TRADE] == 4
    assert said.rows[Kind.OPEN_INTEREST] == 3
