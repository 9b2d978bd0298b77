"""Bybit's public sockets of v5: one for spot, one for linear contracts.

Source: bybit-exchange.github.io/docs/v5/ws/connect and /v5/websocket/public, read in November 2026: a ping
every 20 s; at most 10 topics a request on spot, 21,000 characters of topics a connection. A book's `u` counts
by one; `u` 1 or a second snapshot replaces the book. Depth 1 repeats its snapshot after three quiet seconds.

| topic | rows |
| --- | --- |
| publicTrade | trades |
| orderbook.50 | changed levels, every 20 ms |
| orderbook.1 | the touch |
| tickers (linear) | mark, index, funding, open interest: a delta has only what changed |
| allLiquidation, liquidation (retired) | liquidations |
| kline.1 | bars that are confirmed |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import ClassVar, Final

import msgspec

from titan.market.tape.rows import Kind
from titan.model.instrument import InstrumentKind
from titan.venues.ahead import Latest
from titan.venues.bars import Bar, Bars, checked
from titan.venues.bybit import wire
from titan.venues.bybit.names import listing
from titan.venues.chain import Chain, Update
from titan.venues.marks import Marks
from titan.venues.sink import Flow, Level, Row, Sink
from titan.venues.stream import Acked, Channel, Fetch, Heartbeat, Market, Refused, Resubscribe, Rules, Wish
from titan.venues.text import Hears, Kept, TextLine

DEPTH: Final = "50"
"""Levels a side: the deepest of those that come every 20 ms; 200 levels come a fifth as often."""
_MS: Final = 1_000_000
_SIDES: Final = {"Buy": 1, "Sell": -1}
_START: Final = b'{"topic":"'
_PASSED: Final = {
    "order": "private", "execution": "private", "wallet": "private", "position": "private",
    "greeks": "private", "dcp": "private", "rfq": "private", "tickers_lt": "leveraged tokens",
    "kline_lt": "leveraged tokens", "lt": "leveraged tokens", "insurance": "insurance fund",
    "priceLimit": "price limits", "adlAlert": "deleveraging alert", "system": "status",
    "spread": "private", "ob": "binary depth",
    "trade": "retired format", "orderBookL2_25": "retired format", "orderBook_200": "retired format",
    "instrument_info": "retired format", "klineV2": "retired format", "candle": "retired format",
    "bookTicker": "retired format", "depth": "retired format", "realtimes": "retired format",
    "kline_1m": "retired format", "mergedDepth": "retired format", "diffDepth": "retired format",
    "wholeRealTime": "retired format", "orderbook40": "retired format",
}  # fmt: skip


class Ticker:
    """The funding rate and its time as they were said last, and when anything was."""

    def __init__(self) -> None:
        self.rate: float | None = None
        self.settles = 0
        self.said = Latest()


class BybitKept(Kept):
    def __init__(self, market: Market, depth: Chain) -> None:
        super().__init__(market, depth)
        self.ticker = Ticker()
        self.bid: Level | None = None
        self.ask: Level | None = None
        self.touch_u = -1


class BybitLine(TextLine[BybitKept]):
    """Base of both."""

    name: str
    rules: Rules
    kind: ClassVar[InstrumentKind]
    _TOPICS: ClassVar[dict[Channel, str]]
    _FROM = len(_START)
    _STOP = b'"'

    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self._sink = sink
        self._bars = Bars(sink)
        self._marks = Marks(sink, self.tally)
        self._hears: dict[str, Hears[BybitKept]] = {
            "publicTrade": self._trades,
            "orderbook": self._depth,
            "tickers": self._ticker,
            "allLiquidation": self._liquidations,
            "liquidation": self._old_liquidation,
            "kline": self._bar,
        }

    def path(self) -> str:
        raise NotImplementedError

    def topics(self, wish: Wish) -> tuple[str, ...]:
        topic = self._TOPICS.get(wish.channel)
        if topic is None or wish.market.kind is not self.kind:
            return ()
        kept = self._know(wish.market)
        if wish.channel is Channel.DEPTH:
            kept.depth.topic = f"{topic}.{wish.market.native}"
        return (f"{topic}.{wish.market.native}",)

    def fetches(self, wish: Wish) -> tuple[Fetch, ...]:
        """Everything is streamed."""
        del wish
        return ()

    def answer(self, fetch: Fetch, body: bytes, recv: int) -> None:
        """Nothing is asked for by REST here."""

    def subscribe(self, topics: Sequence[str], request: int) -> bytes:
        return msgspec.json.encode({"op": "subscribe", "req_id": str(request), "args": list(topics)})

    def unsubscribe(self, topics: Sequence[str], request: int) -> bytes:
        return msgspec.json.encode({"op": "unsubscribe", "req_id": str(request), "args": list(topics)})

    def _keep(self, market: Market) -> BybitKept:
        chain = Chain(market, self._sink, self.tally, lambda _n: self._again(chain))
        return BybitKept(market, chain)

    def _again(self, chain: Chain) -> None:
        self.events.append(Resubscribe((chain.topic,)))

    def _meet(self, frame: bytes, recv: int, connection: int) -> tuple[Hears[BybitKept], BybitKept] | None:
        del connection
        said = wire.SAID.decode(frame)
        if not said.topic or said.event:
            self._answered(said, frame, recv)
            return None
        name, _, rest = said.topic.partition(".")
        if name not in self._hears:
            if name in _PASSED:
                self.tally.passed[_PASSED[name]] += 1
            else:
                self.tally.say_unknown(name[:60], frame, recv)
            return None
        if b'"generated":true' in frame or (name == "liquidation" and b'"updatedTime"' not in frame):
            self.tally.passed["retired format"] += 1
            return None
        return self._way(said.topic, name, rest, frame)

    def _way(
        self, topic: str, name: str, rest: str, frame: bytes
    ) -> tuple[Hears[BybitKept], BybitKept] | None:
        detail, _, symbol = rest.rpartition(".")
        why = self._unwanted(name, detail)
        if why:
            self.tally.passed[why] += 1
            return None
        kept = self._find(symbol, self.kind)
        if kept is None:
            return None
        hears = self._hears[name]
        if name == "orderbook":
            if detail == "1":
                hears = self._touch
            else:
                kept.depth.topic = kept.depth.topic or topic
                if kept.depth.topic != topic:
                    self.tally.passed["another depth"] += 1
                    return None
        return self._route(frame, frame.startswith(b'%b%b"' % (_START, topic.encode())), hears, kept)

    def _unwanted(self, name: str, detail: str) -> str:
        if name == "orderbook" and not detail.isdigit():
            return "another depth"
        if name == "kline" and detail != "1":
            return "bars of another length"
        if self.kind is InstrumentKind.SPOT and name == "tickers":
            return "ticker"
        if self.kind is InstrumentKind.SPOT and name in ("allLiquidation", "liquidation"):
            return "of contracts"
        return ""

    def _why_not(self, symbol: str, kind: InstrumentKind) -> str:
        if listing(symbol, kind) is not None:
            return "not subscribed"
        return "inverse contract" if symbol.endswith("USD") else "not carried"

    def _answered(self, said: wire.Said, frame: bytes, recv: int) -> None:
        """Anything that is no data."""
        word = said.ret_msg or said.retMsg
        if said.op == "pong" or word == "pong" or (said.op == "ping" and said.success is True):
            self.tally.passed["pong"] += 1
        elif said.event:
            self.tally.passed["retired format"] += 1
        elif said.op in ("subscribe", "unsubscribe") or said.type == "COMMAND_RESP":
            self._asked(said, word)
        elif said.pong is not msgspec.UNSET:
            self.tally.passed["pong"] += 1
        elif said.op == "ping":
            self.tally.passed["request"] += 1
        elif said.op == "auth" or said.op.startswith("order."):
            self.tally.passed["private"] += 1
        elif said.result is not msgspec.UNSET:
            self.tally.passed["REST answer"] += 1
        elif said.success is not msgspec.UNSET:
            self.tally.passed["acknowledged" if said.success else "refused"] += 1
        else:
            self.tally.say_unknown(said.op[:60] or "without a topic", frame, recv)

    def _asked(self, said: wire.Said, word: str) -> None:
        request = int(said.req_id) if said.req_id.isascii() and said.req_id.isdigit() else 0
        if said.success is msgspec.UNSET:
            self.tally.passed["request"] += 1
        elif said.success:
            self.tally.passed["acknowledged"] += 1
            if request:
                self.events.append(Acked(request))
        else:
            self.tally.passed["refused"] += 1
            if request:
                self.events.append(Refused(request, word))

    def _trades(self, kept: BybitKept, frame: bytes, recv: int, connection: int) -> None:
        said = wire.TRADES.decode(frame)
        event, new, trade = said.ts * _MS, kept.deals.new, self._sink.trade
        inst, size = kept.inst, kept.contract
        for t in said.data:
            if new(t.id):
                trade(inst, t.ms * _MS, event, recv, connection, _SIDES[t.side], t.px, t.qty * size)
            else:
                self.tally.noticed["trades known already"] += 1

    def _depth(self, kept: BybitKept, frame: bytes, recv: int, connection: int) -> None:
        said = wire.DEPTH.decode(frame)
        data = said.data
        if data.s and data.s != kept.market.native:
            raise ValueError("the topic and its data name different symbols")
        bids, asks = _sized(data.b, kept.contract), _sized(data.a, kept.contract)
        event, u = said.ts * _MS, data.u
        ts = said.cts * _MS if said.cts else event
        update = Update(u - 1, u, ts, event, recv, connection, bids, asks)
        if said.type == "snapshot" or u == 1:
            kept.depth.snapshot(update, anew=u == 1)
        else:
            kept.depth.update(update)

    def _touch(self, kept: BybitKept, frame: bytes, recv: int, connection: int) -> None:
        """Depth 1. Before 2025 it came as deltas too: only the side that changed, the old level deleted."""
        said = wire.DEPTH.decode(frame)
        event = said.ts * _MS
        ts = said.cts * _MS if said.cts else event
        u = said.data.u
        if kept.touched.place(event, recv, u) <= 0:
            self.tally.noticed["quotes known already"] += 1
            return
        bid, ask = _best(said.data.b, max), _best(said.data.a, min)
        if said.type == "delta":
            follows = u == kept.touch_u + 1
            bid = bid or (kept.bid if follows and not said.data.b else None)
            ask = ask or (kept.ask if follows and not said.data.a else None)
        kept.bid, kept.ask, kept.touch_u = bid, ask, u
        if bid is None or ask is None or bid[0] >= ask[0]:
            self.tally.passed["one-sided or crossed quote"] += 1
            return
        size = kept.contract
        self._sink.quote(kept.inst, ts, event, recv, connection, bid[0], bid[1] * size, ask[0], ask[1] * size)

    def _ticker(self, kept: BybitKept, frame: bytes, recv: int, connection: int) -> None:
        said = wire.TICKERS.decode(frame)
        data, state, ts = said.data, kept.ticker, said.ts * _MS
        if state.said.place(ts, recv, said.cs) <= 0:
            self.tally.noticed["known already"] += 1
            return
        rows: list[Row] = []
        if data.mark:
            rows.append((Kind.MARK, 0, data.mark, 0.0))
        if data.index:
            rows.append((Kind.INDEX, 0, data.index, 0.0))
        if isinstance(data.rate, float) or isinstance(data.settles, int):
            state.rate = data.rate if isinstance(data.rate, float) else state.rate
            state.settles = data.settles if isinstance(data.settles, int) else state.settles
            if state.rate is None or not state.settles:
                self.tally.noticed["funding without its rate or time"] += 1
            else:
                rows.append((Kind.FUNDING, 0, state.rate, float(state.settles)))
        if isinstance(data.held, float):
            rows.append((Kind.OPEN_INTEREST, 0, 0.0, data.held * kept.contract))
        if rows:
            self._marks.say(kept.inst, rows, ts, recv, connection)

    def _liquidations(self, kept: BybitKept, frame: bytes, recv: int, connection: int) -> None:
        said = wire.LIQUIDATIONS.decode(frame)
        self._liquidated(kept, said.data, said.ts * _MS, recv, connection)

    def _old_liquidation(self, kept: BybitKept, frame: bytes, recv: int, connection: int) -> None:
        said = wire.OLD_LIQUIDATIONS.decode(frame)
        self._liquidated(kept, (said.data,), said.ts * _MS, recv, connection)

    def _liquidated(
        self, kept: BybitKept, all_: Sequence[wire.Liquidation], event: int, recv: int, connection: int
    ) -> None:
        """The side is that of the position: "Buy" was a long. There are no ids: the n-th of those alike in a
        message is the n-th again when the message comes twice."""
        alike: Counter[tuple[int, Row]] = Counter()
        for one in all_:
            row: Row = (Kind.LIQUIDATION, _SIDES[one.side], one.px, one.qty * kept.contract)
            alike[one.ms, row] += 1
            if kept.liquidations.new((one.ms, row, alike[one.ms, row])):
                self._sink.rows(kept.inst, Flow.TRADES, one.ms * _MS, event, recv, connection, (row,))
            else:
                self.tally.noticed["liquidations known already"] += 1

    def _bar(self, kept: BybitKept, frame: bytes, recv: int, connection: int) -> None:
        for c in wire.CANDLES.decode(frame).data:
            volume = c.volume * kept.contract
            bar = checked(Bar(c.start * _MS, c.open, c.high, c.low, c.close, volume))
            if not c.confirm:
                self.tally.passed["growing bar"] += 1
            elif not self._bars.whole(kept.inst, bar, recv, connection):
                self.tally.noticed["bars known already"] += 1


class SpotLine(BybitLine):
    """The socket at `/v5/public/spot`."""

    name = "spot"
    kind = InstrumentKind.SPOT
    rules = Rules(
        heartbeat=Heartbeat(20.0, b'{"op":"ping"}'),
        topics_a_connection=400,
        topics_a_request=10,
        requests_a_second=5.0,
    )
    _TOPICS: ClassVar = {
        Channel.TRADES: "publicTrade",
        Channel.DEPTH: f"orderbook.{DEPTH}",
        Channel.BBO: "orderbook.1",
        Channel.KLINES: "kline.1",
    }

    def path(self) -> str:
        return "/v5/public/spot"


class PerpLine(BybitLine):
    """The socket at `/v5/public/linear`."""

    name = "perp"
    kind = InstrumentKind.PERP
    rules = SpotLine.rules._replace(topics_a_request=100)
    _TOPICS: ClassVar = {
        **SpotLine._TOPICS,
        Channel.MARK: "tickers",
        Channel.INDEX: "tickers",
        Channel.FUNDING: "tickers",
        Channel.OPEN_INTEREST: "tickers",
        Channel.LIQUIDATIONS: "allLiquidation",
    }

    def path(self) -> str:
        return "/v5/public/linear"


def _sized(levels: list[Level], contract: float) -> list[Level]:
    return levels if contract == 1.0 else [(px, qty * contract) for px, qty in levels]


def _best(levels: list[Level], of: Callable[[list[Level]], Level]) -> Level | None:
    """The best level that is not a deletion."""
    there = [level for level in levels if level[1]]
    return of(there) if there else None
