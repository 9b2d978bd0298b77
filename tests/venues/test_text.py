"""Lines of text under frames that were damaged on the way: nothing is raised, nothing untrue is on a tape."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tests.venues.heard import MS, RECV, Heard
from titan.venues.bybit import line as bybit
from titan.venues.okx import line as okx

PAIRS = [[str(px), "1.5"] for px in range(90, 100)]
LEVELS = [[px, qty, "0", "1"] for px, qty in PAIRS]
BYBIT: list[dict[str, Any]] = [
    {
        "topic": "orderbook.50.BTCUSDT", "type": kind, "ts": MS + u, "cts": MS,
        "data": {"s": "BTCUSDT", "b": PAIRS, "a": [["101", "2"]], "u": u, "seq": u},
    }
    for u, kind in ((5, "snapshot"), (6, "delta"), (7, "delta"))
] + [
    {"topic": "publicTrade.BTCUSDT", "ts": MS, "data": [{"T": MS, "S": "Buy", "v": "1", "p": "9", "i": "7"}]},
    {"topic": "tickers.BTCUSDT", "ts": MS, "data": {"markPrice": "9.5", "openInterest": "7"}},
]  # fmt: skip
OKX: list[dict[str, Any]] = [
    {
        "arg": {"channel": "books", "instId": "BTC-USDT"}, "action": "update" if prev > 0 else "snapshot",
        "data": [{"bids": LEVELS, "asks": [], "ts": str(MS + seq), "seqId": seq, "prevSeqId": prev}],
    }
    for prev, seq in ((-1, 5), (5, 6), (6, 9))
] + [
    {
        "arg": {"channel": "trades", "instId": "BTC-USDT"},
        "data": [{"tradeId": "7", "px": "9", "sz": "1", "side": "buy", "ts": str(MS)}],
    },
    {"event": "error", "code": "60018", "msg": "channel:books,instId:BTC-USDT doesn't exist", "id": "3"},
]  # fmt: skip


def damaged(frame: bytes, rng: random.Random) -> bytes:
    data = bytearray(frame)
    for _ in range(rng.randint(0, 3)):
        at, chance = rng.randrange(len(data) or 1), rng.random()
        if chance < 0.6:
            data[at : at + 1] = bytes([rng.choice(b'0123456789-.eE"[]{},:x\xff')])
        elif chance < 0.8:
            del data[at : at + rng.randint(1, 20)]
        else:
            data[at:at] = data[at : at + rng.randint(1, 20)]
    return bytes(data)


@pytest.mark.parametrize(
    ("make", "frames"), [(bybit.PerpLine, BYBIT), (bybit.SpotLine, BYBIT), (okx.PublicLine, OKX)]
)
def test_damaged_frames_are_counted_and_never_raise(make: Any, frames: list[dict[str, Any]]) -> None:
    rng = random.Random(7)
    heard = Heard(make, everything=True)
    sent = [json.dumps(frame, separators=(",", ":")).encode() for frame in frames]
    for i in range(3000):
        heard.hear(damaged(rng.choice(sent), rng), RECV + i * 1_000_000, rng.randint(1, 2))
    tally = heard.line.tally
    assert tally.messages == 3000
    assert tally.malformed > 500
    assert len(tally.samples) <= 64
