"""Spot's public streams: what each says, and when.

www.mexc.com/api-docs/spot-v3, "Websocket Market Streams" (read 2026-11-21). The streams called `aggre` gather
for 10 or 100 ms. An update of the book begins one above the last one's `toVersion`; versions are those of
`GET depth`. Streams that the venue has given up (mini tickers, depth and deals of the old kind) are unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from titan.doubles.market import Trade
from titan.doubles.market_text import MS, SECOND_NS, MarketText
from titan.doubles.mexc.spot_wire import Body, levels
from titan.doubles.protobuf import field, message, repeated
from titan.doubles.publish import Tick

INTERVALS: Final = {
    "Min1": 60, "Min5": 300, "Min15": 900, "Min30": 1800, "Min60": 3600, "Hour4": 14_400, "Hour8": 28_800,
    "Day1": 86_400, "Week1": 604_800, "Month1": 2_592_000,
}  # fmt: skip
_NONE: Final = frozenset({None})
_SPEEDS: Final = frozenset({"10", "100"})
_KINDS: Final = {
    "aggre.deals": (_SPEEDS, _NONE), "aggre.depth": (_SPEEDS, _NONE), "aggre.bookTicker": (_SPEEDS, _NONE),
    "bookTicker.batch": (_NONE, _NONE), "limit.depth": (_NONE, frozenset({"5", "10", "20"})),
    "kline": (_NONE, frozenset(INTERVALS)),
}  # fmt: skip
"""Milliseconds before the symbol, and what stands behind it."""
_TOPIC: Final = re.compile(
    r"spot@public\.([\w.]+)\.v3\.api\.pb(?:@([0-9]+)ms)?@([A-Z0-9]+)(?:@([A-Za-z0-9]+))?"
)
Said = tuple[Body, bytes]
Reader = Callable[[MarketText], bytes]


class Feed:
    """`hear` takes what changed, `say` gives what is to be told, asked for at most every `every_ns`."""

    numbered = False

    def __init__(self, market: MarketText, every_ns: int) -> None:
        self.market, self.every_ns = market, every_ns

    def hear(self, tick: Tick) -> None:
        """Most read the market when they tell."""

    def say(self) -> Iterator[Said]:
        raise NotImplementedError


class Deals(Feed):
    """Trades since the last push."""

    def __init__(self, market: MarketText, event: str, every_ns: int) -> None:
        super().__init__(market, every_ns)
        self._event = event
        self._waiting: list[Trade] = []

    def hear(self, tick: Tick) -> None:
        self._waiting += tick.trades

    def say(self) -> Iterator[Said]:
        if self._waiting:
            deals = [self._deal(t) for t in self._waiting]
            self._waiting.clear()
            yield Body.AGGRE_DEALS, repeated(1, deals) + field(2, self._event)

    def _deal(self, trade: Trade) -> bytes:
        t = self.market.trade(trade)
        return message(t.price, t.size, 1 if trade.side > 0 else 2, t.at_ms, t.id)


class Depth(Feed):
    """Every change of the book since the last push."""

    numbered = True

    def __init__(self, market: MarketText, event: str, every_ns: int) -> None:
        super().__init__(market, every_ns)
        self._event, self._last = event, market.update_id
        self._bids: dict[int, int] = {}
        self._asks: dict[int, int] = {}

    def hear(self, tick: Tick) -> None:
        self._bids.update(tick.bids)
        self._asks.update(tick.asks)

    def say(self) -> Iterator[Said]:
        if not self._bids and not self._asks:
            return
        first, self._last = self._last + 1, self.market.update_id
        asks, bids = (self.market.text(list(side.items())) for side in (self._asks, self._bids))
        self._asks, self._bids = {}, {}
        sides = levels(1, asks) + levels(2, bids)
        yield Body.AGGRE_DEPTHS, sides + message(None, None, self._event, str(first), str(self._last))


class Seen(Feed):
    """What `read` writes of the market, whenever it changed, with the book's version in a field behind it."""

    def __init__(self, market: MarketText, every_ns: int, body: Body, version: int, read: Reader) -> None:
        super().__init__(market, every_ns)
        self._body, self._version, self._read = body, version, read
        self._told = b""

    def say(self) -> Iterator[Said]:
        seen = self._read(self.market)
        if seen != self._told:
            self._told = seen
            yield self._body, seen + field(self._version, str(self.market.update_id))


def quote(m: MarketText) -> bytes:
    """The best bid and ask."""
    (bid, bid_lots), (ask, ask_lots) = m.market.bid, m.market.ask
    return message(m.price(bid), m.size(bid_lots), m.price(ask), m.size(ask_lots))


def top(event: str, depth: int) -> Reader:
    """The best levels, whole."""

    def read(m: MarketText) -> bytes:
        bids, asks = m.levels(depth)
        return levels(1, asks) + levels(2, bids) + field(3, event)

    return read


class Klines(Feed):
    """The running candle, at most once a second; first the one before, when another began since."""

    def __init__(self, market: MarketText, interval: str) -> None:
        super().__init__(market, SECOND_NS)
        self._interval, self._running, self._moved = interval, 0, False

    def hear(self, tick: Tick) -> None:
        self._moved = self._moved or bool(tick.trades)

    def say(self) -> Iterator[Said]:
        if not self._moved:
            return
        self._moved, seconds = False, INTERVALS[self._interval]
        newest = self.market.candles(seconds, "last", None, None, 2)
        before, self._running = self._running, newest[0].start_ms
        for c in reversed(newest):
            if c.start_ms >= (before or self._running):
                opened, high, low, closed = c.prices
                start, prices = c.start_ms // 1000, (opened, closed, high, low)
                data = message(self._interval, start, *prices, c.volume, c.turnover, start + seconds)
                yield Body.KLINE, data


def feed(topic: str, listing: Mapping[str, MarketText]) -> Feed | None:
    """None when there is no such stream, or not of that market."""
    found = _TOPIC.fullmatch(topic)
    if found is None or found[1] not in _KINDS or found[3] not in listing:
        return None
    (kind, ms, symbol, more), (speeds, behind) = found.groups(), _KINDS[found[1]]
    if ms not in speeds or more not in behind:
        return None
    market, event, every = listing[symbol], topic.partition(f"@{symbol}")[0], int(ms or 5) * MS
    if kind == "kline":
        return Klines(market, more)
    if kind == "limit.depth":
        return Seen(market, 100 * MS, Body.LIMIT_DEPTHS, 4, top(event, int(more)))
    if kind == "bookTicker.batch":
        return Seen(market, every, Body.QUOTE_BATCH, 2, lambda m: repeated(1, [quote(m)]))
    if kind == "aggre.bookTicker":
        return Seen(market, every, Body.AGGRE_QUOTE, 5, quote)
    return (Deals if kind == "aggre.deals" else Depth)(market, event, every)
