"""Lines of recorders: stamps, notes, answers, wrapped and bare frames."""

from __future__ import annotations

import base64
import json

import pytest

from titan.venues.recorded.raw_lines import What, entry, looks_raw, moment

FRAME = b'{"channel":"trade","data":[1]}'
NS = 1_633_998_512_063_356_900


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1633998512", 1_633_998_512_000_000_000),
        ("1633998512.0633569", NS),
        ("1633998512.", 1_633_998_512_000_000_000),
        ("1633998512063", 1_633_998_512_063_000_000),
        ("1633998512063356", 1_633_998_512_063_356_000),
        ("1633998512063356900", NS),
        ("2019-09-01T00:00:01.2750543Z", 1_567_296_001_275_054_000),
        ("2019-12-05", 1_575_504_000_000_000_000),
        ("2026-05-27T00:00:00.000Z", 1_779_840_000_000_000_000),
        ("yesterday", 0),
        ("12", 0),
        ("", 0),
    ],
)
def test_moments(text: str, ns: int) -> None:
    assert moment(text) == ns


@pytest.mark.parametrize(
    "stamp", [b"1633998512.0633569: ", b"1633998512063356900 ", b"1633998512063356900\t"]
)
def test_a_stamp_before_the_frame(stamp: bytes) -> None:
    assert entry(stamp + FRAME)[:3] == (What.FRAME, NS, FRAME)


def test_notes_and_answers_of_cryptofeed() -> None:
    url = "https://api.kraken.com/0/public/AssetPairs"
    assert entry(f"{url} -> 1633998512.5: {{}}".encode())[:4] == (
        What.ANSWER, 1_633_998_512_500_000_000, b"{}", url,
    )  # fmt: skip
    opened = entry(b"wss://ws.kraken.com <-> 1633998512.5")
    assert (opened.what, opened.about) == (What.OPENED, "wss://ws.kraken.com")
    assert entry(b'wss://ws.kraken.com <- 1633998512.5: {"event":"subscribe"}').what is What.NOTE
    assert entry(b'configuration: {"trades":["KSM-BTC"]}').what is What.NOTE


def test_wrapped_frames_keep_the_venues_numbers_as_they_were_written() -> None:
    line = b'{"exchange":"kraken","localTimestamp":"2019-12-05","message":{"price":1.50,"qty":2.000}}'
    found = entry(line)
    assert found.body == b'{"price":1.50,"qty":2.000}'
    assert (found.exchange, found.recv) == ("kraken", 1_575_504_000_000_000_000)
    text = json.dumps({"module": "trade", "fn": "linear_swap", "raw": FRAME.decode()}).encode()
    assert entry(text)[:4] == (What.FRAME, 0, FRAME, "linear_swap trade")


def test_binary_frames_stand_as_base64() -> None:
    frame = bytes(range(40))
    line = json.dumps({"recv": 1633998512063, "raw": base64.b64encode(frame).decode()}).encode()
    assert entry(line).body == frame


@pytest.mark.parametrize(
    "line",
    [FRAME, b"[1,2]", b'{"message":"a text of the venue itself","code":1}', b'{"raw":', b"\xff\x00", b"half"],
)
def test_anything_else_is_a_bare_frame(line: bytes) -> None:
    assert entry(line)[:3] == (What.FRAME, 0, line)


def test_what_a_capture_begins_with() -> None:
    for head in (FRAME, b"1633998512.06: [1]", b"wss://x <-> 1", b"> {}", b"", b"\n\n"):
        assert looks_raw(head)
    for head in (b"date,open,high", b"\x89PNG", b"1633998512,1.5,2"):
        assert not looks_raw(head)


def test_objects_that_say_what_happened() -> None:
    said = {"conn": "KRAKEN.ws.48", "ts": 1633998512.0633569, "data": FRAME.decode()}
    found = entry(json.dumps({"t": "recv", **said}).encode())
    assert (found.what, found.body, found.connection) == (What.FRAME, FRAME, "KRAKEN.ws.48")
    assert abs(found.recv - NS) < 1000
    url = "https://api.kraken.com/0/public/AssetPairs"
    found = entry(
        json.dumps({"t": "http", "conn": "h", "ts": 1633998512.5, "url": url, "data": "{}"}).encode()
    )
    assert found[:4] == (What.ANSWER, 1_633_998_512_500_000_000, b"{}", url)
    found = entry(json.dumps({"t": "connect", "conn": "a", "ts": 1, "addr": "wss://ws.kraken.com"}).encode())
    assert (found.what, found.about, found.connection) == (What.OPENED, "wss://ws.kraken.com", "a")
    for note in ({"t": "header", "format": 2}, {"t": "send", **said}, {"t": "close", "conn": "a"}):
        assert entry(json.dumps(note).encode()).what is What.NOTE
    assert entry(b'{"t":"recv","data":').what is What.FRAME
