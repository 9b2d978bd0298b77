"""The compiled readers never differ from the typed decoder, whatever the frame."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import msgspec
import numpy as np
import pytest

from titan.market.tape.rows import Rows
from titan.venues.batch import Batch
from titan.venues.binance import market as of_market
from titan.venues.binance import scan
from titan.venues.binance.line import Line
from titan.venues.binance.lines import lines
from titan.venues.latency import Latency
from titan.venues.scan import CONTENT, decimal, direct
from titan.venues.stream import Channel, Fetch, Market, Wish

MS = 1_780_000_000_000
RECV = MS * 1_000_000


def made(name: str) -> tuple[Line, Batch]:
    batch = Batch()
    line = next(one for one in lines(batch) if one.name == name)
    assert isinstance(line, Line)
    for channel in Channel:
        line.topics(Wish(Market(3, "BTCUSDT", line.kind), channel))
    return line, batch


def both(name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[tuple[Line, Batch], tuple[Line, Batch]]:
    """A line with compiled readers and one without."""
    assert of_market.USABLE
    hot = made(name)
    monkeypatch.setattr(of_market, "USABLE", False)
    return hot, made(name)


def written(stream: str, body: dict[str, object]) -> bytes:
    return json.dumps({"stream": f"btcusdt@{stream}", "data": body}, separators=(",", ":")).encode()


def messages(rng: random.Random, *, perp: bool) -> Iterator[bytes]:
    """What the venue sends, without end."""
    update, last, trade = 1_000, 1_000, 50
    px = 30_000.0
    for n in count():
        px += rng.choice((-0.1, 0.0, 0.1))
        ms = MS + n
        what = rng.choice("qqtd")
        if what == "q":
            update += rng.randint(1, 5)
            timed = {"T": ms, "E": ms + 2} if perp else {}
            begin: dict[str, object] = {"e": "bookTicker"} if perp else {}
            yield written("bookTicker", begin | {
                "u": update, "s": "BTCUSDT", "b": f"{px:.2f}", "B": f"{rng.random():.3f}",
                "a": f"{px + 0.1:.2f}", "A": "1.50000000", **timed,
            })  # fmt: skip
        elif what == "t":
            trade += 1
            more = {"X": "MARKET", "m": rng.random() < 0.5} if perp else {"m": rng.random() < 0.5, "M": True}
            yield written("trade", {
                "e": "trade", "E": ms + 3, "T": ms, "s": "BTCUSDT", "t": trade, "p": f"{px:.2f}",
                "q": "0.010",
            } | more)  # fmt: skip
        else:
            first = last + 1
            last += rng.randint(1, 5)
            sides = {
                side: [
                    [f"{px - sign * rng.randint(1, 50) / 10:.2f}", rng.choice(("0.000", "1.250"))]
                    for _ in range(rng.randint(0, 4))
                ]
                for side, sign in (("b", 1), ("a", -1))
            }
            chain = {"T": ms, "pu": first - 1} if perp else {}
            yield written("depth@100ms", {
                "e": "depthUpdate", "E": ms + 4, "s": "BTCUSDT", "U": first, "u": last, **chain, **sides,
            })  # fmt: skip


ODD = (
    b"0", b"-1", b"1e3", b"00", b"1.", b".5", b"NaN", b"null", b"true", b'""', b'"0.0"', b'"-1"', b'"1e400"',
    b"\\", b'"', b"}", b"]", b",", b" ", b"\0", b"\xff", b'"123456789012345678901234567890"',
    b"9007199254740993",
    b'"9007199254740993"', b'"0.1234567890123456789"', b'"00.1"', b'"ETHUSDT"', b'"u":5,', b'"b":"1",',
    b'"x":{},',
    b'"x":"y",', b"99999999999999999999", b'"X":"INSURANCE_FUND",', b'"e":"depthUpdate",', b'"\\u0062":1,',
)  # fmt: skip


def damaged(rng: random.Random, frame: bytes) -> bytes:
    at = rng.randrange(len(frame) + 1)
    to = min(len(frame), at + rng.choice((0, 0, 1, 1, 2, 5)))
    what = rng.random()
    if what < 0.5:
        return frame[:at] + rng.choice(ODD) + frame[to:]
    if what < 0.7:
        return frame[:at] + bytes([rng.randrange(256)]) + frame[at + 1 :]
    if what < 0.8:
        return frame[:at] + frame[to:]
    if what < 0.9:
        digits = [i for i, c in enumerate(frame) if 48 <= c <= 57]
        at = rng.choice(digits)
        return frame[:at] + rng.choice((b"", b"0", b"9", b"00", b".")) + frame[at + 1 :]
    return frame[:at]


def same(one: Rows, other: Rows) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def usual(batch: Batch) -> list[int | None]:
    return [batch.latency_ns(connection) for connection in (0, 1)]


def told(line: Line) -> dict[str, object]:
    return {
        name: getattr(line.tally, name) for name in ("messages", "malformed", "gaps", "noticed", "passed")
    }


def answered(line: Line, version: int) -> None:
    """The snapshot that the line waits for, if any."""
    for event in line.events:
        if isinstance(event, Fetch) and event.what == "depth":
            body = f'{{"lastUpdateId":{version},"bids":[["100","1"]],"asks":[["90000","1"]]}}'
            line.answer(event, body.encode(), RECV)
    line.events.clear()


@pytest.mark.parametrize("name", ["spot", "perp-public"])
@pytest.mark.parametrize("damage", [0.0, 0.05, 0.5])
def test_a_compiled_reader_and_the_decoder_say_the_same(
    name: str, damage: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    (hot, one), (plain, other) = both(name, monkeypatch)
    rng = random.Random(f"{name} {damage}")
    version, rows = 1000, 0
    for n, frame in zip(range(4000), messages(rng, perp=name != "spot"), strict=False):
        heard = damaged(rng, frame) if rng.random() < damage else frame
        if b"depthUpdate" in frame:
            version = int(re.findall(rb'"u":(\d+)', frame)[0])
        for line in (hot, plain):
            line.hear(heard, RECV + n * 1000, n % 2)
            if n % 20 == 9:
                answered(line, version)
        if n % 7 == 0:
            taken = one.take()
            assert same(taken, other.take()), heard
            assert usual(one) == usual(other)
            rows += len(taken.ts)
        assert (hot.tally.malformed, hot.tally.gaps) == (plain.tally.malformed, plain.tally.gaps), heard
    assert told(hot) == told(plain)
    assert hot.tally.gaps == 0 or damage
    assert rows > 1000


@pytest.mark.parametrize("perp", [False, True])
def test_a_compiled_reader_takes_every_frame_of_the_plain_form(perp: bool) -> None:
    rng = random.Random(5)
    heard = dict.fromkeys(("bookTicker", "trade", "depth@100ms"), 0)
    out, lane = np.zeros(8), np.zeros(100)
    latency = Latency()
    at, levels = int(out.ctypes.data), int(lane.ctypes.data)
    for _, frame in zip(range(300), messages(rng, perp=perp), strict=False):
        stream = frame[19 : frame.index(b'"', 11)].decode()
        kind = "depthUpdate" if stream.startswith("depth") else stream
        known = scan.Known(1, f"btcusdt@{stream}", kind, "BTCUSDT")
        head = (id(frame), RECV, at, known.address)
        data = msgspec.json.decode(frame)["data"]
        if kind == "bookTicker":
            got = direct(scan.quote, 6)(*head, 0, data["u"] - 1)
        elif kind == "trade":
            got = direct(scan.trade, 6)(*head, data["t"] - 1, latency.address)
        else:
            got = direct(scan.depth, 8)(*head, levels, 100, data["U"] - 1, latency.address)
        assert got == (data["t"] if kind == "trade" else data["u"])
        heard[stream] += 1
    assert all(heard.values())


@pytest.mark.parametrize(
    "text", [b"0", b"1", b"29000.10", b"0.00000001", b"9007199254740992", b"123456789.1234567"]
)
def test_a_price_is_the_nearest_double(text: bytes) -> None:
    frame = b'"' + text + b'"'
    assert decimal(id(frame) + CONTENT) == (float(text), id(frame) + CONTENT + len(frame))


@pytest.mark.parametrize(
    "text", [b"", b".5", b"1.", b"01", b"-1", b"1e5", b"9007199254740993", b"1.2.3", b" 1", b"1 ", b"1" * 30]
)
def test_a_number_of_another_form_is_left_to_the_decoder(text: bytes) -> None:
    frame = b'"' + text + b'"'
    assert decimal(id(frame) + CONTENT)[1] == 0


@pytest.mark.data
def test_minutes_as_they_were_recorded(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = gzip.decompress((data / "l2/hftbacktest/usdm/btcusdt_20230405.dat.gz").read_bytes())
    heard = [
        text.partition(b" ")[2].replace(b"@depth@0ms", b"@depth@100ms") for text in recorded.splitlines()
    ]
    versions = [int(x) for frame in heard[:40] for x in re.findall(rb'"u":(\d+),"pu"', frame)]
    rows = []
    (hot, one), (plain, other) = both("perp-public", monkeypatch)
    for line, batch in ((hot, one), (plain, other)):
        for n, frame in enumerate(heard):
            line.hear(frame, RECV + n, 0)
            if n == 40:
                answered(line, versions[-1])
        rows.append(batch.take())
    assert same(*rows)
    assert told(hot) == told(plain)
    assert hot.tally.gaps == 0
    assert len(rows[0].ts) > 300_000
