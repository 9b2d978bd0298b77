"""Spot's public paths. Volumes and statistics count from the double's start.

www.mexc.com/api-docs/spot-v3, "Market Data Endpoints" (read 2026-11-21). Trades have no id there.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from titan.doubles.market_text import MS, MarketText, plain
from titan.doubles.mexc.errors import MexcError
from titan.doubles.mexc.signing import Body, Call, Endpoint, Table

ORDER_TYPES: Final = ("LIMIT", "MARKET", "LIMIT_MAKER", "IMMEDIATE_OR_CANCEL", "FILL_OR_KILL")
INTERVALS: Final = {
    "1m": 60, "5m": 300, "15m": 900, "30m": 1800, "60m": 3600, "4h": 14_400, "1d": 86_400, "1W": 604_800,
    "1M": 2_592_000,
}  # fmt: skip
"""Seconds; a month is 30 days here."""
_MOST_QUOTE: Final = "2000000"


def places(step: Decimal) -> int:
    """Decimals of a tick or lot."""
    return max(-int(step.normalize().as_tuple().exponent), 0)


def exchange_info(call: Call) -> Body:
    return {
        "timezone": "CST", "serverTime": call.world.now_ms(), "rateLimits": [], "exchangeFilters": [],
        "symbols": [_symbol(m) for m in call.markets()],
    }  # fmt: skip


def _symbol(m: MarketText) -> Body:
    one = m.instrument
    size, price = places(one.lot), places(one.tick)
    return {
        "symbol": m.symbol, "status": "1", "baseAsset": one.base, "baseAssetPrecision": size,
        "quoteAsset": one.quote, "quotePrecision": price, "quoteAssetPrecision": price,
        "baseCommissionPrecision": size, "quoteCommissionPrecision": price, "orderTypes": ORDER_TYPES,
        "isSpotTradingAllowed": True, "isMarginTradingAllowed": False,
        "quoteAmountPrecision": plain(one.min_notional), "baseSizePrecision": plain(one.min_qty),
        "permissions": ["SPOT"], "filters": [], "maxQuoteAmount": _MOST_QUOTE,
        "makerCommission": plain(one.fees.maker), "takerCommission": plain(one.fees.taker),
        "quoteAmountPrecisionMarket": plain(one.min_notional), "maxQuoteAmountMarket": _MOST_QUOTE,
        "tradeSideType": "1",
    }  # fmt: skip


def symbols(call: Call) -> Body:
    return {"code": 200, "data": list(call.listing), "msg": None}


def depth(call: Call) -> Body:
    m = call.market()
    bids, asks = m.levels(call.limit(100, 5000))
    return {"lastUpdateId": m.update_id, "bids": bids, "asks": asks, "timestamp": m.now_ms}


def trades(call: Call) -> list[Body]:
    """Newest first."""
    m = call.market()
    return [
        {
            "id": None, "price": t.price, "qty": t.size,
            "quoteQty": plain(Decimal(t.price) * Decimal(t.size)), "time": t.at_ms,
            "isBuyerMaker": t.side == "sell", "isBestMatch": True,
            "tradeType": "ASK" if t.side == "sell" else "BID",
        }
        for t in m.trades(call.limit(500, 1000))
    ]  # fmt: skip


def aggregate_trades(call: Call) -> list[Body]:
    """Newest first."""
    if bool(call.params.get("startTime")) != bool(call.params.get("endTime")):
        raise MexcError(-1128, "Combination of optional parameters invalid.")
    m = call.market()
    found: list[Body] = [
        {
            "a": None, "f": None, "l": None, "p": m.price(t.ticks), "q": m.size(t.lots),
            "T": t.time_ns // MS, "m": t.side < 0, "M": True,
        }
        for t in reversed(m.market.trades)
        if call.within(t.time_ns)
    ]  # fmt: skip
    return found[: call.limit(500, 1000)]


def klines(call: Call) -> list[list[object]]:
    """Oldest first."""
    m, seconds = call.market(), INTERVALS.get(call.text("interval"))
    if seconds is None:
        raise MexcError(-1121, "Invalid interval.")
    found = m.candles(seconds, "last", None, None, 10_000)
    kept = [c for c in reversed(found) if call.within(c.start_ms * MS)]
    return [
        [c.start_ms, *c.prices, c.volume, c.start_ms + seconds * 1000, c.turnover]
        for c in kept[-call.limit(500, 1000) :]
    ]


def each(write: Callable[[MarketText], Body]) -> Callable[[Call], object]:
    """One body for `symbol`, else a list of all."""

    def answer(call: Call) -> object:
        rows = [write(m) for m in call.markets()]
        return rows[0] if call.params.get("symbol") else rows

    return answer


def _touch(m: MarketText) -> Body:
    (bid, bid_lots), (ask, ask_lots) = m.market.bid, m.market.ask
    return {
        "symbol": m.symbol, "bidPrice": m.price(bid), "bidQty": m.size(bid_lots), "askPrice": m.price(ask),
        "askQty": m.size(ask_lots),
    }  # fmt: skip


def _day(m: MarketText) -> Body:
    day = m.day
    change = Decimal(day.last) - Decimal(day.first)
    rate = change / Decimal(day.first) if Decimal(day.first) else Decimal(0)
    return _touch(m) | {
        "priceChange": plain(change), "priceChangePercent": plain(round(rate, 8)),
        "prevClosePrice": day.first, "lastPrice": day.last, "openPrice": day.first, "highPrice": day.high,
        "lowPrice": day.low, "volume": day.volume, "quoteVolume": day.turnover,
        "openTime": m.now_ms - 86_400_000, "closeTime": m.now_ms, "count": None,
    }  # fmt: skip


TABLE: Final[Table] = {
    ("GET", "ping"): Endpoint(lambda _: {}),
    ("GET", "time"): Endpoint(lambda call: {"serverTime": call.world.now_ms()}),
    ("GET", "defaultSymbols"): Endpoint(symbols),
    ("GET", "selfSymbols"): Endpoint(symbols, "read"),
    ("GET", "exchangeInfo"): Endpoint(exchange_info, weight=10),
    ("GET", "depth"): Endpoint(depth),
    ("GET", "trades"): Endpoint(trades, weight=5),
    ("GET", "aggTrades"): Endpoint(aggregate_trades),
    ("GET", "klines"): Endpoint(klines),
    ("GET", "avgPrice"): Endpoint(lambda call: {"mins": 5, "price": call.market().day.last}),
    ("GET", "ticker/24hr"): Endpoint(each(_day)),
    ("GET", "ticker/price"): Endpoint(each(lambda m: {"symbol": m.symbol, "price": m.day.last})),
    ("GET", "ticker/bookTicker"): Endpoint(each(_touch)),
}
