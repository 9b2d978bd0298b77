"""OKX's public channels as feeds.

okx.com/docs-v5, channel pages of "Public Data" and "Market Data" (read 2026-11-21). An incremental book
starts with a snapshot (`prevSeqId` -1), then updates whose `prevSeqId` is the `seqId` before. `books5` and
`bbo-tbt` are always whole. Since 2026-06-23 `checksum` is 0; with `checksums` the feed writes it as before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from titan.doubles.feeds import NOTHING, BookView, CandleFeed, Changed, Feed
from titan.doubles.market import Levels
from titan.doubles.market_text import CandleText, MarketText
from titan.doubles.okx import bodies
from titan.doubles.okx.bodies import Body
from titan.doubles.okx.channels import BARS, DEPTHS, INCREMENTAL, Channel
from titan.doubles.okx.checksum import checksum
from titan.doubles.okx.rest_public import funding, mark, open_interest, padded, ticker
from titan.doubles.publish import Tick


def feed(channel: Channel, market: MarketText, pair: str, *, checksums: bool) -> Feed:
    """The feed of a channel that was parsed for this market; `pair` is its underlying."""
    name = channel.name
    if name in INCREMENTAL:
        return BookFeed(channel, market, DEPTHS[name][0], checksums=checksums)
    if name in DEPTHS:
        return WholeBookFeed(channel, market, DEPTHS[name][0])
    if name in ("trades", "trades-all"):
        return Changed(lambda tick: trades(channel, market, tick), lambda: NOTHING)
    if name == "liquidation-orders":
        return Changed(lambda tick: liquidations(channel, market, pair, tick), lambda: NOTHING)
    if name.startswith("candle"):
        return candles(channel, market)
    write: dict[str, Callable[[], Body]] = {
        "tickers": lambda: ticker(market),
        "mark-price": lambda: mark(market),
        "index-tickers": lambda: bodies.index(pair, market.index, market.now_ms),
        "funding-rate": lambda: funding(market),
        "open-interest": lambda: open_interest(market),
    }
    return Repeated(channel, write[name], always=name == "tickers")


class Repeated:
    """A whole object at first and whenever it may have changed."""

    def __init__(self, channel: Channel, write: Callable[[], Body], *, always: bool) -> None:
        self._channel = channel
        self._write = write
        self._always = always

    def greet(self) -> Sequence[Body]:
        return (bodies.push(self._channel.said, [self._write()]),)

    def tell(self, tick: Tick) -> Sequence[Body]:
        moved = tick.has_levels or bool(tick.trades) if self._always else tick.marked
        return self.greet() if moved else NOTHING


class BookFeed:
    """`books` and its faster kin."""

    def __init__(self, channel: Channel, market: MarketText, depth: int, *, checksums: bool) -> None:
        self._channel = channel
        self._market = market
        self._view = BookView(market, depth)
        self._checksums = checksums
        self._sequence = market.sequence

    def _sum(self, told: tuple[Levels, Levels]) -> int:
        if not self._checksums:
            return 0
        bids, asks = told
        return checksum(self._market.text(bids[:25]), self._market.text(asks[:25]))

    def greet(self) -> Sequence[Body]:
        told = self._view.told()
        m = self._market
        bids, asks = padded(m.text(told[0])), padded(m.text(told[1]))
        data = bodies.book(bids, asks, m.book_ms, self._sequence, -1, self._sum(told))
        return (bodies.push(self._channel.said, [data], "snapshot"),)

    def tell(self, tick: Tick) -> Sequence[Body]:
        change = self._view.change()
        if change is None:
            return NOTHING
        m = self._market
        before, self._sequence = self._sequence, m.sequence
        bids, asks = padded(m.text(change.bids)), padded(m.text(change.asks))
        total = self._sum(self._view.told()) if self._checksums else 0
        data = bodies.book(bids, asks, tick.time_ns // 1_000_000, self._sequence, before, total)
        return (bodies.push(self._channel.said, [data], "update"),)


class WholeBookFeed:
    """`books5` and `bbo-tbt`: the whole view each time it changes."""

    def __init__(self, channel: Channel, market: MarketText, depth: int) -> None:
        self._channel = channel
        self._market = market
        self._view = BookView(market, depth)

    def greet(self) -> Sequence[Body]:
        m = self._market
        bids, asks = self._view.told()
        data: Body = {
            "asks": padded(m.text(asks)),
            "bids": padded(m.text(bids)),
            "instId": m.symbol,
            "ts": str(m.book_ms),
            "seqId": m.sequence,
        }
        return (bodies.push(self._channel.said, [data]),)

    def tell(self, _tick: Tick) -> Sequence[Body]:
        return NOTHING if self._view.change() is None else self.greet()


def trades(channel: Channel, market: MarketText, tick: Tick) -> Sequence[Body]:
    """One push for each trade: OKX sums only those of one taker at one price."""
    return [
        bodies.push(
            channel.said,
            [
                bodies.trade(
                    market.symbol, str(t.number), t.side, t.price, t.size, t.at_ms, streamed=True,
                    sequence=market.sequence,
                )
            ],
        )
        for t in map(market.trade, tick.trades)
    ]  # fmt: skip


def liquidations(channel: Channel, market: MarketText, pair: str, tick: Tick) -> Sequence[Body]:
    return [
        bodies.push(
            channel.said,
            [
                bodies.liquidation(
                    market.symbol, pair, pair, "sell" if t.side == "buy" else "buy", t.price, t.size, t.at_ms
                )
            ],
        )
        for t in map(market.liquidated, tick.liquidations)
    ]


def candles(channel: Channel, market: MarketText) -> Feed:
    def write(c: CandleText) -> Body:
        row = bodies.candle(c.start_ms, c.prices, c.volume, c.coins, c.turnover, done=c.done)
        return bodies.push(channel.said, [row])

    return CandleFeed(market, BARS[channel.name.removeprefix("candle")], write)
