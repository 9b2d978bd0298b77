"""Binance's public sockets: one of spot, two of USD-M.

Facts (developers.binance.com, spot "WebSocket Streams" and USD-M "Market Streams", read in November 2026):
- USD-M routes streams by path since 2026: `/public` has trades, book tickers and depth, `/market` the rest;
  the unrouted path stopped carrying the latter in April 2026.
- A connection lives 24 hours, carries 1,024 streams (spot; 200 there keep a reconnect small) and takes 5
  (spot) or 10 (USD-M) incoming messages a second; 300 connections in 5 minutes from one address. The venue
  pings every 20 seconds (spot) or 3 minutes, which the socket answers.
- `serverShutdown` on spot comes ten minutes before a connection is closed.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import msgspec

from titan.model.instrument import InstrumentKind
from titan.venues.audit import Audit
from titan.venues.bars import Bars
from titan.venues.binance import frames
from titan.venues.binance.hot import Reader
from titan.venues.binance.market import METHODS, Kept, symbol_of
from titan.venues.binance.names import listing
from titan.venues.depth import Depth
from titan.venues.sink import Sink
from titan.venues.stream import Acked, Channel, Event, Fetch, Leave, Market, Refused, Rules, Wish
from titan.venues.tally import Tally

BROKEN: Final = (
    ValueError, KeyError, IndexError, TypeError, OverflowError, RecursionError, struct.error,
    msgspec.DecodeError,
)  # fmt: skip
"""What reading a broken message may raise; all of it is counted as malformed."""
_PREFIX: Final = b'{"stream":"'
_AT: Final = len(_PREFIX)
_HINT: Final = _AT + 16
_KINDS: Final = {
    "trade": "trade", "aggTrade": "aggTrade", "bookTicker": "bookTicker", "depth": "depthUpdate",
    "markPrice": "markPriceUpdate", "forceOrder": "forceOrder", "kline_1m": "kline",
}  # fmt: skip
"""The stream's name to the message's."""
_PASSED: Final = {
    "24hrTicker": "day tickers", "24hrMiniTicker": "day tickers", "1hTicker": "day tickers",
    "4hTicker": "day tickers", "1dTicker": "day tickers", "avgPrice": "average prices",
    "indexPriceUpdate": "inverse contracts", "continuous_kline": "continuous bars",
    "indexPrice_kline": "bars of the index", "markPrice_kline": "bars of the mark price",
    "compositeIndex": "composite index", "contractInfo": "contract rules", "assetIndexUpdate": "asset index",
    "tradingSession": "sessions", "referencePrice": "reference prices", "trade_all": "options",
    "ticker_all": "options", "depth_all": "options",
}  # fmt: skip
_PRIVATE: Final = frozenset({
    "executionReport", "outboundAccountPosition", "outboundAccountInfo", "balanceUpdate", "listStatus",
    "listenKeyExpired", "eventStreamTerminated", "externalLockUpdate", "ORDER_TRADE_UPDATE", "ACCOUNT_UPDATE",
    "ACCOUNT_CONFIG_UPDATE", "MARGIN_CALL", "TRADE_LITE", "ALGO_UPDATE", "STRATEGY_UPDATE", "GRID_UPDATE",
    "CONDITIONAL_ORDER_TRIGGER_REJECT",
})  # fmt: skip


class Hints(dict[bytes, Reader]):
    """Compiled readers by how the name of their stream begins; `others` takes every other frame."""

    def __init__(self, others: Reader) -> None:
        self._others = others

    def __missing__(self, hint: bytes) -> Reader:
        return self._others


class Line:
    """One socket. `carries` maps channels to the stream's name behind the symbol."""

    def __init__(
        self, sink: Sink, name: str, path: str, kind: InstrumentKind, rules: Rules,
        carries: dict[Channel, str], polls: dict[Channel, str],
    ) -> None:  # fmt: skip
        self.name = name
        self.rules = rules
        self.kind = kind
        self.events: deque[Event] = deque()
        self.tally = Tally()
        self.discover: Callable[[str, InstrumentKind], Market | None] = lambda _native, _kind: None
        self._sink = sink
        self._path = path
        self._carries, self._polls = carries, polls
        self._bars = Bars(sink)
        self._kept: dict[str, Kept] = {}
        self._routes: dict[bytes, Reader] = {}
        self._hot = Hints(self._hear)
        self._audit: Audit | None = None

    @property
    def audit(self) -> Audit | None:
        """Set by the importer of captures, to compare books with later snapshots."""
        return self._audit

    @audit.setter
    def audit(self, audit: Audit) -> None:
        self._audit = audit
        for kept in self._kept.values():
            kept.depth_book.audit = audit

    def path(self) -> str:
        return self._path

    def topics(self, wish: Wish) -> tuple[str, ...]:
        stream = self._carries.get(wish.channel)
        if stream is None or wish.market.kind is not self.kind:
            return ()
        self._know(wish.market)
        return (f"{wish.market.native.lower()}@{stream}",)

    def fetches(self, wish: Wish) -> tuple[Fetch, ...]:
        path = self._polls.get(wish.channel)
        if path is None or wish.market.kind is not self.kind:
            return ()
        self._know(wish.market)
        return (Fetch(wish.market, "interest", path.format(wish.market.native), every_s=30.0),)

    def subscribe(self, topics: Sequence[str], request: int) -> bytes:
        return msgspec.json.encode({"method": "SUBSCRIBE", "params": list(topics), "id": request})

    def unsubscribe(self, topics: Sequence[str], request: int) -> bytes:
        return msgspec.json.encode({"method": "UNSUBSCRIBE", "params": list(topics), "id": request})

    def hear(self, frame: bytes, recv: int, connection: int) -> None:
        self.tally.messages += 1
        try:
            self._hot[frame[_AT:_HINT]](frame, recv, connection)
        except BROKEN as e:
            name = frame[_AT : frame.find(b'"', _AT)] if frame.startswith(_PREFIX) else b"message"
            stream = name.partition(b"@")[2] or name
            self.tally.say_malformed(stream.decode("ascii", "replace")[:40], str(e), frame, recv)

    def _hear(self, frame: bytes, recv: int, connection: int) -> None:
        route = self._routes.get(frame[_AT : frame.find(b'"', _AT)])
        if route is not None:
            route(frame, recv, connection)
        elif frame[:1] == b"[":
            for one in msgspec.json.decode(frame, type=list[msgspec.Raw]):
                self._other(bytes(one), "", recv, connection)
        else:
            self._other(frame, "", recv, connection)

    def answer(self, fetch: Fetch, body: bytes, recv: int) -> None:
        kept = self._know(fetch.market)
        try:
            if not body:
                raise ValueError("no answer")
            if fetch.what == "interest":
                kept.interest(frames.INTEREST.decode(body), recv)
            else:
                kept.snapshot(frames.SNAPSHOT.decode(body), recv, 0)
        except BROKEN as e:
            if fetch.what == "depth":
                kept.depth_book.failed()
            if body:
                self.tally.say_malformed(f"answer {fetch.what}", str(e), body, recv)

    def go_without(self, fetch: Fetch) -> None:
        """A recording holds no answer to this: the book begins with what changes."""
        self._know(fetch.market).depth_book.begin()

    def lost(self, topics: Sequence[str], recv: int) -> None:
        for topic in topics:
            symbol, _, stream = topic.partition("@")
            kept = self._kept.get(symbol.upper())
            if kept is not None and stream.startswith("depth"):
                kept.depth_book.lost(recv)

    def _know(self, market: Market) -> Kept:
        kept = self._kept.get(market.native)
        if kept is None:
            ask = partial(self.events.append, self._fetch_depth(market))
            depth = Depth(market, self._sink, self.tally, ask)
            depth.audit = self._audit
            kept = self._kept[market.native] = Kept(market, self._sink, self.tally, self._bars, depth)
            for stream in self._carries.values():
                self._route(kept, f"{market.native.lower()}@{stream}")
        return kept

    def _route(self, kept: Kept, stream: str) -> None:
        """The quick ways for a frame of this stream: decoded with its envelope in one pass, and for a hot one
        before that compiled, found by a hint that its reader does not rely on."""
        kind = _kind(stream)
        if kind and stream.encode() not in self._routes:
            self._routes[stream.encode()] = kept.quick(kind)
            hot = kept.hot(kind, stream, self._hear)
            if hot is not None:
                self._hot[f'{stream}","data":'.encode()[: _HINT - _AT]] = hot

    def _fetch_depth(self, market: Market) -> Fetch:
        path = "/api/v3/depth" if self.kind is InstrumentKind.SPOT else "/fapi/v1/depth"
        limit, weight = (5000, 250.0) if self.kind is InstrumentKind.SPOT else (1000, 20.0)
        return Fetch(market, "depth", f"{path}?symbol={market.native}&limit={limit}", weight=weight)

    def _other(self, frame: bytes, stream: str, recv: int, connection: int) -> None:
        """A frame without a quick way: bare, an answer, of a symbol not known yet, or nothing of ours."""
        said = frames.SAID.decode(frame)
        if said.stream and bytes(said.data):
            if bytes(said.data)[:1] == b"[":
                for one in msgspec.json.decode(said.data, type=list[msgspec.Raw]):
                    self._other(bytes(one), said.stream, recv, connection)
            else:
                self._other(bytes(said.data), said.stream, recv, connection)
            return
        kind = said.kind or ("bookTicker" if said.u is not None and bytes(said.b) else "")
        if kind in METHODS:
            self._message(kind, frame, stream, recv, connection)
        elif kind == "serverShutdown":
            self.events.append(Leave("the venue shuts this server down"))
            self.tally.passed["shutdown notices"] += 1
        elif kind in _PASSED or kind in _PRIVATE:
            self.tally.passed[_PASSED.get(kind, "private")] += 1
        elif said.last is not None or bytes(said.interest):
            self.tally.passed["answers that nobody asked for"] += 1
        elif not kind and (said.id is not None or said.code is not None or bytes(said.error)):
            self._answered(said)
        else:
            self.tally.say_unknown(kind or "message", frame, recv)

    def _message(self, kind: str, frame: bytes, stream: str, recv: int, connection: int) -> None:
        name = stream.partition("@")[2]
        if kind == "depthUpdate" and name.startswith("depth") and name.split("@")[0] != "depth":
            self.tally.passed["depth of few levels"] += 1
            return
        data = frames.BARE[kind].decode(frame)
        symbol = symbol_of(data)
        kept = self._kept.get(symbol)
        if kept is None:
            if listing(symbol, self.kind) is None:
                self.tally.passed["not carried"] += 1
                return
            market = self.discover(symbol, self.kind)
            if market is None:
                self.tally.passed["not subscribed"] += 1
                return
            kept = self._know(market)
        if stream and stream.partition("@")[0].upper() == symbol:
            self._route(kept, stream)
        getattr(kept, METHODS[kind])(data, recv, connection)

    def _answered(self, said: frames.Said) -> None:
        """A request was confirmed or refused."""
        number = said.id if isinstance(said.id, int) else 0
        error = bytes(said.error)
        if said.code is not None or (error and error != b"null"):
            self.events.append(Refused(number, said.msg or error.decode("utf-8", "replace")))
            self.tally.passed["refused"] += 1
        else:
            self.events.append(Acked(number))
            self.tally.passed["acknowledged"] += 1


def _kind(stream: str) -> str:
    """The kind of message of a stream that has a quick way; "" for any other."""
    _, _, name = stream.partition("@")
    if name.startswith("depth") and name.split("@")[0] != "depth":
        return ""
    return _KINDS.get(name.split("@")[0], "")
