"""Bybit's public topics as feeds.

bybit-exchange.github.io/docs/v5/websocket/public (orderbook, trade, ticker, kline, all-liquidation; read
2026-11-21). A book starts with a snapshot, then deltas whose `u` grows by one; the book of one level is
always a snapshot. A spot ticker is always whole, a linear one sends what changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from titan.doubles.bybit import bodies
from titan.doubles.bybit.bodies import Body
from titan.doubles.bybit.rest_public import ticker
from titan.doubles.bybit.topics import INTERVALS, Topic
from titan.doubles.feeds import NOTHING, BookView, CandleFeed, Changed, Feed, silent, span_ms
from titan.doubles.market_text import CandleText, MarketText
from titan.doubles.publish import Tick

SLOW: Final = ("prevPrice24h", "highPrice24h", "lowPrice24h")


def feed(topic: Topic, market: MarketText) -> Feed:
    """The feed of a topic that was parsed for this market."""
    match topic.channel:
        case "orderbook":
            return BookFeed(topic.name, market, int(topic.parameter))
        case "publicTrade":
            return Changed(lambda tick: trades(topic.name, market, tick), silent)
        case "tickers":
            return TickerFeed(topic.name, market)
        case "kline":
            return candles(topic, market)
    return Changed(lambda tick: liquidations(topic.name, market, tick), silent)


class BookFeed:
    """`orderbook.<depth>.<symbol>`."""

    def __init__(self, topic: str, market: MarketText, depth: int) -> None:
        self._topic = topic
        self._market = market
        self._view = BookView(market, depth)
        self._whole = depth == 1

    def _say(self, kind: str, bids: object, asks: object, at_ms: int) -> Body:
        m, view = self._market, self._view
        data = bodies.book(m.symbol, bids, asks, view.number, m.sequence)  # type: ignore[arg-type]
        return bodies.stream(self._topic, kind, data, max(m.now_ms, at_ms), {"cts": at_ms})

    def greet(self) -> Sequence[Body]:
        bids, asks = self._view.told()
        m = self._market
        return (self._say("snapshot", m.text(bids), m.text(asks), m.book_ms),)

    def tell(self, tick: Tick) -> Sequence[Body]:
        change = self._view.change()
        if change is None:
            return NOTHING
        if self._whole or tick.reset:
            return self.greet()
        m = self._market
        return (self._say("delta", m.text(change.bids), m.text(change.asks), tick.time_ns // 1_000_000),)


def trades(topic: str, market: MarketText, tick: Tick) -> Sequence[Body]:
    if not tick.trades:
        return NOTHING
    rows = [
        bodies.public_trade(
            market.symbol, t.id, t.side.capitalize(), t.price, t.size, t.at_ms, t.number,
            linear=not market.spot,
        )
        for t in map(market.trade, tick.trades)
    ]  # fmt: skip
    return (bodies.stream(topic, "snapshot", rows, tick.time_ns // 1_000_000),)


def liquidations(topic: str, market: MarketText, tick: Tick) -> Sequence[Body]:
    if not tick.liquidations:
        return NOTHING
    rows = [
        bodies.liquidation(market.symbol, t.side.capitalize(), t.price, t.size, t.at_ms)
        for t in map(market.liquidated, tick.liquidations)
    ]
    return (bodies.stream(topic, "snapshot", rows, tick.time_ns // 1_000_000),)


class TickerFeed:
    """`tickers.<symbol>`: at first whole; later whole for spot, what changed for linear."""

    def __init__(self, topic: str, market: MarketText) -> None:
        self._topic = topic
        self._market = market
        self._told: Body = self._now()

    def _now(self) -> Body:
        body = ticker(self._market)
        if self._market.spot:
            touch = ("bid1Price", "bid1Size", "ask1Price", "ask1Size")
            return {k: v for k, v in body.items() if k not in touch}
        return body | {"tickDirection": "ZeroPlusTick"}

    def _say(self, kind: str, data: Body) -> Body:
        m = self._market
        return bodies.stream(self._topic, kind, data, m.now_ms, {"cs": m.sequence})

    def greet(self) -> Sequence[Body]:
        return (self._say("snapshot", self._told),)

    def tell(self, _tick: Tick) -> Sequence[Body]:
        before, self._told = self._told, self._now()
        changed = {k: v for k, v in self._told.items() if before.get(k) != v}
        if not changed:
            return NOTHING
        if self._market.spot:
            return self.greet()
        return (self._say("delta", {"symbol": self._market.symbol} | changed),)


def candles(topic: Topic, market: MarketText) -> Feed:
    seconds = INTERVALS[topic.parameter]

    def write(c: CandleText) -> Body:
        end = c.start_ms + span_ms(seconds) - 1
        row = bodies.live_candle(
            c.start_ms, end, topic.parameter, c.prices, c.volume, c.turnover, done=c.done, at_ms=market.now_ms
        )
        return bodies.stream(topic.name, "snapshot", [row], market.now_ms)

    return CandleFeed(market, seconds, write)
