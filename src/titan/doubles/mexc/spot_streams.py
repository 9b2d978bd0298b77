"""Spot's public streams: what each says, and when.

www.mexc.com/api-docs/spot-v3, "Websocket Market Streams" (read 2026-11-21). The streams called `aggre` gather
for 10 or 100 ms. An update of the book begins one above the last one's `toVersion`; versions are those of
`GET depth`. Streams that the venue has given up (mini tickers, depth and deals of the old kind) are unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Protocol

from titan.doubles.market import Trade
from titan.doubles.market_text import MarketText
from titan.doubles.mexc import spot_wire as wire
from titan.doubles.mexc.spot_call import MS
from titan.doubles.publish import Tick

_TOPIC: Final = re.compile(
    r"spot@public\.(?:"
    r"(?P<aggre>aggre\.(?:deals|depth|bookTicker))\.v3\.api\.pb@(?P<ms>10|100)ms@(?P<a>[A-Z0-9]+)"
    r"|(?P<batch>bookTicker\.batch)\.v3\.api\.pb@(?P<b>[A-Z0-9]+)"
    r"|(?P<limit>limit\.depth)\.v3\.api\.pb@(?P<c>[A-Z0-9]+)@(?P<levels>5|10|20)"
    r"|(?P<kline>kline)\.v3\.api\.pb@(?P<d>[A-Z0-9]+)@(?P<interval>\w+))"
)
INTERVALS: Final = {
    "Min1": 60, "Min5": 300, "Min15": 900, "Min30": 1800, "Min60": 3600, "Hour4": 14_400, "Hour8": 28_800,
    "Day1": 86_400, "Week1": 604_800, "Month1": 2_592_000,
}  # fmt: skip
_SECOND: Final = 1_000_000_000
Said = tuple[int, bytes]
"""Field number of the body, and the body."""


class Feed(Protocol):
    """`hear` takes what changed, `say` gives what is to be told, called at most every `every_ns`."""

    every_ns: int
    numbered: bool

    def hear(self, tick: Tick) -> None: ...

    def say(self) -> Iterator[Said]: ...


class Deals:
    numbered = False

    def __init__(self, market: MarketText, event: str, every_ns: int) -> None:
        self.every_ns = every_ns
        self._market, self._event = market, event
        self._waiting: list[Trade] = []

    def hear(self, tick: Tick) -> None:
        self._waiting += tick.trades

    def say(self) -> Iterator[Said]:
        if self._waiting:
            deals = [self._deal(t) for t in self._waiting]
            self._waiting.clear()
            yield wire.AGGRE_DEALS, wire.repeated(1, deals) + wire.field(2, self._event)

    def _deal(self, trade: Trade) -> bytes:
        t = self._market.trade(trade)
        return wire.message(t.price, t.size, 1 if trade.side > 0 else 2, t.at_ms, t.id)


class Depth:
    """Every change of the book since the last update."""

    numbered = True

    def __init__(self, market: MarketText, event: str, every_ns: int) -> None:
        self.every_ns = every_ns
        self._market, self._event = market, event
        self._bids: dict[int, int] = {}
        self._asks: dict[int, int] = {}
        self._last = market.update_id

    def hear(self, tick: Tick) -> None:
        self._bids.update(tick.bids)
        self._asks.update(tick.asks)

    def say(self) -> Iterator[Said]:
        if not self._bids and not self._asks:
            return
        first, self._last = self._last + 1, self._market.update_id
        bids, asks = self._market.text(list(self._bids.items())), self._market.text(list(self._asks.items()))
        self._bids.clear()
        self._asks.clear()
        sides = wire.levels(1, asks) + wire.levels(2, bids)
        yield wire.AGGRE_DEPTHS, sides + wire.message(None, None, self._event, str(first), str(self._last))


class LimitDepth:
    """The best levels, whole, whenever one of them changed."""

    numbered = False
    every_ns = 100 * MS

    def __init__(self, market: MarketText, event: str, depth: int) -> None:
        self._market, self._event, self._depth = market, event, depth
        self._told: object = None

    def hear(self, tick: Tick) -> None:
        """The book is read when it is told."""

    def say(self) -> Iterator[Said]:
        bids, asks = self._market.levels(self._depth)
        if (bids, asks) != self._told:
            self._told = bids, asks
            version = str(self._market.update_id)
            sides = wire.levels(1, asks) + wire.levels(2, bids)
            yield wire.LIMIT_DEPTHS, sides + wire.message(None, None, self._event, version)


class Quote:
    """The best bid and ask whenever they changed."""

    numbered = False

    def __init__(self, market: MarketText, body: int, every_ns: int) -> None:
        self.every_ns = every_ns
        self._market, self._body = market, body
        self._told: object = None

    def hear(self, tick: Tick) -> None:
        """The touch is read when it is told."""

    def say(self) -> Iterator[Said]:
        m = self._market
        touch = (bid, bid_lots), (ask, ask_lots) = m.market.bid, m.market.ask
        if touch == self._told:
            return
        self._told = touch
        prices = (m.price(bid), m.size(bid_lots), m.price(ask), m.size(ask_lots))
        if self._body == wire.QUOTE_BATCH:
            yield self._body, wire.repeated(1, [wire.message(*prices)]) + wire.field(2, str(m.update_id))
        else:
            yield self._body, wire.message(*prices, str(m.update_id))


class Klines:
    """The running candle, at most once a second; first the one before, when another began since."""

    numbered = False
    every_ns = _SECOND

    def __init__(self, market: MarketText, interval: str) -> None:
        self._market, self._interval = market, interval
        self._running = 0
        self._moved = False

    def hear(self, tick: Tick) -> None:
        self._moved = self._moved or bool(tick.trades)

    def say(self) -> Iterator[Said]:
        if not self._moved:
            return
        self._moved, seconds = False, INTERVALS[self._interval]
        newest = self._market.candles(seconds, "last", None, None, 2)
        before, self._running = self._running, newest[0].start_ms
        for c in reversed(newest):
            if c.start_ms >= (before or self._running):
                opened, high, low, closed = c.prices
                start = c.start_ms // 1000
                yield (
                    wire.KLINE,
                    wire.message(
                        self._interval,
                        start,
                        opened,
                        closed,
                        high,
                        low,
                        c.volume,
                        c.turnover,
                        start + seconds,
                    ),
                )


def market_of(topic: str) -> str | None:
    """The symbol of a public stream; None when there is no such stream."""
    found = _TOPIC.fullmatch(topic)
    if found is None or (found["kline"] and found["interval"] not in INTERVALS):
        return None
    return found["a"] or found["b"] or found["c"] or found["d"]


def feed(topic: str, market: MarketText) -> Feed:
    """The feed of a stream that `market_of` knows."""
    found = _TOPIC.fullmatch(topic)
    if found is None:
        raise KeyError(topic)
    event, every = topic.rpartition("@")[0], int(found["ms"] or 0) * MS
    if found["kline"]:
        return Klines(market, found["interval"])
    if found["limit"]:
        return LimitDepth(market, event.rpartition("@")[0], int(found["levels"]))
    if found["batch"]:
        return Quote(market, wire.QUOTE_BATCH, 5 * MS)
    if found["aggre"] == "aggre.deals":
        return Deals(market, event, every)
    return (
        Depth(market, event, every)
        if found["aggre"] == "aggre.depth"
        else Quote(market, wire.AGGRE_QUOTE, every)
    )
