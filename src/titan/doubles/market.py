"""What a double shows the public of one instrument: book, trades, statistics, candles, mark and funding."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any, Final

import msgspec
from sortedcontainers import SortedDict

from titan.model.instrument import HOUR_NS, Instrument

KEPT_TRADES: Final = 1000
KEPT_CANDLES: Final = 1500
MINUTE_NS: Final = 60_000_000_000

Levels = list[tuple[int, int]]
"""(ticks, lots), best first."""


class Trade(msgspec.Struct, frozen=True):
    """`side` is the taker's: +1 buyer, -1 seller. Ids run from 1 without a hole."""

    id: int
    time_ns: int
    ticks: int
    lots: int
    side: int


class Liquidation(msgspec.Struct, frozen=True):
    """`side` is that of the position that was closed: +1 a long."""

    time_ns: int
    ticks: int
    lots: int
    side: int


class Candle(msgspec.Struct):
    """One interval; prices in ticks, volumes in lots, `value` in ticks times lots."""

    open_ns: int
    open: int
    high: int
    low: int
    close: int
    lots: int = 0
    value: int = 0
    count: int = 0
    bought_lots: int = 0
    bought_value: int = 0
    first_id: int = 0
    last_id: int = 0

    def add(self, trade: Trade) -> None:
        self.high, self.low = max(self.high, trade.ticks), min(self.low, trade.ticks)
        self.close = trade.ticks
        self.lots += trade.lots
        self.value += trade.ticks * trade.lots
        self.count += 1
        self.last_id = trade.id
        if trade.side > 0:
            self.bought_lots += trade.lots
            self.bought_value += trade.ticks * trade.lots

    def absorb(self, later: Candle) -> None:
        """Take in the candle that follows, for longer intervals."""
        self.high, self.low = max(self.high, later.high), min(self.low, later.low)
        self.close, self.last_id = later.close, later.last_id
        self.lots, self.value = self.lots + later.lots, self.value + later.value
        self.count += later.count
        self.bought_lots += later.bought_lots
        self.bought_value += later.bought_value


def opened(trade: Trade, open_ns: int) -> Candle:
    """A candle that begins with a trade."""
    t = trade.ticks
    candle = Candle(open_ns, t, t, t, t, first_id=trade.id)
    candle.add(trade)
    return candle


class Market:
    """One instrument's public state. Prices are ticks and sizes lots; `price` and `size` make Decimals."""

    def __init__(self, index: int, instrument: Instrument, start_ns: int) -> None:
        self.index = index
        self.instrument = instrument
        self.start_ns = start_ns
        self.bids: Any = SortedDict()
        self.asks: Any = SortedDict()
        self.deep = False
        self.update_id = 1_000
        """Of the last change of the book; ids are contiguous."""
        self.book_ns = start_ns
        self.trades: deque[Trade] = deque(maxlen=KEPT_TRADES)
        self.trade_id = 0
        self.candles: deque[Candle] = deque(maxlen=KEPT_CANDLES)
        self.day: Candle | None = None
        """Everything since the double's start, as one candle."""
        self.mark = self.index_price = self.rate = self.interest = 0.0
        self.funding_ms = 0

    @property
    def is_perp(self) -> bool:
        return self.instrument.kind == "perp"

    def price(self, ticks: int) -> Decimal:
        return self.instrument.price(ticks)

    def size(self, lots: int) -> Decimal:
        return self.instrument.size(lots)

    def top(self, depth: int) -> tuple[Levels, Levels]:
        """The best `depth` levels of each side (bids, asks), best first."""
        return list(islice(reversed(self.bids.items()), depth)), list(islice(self.asks.items(), depth))

    @property
    def bid(self) -> tuple[int, int]:
        """(ticks, lots); zeros when there is none."""
        return self.bids.peekitem(-1) if self.bids else (0, 0)

    @property
    def ask(self) -> tuple[int, int]:
        return self.asks.peekitem(0) if self.asks else (0, 0)

    @property
    def last_ticks(self) -> int:
        """The last trade, else the middle of the touch; 0 when nothing is known."""
        if self.trades:
            return self.trades[-1].ticks
        bid, ask = self.bid[0], self.ask[0]
        return (bid + ask) // 2 if bid and ask else bid or ask

    @property
    def mark_price(self) -> Decimal:
        """The tape's mark where it has one, else the last price."""
        return _near(self.mark, 8) if self.mark > 0 else self.price(self.last_ticks)

    @property
    def index_mark(self) -> Decimal:
        """The index price, else the mark."""
        return _near(self.index_price, 8) if self.index_price > 0 else self.mark_price

    @property
    def funding_rate(self) -> Decimal:
        return _near(self.rate, 8)

    def next_funding_ms(self, now_ns: int) -> int:
        """When the next settlement is due: as the tape says, else on the interval's grid of the day."""
        if self.funding_ms * 1_000_000 > now_ns:
            return self.funding_ms
        interval = self.instrument.funding_interval_ns or 8 * HOUR_NS
        return (now_ns // interval + 1) * interval // 1_000_000

    def spans(self, interval_ns: int) -> Iterator[Candle]:
        """Candles of an interval that is whole minutes, oldest first."""
        current: Candle | None = None
        for minute in self.candles:
            begin = minute.open_ns - minute.open_ns % interval_ns
            if current is not None and current.open_ns == begin:
                current.absorb(minute)
                continue
            if current is not None:
                yield current
            current = msgspec.structs.replace(minute, open_ns=begin)
        if current is not None:
            yield current

    def add_trade(self, time_ns: int, ticks: int, lots: int, side: int) -> Trade:
        """Number a trade and count it in candles and statistics."""
        self.trade_id += 1
        trade = Trade(self.trade_id, time_ns, ticks, lots, side or 1)
        self.trades.append(trade)
        begin = time_ns - time_ns % MINUTE_NS
        if self.candles and self.candles[-1].open_ns == begin:
            self.candles[-1].add(trade)
        else:
            self.candles.append(opened(trade, begin))
        if self.day is None:
            self.day = opened(trade, self.start_ns)
        else:
            self.day.add(trade)
        return trade


def _near(value: float, decimals: int) -> Decimal:
    return Decimal(repr(round(value, decimals)))
