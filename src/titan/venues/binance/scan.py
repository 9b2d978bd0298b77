"""Compiled readers of Binance's three hot streams in their combined form: book tickers, trades, depth.

`frame` is the `id` of the bytes. Each writes one record (`venues.records`) at `out` and gives the number that
tells whether the message is new, or -1 for a frame that the typed decoder has to judge. `known` is a `Known`
in memory: what the frame begins with and which market it is. Which fields there are and in which bounds is
said in `frames`.
"""

from __future__ import annotations

import struct
from typing import Final

import numpy as np

from titan.market.compiled import compiled
from titan.market.tape.rows import END, ESTIMATED, Kind
from titan.venues.bounds import FIRST_MS, LAST_MS, PX_BELOW, QTY_BELOW
from titan.venues.latency import AHEAD_NS, learn
from titan.venues.records import QUOTE, SCANNED
from titan.venues.scan import (
    CONTENT,
    SIZE,
    byte,
    decimal,
    key,
    levels,
    passed,
    put_number,
    put_word,
    same,
    whole,
    word,
)

_COMMA, _OPEN, _CLOSE, _STRING = (ord(c) for c in ',{}"')
_T, _F = ord("t"), ord("f")
_e, _E, _s, _u, _U, _b, _B, _a, _A, _T_, _t, _p, _q, _m, _X = (ord(c) for c in "eEsuUbBaATtpqmX")
_pu: Final = ord("p") + 256 * ord("u")
_MS: Final = 1_000_000
_NEAR: Final = 1_000_000
"""An update id so near the last one needs no second look."""
_TRADE: Final = int(Kind.TRADE)
_MARKET: Final = np.frombuffer(b'"MARKET"', np.uint8).astype(np.int64)
_KIND, _SYMBOL, _TEXT = 24, 32, 40
_HEAD: Final = struct.Struct("<5q")


class Known:
    """Where in memory a reader finds: the instrument's number, and the beginning of every frame of the
    stream, the kind of message and the symbol as they stand in it."""

    def __init__(self, inst: int, stream: str, kind: str, symbol: str) -> None:
        begin, kind_text = f'{{"stream":"{stream}","data":{{'.encode(), f'"{kind}"'.encode()
        name = f'"{symbol}"'.encode()
        sizes = _HEAD.pack(inst, len(begin), len(begin) + len(kind_text), len(kind_text), len(name))
        self._memory = np.frombuffer(sizes + begin + kind_text + name, np.uint8).copy()
        self.address = int(self._memory.ctypes.data)


@compiled
def quote(frame: int, recv: int, out: int, known: int, behind: int, before: int) -> int:
    """The update id of a book ticker, when it lies shortly above `before`. One without a time of the venue's
    is taken for `behind` ns old; where `behind` is negative it is not taken at all."""
    at, end = _begin(frame, known), frame + CONTENT + word(frame + SIZE)
    update = ms = seen = 0
    bid = bid_qty = ask = ask_qty = 0.0
    while at and byte(at) == _STRING:
        name, at = key(at)
        if at == 0:
            return -1
        if name == _u:
            update, at = whole(at)
            seen |= 1
        elif name == _b:
            bid, at = decimal(at)
            seen |= 2
        elif name == _B:
            bid_qty, at = decimal(at)
            seen |= 4
        elif name == _a:
            ask, at = decimal(at)
            seen |= 8
        elif name == _A:
            ask_qty, at = decimal(at)
            seen |= 16
        elif name == _T_:
            ms, at = _time(at, recv)
        elif name == _E:
            at = _time(at, recv)[1]
        elif name == _s:
            at = _symbol(at, known)
            seen |= 32
        elif name == _e:
            at = _kind(at, known)
        else:
            at = passed(at)
        at = _next(at)
    if not _ended(at, end) or seen != 63 or not 0.0 < bid <= ask < PX_BELOW:
        return -1
    if not 0 <= before < update < before + _NEAR:
        return -1
    if bid_qty >= QTY_BELOW or ask_qty >= QTY_BELOW or (ms == 0 and behind < 0):
        return -1
    ts, flags = ms * _MS, 0
    if ms == 0:
        ts, flags = recv - behind, ESTIMATED
    _put(out, ts, recv, word(known) | QUOTE << 16 | flags << 32)
    put_number(out + 32, bid)
    put_number(out + 40, bid_qty)
    put_number(out + 48, ask)
    put_number(out + 56, ask_qty)
    return update


@compiled
def trade(frame: int, recv: int, out: int, known: int, before: int, latency: int) -> int:
    """The id of a trade on the market, when it is the one after `before`; `latency` learns from it."""
    at, end = _begin(frame, known), frame + CONTENT + word(frame + SIZE)
    number = ms = event = seen = 0
    px = qty = 0.0
    side = 1
    while at and byte(at) == _STRING:
        name, at = key(at)
        if at == 0:
            return -1
        if name == _t:
            number, at = whole(at)
            seen |= 1
        elif name == _p:
            px, at = decimal(at)
            seen |= 2
        elif name == _q:
            qty, at = decimal(at)
            seen |= 4
        elif name == _T_:
            ms, at = _time(at, recv)
            seen |= 8
        elif name == _E:
            event, at = _time(at, recv)
            seen |= 16
        elif name == _s:
            at = _symbol(at, known)
            seen |= 32
        elif name == _m:
            side = -1 if byte(at) == _T else 1
            at = passed(at) if byte(at) == _T or byte(at) == _F else 0
            seen |= 64
        elif name == _X:
            at = _on_market(at)
        elif name == _e:
            at = _kind(at, known)
        else:
            at = passed(at)
        at = _next(at)
    if not _ended(at, end) or seen != 127:
        return -1
    if not (0.0 < px < PX_BELOW and 0.0 < qty < QTY_BELOW) or number <= 0 or number != before + 1:
        return -1
    _put(out, ms * _MS, recv, word(known) | _TRADE << 16 | (side & 255) << 24 | END << 32)
    put_number(out + 32, px)
    put_number(out + 40, qty)
    learn(latency, recv - event * _MS)
    return number


@compiled
def depth(
    frame: int, recv: int, out: int, known: int, lane: int, room: int, version: int, latency: int
) -> int:  # fmt: skip
    """The last update id of a depth message that follows at once on a book of this version. Its levels are in
    `lane`, which has room for so many numbers; instead of the record's third and fourth number stand the
    time when it was sent (ns), and how many numbers are in the lane. `latency` learns of one with levels."""
    at, end = _begin(frame, known), frame + CONTENT + word(frame + SIZE)
    first = last = previous = ms = event = seen = 0
    bids = asks = 0
    while at and byte(at) == _STRING:
        name, at = key(at)
        if at == 0:
            return -1
        if name == _U:
            first, at = whole(at)
            seen |= 1
        elif name == _u:
            last, at = whole(at)
            seen |= 2
        elif name == _pu:
            previous, at = whole(at)
            seen |= 64
        elif name == _E:
            event, at = _time(at, recv)
            seen |= 4
        elif name == _T_:
            ms, at = _time(at, recv)
        elif name == _s:
            at = _symbol(at, known)
            seen |= 32
        elif name == _b and seen & 24 == 0:
            bids, at = levels(at, lane, room, PX_BELOW, QTY_BELOW)
            seen |= 8
        elif name == _a and seen & 24 == 8:
            asks, at = levels(at, lane + 8 * bids, room - bids, PX_BELOW, QTY_BELOW)
            seen |= 16
        elif name == _e:
            at = _kind(at, known)
        elif name in (_a, _b):
            return -1
        else:
            at = passed(at)
        at = _next(at)
    if not _ended(at, end) or seen & 63 != 63 or first > last:
        return -1
    if seen & 64:
        first = previous + 1
    if not 0 <= version < last < version + _NEAR or first > version + 1:
        return -1
    _put(out, (ms if ms else event) * _MS, recv, word(known) | SCANNED << 16)
    put_word(out + 24, bids // 2 | (asks // 2) << 32)
    put_word(out + 48, event * _MS)
    put_word(out + 56, bids + asks)
    if bids + asks:
        learn(latency, recv - event * _MS)
    return last


@compiled
def _begin(frame: int, known: int) -> int:
    """The first key of the message, when the frame begins as it must."""
    begins = word(known + 8)
    if word(frame + SIZE) <= begins or not same(frame + CONTENT, known + _TEXT, begins):
        return 0
    return frame + CONTENT + begins


@compiled
def _next(at: int) -> int:
    """Behind the comma, or on the closing brace."""
    if at == 0:
        return 0
    c = byte(at)
    if c == _COMMA:
        return at + 1 if byte(at + 1) == _STRING else 0
    return at if c == _CLOSE else 0


@compiled
def _time(at: int, recv: int) -> tuple[int, int]:
    """A time in ms that is not far ahead of `recv`."""
    ms, at = whole(at)
    true = FIRST_MS <= ms < LAST_MS and ms * _MS - recv <= AHEAD_NS
    return ms, at if true else 0


@compiled
def _ended(at: int, end: int) -> bool:
    return at == end - 2 and byte(at) == _CLOSE and byte(at + 1) == _CLOSE


@compiled
def _kind(at: int, known: int) -> int:
    size = word(known + _KIND)
    return at + size if same(at, known + _TEXT + word(known + 8), size) else 0


@compiled
def _symbol(at: int, known: int) -> int:
    size = word(known + _SYMBOL)
    return at + size if same(at, known + _TEXT + word(known + 16), size) else 0


@compiled
def _on_market(at: int) -> int:
    for i in range(len(_MARKET)):
        if byte(at + i) != _MARKET[i]:
            return 0
    return at + len(_MARKET)


@compiled
def _put(out: int, ts: int, recv: int, what: int) -> None:
    put_word(out, ts)
    put_word(out + 8, recv)
    put_word(out + 16, what)
    put_word(out + 24, 0)
