"""Bybit's public REST: time, instruments, books, trades, tickers, candles, funding, open interest.

bybit-exchange.github.io/docs/v5/market (read 2026-11-21). Categories inverse and option exist and are empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from titan.doubles.bybit import bodies
from titan.doubles.bybit.bodies import Body
from titan.doubles.bybit.errors import Refused
from titan.doubles.bybit.listing import Listing
from titan.doubles.bybit.topics import INTERVALS
from titan.doubles.market_text import MarketText

Query = Mapping[str, str]
EMPTY: Final = ("inverse", "option")


def count(query: Query, usual: int, most: int) -> int:
    """The `limit` of a request, cut to `most`. Raises Refused 10001 for what is no number."""
    text = query.get("limit") or str(usual)
    if not text.isdigit() or int(text) < 1:
        raise Refused(10001, "params error: limit invalid")
    return min(int(text), most)


class PublicRest:
    """Handlers by path; each takes the query and gives the `result` of the answer."""

    def __init__(self, listing: Listing, now_ns: Callable[[], int]) -> None:
        self._listing = listing
        self._now_ns = now_ns
        self.routes: Final[dict[str, Callable[[Query], object]]] = {
            "/v5/market/time": self.time,
            "/v5/market/instruments-info": self.instruments,
            "/v5/market/orderbook": self.orderbook,
            "/v5/market/recent-trade": self.trades,
            "/v5/market/tickers": self.tickers,
            "/v5/market/kline": lambda q: self.candles(q, "last"),
            "/v5/market/mark-price-kline": lambda q: self.candles(q, "mark"),
            "/v5/market/index-price-kline": lambda q: self.candles(q, "index"),
            "/v5/market/funding/history": self.funding,
            "/v5/market/open-interest": self.open_interest,
        }

    def time(self, _query: Query) -> Body:
        now = self._now_ns()
        return {"timeSecond": str(now // 1_000_000_000), "timeNano": str(now)}

    def _category(self, query: Query) -> str:
        category = query.get("category", "")
        if category not in ("spot", "linear", *EMPTY):
            raise Refused(10001, "params error: Illegal category")
        return category

    def _market(self, query: Query) -> MarketText:
        market = self._listing.market(self._category(query), query.get("symbol", ""))
        if market is None:
            raise Refused(10001, "params error: symbol invalid")
        return market

    def _chosen(self, query: Query) -> list[MarketText]:
        """Of the category, or the one symbol."""
        category = self._category(query)
        if query.get("symbol"):
            return [] if category in EMPTY else [self._market(query)]
        return self._listing.markets(category)

    def instruments(self, query: Query) -> Body:
        category = self._category(query)
        chosen = [] if query.get("status", "Trading") != "Trading" else self._chosen(query)
        base = query.get("baseCoin")
        listed = [self._listing.describe(m) for m in chosen if base in (None, "", m.instrument.base)]
        result: Body = {"category": category, "list": listed}
        return result if category == "spot" else result | {"nextPageCursor": ""}

    def orderbook(self, query: Query) -> Body:
        market = self._market(query)
        spot = market.spot
        bids, asks = market.levels(count(query, 1 if spot else 25, 1000))
        update = market.update_id
        result = bodies.book(market.symbol, bids, asks, update, market.sequence)
        return result | {"ts": market.now_ms, "cts": market.book_ms}

    def trades(self, query: Query) -> Body:
        market = self._market(query)
        rows = market.trades(count(query, 60 if market.spot else 500, 1000))
        return {
            "category": query["category"],
            "list": [
                bodies.recent_trade(
                    market.symbol, t.id, t.side.capitalize(), t.price, t.size, t.at_ms, t.number
                )
                for t in rows
            ],
        }

    def tickers(self, query: Query) -> Body:
        return {"category": self._category(query), "list": [ticker(m) for m in self._chosen(query)]}

    def candles(self, query: Query, of: str) -> Body:
        market = self._market(query)
        name = query.get("interval", "")
        if name not in INTERVALS:
            raise Refused(10001, "params error: Invalid period!")
        start, end = query.get("start"), query.get("end")
        rows = market.candles(
            INTERVALS[name], of, int(start) if start else None, int(end) if end else None,
            count(query, 200, 1000),
        )  # fmt: skip
        width = 7 if of == "last" else 5
        listed = [[str(c.start_ms), *c.prices, c.volume, c.turnover][:width] for c in rows]
        return {"category": query["category"], "symbol": market.symbol, "list": listed}

    def funding(self, query: Query) -> Body:
        market = self._market(query)
        start, end = query.get("startTime"), query.get("endTime")
        rows = market.contract.funding_history(
            int(start) if start else None, int(end) if end else None, count(query, 200, 200)
        )
        listed = [
            {"symbol": market.symbol, "fundingRate": rate, "fundingRateTimestamp": str(ms)}
            for ms, rate in rows
        ]
        return {"category": query["category"], "list": listed}

    def open_interest(self, query: Query) -> Body:
        market = self._market(query)
        rows = [
            {"openInterest": market.contract.interest, "timestamp": str(market.now_ms // 300_000 * 300_000)}
        ]
        return {
            "symbol": market.symbol,
            "category": query["category"],
            "list": rows,
            "nextPageCursor": "",
        }


def ticker(market: MarketText) -> Body:
    """A whole ticker as REST gives it and a stream starts with."""
    day = market.day
    bids, asks = market.levels(1)
    touch = bodies.touch_part(bids[0] if bids else (), asks[0] if asks else ())
    body = bodies.day_part(market.symbol, day.last, day.first, day.high, day.low, day.volume, day.turnover)
    if market.spot:
        return body | touch | {"usdIndexPrice": market.index}
    return (
        body
        | touch
        | bodies.contract_part(
            market.mark,
            market.index,
            market.contract.interest,
            market.contract.interest_value,
            market.contract.rate,
            market.contract.settles_ms,
        )
        | {"prevPrice1h": day.first, "fundingIntervalHour": str(market.contract.funding_hours), "basis": ""}
    )
