"""Everything kept of one market of Binance: decoded messages in, rows out, each once."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Final

import msgspec

from titan.market.tape.rows import Kind
from titan.venues.ahead import Ahead, Latest
from titan.venues.bars import Bar, Bars, checked
from titan.venues.batch import Batch
from titan.venues.binance import frames, hot
from titan.venues.bounds import PX_BELOW
from titan.venues.depth import Depth, Update
from titan.venues.scan import usable
from titan.venues.sink import NO_TS, Flow, Row, Sink
from titan.venues.stream import Market
from titan.venues.tally import Tally

_MS: Final = 1_000_000
_MOST_MISSING: Final = 10_000
_STRANGER: Final = "the stream and its message name different symbols"
METHODS: Final = {
    "trade": "trade", "aggTrade": "aggregate", "bookTicker": "quote", "depthUpdate": "depth",
    "markPriceUpdate": "mark", "forceOrder": "liquidation", "kline": "kline",
}  # fmt: skip
"""The method of `Kept` for a kind of message."""
_NESTED: Final = frozenset({"forceOrder", "kline"})
"""Kinds whose symbol stands within a part of the message."""
_DAY_MS: Final = 86_400_000
USABLE: Final = usable()


class Trades:
    """Ids are counted without a hole, so a late one is told from one that was said."""

    __slots__ = ("ahead", "last", "missing")

    def __init__(self) -> None:
        self.last = -1
        self.missing: set[int] = set()
        self.ahead = Ahead()

    def new(self, number: int, at: int) -> bool:
        """Whether this id comes for the first time. Raises ValueError for one that lies too far ahead."""
        last = self.last
        if number > last:
            self.ahead.newest = last
            self.ahead.believe(number, at)
        if number == last + 1 or last < 0:
            self.last = number
            return True
        if number > last:
            if number - last < _MOST_MISSING:
                self.missing.update(range(last + 1, number))
                if len(self.missing) > _MOST_MISSING:
                    self.missing.clear()
            self.last = number
            return True
        if number in self.missing:
            self.missing.discard(number)
            return True
        if self.ahead.known():
            self.last = -1
        return False


class Kept:
    """One market's streams. Methods are given one decoded message each."""

    def __init__(self, market: Market, sink: Sink, tally: Tally, bars: Bars, depth: Depth) -> None:
        self.market = market
        self.depth_book = depth
        self._inst = market.inst
        self._sink, self._tally, self._bars = sink, tally, bars
        self.trades, self._aggregates = Trades(), Trades()
        self._singles = False
        """Single trades come: the aggregated ones would say the same again."""
        self.quoted = -1
        """Update id of the newest quote."""
        self.memory: list[object] = []
        """What compiled readers hold by its address."""
        self.quotes = Ahead()
        self._marked, self._interest = Latest(), Latest()
        self._bankrupt: dict[tuple[int, str, float], None] = {}

    def hot(self, kind: str, stream: str, slow: Callable[[bytes, int, int], None]) -> hot.Reader | None:
        """A compiled reader of combined frames of one stream, where there is one."""
        batch = self._sink
        if USABLE and kind in hot.KINDS and isinstance(batch, Batch):
            return hot.reader(self, batch, kind, stream, slow)
        return None

    def quick(self, kind: str) -> Callable[[bytes, int, int], None]:
        """A reader of combined frames of one kind, decoded with their envelope in one pass."""
        decode, use, symbol = frames.COMBINED[kind].decode, getattr(self, METHODS[kind]), self.market.native
        named = symbol_of if kind in _NESTED else attrgetter("symbol")

        def read(frame: bytes, recv: int, connection: int) -> None:
            data = decode(frame).data
            if named(data) != symbol:
                raise ValueError(_STRANGER)
            use(data, recv, connection)

        return read

    def trade(self, m: frames.Trade, recv: int, connection: int) -> None:
        if m.fill != "MARKET":
            self._tally.passed["trades not on the market"] += 1
        elif not (m.px and m.qty):
            raise ValueError("a price or size that is not above zero")
        elif self.trades.new(m.id, m.event * _MS):
            self._singles = True
            side = -1 if m.sold else 1
            self._sink.trade(self._inst, m.ms * _MS, m.event * _MS, recv, connection, side, m.px, m.qty)
        else:
            self._tally.noticed["trades known already"] += 1

    def aggregate(self, m: frames.AggTrade, recv: int, connection: int) -> None:
        if self._singles:
            self._tally.passed["aggregated trades beside single ones"] += 1
        elif m.id < 0 or self._aggregates.new(m.id, m.event * _MS):
            side = -1 if m.sold else 1
            self._sink.trade(self._inst, m.ms * _MS, m.event * _MS, recv, connection, side, m.px, m.qty)
        else:
            self._tally.noticed["trades known already"] += 1

    def quote(self, m: frames.Quote, recv: int, connection: int) -> None:
        if m.update <= self.quoted:
            self._tally.noticed["quotes known already"] += 1
            if self.quotes.known():
                self.quoted = -1
            return
        self.quotes.newest = self.quoted
        self.quotes.believe(m.update, m.ms * _MS if m.ms else recv)
        if not (m.bid and m.ask):
            self.quoted = m.update
            self._tally.passed["one-sided quotes"] += 1
        elif m.bid > m.ask:
            raise ValueError("the bid is above the ask")
        else:
            self.quoted = m.update
            ts = m.ms * _MS if m.ms else NO_TS
            self._sink.quote(self._inst, ts, 0, recv, connection, m.bid, m.bid_qty, m.ask, m.ask_qty)

    def depth(self, m: frames.Depth, recv: int, connection: int) -> None:
        if m.first > m.last:
            raise ValueError("an update that ends before it begins")
        first = m.previous + 1 if m.previous >= 0 else m.first
        event = m.event * _MS
        ts = m.ms * _MS if m.ms else event
        self.depth_book.update(Update(first, m.last, ts, event, recv, connection, m.bids, m.asks))

    def snapshot(self, m: frames.Snapshot, recv: int, connection: int) -> None:
        ms = m.ms or m.event
        self.depth_book.snapshot(m.last, ms * _MS if ms else NO_TS, recv, connection, m.bids, m.asks)

    def mark(self, m: frames.Mark, recv: int, connection: int) -> None:
        rows: list[Row] = [(Kind.MARK, 0, m.mark, 0.0)]
        index = float(m.index or 0.0)
        if index:
            if not 0 < index < PX_BELOW:
                raise ValueError("an index that is not above zero")
            rows.append((Kind.INDEX, 0, index, 0.0))
        if m.rate != "" and m.settles:
            rate = float(m.rate)
            if not -1 < rate < 1:
                raise ValueError("a funding rate that is not between -1 and 1")
            # At the settlement itself the message still names the one that has just begun.
            if not -_DAY_MS // 24 <= m.settles - m.event <= _DAY_MS:
                raise ValueError("a settlement that is not within a day")
            rows.append((Kind.FUNDING, 0, rate, float(m.settles)))
        ts = m.event * _MS
        if self._marked.place(ts, recv) <= 0:
            self._tally.noticed["marks known already"] += 1
            return
        self._sink.rows(self._inst, Flow.MARKS, ts, ts, recv, connection, rows)

    def liquidation(self, m: frames.Liquidation, recv: int, connection: int) -> None:
        order = m.order
        key = (order.ms, order.side, order.asked)
        if key in self._bankrupt:
            self._tally.noticed["liquidations known already"] += 1
            return
        self._bankrupt[key] = None
        if len(self._bankrupt) > 256:
            del self._bankrupt[next(iter(self._bankrupt))]
        # The side is the closing order's: a sale closes a long.
        side = {"SELL": 1, "BUY": -1}[order.side]
        row: Row = (Kind.LIQUIDATION, side, order.px or order.limit, order.qty or order.asked)
        self._sink.rows(self._inst, Flow.MARKS, order.ms * _MS, m.event * _MS, recv, connection, (row,))

    def kline(self, m: frames.Kline, recv: int, connection: int) -> None:
        bar = m.bar
        if bar.interval != "1m":
            self._tally.passed["bars of another length"] += 1
        elif bar.whole:
            made = Bar(bar.begins * _MS, bar.open, bar.high, bar.low, bar.close, bar.volume)
            if not self._bars.whole(self._inst, checked(made), recv, connection):
                self._tally.noticed["bars known already"] += 1
        else:
            self._tally.passed["growing bars"] += 1

    def interest(self, m: frames.Interest, recv: int) -> None:
        if self._interest.place(m.time * _MS, recv) > 0:
            row: Row = (Kind.OPEN_INTEREST, 0, 0.0, m.open)
            self._sink.rows(self._inst, Flow.MARKS, m.time * _MS, 0, recv, 0, (row,))


def symbol_of(data: msgspec.Struct) -> str:
    """The symbol that a message names."""
    if isinstance(data, frames.Liquidation):
        return data.order.symbol
    if isinstance(data, frames.Kline):
        return data.bar.symbol
    return data.symbol  # type: ignore[attr-defined, no-any-return]
