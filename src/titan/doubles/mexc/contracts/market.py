"""MEXC's public data of contracts, as REST answers and as feeds of channels.

www.mexc.com/api-docs/futures "Market Endpoints", "Public channels" (read 2026-11-21; captures of 2022 to 2026
show `begin` and `end` of a merged change). A book is told as changes of all its levels; the version of each
follows on the one before, and that of a REST book is the last that it holds. The venue merges changes of
200 ms, a double those of one step of its world.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import islice
from typing import Final

from titan.doubles.feeds import NOTHING, Body, BookView, CandleFeed, Changed, Feed, silent
from titan.doubles.market import Levels
from titan.doubles.market_text import MS, CandleText, MarketText, TradeText
from titan.doubles.mexc.contracts.gate import Refused
from titan.doubles.mexc.contracts.listing import Handler, Listing, Params, number, paged, whole
from titan.doubles.publish import Tick

INTERVALS: Final[dict[str, int]] = {
    "Min1": 60, "Min5": 300, "Min15": 900, "Min30": 1_800, "Min60": 3_600, "Hour4": 14_400,
    "Hour8": 28_800, "Day1": 86_400, "Week1": 604_800, "Month1": 2_592_000,
}  # fmt: skip
"""Seconds of a kline by MEXC's name. A month is 30 days here."""
CHANNELS: Final = frozenset(
    {"deal", "depth", "depth.full", "ticker", "kline", "funding.rate", "index.price", "fair.price"}
)
"""Of one contract."""
KEPT: Final = 1000


def levels(market: MarketText, side: Levels) -> list[list[int | float]]:
    """Price, contracts, orders; a level that is gone has none."""
    return [[number(market.market.price(t)), lots, 1 if lots else 0] for t, lots in side]


def ticker(market: MarketText) -> Body:
    """Volume in contracts."""
    day, own, last, opened = market.day, market.contract, *map(Decimal, (market.day.last, market.day.first))
    rate = (last / opened - 1).quantize(Decimal("0.0001")) if opened else Decimal(0)
    mark, bid, ask = Decimal(market.mark), market.market.bid[0], market.market.ask[0]
    return {
        "contractId": market.market.index + 1, "symbol": market.symbol, "lastPrice": number(last),
        "bid1": number(market.market.price(bid)), "ask1": number(market.market.price(ask)),
        "volume24": number(day.volume), "amount24": number(day.turnover), "holdVol": number(own.interest),
        "lower24Price": number(day.low), "high24Price": number(day.high), "riseFallRate": number(rate),
        "riseFallValue": number(last - opened), "indexPrice": number(market.index), "fairPrice": number(mark),
        "fundingRate": number(own.rate), "maxBidPrice": number(mark * Decimal("1.1")),
        "minAskPrice": number(mark * Decimal("0.9")), "timestamp": market.now_ms,
    }  # fmt: skip


def deal(one: TradeText) -> Body:
    side = 1 if one.side == "buy" else 2
    body: Body = {"p": number(one.price), "v": number(one.size), "T": side, "O": 3, "M": 2, "t": one.at_ms}
    return body | {"i": str(one.number)}


def book(market: MarketText, bids: Levels, asks: Levels) -> Body:
    return {"asks": levels(market, asks), "bids": levels(market, bids), "version": market.update_id}


def change(market: MarketText, tick: Tick) -> Body:
    """What a tick changed of the book, with the versions that it spans."""
    body = book(market, sorted(tick.bids.items(), reverse=True), sorted(tick.asks.items()))
    return body | {"begin": tick.first_id, "end": tick.last_id, "version": tick.last_id}


class PublicRest:
    """Handlers by path."""

    def __init__(self, listing: Listing, now_ms: Callable[[], int]) -> None:
        self._listing = listing
        self._changes: dict[int, deque[Tick]] = {}
        of = listing.named
        routes: dict[str, Handler] = {
            "ping": lambda _: now_ms(),
            "detail": lambda p: self._one_or_all(p, listing.describe),
            "support_currencies": lambda _: sorted({m.instrument.settle for m in listing.all}),
            "depth/{symbol}": self.depth,
            "depth_commits/{symbol}/{limit}": self.commits,
            "deals/{symbol}": lambda p: [*map(deal, of(p["symbol"]).trades(whole(p, "limit", 100, 100)))],
            "kline/{symbol}": lambda p: self.kline(p, "last"),
            "kline/index_price/{symbol}": lambda p: self.kline(p, "index"),
            "kline/fair_price/{symbol}": lambda p: self.kline(p, "mark"),
            "ticker": lambda p: self._one_or_all(p, ticker),
            "index_price/{symbol}": lambda p: self.price(of(p["symbol"]), "indexPrice"),
            "fair_price/{symbol}": lambda p: self.price(of(p["symbol"]), "fairPrice"),
            "funding_rate/history": self.funding_history,
            "funding_rate/{symbol}": lambda p: self.funding(of(p["symbol"])),
        }
        self.routes: Final = {f"/api/v1/contract/{path}": handler for path, handler in routes.items()}

    def _one_or_all(self, params: Params, write: Callable[[MarketText], Body]) -> object:
        if params.get("symbol"):
            return write(self._listing.named(params["symbol"]))
        return [write(m) for m in self._listing.all]

    def remember(self, tick: Tick) -> None:
        """Keep a change of a book for `depth_commits`."""
        if tick.has_levels:
            self._changes.setdefault(tick.market.index, deque(maxlen=KEPT)).append(tick)

    def depth(self, params: Params) -> Body:
        market = self._listing.named(params["symbol"])
        bids, asks = market.market.top(whole(params, "limit", 1000, 2000))
        return book(market, bids, asks) | {"timestamp": market.book_ms}

    def commits(self, params: Params) -> list[Body]:
        """The latest changes, newest first, for a client that missed some."""
        market = self._listing.named(params["symbol"])
        kept = self._changes.get(market.market.index, ())
        return [change(market, tick) for tick in islice(reversed(kept), whole(params, "limit", KEPT))]

    def kline(self, params: Params, of: str) -> Body:
        """Columns, oldest first; `start` and `end` are seconds."""
        market, name = self._listing.named(params["symbol"]), str(params.get("interval") or "Min1")
        if name not in INTERVALS:
            raise Refused(600)
        start, end = whole(params, "start", 0), whole(params, "end", 1 << 40)
        rows = market.candles(INTERVALS[name], of, start * 1000, end * 1000, 2000)[::-1]
        columns: Body = {"time": [c.start_ms // 1000 for c in rows]}
        for at, column in enumerate(("open", "high", "low", "close")):
            columns[column] = columns[f"real{column.capitalize()}"] = [number(c.prices[at]) for c in rows]
        columns["vol"] = [number(c.volume) for c in rows]
        columns["amount"] = [number(c.turnover) for c in rows]
        return columns

    def price(self, market: MarketText, name: str) -> Body:
        value = market.index if name == "indexPrice" else market.mark
        return {"symbol": market.symbol, name: number(value), "timestamp": market.now_ms}

    def funding(self, market: MarketText) -> Body:
        own = market.contract
        body: Body = {"symbol": market.symbol, "fundingRate": number(own.rate), "maxFundingRate": 0.0018}
        body |= {"minFundingRate": -0.0018, "collectCycle": own.funding_hours}
        return body | {"nextSettleTime": own.settles_ms, "timestamp": market.now_ms}

    def funding_history(self, params: Params) -> Body:
        market = self._listing.named(params.get("symbol"))
        own = market.contract
        usual: Body = {"symbol": market.symbol, "collectCycle": own.funding_hours}
        past = own.funding_history(None, None, 100)
        return paged(params, [usual | {"fundingRate": number(r), "settleTime": ms} for ms, r in past])


# Feeds.


def push(name: str, market: MarketText, data: object, ts: int = 0) -> tuple[Body]:
    said: Body = {"symbol": market.symbol, "data": data, "channel": f"push.{name}"}
    return (said | {"ts": ts or market.now_ms},)


def feed(name: str, market: MarketText, argument: str) -> Feed:
    """`argument` is a kline's interval or the levels of `depth.full`."""
    if name == "depth":
        return Changed(lambda tick: depth(market, tick), silent)
    if name == "deal":
        return Changed(lambda tick: deals(market, tick), silent)
    if name == "kline":
        return CandleFeed(market, INTERVALS[argument], lambda c: kline(market, argument, c))
    own, view = market.contract, BookView(market, int(argument or 1))
    write: dict[str, Callable[[], Body]] = {
        "depth.full": lambda: book(market, *view.told()),
        "ticker": lambda: ticker(market),
        "fair.price": lambda: {"price": number(market.mark), "symbol": market.symbol},
        "index.price": lambda: {"price": number(market.index), "symbol": market.symbol},
        "funding.rate": lambda: (
            {"rate": number(own.rate), "nextSettleTime": own.settles_ms} | {"symbol": market.symbol}
        ),
    }

    def said() -> Sequence[Body]:
        return push(name, market, write[name]())

    def moved(tick: Tick) -> bool:
        if name == "depth.full":
            return view.change() is not None
        return tick.marked or (name == "ticker" and (tick.has_levels or bool(tick.trades)))

    return Changed(lambda tick: said() if moved(tick) else NOTHING, said)


def depth(market: MarketText, tick: Tick) -> Sequence[Body]:
    return push("depth", market, change(market, tick), tick.time_ns // MS) if tick.has_levels else NOTHING


def deals(market: MarketText, tick: Tick) -> Sequence[Body]:
    rows = [deal(market.trade(t)) for t in tick.trades]
    return push("deal", market, rows) if rows else NOTHING


def kline(market: MarketText, interval: str, candle: CandleText) -> Body:
    prices = dict(zip("ohlc", map(number, candle.prices), strict=True))
    data: Body = {"symbol": market.symbol, "interval": interval, "t": candle.start_ms // 1000}
    data |= {"a": number(candle.turnover), "q": number(candle.volume)} | prices
    return push("kline", market, data | {f"r{name}": value for name, value in prices.items()})[0]
