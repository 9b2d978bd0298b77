"""OKX's public REST: time, instruments, books, trades, tickers, candles, funding, open interest, mark.

okx.com/docs-v5, "Public Data" and "Order Book Trading > Market Data" (read 2026-11-21). FUTURES, OPTION and
MARGIN exist and are empty. Sizes of swaps are contracts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from titan.doubles.market_text import MarketText
from titan.doubles.okx import bodies
from titan.doubles.okx.bodies import Body
from titan.doubles.okx.channels import BARS
from titan.doubles.okx.errors import Refused
from titan.doubles.okx.listing import Listing

Query = Mapping[str, str]
Rows = Sequence[object]
KINDS: Final = ("SPOT", "SWAP", "FUTURES", "OPTION", "MARGIN")


def count(query: Query, usual: int, most: int, name: str = "limit") -> int:
    text = query.get(name) or str(usual)
    if not text.isdigit() or int(text) < 1:
        raise Refused("51000", f"Parameter {name} error")
    return min(int(text), most)


def moment(query: Query, name: str) -> int | None:
    text = query.get(name)
    if not text:
        return None
    if not text.isdigit():
        raise Refused("51000", f"Parameter {name} error")
    return int(text)


class PublicRest:
    """Handlers by path; each takes the query and gives the `data` of the answer."""

    def __init__(self, listing: Listing, now_ns: Callable[[], int]) -> None:
        self._listing = listing
        self._now_ns = now_ns
        self.routes: Final[dict[str, Callable[[Query], Rows]]] = {
            "/api/v5/public/time": lambda _: [{"ts": str(now_ns() // 1_000_000)}],
            "/api/v5/public/instruments": self.instruments,
            "/api/v5/market/books": lambda q: self.books(q, 1, 400),
            "/api/v5/market/books-full": lambda q: self.books(q, 1, 5000),
            "/api/v5/market/trades": self.trades,
            "/api/v5/market/history-trades": self.trades,
            "/api/v5/market/ticker": lambda q: [ticker(self._market(q))],
            "/api/v5/market/tickers": lambda q: [ticker(m) for m in self._chosen(q)],
            "/api/v5/market/candles": lambda q: self.candles(q, "last"),
            "/api/v5/market/history-candles": lambda q: self.candles(q, "last"),
            "/api/v5/market/mark-price-candles": lambda q: self.candles(q, "mark"),
            "/api/v5/market/index-candles": lambda q: self.candles(q, "index"),
            "/api/v5/market/index-tickers": self.index_tickers,
            "/api/v5/public/funding-rate": lambda q: [funding(m) for m in self._funded(q)],
            "/api/v5/public/funding-rate-history": self.funding_history,
            "/api/v5/public/open-interest": lambda q: [open_interest(m) for m in self._swaps(q)],
            "/api/v5/public/mark-price": lambda q: [mark(m) for m in self._swaps(q)],
            "/api/v5/system/status": lambda _: [],
        }

    def _market(self, query: Query) -> MarketText:
        name = query.get("instId", "")
        if not name:
            raise Refused("50014", "Parameter instId can not be empty.")
        market = self._listing.market(name)
        if market is None:
            raise Refused("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.")
        return market

    def _chosen(self, query: Query) -> list[MarketText]:
        """Of the type asked for, narrowed by instrument, family and underlying."""
        kind = query.get("instType", "")
        if kind not in KINDS:
            raise Refused("51000", "Parameter instType error")
        chosen = self._listing.markets(kind)
        if query.get("instId"):
            chosen = [m for m in chosen if m.symbol == query["instId"]]
        pair = query.get("uly") or query.get("instFamily")
        return [m for m in chosen if self._listing.pair(m) == pair] if pair else chosen

    def _swaps(self, query: Query) -> list[MarketText]:
        return self._chosen({"instType": "SWAP", **query})

    def _funded(self, query: Query) -> list[MarketText]:
        return self._listing.markets("SWAP") if query.get("instId") == "ANY" else [self._market(query)]

    def instruments(self, query: Query) -> Rows:
        return [self._listing.describe(m) for m in self._chosen(query)]

    def books(self, query: Query, usual: int, most: int) -> Rows:
        market = self._market(query)
        bids, asks = market.levels(count(query, usual, most, "sz"))
        return [
            {
                "asks": padded(asks),
                "bids": padded(bids),
                "ts": str(market.book_ms),
                "seqId": market.sequence,
            }
        ]

    def trades(self, query: Query) -> Rows:
        market = self._market(query)
        rows = market.trades(count(query, 100, 500))
        return [bodies.trade(market.symbol, str(t.number), t.side, t.price, t.size, t.at_ms) for t in rows]

    def candles(self, query: Query, of: str) -> Rows:
        name = query.get("bar") or "1m"
        if name not in BARS:
            raise Refused("51000", "Parameter bar error")
        pair = query.get("instId", "")
        market = self._listing.market(f"{pair}-SWAP") if of == "index" else None
        market = market or self._market(query)
        before, after = moment(query, "before"), moment(query, "after")
        rows = market.candles(
            BARS[name], of, None if before is None else before + 1, None if after is None else after - 1,
            count(query, 100, 300),
        )  # fmt: skip
        if of != "last":
            return [[str(c.start_ms), *c.prices, "1" if c.done else "0"] for c in rows]
        return [bodies.candle(c.start_ms, c.prices, c.volume, c.coins, c.turnover, done=c.done) for c in rows]

    def index_tickers(self, query: Query) -> Rows:
        found = [m for m in self._listing.markets("SWAP") if self._listing.pair(m) == query.get("instId")]
        return [bodies.index(self._listing.pair(m), m.index, m.now_ms) for m in found]

    def funding_history(self, query: Query) -> Rows:
        market = self._market(query)
        before, after = moment(query, "before"), moment(query, "after")
        rows = market.contract.funding_history(
            None if before is None else before + 1, None if after is None else after - 1,
            count(query, 400, 400),
        )  # fmt: skip
        return [bodies.past_funding(market.symbol, rate, ms) for ms, rate in rows]


def padded(levels: Sequence[Sequence[str]]) -> list[list[str]]:
    """Levels as OKX writes them: price, size, a zero that means nothing any more, number of orders."""
    return [[price, size, "0", "1"] for price, size in levels]


def ticker(market: MarketText) -> Body:
    day = market.day
    bids, asks = market.levels(1)
    return bodies.ticker(
        market.symbol, "SPOT" if market.spot else "SWAP", last=day.last, last_size=day.last_size,
        bid=bids[0] if bids else (), ask=asks[0] if asks else (), day=(day.first, day.high, day.low),
        volume=day.volume, turnover=day.turnover if market.spot else day.coins, ts_ms=market.now_ms,
    )  # fmt: skip


def funding(market: MarketText) -> Body:
    own = market.contract
    settles, step = own.settles_ms, own.funding_hours * 3_600_000
    return bodies.funding(market.symbol, own.rate, settles, settles + step, own.rate, market.now_ms)


def open_interest(market: MarketText) -> Body:
    return bodies.open_interest(
        market.symbol,
        market.contract.interest,
        market.contract.interest_coins,
        market.contract.interest_value,
        market.now_ms,
    )


def mark(market: MarketText) -> Body:
    return bodies.mark(market.symbol, market.mark, market.now_ms)
