"""OKX's public sockets of v5. Sizes of swaps come in contracts.

Source: www.okx.com/docs-v5, "WebSocket" and the channel pages, read in November 2026: a ping is the text
`ping` after less than 30 s of silence; 480 requests an hour on a connection; each argument is confirmed, or
refused (60018), by itself; a notice (64008) tells 30 s before a connection is closed for an upgrade. Candles
are on the socket `business`.

| channel | rows |
| --- | --- |
| trades, trades-all | trades: from whichever of the two comes first |
| books, books-l2-tbt, books50-l2-tbt | changed levels |
| bbo-tbt, else tickers | the touch |
| mark-price, index-tickers, funding-rate, open-interest | what they say |
| liquidation-orders | liquidations of all swaps |
| candle1m | bars that are confirmed |
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import ClassVar, Final

import msgspec

from titan.market.tape.rows import Kind
from titan.model.instrument import InstrumentKind
from titan.venues.bars import Bar, Bars, checked
from titan.venues.marks import Marks
from titan.venues.okx import wire
from titan.venues.okx.books import LEVELS, Books, sized
from titan.venues.okx.names import kind_of, listing
from titan.venues.okx.passed import why
from titan.venues.sink import NO_TS, Flow, Nowhere, Row, Sink
from titan.venues.stream import (
    Acked,
    Channel,
    Fetch,
    Heartbeat,
    Leave,
    Market,
    Refused,
    Resubscribe,
    Rules,
    Wish,
)
from titan.venues.text import BROKEN, Hears, Kept, TextLine

_MS: Final = 1_000_000
_SIDES: Final = {"buy": 1, "sell": -1}
_POSITIONS: Final = {"long": 1, "short": -1}
_START: Final = b'{"arg":{'
_SWAPS: Final = "liquidation-orders:SWAP"
_UPGRADE: Final = "64008"
_REFUSED: Final = re.compile(r"channel:([\w-]+),\s*\w+:([\w.-]+)")


class OkxKept(Kept):
    def __init__(self, market: Market, books: Books) -> None:
        super().__init__(market, books.chain)
        self.books = books
        self.trades = ""
        """The channel that its trades come by."""
        self.tick_by_tick = False
        """Its touch comes by bbo-tbt: that of the tickers is older."""


class OkxLine(TextLine[OkxKept]):
    """Base of both. Each reads what the other one carries too, for captures join them."""

    name: str
    rules: Rules
    _TOPICS: ClassVar[dict[Channel, str]]
    _SPOT: ClassVar = frozenset({Channel.TRADES, Channel.DEPTH, Channel.BBO, Channel.KLINES})
    _FROM = len(_START)
    _STOP = b"}"

    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self._sink = sink
        self._bars = Bars(sink)
        self._marks = Marks(sink, self.tally)
        self._unheld: dict[str, OkxKept] = {}
        self._hears: dict[str, Hears[OkxKept]] = {
            "trades": self._trades,
            "trades-all": self._trades,
            "books": self._books,
            "books-l2-tbt": self._books,
            "books50-l2-tbt": self._books,
            "bbo-tbt": self._touch,
            "tickers": self._ticker,
            "mark-price": self._mark,
            "index-tickers": self._index,
            "funding-rate": self._funding,
            "open-interest": self._interest,
            "candle1m": self._bar,
        }

    def path(self) -> str:
        return f"/ws/v5/{self.name}"

    def topics(self, wish: Wish) -> tuple[str, ...]:
        channel, market = self._TOPICS.get(wish.channel), wish.market
        if channel is None or (market.kind is InstrumentKind.SPOT and wish.channel not in self._SPOT):
            return ()
        kept = self._know(market)
        if wish.channel is Channel.LIQUIDATIONS:
            return (_SWAPS,)
        inst = market.native.removesuffix("-SWAP") if wish.channel is Channel.INDEX else market.native
        topic = f"{channel}:{inst}"
        if wish.channel is Channel.DEPTH:
            kept.depth.topic = topic
        elif wish.channel is Channel.TRADES:
            kept.trades = channel
        elif wish.channel is Channel.BBO:
            kept.tick_by_tick = True
        return (topic,)

    def fetches(self, wish: Wish) -> tuple[Fetch, ...]:
        """Everything is streamed."""
        del wish
        return ()

    def subscribe(self, topics: Sequence[str], request: int) -> bytes:
        return _request("subscribe", topics, request)

    def unsubscribe(self, topics: Sequence[str], request: int) -> bytes:
        return _request("unsubscribe", topics, request)

    def answer(self, fetch: Fetch, body: bytes, recv: int) -> None:
        if not body:
            return  # while updates come without a book, it is asked for again
        try:
            (book,) = wire.ANSWER.decode(body).data
            self._know(fetch.market).books.answer(book, recv)
        except BROKEN as e:
            self.tally.say_malformed(f"answer {fetch.what}", str(e), body, recv)

    def _keep(self, market: Market) -> OkxKept:
        def want(by_rest: bool) -> None:
            path = f"/api/v5/market/books?instId={market.native}&sz={LEVELS}"
            asked = Fetch(market, "depth", path, weight=2.0) if by_rest else Resubscribe((books.chain.topic,))
            self.events.append(asked)

        books = Books(market, self._sink, self.tally, want)
        return OkxKept(market, books)

    def _why_not(self, symbol: str, kind: InstrumentKind) -> str:
        if listing(symbol, kind) is not None:
            return "not subscribed"
        return "inverse contract" if symbol.endswith("-USD-SWAP") else "not carried"

    def _meet(self, frame: bytes, recv: int, connection: int) -> tuple[Hears[OkxKept], OkxKept] | None:
        if frame in (b"pong", b"ping"):
            self.tally.passed["pong"] += 1
            return None
        said = wire.SAID.decode(frame)
        arg = said.arg
        if said.event or arg is None or said.data is msgspec.UNSET:
            self._answered(said, frame, recv)
            return None
        if arg.channel == "liquidation-orders":
            self._liquidations(frame, recv, connection)
            return None
        hears = self._hears.get(arg.channel)
        if hears is None:
            passed = why(arg.channel)
            if passed:
                self.tally.passed[passed] += 1
            else:
                self.tally.say_unknown(arg.channel[:60] or "without a channel", frame, recv)
            return None
        return self._way(arg, hears, frame)

    def _way(
        self, arg: wire.Arg, hears: Hears[OkxKept], frame: bytes
    ) -> tuple[Hears[OkxKept], OkxKept] | None:
        inst = f"{arg.inst}-SWAP" if arg.channel == "index-tickers" else arg.inst
        kept = self._find(inst, kind_of(inst))
        if kept is None:
            return (hears, self._checked(arg)) if hears == self._books and self._audit is not None else None
        if hears == self._books:
            topic = f"{arg.channel}:{arg.inst}"
            kept.depth.topic = kept.depth.topic or topic
            if kept.depth.topic != topic:
                self.tally.passed["another depth"] += 1
                return None
        elif hears == self._trades:
            kept.trades = kept.trades or arg.channel
            if kept.trades != arg.channel:
                self.tally.passed["trades by another channel"] += 1
                return None
        begins = (
            frame.startswith(_START) and wire.ARG.decode(frame[len(_START) - 1 : frame.find(b"}") + 1]) == arg
        )
        return self._route(frame, begins, hears, kept)

    def _checked(self, arg: wire.Arg) -> OkxKept:
        """A book that Titan does not carry, in a capture: it is followed for its checksums alone."""
        topic = f"{arg.channel}:{arg.inst}"
        kept = self._unheld.get(topic)
        if kept is None:
            market = Market(0, arg.inst, kind_of(arg.inst))
            books = Books(market, Nowhere(), self.tally, lambda _by_rest: None)
            kept = self._unheld[topic] = OkxKept(market, books)
        return kept

    def _answered(self, said: wire.Said, frame: bytes, recv: int) -> None:
        """Anything that is no data."""
        request = int(said.id) if said.id.isascii() and said.id.isdigit() else 0
        if said.event in ("subscribe", "unsubscribe") and said.arg is not None:
            self.tally.passed["acknowledged"] += 1
            self.events.append(Acked(request, (_topic(said.arg.channel, said.arg.inst or said.arg.kind),)))
        elif said.event == "error":
            self.tally.passed["refused"] += 1
            named = _REFUSED.search(said.msg)
            topics = (_topic(named[1], named[2]),) if named is not None else ()
            if request or topics:
                self.events.append(Refused(request, f"{said.code} {said.msg}", topics))
        elif said.event == "notice":
            self.tally.passed["notice"] += 1
            if said.code == _UPGRADE:
                self.events.append(Leave(said.msg))
        elif said.event in ("login", "channel-conn-count", "channel-conn-count-error"):
            self.tally.passed["login" if said.event == "login" else "connections"] += 1
        elif said.table:
            self.tally.passed["retired format"] += 1
        elif said.op in ("subscribe", "unsubscribe", "login"):
            self.tally.passed["request"] += 1
        elif said.op:
            self.tally.passed["private"] += 1
        elif said.arg is None and (said.code or said.inst):
            self.tally.passed["REST answer"] += 1
        else:
            self.tally.say_unknown(said.event[:60] or "without a channel", frame, recv)

    def _trades(self, kept: OkxKept, frame: bytes, recv: int, connection: int) -> None:
        new, trade, inst, size = kept.deals.new, self._sink.trade, kept.inst, kept.contract
        for t in wire.TRADES.decode(frame).data:
            if new(t.id):
                ts = t.ts * _MS
                trade(inst, ts, ts, recv, connection, _SIDES[t.side], t.px, t.sz * size)
            else:
                self.tally.noticed["trades known already"] += 1

    def _books(self, kept: OkxKept, frame: bytes, recv: int, connection: int) -> None:
        kept.books.hear(wire.BOOKS.decode(frame), frame, recv, connection)

    def _touch(self, kept: OkxKept, frame: bytes, recv: int, connection: int) -> None:
        kept.tick_by_tick = True
        for book in wire.BOOKS.decode(frame).data:
            bids, asks = sized(book.bids[:1], kept.contract), sized(book.asks[:1], kept.contract)
            self._quote(kept, book.ts, book.seq or 0, (*bids, *asks), recv, connection)

    def _ticker(self, kept: OkxKept, frame: bytes, recv: int, connection: int) -> None:
        for t in wire.TICKERS.decode(frame).data:
            if kept.tick_by_tick:
                self.tally.passed["ticker"] += 1
                continue
            sides = ((t.bid, t.bid_qty), (t.ask, t.ask_qty))
            there = [(px, qty * kept.contract) for px, qty in sides if px != "" and qty != ""]
            self._quote(kept, t.ts, 0, there, recv, connection)

    def _quote(
        self, kept: OkxKept, ms: int, number: int, touch: Sequence[tuple[float, float]],
        recv: int, connection: int,
    ) -> None:  # fmt: skip
        if kept.touched.place(ms * _MS, recv, number) <= 0:
            self.tally.noticed["quotes known already"] += 1
        elif len(touch) != 2 or touch[0][0] >= touch[1][0]:
            self.tally.passed["one-sided or crossed quote"] += 1
        else:
            self._sink.quote(kept.inst, ms * _MS, ms * _MS, recv, connection, *touch[0], *touch[1])

    def _mark(self, kept: OkxKept, frame: bytes, recv: int, connection: int) -> None:
        for m in wire.MARKS.decode(frame).data:
            self._marks.say(kept.inst, ((Kind.MARK, 0, m.px, 0.0),), m.ts * _MS, recv, connection)

    def _index(self, kept: OkxKept, frame: bytes, recv: int, connection: int) -> None:
        for i in wire.INDICES.decode(frame).data:
            self._marks.say(kept.inst, ((Kind.INDEX, 0, i.px, 0.0),), i.ts * _MS, recv, connection)

    def _funding(self, kept: OkxKept, frame: bytes, recv: int, connection: int) -> None:
        for f in wire.FUNDINGS.decode(frame).data:
            if f.rate == "":
                self.tally.noticed["funding without its rate"] += 1
                continue
            ts = NO_TS if f.ts is None else f.ts * _MS
            self._marks.say(kept.inst, ((Kind.FUNDING, 0, f.rate, float(f.settles)),), ts, recv, connection)

    def _interest(self, kept: OkxKept, frame: bytes, recv: int, connection: int) -> None:
        for i in wire.INTERESTS.decode(frame).data:
            held = i.contracts * kept.contract if i.coins == "" else i.coins
            self._marks.say(kept.inst, ((Kind.OPEN_INTEREST, 0, 0.0, held),), i.ts * _MS, recv, connection)

    def _liquidations(self, frame: bytes, recv: int, connection: int) -> None:
        """There are no ids: the n-th of those alike in a message is the n-th again when it comes twice."""
        alike: Counter[tuple[str, int, Row]] = Counter()
        for of in wire.LIQUIDATIONS.decode(frame).data:
            kept = self._find(of.inst, kind_of(of.inst))
            if kept is None:
                continue
            for one in of.details:
                side = _POSITIONS.get(one.position, -_SIDES[one.side])
                row: Row = (Kind.LIQUIDATION, side, one.px, one.sz * kept.contract)
                alike[of.inst, one.ts, row] += 1
                if kept.liquidations.new((one.ts, row, alike[of.inst, one.ts, row])):
                    self._sink.rows(kept.inst, Flow.TRADES, one.ts * _MS, 0, recv, connection, (row,))
                else:
                    self.tally.noticed["liquidations known already"] += 1

    def _bar(self, kept: OkxKept, frame: bytes, recv: int, connection: int) -> None:
        for c in wire.CANDLES.decode(frame).data:
            volume = c.volume * kept.contract
            bar = checked(Bar(c.start * _MS, c.open, c.high, c.low, c.close, volume))
            if c.confirm == "0":
                self.tally.passed["growing bar"] += 1
                continue
            give = self._bars.whole if c.confirm else self._bars.grow
            if not give(kept.inst, bar, recv, connection):
                self.tally.noticed["bars known already"] += 1


class PublicLine(OkxLine):
    """The socket at `/ws/v5/public`."""

    name = "public"
    rules = Rules(
        heartbeat=Heartbeat(20.0, b"ping"),
        topics_a_connection=300,
        requests_a_second=2.0,
    )
    _TOPICS: ClassVar = {
        Channel.TRADES: "trades",
        Channel.DEPTH: "books",
        Channel.BBO: "bbo-tbt",
        Channel.MARK: "mark-price",
        Channel.INDEX: "index-tickers",
        Channel.FUNDING: "funding-rate",
        Channel.OPEN_INTEREST: "open-interest",
        Channel.LIQUIDATIONS: "liquidation-orders",
    }


class BusinessLine(OkxLine):
    """The socket at `/ws/v5/business`."""

    name = "business"
    rules = PublicLine.rules
    _TOPICS: ClassVar = {Channel.KLINES: "candle1m"}


def _topic(channel: str, inst: str) -> str:
    return f"{channel}:{inst}"


def _request(op: str, topics: Sequence[str], request: int) -> bytes:
    args = []
    for topic in topics:
        channel, _, inst = topic.partition(":")
        args.append({"channel": channel, "instType" if topic == _SWAPS else "instId": inst})
    return msgspec.json.encode({"id": str(request), "op": op, "args": args})
