"""Kraken's frames, real and made: every checksum right, every book the venue's, nothing raised."""

from __future__ import annotations

import gzip
import json
import random
import tarfile
from pathlib import Path

import pytest

from titan.market.tape.rows import SNAPSHOT, Kind, Rows
from titan.model.instrument import InstrumentKind
from titan.venues.batch import Batch
from titan.venues.kraken.line import SpotLine
from titan.venues.kraken.names import listing, modern, native
from titan.venues.stream import Acked, Channel, Market, Refused, Resubscribe, Wish

BTC = Market(0, "BTC/USD", InstrumentKind.SPOT)
RECV = 1_787_612_518_000_000_000


def line_of(*, everything: bool = True) -> tuple[SpotLine, Batch]:
    batch = Batch()
    line = SpotLine(batch)
    known: dict[str, Market] = {}

    def discover(symbol: str, kind: InstrumentKind) -> Market:
        return known.setdefault(symbol, Market(len(known), symbol, kind))

    if everything:
        line.discover = discover
    else:
        for channel in Channel:
            line.topics(Wish(BTC, channel))
    return line, batch


def play(line: SpotLine, frames: list[bytes], connection: int = 0) -> None:
    for n, frame in enumerate(frames):
        line.hear(frame, RECV + n * 1_000_000, connection)


def book_of(rows: Rows, inst: int = 0) -> dict[tuple[int, float], float]:
    book: dict[tuple[int, float], float] = {}
    for i, kind, side, px, qty in zip(rows.inst, rows.kind, rows.side, rows.px, rows.qty, strict=True):
        if i != inst:
            continue
        if kind == Kind.CLEAR:
            book.clear()
        elif kind == Kind.LEVEL and qty:
            book[int(side), float(px)] = float(qty)
        elif kind == Kind.LEVEL:
            book.pop((int(side), float(px)), None)
    return book


@pytest.fixture
def capture(data: Path) -> list[bytes]:
    return (data / "wire" / "tickvault" / "kraken_book.jsonl").read_bytes().splitlines()


def cryptofeed(data: Path, number: int) -> list[bytes]:
    lines = gzip.decompress((data / f"wire/cryptofeed/KRAKEN.ws.{number}.0.gz").read_bytes()).splitlines()
    return [frame for line in lines if not line.startswith(b"wss:") and (frame := line.partition(b": ")[2])]


@pytest.mark.data
def test_a_whole_connection_of_v2(capture: list[bytes]) -> None:
    line, batch = line_of(everything=False)
    play(line, capture)
    tally = line.tally
    assert (tally.unknown, tally.malformed, tally.gaps) == (0, 0, 0)
    assert (tally.checksums_ok, tally.checksums_bad) == (4, 0)
    rows = batch.take()
    assert rows.kind[0] == Kind.CLEAR
    assert rows.flags[0] & SNAPSHOT
    best = max(px for side, px in book_of(rows) if side == 1)
    assert best == 78871.5
    assert [e for e in line.events if isinstance(e, Acked)] == [Acked(0, ("book:BTC/USD",))]


@pytest.mark.data
def test_all_checksums_of_the_v1_capture_are_right(data: Path) -> None:
    line, batch = line_of()
    play(line, cryptofeed(data, 50))
    tally = line.tally
    assert (tally.checksums_ok, tally.checksums_bad) == (4269, 0)
    assert (tally.unknown, tally.malformed, tally.gaps) == (0, 0, 0)
    rows = batch.take()
    assert len(set(rows.inst.tolist())) == 10
    assert len(rows.ts) > 10_000
    assert not any(qty < 0 for qty in rows.qty.tolist())


@pytest.mark.data
def test_trades_and_tickers_of_v1(data: Path) -> None:
    line, batch = line_of()
    play(line, cryptofeed(data, 48))
    rows = batch.take()
    assert set(rows.kind.tolist()) == {Kind.TRADE}
    assert set(rows.side.tolist()) <= {1, -1}
    play(line, cryptofeed(data, 49))
    assert (line.tally.unknown, line.tally.malformed) == (0, 0)
    assert (
        line.tally.passed["ticker of the old protocol"] == 18
        or line.tally.passed["ticker of the old protocol"]
    )


@pytest.mark.data
def test_no_recorded_message_is_unknown(data: Path) -> None:
    frames = []
    for line in (data / "wire/kraken-v2/ws_v2_messages.jsonl").read_text().splitlines():
        frames.append(json.loads(line)["raw"].encode())
    for line in (data / "wire/tardis/messages_kraken-spot.jsonl").read_text().splitlines():
        frames.append(json.dumps(json.loads(line)["message"]).encode())
    with tarfile.open(data / "wire/samples-nautilus/adapters_kraken.tar.gz") as packed:
        for member in packed:
            if "/ws_" in member.name and member.name.endswith(".json") and "futures" not in member.name:
                file = packed.extractfile(member)
                assert file is not None
                frames.append(file.read())
    line_, _ = line_of()
    play(line_, frames)
    assert line_.tally.unknown == 0, line_.tally.samples
    assert {s.raw: s.reason for s in line_.tally.samples.values()} == {}


@pytest.mark.data
def test_a_book_that_fails_its_checksum_is_no_book_until_the_next_snapshot(capture: list[bytes]) -> None:
    line, batch = line_of(everything=False)
    play(line, capture[:6])
    wrong = capture[6].replace(b'"checksum":2136263304', b'"checksum":2136263305')
    play(line, [wrong, capture[7]])
    assert (line.tally.checksums_bad, line.tally.gaps) == (1, 1)
    assert Resubscribe(("book:BTC/USD",)) in line.events
    rows = batch.take()
    assert rows.kind[-2:].tolist() == [Kind.GAP, Kind.CLEAR]
    assert book_of(rows) == {}
    play(line, capture[2:])
    right, other = line_of(everything=False)
    play(right, capture)
    assert book_of(batch.take()) == book_of(other.take())


@pytest.mark.data
def test_two_connections_make_one_book(capture: list[bytes]) -> None:
    line, batch = line_of(everything=False)
    play(line, capture[:6], 0)
    play(line, capture[1:7], 1)
    play(line, capture[6:], 0)
    play(line, capture[7:], 1)
    assert line.tally.gaps == 0
    alone, other = line_of(everything=False)
    play(alone, capture)
    assert book_of(batch.take()) == book_of(other.take())


def test_a_trade_counts_once_and_those_missed_are_made_up_for() -> None:
    def trades(kind: str, *ids: int) -> bytes:
        made = [
            {
                "symbol": "BTC/USD", "side": "buy", "price": 100.5, "qty": 0.1, "ord_type": "market",
                "trade_id": n, "timestamp": f"2026-08-24T22:21:58.{n:06d}Z",
            }
            for n in ids
        ]  # fmt: skip
        return json.dumps({"channel": "trade", "type": kind, "data": made}, separators=(",", ":")).encode()

    line, batch = line_of(everything=False)
    play(line, [trades("snapshot", 1, 2), trades("update", 3), trades("update", 3)])
    assert batch.take().ts.tolist() == [1_787_610_118_000_003_000]
    play(line, [trades("snapshot", 2, 3, 4, 5)], connection=1)
    play(line, [trades("update", 5)])
    assert (batch.take().ts % 1_000_000 // 1000).tolist() == [4, 5]
    assert line.tally.passed["trades before the subscription"] == 2


def test_a_bar_is_given_out_when_the_next_begins() -> None:
    def bar(minute: int, close: float) -> bytes:
        data = {
            "symbol": "BTC/USD", "open": 100.0, "high": 110.0, "low": 90.0, "close": close, "trades": 3,
            "volume": 4.0, "vwap": 100.0, "interval_begin": f"2026-08-24T22:{minute}:00.000000000Z",
            "interval": 1, "timestamp": f"2026-08-24T22:{minute + 1}:00.000000Z",
        }  # fmt: skip
        return json.dumps(
            {"channel": "ohlc", "type": "update", "data": [data]}, separators=(",", ":")
        ).encode()

    line, batch = line_of(everything=False)
    play(line, [bar(20, 100.0), bar(20, 105.0), bar(21, 101.0)])
    rows = batch.take()
    assert rows.kind.tolist() == [Kind.BAR_OPEN, Kind.BAR_LOW, Kind.BAR_HIGH, Kind.BAR_CLOSE]
    assert rows.px.tolist() == [100.0, 90.0, 110.0, 105.0]
    assert line.tally.malformed == 0


def test_requests_and_answers() -> None:
    line, _ = line_of(everything=False)
    assert json.loads(line.subscribe(["book:BTC/USD"], 7)) == {
        "method": "subscribe",
        "params": {"channel": "book", "symbol": ["BTC/USD"], "depth": 100},
        "req_id": 7,
    }  # fmt: skip
    assert json.loads(line.subscribe(["ticker:BTC/USD"], 8))["params"]["event_trigger"] == "bbo"
    play(
        line, [b'{"error":"Currency pair not supported X/Y","method":"subscribe","req_id":3,"success":false}']
    )
    assert line.events.pop() == Refused(3, "Currency pair not supported X/Y")
    play(
        line,
        [b'{"method":"pong","req_id":1}', b'{"channel":"heartbeat"}', b'{"channel":"nonsense"}', b"{", b"[]"],
    )
    assert (line.tally.unknown, line.tally.malformed) == (2, 1)


def test_names() -> None:
    assert native(InstrumentKind.SPOT, "BTC", "USD") == "BTC/USD"
    assert listing("XBT/USD", InstrumentKind.SPOT) == ("BTC", "USD")
    assert listing("XDG/XBT", InstrumentKind.SPOT) == ("DOGE", "BTC")
    assert listing("PI_XBTUSD", InstrumentKind.PERP) is None
    assert modern("BTC/USD") == "BTC/USD"


@pytest.mark.data
def test_broken_bytes_raise_nothing_and_no_book_goes_wrong_in_silence(capture: list[bytes]) -> None:
    """Whatever happened to one message, after the next one the book is the venue's, or a gap was said."""
    rng = random.Random(11)
    wrong = 0
    for _ in range(500):
        at = rng.randrange(2, len(capture) - 1)
        damaged = bytearray(capture[at])
        for _ in range(rng.randrange(1, 4)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        line, batch = line_of(everything=False)
        play(line, [*capture[:at], bytes(damaged), *capture[at + 1 :]])
        right, other = line_of(everything=False)
        play(right, capture)
        found, expected = book_of(batch.take()), book_of(other.take())
        top = sorted((s, -p * s) for s, p in expected)
        best = [
            (s, -k * s) for s, k in (*[x for x in top if x[0] > 0][:10], *[x for x in top if x[0] < 0][:10])
        ]
        if found and line.tally.gaps == 0:
            wrong += any(found.get(key) != expected[key] for key in best)
    assert wrong == 0
