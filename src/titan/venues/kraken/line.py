"""Kraken's public socket: WebSocket v2, and the frames of v1 that captures hold.

Source: docs.kraken.com/api/docs/websocket-v2 and /guides/spot-ws-intro, read in November 2026: one request
subscribes one channel, each symbol of it is confirmed by itself; heartbeats come every second while something
is subscribed, so silence is told by the data alone.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from titan.model.instrument import InstrumentKind
from titan.venues.ahead import Latest
from titan.venues.bars import Bar, Bars, checked
from titan.venues.deals import Deals
from titan.venues.kraken import old, wire
from titan.venues.kraken.book import Book
from titan.venues.kraken.names import listing, modern
from titan.venues.numbers import checked as checked_levels
from titan.venues.numbers import positive
from titan.venues.sink import NO_TS, Sink
from titan.venues.stream import (
    Acked,
    Channel,
    Event,
    Fetch,
    Heartbeat,
    Market,
    Refused,
    Resubscribe,
    Rules,
    Wish,
)
from titan.venues.tally import Tally

DEPTH: Final = 100
"""Levels a side: far beyond what a leg takes; a snapshot of 1000 costs ten times as much at each resync."""
BROKEN: Final = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    OverflowError,
    RecursionError,
    msgspec.DecodeError,
)
"""What reading a broken message may raise; all of it is counted as malformed."""
_CHANNELS: Final = {
    Channel.TRADES: "trade",
    Channel.DEPTH: "book",
    Channel.BBO: "ticker",
    Channel.KLINES: "ohlc",
}
_PASSED: Final = {
    "heartbeat": "heartbeat",
    "status": "status",
    "instrument": "instrument rules",
    "level3": "single orders",
    "executions": "private",
    "balances": "private",
}
_SIDES: Final = {"buy": 1, "sell": -1}
_SYMBOL: Final = re.compile(rb'"symbol"\s*:\s*"([A-Z0-9./]{3,40})"')


class Kept:
    """Everything kept of one market."""

    def __init__(self, market: Market, book: Book) -> None:
        self.market = market
        self.book = book
        self.deals = Deals()
        self.last_trade = -1
        self.quoted = Latest()


class SpotLine:
    """The socket at `/v2`."""

    name = "spot"
    rules = Rules(
        heartbeat=Heartbeat(30.0, b'{"method":"ping"}'),
        topics_a_connection=300,
        topics_a_request=1,
        requests_a_second=10.0,
        connects_a_minute=15.0,
        silence_s=60.0,
    )

    def __init__(self, sink: Sink) -> None:
        self.events: deque[Event] = deque()
        self.tally = Tally()
        self.discover: Callable[[str, InstrumentKind], Market | None] = lambda _native, _kind: None
        self.sink = sink
        self._bars = Bars(sink)
        self._kept: dict[str, Kept] = {}
        self._readers: Final[dict[str, Callable[[bytes, int, int], None]]] = {
            "book": self._book,
            "trade": self._trades,
            "ticker": self._ticker,
            "ohlc": self._candles,
        }

    def path(self) -> str:
        return "/v2"

    def topics(self, wish: Wish) -> tuple[str, ...]:
        channel = _CHANNELS.get(wish.channel)
        if channel is None or wish.market.kind is not InstrumentKind.SPOT:
            return ()
        self._know(wish.market)
        return (f"{channel}:{wish.market.native}",)

    def fetches(self, wish: Wish) -> tuple[Fetch, ...]:
        del wish
        return ()

    def subscribe(self, topics: Sequence[str], request: int) -> bytes:
        return _request("subscribe", topics, request)

    def unsubscribe(self, topics: Sequence[str], request: int) -> bytes:
        return _request("unsubscribe", topics, request)

    def answer(self, fetch: Fetch, body: bytes, recv: int) -> None:
        del fetch, body, recv  # nothing is ever fetched

    def lost(self, topics: Sequence[str], recv: int) -> None:
        for topic in topics:
            channel, _, symbol = topic.partition(":")
            kept = self._kept.get(modern(symbol))
            if channel == "book" and kept is not None:
                kept.book.lost(NO_TS, recv)

    def hear(self, frame: bytes, recv: int, connection: int) -> None:
        self.tally.messages += 1
        if frame[:12] == b'{"channel":"':
            channel = frame[12 : frame.find(b'"', 12)].decode("ascii", "replace")
        else:
            channel = ""
        try:
            reader = self._readers.get(channel)
            if reader is not None:
                reader(frame, recv, connection)
            elif frame[:1] == b"[":
                old.hear(self, frame, recv, connection)
            else:
                self._other(frame, recv, connection)
        except BROKEN as e:
            self.tally.say_malformed(channel or "message", str(e), frame, recv)
            if channel == "book" or channel not in self._readers:
                self._spoilt(frame, recv, connection)

    def keep(self, symbol: str) -> Kept | None:
        """The market of a symbol; None, and counted, for one that nobody wants."""
        kept = self._kept.get(symbol) or self._kept.get(modern(symbol))
        if kept is not None:
            return kept
        if listing(symbol, InstrumentKind.SPOT) is None:
            self.tally.passed["not carried"] += 1
            return None
        market = self.discover(modern(symbol), InstrumentKind.SPOT)
        if market is None:
            self.tally.passed["not subscribed"] += 1
            return None
        return self._know(market)

    def deal(self, kept: Kept, ts: int, recv: int, connection: int, side: int, px: float, qty: float) -> None:
        """One trade that was not said before."""
        inst = kept.market.inst
        self.sink.trade(inst, ts, ts, recv, connection, side, positive(px), positive(qty, "a size"))

    def _know(self, market: Market) -> Kept:
        symbol = modern(market.native)
        if symbol not in self._kept:
            topic = f"book:{market.native}"
            again = Resubscribe((topic,))
            book = Book(market, self.sink, self.tally, lambda: self.events.append(again), DEPTH)
            self._kept[symbol] = Kept(market, book)
        return self._kept[symbol]

    def _spoilt(self, frame: bytes, recv: int, connection: int) -> None:
        """A message that may have been of a book could not be read: the books that it names have lost it, or
        all where it may have been of another."""
        named = {modern(found[1].decode()) for found in _SYMBOL.finditer(frame)}
        for symbol in named if named and named <= self._kept.keys() else self._kept:
            self._kept[symbol].book.broken(NO_TS, recv, connection)

    def _book(self, frame: bytes, recv: int, connection: int) -> None:
        message = wire.BOOK.decode(frame)
        for data in message.data:
            kept = self.keep(data.symbol)
            if kept is None:
                continue
            ts = wire.ns(data.timestamp) if data.timestamp is not None else NO_TS
            bids, asks = wire.written(data.bids), wire.written(data.asks)
            if data.checksum is None:
                self.tally.noticed["books without a checksum"] += 1
            said = (ts, recv, connection, bids, asks, data.checksum)
            if message.type == "snapshot":
                kept.book.snapshot(*said)
            else:
                kept.book.update(*said)

    def _trades(self, frame: bytes, recv: int, connection: int) -> None:
        message = wire.TRADE.decode(frame)
        began = {symbol for symbol, kept in self._kept.items() if kept.last_trade >= 0}
        for trade in message.data:
            kept = self.keep(trade.symbol)
            if kept is None:
                continue
            kept.last_trade = max(kept.last_trade, trade.trade_id)
            if not kept.deals.new(trade.trade_id):
                self.tally.noticed["trades known already"] += 1
                continue
            if message.type == "snapshot" and modern(trade.symbol) not in began:
                self.tally.passed["trades before the subscription"] += 1
                continue
            ts = wire.ns(trade.timestamp)
            self.deal(kept, ts, recv, connection, _SIDES[trade.side], trade.price, trade.qty)

    def _ticker(self, frame: bytes, recv: int, connection: int) -> None:
        for said in wire.TICKER.decode(frame).data:
            kept = self.keep(said.symbol)
            if kept is None:
                continue
            if not (said.bid and said.ask):
                self.tally.passed["one-sided quote"] += 1
                continue
            ts = wire.ns(said.timestamp) if said.timestamp is not None else NO_TS
            bid, ask = checked_levels(((said.bid, said.bid_qty), (said.ask, said.ask_qty)))
            if bid[0] > ask[0]:
                raise ValueError("the bid is above the ask")
            if ts != NO_TS and kept.quoted.place(ts, recv) < 0:
                self.tally.noticed["quotes known already"] += 1
                continue
            self.sink.quote(kept.market.inst, ts, 0, recv, connection, *bid, *ask)

    def _candles(self, frame: bytes, recv: int, connection: int) -> None:
        for candle in wire.CANDLE.decode(frame).data:
            kept = self.keep(candle.symbol)
            if kept is None:
                continue
            if candle.interval != 1:
                self.tally.passed["bars of another length"] += 1
                continue
            begins = wire.ns(candle.interval_begin)
            bar = Bar(begins, candle.open, candle.high, candle.low, candle.close, candle.volume)
            if not self._bars.grow(kept.market.inst, checked(bar), recv, connection):
                self.tally.noticed["bars known already"] += 1

    def _other(self, frame: bytes, recv: int, connection: int) -> None:
        """Answers, what we have no use for, and messages whose fields stand in another order."""
        said = wire.SAID.decode(frame)
        if said.channel in self._readers:
            self._readers[said.channel](frame, recv, connection)
        elif said.channel in _PASSED:
            self.tally.passed[_PASSED[said.channel]] += 1
        elif said.method in ("subscribe", "unsubscribe"):
            self._answered(said)
        elif said.method:
            self.tally.passed["pong" if said.method == "pong" else "answer to a request"] += 1
        elif said.event:
            self.tally.passed["event of the old protocol"] += 1
        elif said.feed or said.product:
            self.tally.passed["futures"] += 1
        elif said.error:
            self.events.append(Refused(said.req_id, said.error))
            self.tally.passed["refused"] += 1
        else:
            self.tally.say_unknown("message", frame, recv)

    def _answered(self, said: wire.Said) -> None:
        result = (wire.RESULT.decode(said.result) if bytes(said.result) else None) or wire.Result()
        symbol = result.symbol or said.symbol
        topics = (f"{result.channel}:{symbol}",) if result.channel and symbol else ()
        if said.success is False or said.error:
            self.events.append(Refused(said.req_id, said.error or "refused", topics))
            self.tally.passed["refused"] += 1
            return
        self.events.append(Acked(said.req_id, topics))
        self.tally.passed["acknowledged"] += 1
        kept = self._kept.get(modern(symbol)) or (self.keep(symbol) if result.depth else None)
        if kept is not None and result.channel == "book" and result.depth:
            kept.book.depth(result.depth)


def _request(method: str, topics: Sequence[str], request: int) -> bytes:
    channel = topics[0].partition(":")[0]
    params: dict[str, object] = {"channel": channel, "symbol": [t.partition(":")[2] for t in topics]}
    if channel == "book":
        params["depth"] = DEPTH
    elif channel == "ticker":
        params["event_trigger"] = "bbo"
    elif channel == "ohlc":
        params["interval"] = 1
    if channel == "trade" and method == "subscribe":
        params["snapshot"] = True
    return msgspec.json.encode({"method": method, "params": params, "req_id": request})
