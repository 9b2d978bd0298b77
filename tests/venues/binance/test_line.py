"""Binance's frames, recorded and made: every kind known, every book the venue's."""

from __future__ import annotations

import gzip
import json
import tarfile
from pathlib import Path

import pytest

from tests.venues.books import Book, book_of, set_levels
from titan.market.tape.rows import ESTIMATED, Kind, Rows
from titan.model.instrument import InstrumentKind
from titan.venues.batch import Batch
from titan.venues.binance.line import Line
from titan.venues.binance.lines import lines
from titan.venues.binance.names import listing, native
from titan.venues.stream import Acked, Channel, Fetch, Leave, Market, Refused, Wish

RECV = 1_780_000_000_000_000_000
SPOT, PERP = InstrumentKind.SPOT, InstrumentKind.PERP
MS = 1_780_000_000_000


def line_of(name: str, *, everything: bool = False) -> tuple[Line, Batch]:
    batch = Batch()
    line = next(one for one in lines(batch) if one.name == name)
    assert isinstance(line, Line)
    known: dict[str, Market] = {}
    if everything:
        line.discover = lambda s, kind: known.setdefault(s, Market(len(known), s, kind))
    else:
        market = Market(0, "BTCUSDT", line.kind)
        for channel in Channel:
            line.topics(Wish(market, channel))
            line.fetches(Wish(market, channel))
    return line, batch


def hear(line: Line, *frames: object, connection: int = 0) -> None:
    for n, frame in enumerate(frames):
        raw = frame if isinstance(frame, bytes) else json.dumps(frame, separators=(",", ":")).encode()
        line.hear(raw, RECV + n, connection)


def depth(
    first: int, last: int, bids: list[list[str]], pu: int | None = None, *, perp: bool = False
) -> object:
    data = {"e": "depthUpdate", "E": MS, "s": "BTCUSDT", "U": first, "u": last, "b": bids, "a": []}
    if perp:
        data |= {"T": MS, "pu": pu}
    return {"stream": "btcusdt@depth@100ms", "data": data}


def snapshot(last: int, bids: list[list[str]]) -> bytes:
    return json.dumps({"lastUpdateId": last, "bids": bids, "asks": [["200", "1"]]}).encode()


def fetch_of(line: Line) -> Fetch:
    (fetch,) = [e for e in line.events if isinstance(e, Fetch)]
    line.events.clear()
    return fetch


def test_the_book_begins_with_a_snapshot_and_the_updates_that_bridge_it() -> None:
    line, batch = line_of("spot")
    hear(line, depth(5, 8, [["100", "1"]]), depth(9, 12, [["101", "2"]]), depth(13, 14, [["102", "3"]]))
    assert len(batch.take().ts) == 0
    fetch = fetch_of(line)
    assert fetch.path == "/api/v3/depth?symbol=BTCUSDT&limit=5000"
    line.answer(fetch, snapshot(10, [["99", "9"], ["101", "7"]]), RECV + 9)
    rows = batch.take()
    assert book_of(rows) == {(1, 99.0): 9, (1, 101.0): 2, (1, 102.0): 3, (-1, 200.0): 1}
    assert int(rows.recv.min()) == RECV + 9


def test_a_missed_update_makes_the_book_no_book_until_the_next_snapshot() -> None:
    for name, perp in (("spot", False), ("perp-public", True)):
        line, batch = line_of(name)
        hear(line, depth(5, 8, [["100", "1"]], 4, perp=perp))
        line.answer(fetch_of(line), snapshot(8, [["99", "9"]]), RECV)
        hear(line, depth(9, 12, [["101", "2"]], 8, perp=perp), depth(20, 24, [["103", "3"]], 19, perp=perp))
        rows = batch.take()
        assert rows.kind[-2:].tolist() == [Kind.GAP, Kind.CLEAR]
        assert line.tally.gaps == 1
        line.answer(fetch_of(line), snapshot(22, [["99", "1"]]), RECV)
        assert book_of(batch.take()) == {(1, 99.0): 1, (1, 103.0): 3, (-1, 200.0): 1}


def test_updates_of_usd_m_follow_by_the_last_ones_id_and_not_by_their_first() -> None:
    line, batch = line_of("perp-public")
    hear(line, depth(5, 8, [["100", "1"]], 3, perp=True))
    line.answer(fetch_of(line), snapshot(6, [["99", "9"]]), RECV)
    hear(line, depth(15, 18, [["101", "2"]], 8, perp=True))
    assert line.tally.gaps == 0
    assert book_of(batch.take())[1, 101.0] == 2


def test_what_comes_twice_or_late_changes_nothing() -> None:
    line, batch = line_of("spot")
    hear(line, depth(5, 8, [["100", "1"]]))
    line.answer(fetch_of(line), snapshot(8, [["99", "9"]]), RECV)
    updates = [depth(9, 12, [["101", "2"]]), depth(13, 14, [["101", "0"]])]
    hear(line, *updates)
    hear(line, *updates, connection=1)
    assert book_of(batch.take()) == {(1, 99.0): 9, (-1, 200.0): 1}
    assert line.tally.gaps == 0


def trade(number: int, *, fill: str = "MARKET") -> object:
    data = {
        "e": "trade", "E": MS + 1, "T": MS, "s": "BTCUSDT", "t": number, "p": "100.5", "q": "0.2", "X": fill,
        "m": True,
    }  # fmt: skip
    return {"stream": "btcusdt@trade", "data": data}


def test_each_trade_counts_once_whoever_brings_it() -> None:
    line, batch = line_of("perp-public")
    hear(line, trade(1), trade(2), trade(2), trade(5))
    hear(line, trade(3), trade(4), trade(5), trade(6), connection=1)
    rows = batch.take()
    assert len(rows.ts) == 6
    assert set(rows.side.tolist()) == {-1}
    assert line.tally.noticed["trades known already"] == 2
    hear(line, trade(7, fill="INSURANCE_FUND"))
    assert line.tally.passed["trades not on the market"] == 1


def test_marks_funding_liquidations_and_interest() -> None:
    line, batch = line_of("perp-market")
    mark = {
        "e": "markPriceUpdate", "E": MS, "s": "BTCUSDT", "p": "101.5", "i": "101.25", "P": "101",
        "r": "0.0001", "T": MS + 3_600_000,
    }  # fmt: skip
    order = {
        "s": "BTCUSDT", "S": "SELL", "o": "LIMIT", "f": "IOC", "q": "0.5", "p": "99", "ap": "99.5",
        "X": "FILLED", "l": "0.1", "z": "0.4", "T": MS,
    }  # fmt: skip
    hear(
        line,
        {"stream": "btcusdt@markPrice@1s", "data": mark},
        {"stream": "btcusdt@forceOrder", "data": {"e": "forceOrder", "E": MS, "o": order}},
        {"stream": "btcusdt@forceOrder", "data": {"e": "forceOrder", "E": MS, "o": order}},
    )
    rows = batch.take()
    assert rows.kind.tolist() == [Kind.MARK, Kind.INDEX, Kind.FUNDING, Kind.LIQUIDATION]
    assert rows.px.tolist() == [101.5, 101.25, 0.0001, 99.5]
    assert rows.qty[2:].tolist() == [float(MS + 3_600_000), 0.4]
    assert rows.side[3] == 1
    (fetch,) = line.fetches(Wish(Market(0, "BTCUSDT", PERP), Channel.OPEN_INTEREST))
    line.answer(fetch, b'{"openInterest":"10659.509","symbol":"BTCUSDT","time":1780000000000}', RECV)
    assert batch.take().qty.tolist() == [10659.509]


def test_the_touch_of_spot_has_no_time_of_its_own() -> None:
    line, batch = line_of("spot")
    quote = {"u": 7, "s": "BTCUSDT", "b": "100", "B": "1", "a": "101", "A": "2"}
    hear(
        line, {"stream": "btcusdt@bookTicker", "data": quote}, {"stream": "btcusdt@bookTicker", "data": quote}
    )
    rows = batch.take()
    assert rows.kind.tolist() == [Kind.BBO, Kind.BBO]
    assert all(flag & ESTIMATED for flag in rows.flags.tolist())


def test_a_bar_is_given_out_when_it_is_whole() -> None:
    def bar(x: bool) -> object:
        k = {
            "t": MS,
            "T": MS + 59_999,
            "s": "BTCUSDT",
            "i": "1m",
            "o": "1",
            "c": "2",
            "h": "3",
            "l": "1",
            "v": "8",
        }
        return {
            "stream": "btcusdt@kline_1m",
            "data": {"e": "kline", "E": MS, "s": "BTCUSDT", "k": {**k, "x": x}},
        }

    line, batch = line_of("spot")
    hear(line, bar(False), bar(True), bar(True))
    rows = batch.take()
    assert rows.px.tolist() == [1.0, 1.0, 3.0, 2.0]
    assert set(rows.qty.tolist()) == {2.0}
    assert int(rows.ts[0]) == (MS + 59_999) * 1_000_000


def test_answers_and_notices() -> None:
    line, _ = line_of("spot")
    assert json.loads(line.subscribe(["btcusdt@trade"], 3)) == {
        "method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 3,
    }  # fmt: skip
    hear(
        line, {"result": None, "id": 3}, {"error": {"code": 2, "msg": "Invalid request"}, "id": 4},
        {"e": "serverShutdown", "E": MS}, {"stream": "x@y", "data": {"e": "nonsense"}}, b"{", b"[1]",
    )  # fmt: skip
    assert line.events[0] == Acked(3)
    assert isinstance(line.events[1], Refused)
    assert isinstance(line.events[2], Leave)
    assert (line.tally.unknown, line.tally.malformed) == (1, 2)


@pytest.mark.parametrize("field", ['"p":"0"', '"p":"NaN"', '"p":"-5"', '"q":"Infinity"', '"T":1', '"p":"x"'])
def test_a_trade_that_cannot_be_is_malformed(field: str) -> None:
    line, batch = line_of("perp-public")
    raw = json.dumps(trade(1), separators=(",", ":"))
    name = field.partition(":")[0]
    for old in ('"p":"100.5"', '"q":"0.2"', f'"T":{MS}'):
        if old.startswith(name):
            raw = raw.replace(old, field)
    hear(line, raw.encode())
    assert len(batch.take().ts) == 0
    assert line.tally.malformed == 1


def test_names() -> None:
    assert native(PERP, "BTC", "USDT") == "BTCUSDT"
    assert listing("1000SHIBUSDT", PERP) == ("1000SHIB", "USDT")
    assert listing("ETHBTC", SPOT) == ("ETH", "BTC")
    assert listing("BTCUSDT_260327", PERP) is None
    assert listing("BTCUSD_PERP", PERP) is None
    assert listing("btcusdt", SPOT) is None


def recorded(path: Path) -> list[tuple[int, bytes]]:
    found = []
    for line in gzip.decompress(path.read_bytes()).splitlines():
        stamp, _, frame = line.partition(b" ")
        found.append((int(stamp) * 10 ** (19 - len(stamp)), frame))
    return found


def oracle(frames: list[tuple[int, bytes]]) -> Book:
    """The book by the venue's own words: the first snapshot, and every update that ends after it."""
    book: Book = {}
    last = -1
    held = []
    for _, frame in frames:
        said = json.loads(frame)
        if "lastUpdateId" in said and last < 0:
            last = said["lastUpdateId"]
            set_levels(book, 1, said["bids"])
            set_levels(book, -1, said["asks"])
        elif said.get("data", {}).get("e") == "depthUpdate":
            held.append(said["data"])
    for update in held:
        if update["u"] > last:
            set_levels(book, 1, update["b"])
            set_levels(book, -1, update["a"])
    return book


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "file", "symbol"),
    [
        ("spot", "spot/btcusdt_20230405.dat.gz", "BTCUSDT"),
        ("perp-public", "usdm/btcusdt_20230404.dat.gz", "BTCUSDT"),
        ("perp-public", "usdm/ethusdt_20240719.gz", "ETHUSDT"),
    ],
)
def test_recorded_sessions_make_the_venues_book(data: Path, name: str, file: str, symbol: str) -> None:
    line, batch = line_of(name, everything=True)
    frames = recorded(data / "l2" / "hftbacktest" / file)
    snapshots = [frame for _, frame in frames if b'"lastUpdateId"' in frame[:40]]
    blocks: list[Rows] = []
    for recv, frame in frames:
        if b'"lastUpdateId"' in frame[:40]:
            line.answer(Fetch(line._kept[symbol].market, "depth", ""), frame, recv)
        else:
            line.hear(frame, recv, 0)
    blocks.append(batch.take())
    assert (line.tally.unknown, line.tally.malformed) == (0, 0), line.tally.samples
    if snapshots:
        assert line.tally.gaps == 0
        assert book_of(blocks[0]) == oracle(frames)
    kinds = set(blocks[0].kind.tolist())
    assert {Kind.TRADE, Kind.BBO} <= kinds


@pytest.mark.data
def test_no_recorded_message_is_unknown(data: Path) -> None:
    frames: list[tuple[str, bytes]] = []
    for line in (data / "wire/crypto-msg-parser/binance.jsonl").read_text().splitlines():
        said = json.loads(line)
        if '"stream"' in said["raw"][:12]:
            frames.append(("perp-market" if said["fn"] != "spot" else "spot", said["raw"].encode()))
    for market, name in (("spot", "spot"), ("usdm", "perp-market")):
        for line in (data / f"wire/tardis/messages_binance-{market}.jsonl").read_text().splitlines():
            frames.append((name, json.dumps(json.loads(line)["message"]).encode()))
    for line in (data / "wire/liquidations/frames_shared.jsonl").read_text().splitlines():
        if "forceOrder" in line:
            frames.append(("perp-market", json.loads(line)["raw"].encode()))
    with tarfile.open(data / "wire/samples-nautilus/adapters_binance.tar.gz") as packed:
        for member in packed:
            if "_stream" in member.name and member.name.endswith(".json"):
                file = packed.extractfile(member)
                assert file is not None
                sample = file.read()
                if b"123456789" not in sample:  # a time made up for the documentation
                    frames.append(("perp-market" if "/futures/" in member.name else "spot", sample))
    made = {name: line_of(name, everything=True) for name in ("spot", "perp-market")}
    for name, frame in frames:
        hear(made[name][0], frame)
    for line_, _ in made.values():
        assert line_.tally.unknown == 0, line_.tally.samples
        assert {s.raw: s.reason for s in line_.tally.samples.values()} == {}


def test_a_number_far_ahead_silences_nothing() -> None:
    line, batch = line_of("perp-public")
    hear(line, trade(1), trade(100_000_000_000), trade(2), trade(3))
    assert len(batch.take().ts) == 3
    quote = {
        "e": "bookTicker",
        "u": 7,
        "s": "BTCUSDT",
        "b": "100",
        "B": "1",
        "a": "101",
        "A": "2",
        "T": MS,
        "E": MS,
    }
    for update in (7, 10**12, 8, 9):
        hear(line, {"stream": "btcusdt@bookTicker", "data": {**quote, "u": update}})
    assert len(batch.take().ts) == 6
    hear(line, depth(5, 8, [["100", "1"]], 4, perp=True))
    line.answer(fetch_of(line), snapshot(8, [["99", "9"]]), RECV)
    hear(
        line,
        depth(10**12, 10**12 + 1, [["100", "1"]], 8, perp=True),
        depth(9, 12, [["98", "2"]], 8, perp=True),
    )
    assert line.tally.malformed == 3
    assert book_of(batch.take())[1, 98.0] == 2
    assert line.tally.gaps == 0


def test_a_first_number_far_ahead_is_given_up() -> None:
    line, batch = line_of("perp-public")
    hear(line, trade(10**12), *(trade(n) for n in range(1, 1200)))
    assert len(batch.take().ts) > 100
    hear(line, depth(10**12, 10**12 + 1, [["100", "1"]], 10**12 - 1, perp=True))
    for n in range(4):
        hear(line, depth(9 + n, 9 + n, [["98", "2"]], 8 + n, perp=True))
        if any(isinstance(e, Fetch) for e in line.events):
            line.answer(fetch_of(line), snapshot(8 + n, [["99", "9"]]), RECV)
    assert book_of(batch.take())[1, 98.0] == 2


def test_a_time_that_cannot_be_is_malformed_and_raises_nothing() -> None:
    line, batch = line_of("perp-public")
    quote = {"e": "bookTicker", "u": 7, "s": "BTCUSDT", "b": "100", "B": "1", "a": "101", "A": "2", "E": MS}
    for ms in (-5, 9_300_000_000_000_000, 2**70):
        hear(line, {"stream": "btcusdt@bookTicker", "data": {**quote, "T": ms}})
    assert line.tally.malformed == 3
    assert len(batch.take().ts) == 0
