"""MEXC's perpetuals: JSON both ways, sizes in contracts.

Source: www.mexc.com/api-docs, "Futures, WebSocket API" (November 2026): without a ping within a minute the
connection is closed; one message subscribes one topic, and its answer names the channel, not the request.
Depth and trades come merged by default: an update then says its `begin` and `end` version. The settlement
time of the funding rate came into `push.funding.rate` later; before that it is asked by REST.

| channel | rows |
| --- | --- |
| push.deal | trades; an array today, one object in captures before 2025 |
| push.depth | changed levels |
| push.depth.full | the touch, from its first levels |
| push.ticker | mark, index, funding, open interest |
| push.fair.price, push.index.price, push.funding.rate, push.kline | what they say |
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import ClassVar, Final

import msgspec

from titan.market.tape.rows import Kind
from titan.model.instrument import InstrumentKind
from titan.venues.bars import Bar, checked
from titan.venues.bounds import QTY_BELOW
from titan.venues.depth import Update
from titan.venues.mexc import contracts
from titan.venues.mexc.line import BROKEN, Book, MexcLine
from titan.venues.mexc.names import MINUTE
from titan.venues.mexc.numbers import of_contracts, version
from titan.venues.numbers import moment, positive
from titan.venues.sink import Row, Sink
from titan.venues.stream import Acked, Channel, Fetch, Heartbeat, Market, Refused, Rules, Wish

_TOPICS: Final = {
    Channel.TRADES: "deal",
    Channel.DEPTH: "depth",
    Channel.BBO: "depth.full",
    Channel.MARK: "fair.price",
    Channel.INDEX: "index.price",
    Channel.FUNDING: "funding.rate",
    Channel.OPEN_INTEREST: "ticker",
    Channel.KLINES: "kline",
}
_PASSED: Final = {
    "push.tickers": "tickers of all contracts",
    "push.contract": "contract rules",
    "push.event.contract": "contract rules",
    "push.depth.step": "depth in steps",
    "push.fullDepth": "depth of few levels",
    "clientId": "hello",
    "pong": "pong",
}
_PENDING: Final = 1000


class PerpLine(MexcLine):
    """The socket at `/edge`."""

    name = "perp"
    kind: ClassVar[InstrumentKind] = InstrumentKind.PERP
    rules = Rules(
        heartbeat=Heartbeat(15.0, b'{"method":"ping"}'),
        topics_a_connection=100,
        topics_a_request=1,
        requests_a_second=10.0,
        silence_s=30.0,
    )

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink)
        self._pending: deque[tuple[int, str]] = deque(maxlen=_PENDING)
        self._settles: dict[int, int] = {}

    def path(self) -> str:
        return "/edge"

    def topics(self, wish: Wish) -> tuple[str, ...]:
        topic = _TOPICS.get(wish.channel)
        if topic is None or wish.market.kind is not InstrumentKind.PERP:
            return ()
        self._know(wish.market)
        return (f"{topic}@{wish.market.native}",)

    def fetches(self, wish: Wish) -> tuple[Fetch, ...]:
        if wish.channel is not Channel.FUNDING or wish.market.kind is not InstrumentKind.PERP:
            return ()
        path = f"/api/v1/contract/funding_rate/{wish.market.native}"
        return (Fetch(wish.market, "funding", path, 300.0),)

    def subscribe(self, topics: Sequence[str], request: int) -> bytes:
        self._pending.extend((request, topic) for topic in topics)
        return self._request("sub", topics)

    def unsubscribe(self, topics: Sequence[str], request: int) -> bytes:
        self._pending.extend((request, f"un{topic}") for topic in topics)
        return self._request("unsub", topics)

    def hear(self, frame: bytes, recv: int, connection: int) -> None:
        self.tally.messages += 1
        try:
            push = contracts.PUSH.decode(frame)
        except BROKEN as e:
            if isinstance(e, msgspec.ValidationError) and frame.startswith(b'["push.'):
                self.tally.passed["retired format"] += 1
            else:
                self.tally.say_malformed("text", str(e), frame, recv)
            return
        try:
            self._push(push, frame, recv, connection)
        except BROKEN as e:
            if (
                isinstance(e, msgspec.ValidationError) and b'"p":"' in frame
            ):  # prices were text in the old streams of spot, and never here
                self.tally.passed["retired format"] += 1
            else:
                self.tally.say_malformed(push.channel[:60], str(e), frame, recv)

    def lost(self, topics: Sequence[str], recv: int) -> None:
        for topic in topics:
            name, _, symbol = topic.partition("@")
            if name == "depth" and symbol in self._books:
                self._books[symbol].depth.lost(recv)

    def _request(self, verb: str, topics: Sequence[str]) -> bytes:
        name, _, symbol = topics[0].partition("@")
        param: dict[str, object] = {"symbol": symbol}
        if name == "kline":
            param["interval"] = MINUTE
        elif name == "depth.full":
            param["limit"] = 5
        return msgspec.json.encode({"method": f"{verb}.{name}", "param": param})

    def _fetch_depth(self, market: Market) -> Fetch:
        return Fetch(market, "depth", f"/api/v1/contract/depth/{market.native}?limit=1000")

    def _answer(self, book: Book, what: str, body: bytes, recv: int) -> None:
        if what == "funding":
            said = contracts.FUNDING_ANSWER.decode(body).data
            self._funding(book, said, moment(said.timestamp) if said.timestamp else recv, recv, 0)
            return
        answer = contracts.DEPTH_ANSWER.decode(body).data
        contract = book.market.contract
        book.depth.snapshot(
            version(answer.version), moment(answer.timestamp), recv, 0,
            of_contracts(answer.bids, contract), of_contracts(answer.asks, contract),
        )  # fmt: skip

    def _push(self, push: contracts.Push, frame: bytes, recv: int, connection: int) -> None:
        channel = push.channel
        hears = self._HEARS.get(channel)
        if hears is not None:
            if push.symbol_display:
                self.tally.passed["retired format"] += 1
                return
            book = self._book(push.symbol)
            if book is not None:
                hears(self, book, push, recv, connection)
        elif channel.startswith("rs."):
            self._said(push)
        elif channel in _PASSED:
            self.tally.passed[_PASSED[channel]] += 1
        elif channel.startswith("push.personal."):
            self.tally.passed["private"] += 1
        elif channel == "push.limit.depth":
            self.tally.passed["retired format"] += 1
        elif not channel and (push.success is not None or push.code is not None):
            self.tally.passed["answer without a question"] += 1
        else:
            self.tally.say_unknown(channel[:60], frame, recv)

    def _said(self, push: contracts.Push) -> None:
        """An answer. It belongs to the oldest request of its kind; an error, to the oldest of all."""
        verb, _, name = push.channel.removeprefix("rs.").partition(".")
        wanted = f"{name}@" if verb == "sub" else f"un{name}@"
        if push.channel == "rs.error":
            self.tally.passed["refused"] += 1
            if self._pending:
                request, topic = self._pending.popleft()
                self.events.append(Refused(request, bytes(push.data).decode("utf-8", "replace"), (topic,)))
            return
        self.tally.passed["acknowledged"] += 1
        for at, (request, topic) in enumerate(self._pending):
            if topic.startswith(wanted):
                del self._pending[at]
                self.events.append(Acked(request, (topic.removeprefix("un") if verb != "sub" else topic,)))
                book = self._books.get(topic.partition("@")[2])
                if verb == "sub" and name == "depth" and book is not None:
                    book.depth.want()
                return

    def _deals(self, book: Book, push: contracts.Push, recv: int, connection: int) -> None:
        deals = contracts.DEALS.decode(push.data)
        inst, contract = book.market.inst, book.market.contract
        made = [
            (moment(d.ms), _SIDES[d.side], positive(d.px), positive(d.contracts * contract, "a size"), d.id)
            for d in (deals if isinstance(deals, list) else (deals,))
        ]
        event = moment(push.ts) if push.ts else 0
        for ts, side, px, qty, trade in made:
            new = book.deals.new(trade) if trade else book.deals.new_of(connection, (ts, side, px, qty))
            if new:
                self._sink.trade(inst, ts, event, recv, connection, side, px, qty)
            else:
                self.tally.noticed["trades known already"] += 1

    def _depth(self, book: Book, push: contracts.Push, recv: int, connection: int) -> None:
        said = contracts.DEPTH.decode(push.data)
        first, last = version(said.begin or said.version), version(said.end or said.version)
        if first > last:
            raise ValueError("an update that ends before it begins")
        event, contract = moment(push.ts), book.market.contract
        ts = moment(said.cts) if said.cts else event
        bids, asks = of_contracts(said.bids, contract), of_contracts(said.asks, contract)
        book.depth.update(Update(first, last, ts, event, recv, connection, bids, asks))

    def _snapshot(self, book: Book, push: contracts.Push, recv: int, connection: int) -> None:
        """The REST answer, as recorders write it between the pushes."""
        said = contracts.DEPTH.decode(push.data)
        contract = book.market.contract
        bids, asks = of_contracts(said.bids, contract), of_contracts(said.asks, contract)
        ts = moment(said.timestamp or push.ts)
        book.depth.snapshot(version(said.version), ts, recv, connection, bids, asks)

    def _touch(self, book: Book, push: contracts.Push, recv: int, connection: int) -> None:
        said = contracts.DEPTH.decode(push.data)
        contract = book.market.contract
        bids, asks = of_contracts(said.bids, contract), of_contracts(said.asks, contract)
        if not bids or not asks:
            self.tally.passed["one-sided quote"] += 1
            return
        (bid, bid_qty), (ask, ask_qty) = max(bids), min(asks)
        if bid > ask:
            raise ValueError("the bid is above the ask")
        order, ts = version(said.version), moment(push.ts)
        if self._newest(book, order, ts, recv):
            self._sink.quote(book.market.inst, ts, ts, recv, connection, bid, bid_qty, ask, ask_qty)

    def _ticker(self, book: Book, push: contracts.Push, recv: int, connection: int) -> None:
        said = contracts.TICKER.decode(push.data)
        ts = moment(said.timestamp or push.ts)
        held = said.hold_vol * book.market.contract
        if not 0 <= held < QTY_BELOW:
            raise ValueError("an open interest that cannot be")
        rows: list[Row] = [
            (Kind.MARK, 0, positive(said.fair_price), 0.0),
            (Kind.INDEX, 0, positive(said.index_price), 0.0),
            (Kind.OPEN_INTEREST, 0, 0.0, held),
        ]
        settles = self._settles.get(book.market.inst, 0)
        if settles * 1_000_000 > ts:
            rows.insert(2, (Kind.FUNDING, 0, _rate_of(said.funding_rate), float(settles)))
        self._marks.say(book.market.inst, rows, ts, recv, connection)

    def _mark(self, book: Book, push: contracts.Push, recv: int, connection: int) -> None:
        said = contracts.PRICE.decode(push.data)
        kind = Kind.MARK if push.channel == "push.fair.price" else Kind.INDEX
        self._marks.say(
            book.market.inst, [(kind, 0, positive(said.price), 0.0)], moment(push.ts), recv, connection
        )

    def _rate(self, book: Book, push: contracts.Push, recv: int, connection: int) -> None:
        self._funding(book, contracts.FUNDING.decode(push.data), moment(push.ts), recv, connection)

    def _funding(self, book: Book, said: contracts.Funding, ts: int, recv: int, connection: int) -> None:
        rate = _rate_of(said.rate if said.funding_rate is None else said.funding_rate)
        if said.next_settle_time:
            moment(said.next_settle_time)
            self._settles[book.market.inst] = said.next_settle_time
        settles = self._settles.get(book.market.inst, 0)
        if not settles:
            self.tally.noticed["funding without its time"] += 1
            return
        self._marks.say(book.market.inst, [(Kind.FUNDING, 0, rate, float(settles))], ts, recv, connection)

    def _kline(self, book: Book, push: contracts.Push, recv: int, connection: int) -> None:
        said = contracts.KLINE.decode(push.data)
        if said.interval != MINUTE:
            self.tally.passed["bars of another length"] += 1
            return
        volume = said.volume * book.market.contract
        bar = Bar(moment(said.start_s * 1000), said.open, said.high, said.low, said.close, volume)
        if not self._bars.grow(book.market.inst, checked(bar), recv, connection):
            self.tally.noticed["bars known already"] += 1

    _HEARS: ClassVar = {
        "push.deal": _deals,
        "push.depth": _depth,
        "push.depth.snapshot": _snapshot,
        "push.depth.full": _touch,
        "push.ticker": _ticker,
        "push.fair.price": _mark,
        "push.index.price": _mark,
        "push.funding.rate": _rate,
        "push.kline": _kline,
    }


_SIDES: Final = {1: 1, 2: -1}


def _rate_of(value: float) -> float:
    if not -1 < value < 1:
        raise ValueError("a funding rate that is not between -1 and 1")
    return value
