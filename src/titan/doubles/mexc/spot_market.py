"""Spot's public paths. Volumes and statistics count from the double's start.

www.mexc.com/api-docs/spot-v3, "Market Data Endpoints" (read 2026-11-21). Trades have no id there.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from titan.doubles.market import Trade
from titan.doubles.market_text import MarketText, plain
from titan.doubles.mexc.errors import MexcError
from titan.doubles.mexc.spot_call import MS, Body, Call, Endpoint, Table

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
        "fullName": one.base, "tradeSideType": 1, "contractAddress": "", "st": False,
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
    kept = [t for t in reversed(m.market.trades) if call.within(t.time_ns)]
    return [_aggregate(m, t) for t in kept[: call.limit(500, 1000)]]


def _aggregate(m: MarketText, t: Trade) -> Body:
    return {
        "a": None, "f": None, "l": None, "p": m.price(t.ticks), "q": m.size(t.lots), "T": t.time_ns // MS,
        "m": t.side < 0, "M": True,
    }  # fmt: skip


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


def _one_or_all(call: Call, rows: list[Body]) -> object:
    return rows[0] if call.params.get("symbol") else rows


def day_ticker(call: Call) -> object:
    return _one_or_all(call, [_day(m) for m in call.markets()])


def _day(m: MarketText) -> Body:
    day = m.day
    change = Decimal(day.last) - Decimal(day.first)
    rate = change / Decimal(day.first) if Decimal(day.first) else Decimal(0)
    book = _touch(m)
    del book["symbol"]
    return {
        "symbol": m.symbol, "priceChange": plain(change), "priceChangePercent": plain(round(rate, 8)),
        "prevClosePrice": day.first, "lastPrice": day.last, **book, "openPrice": day.first,
        "highPrice": day.high, "lowPrice": day.low, "volume": day.volume, "quoteVolume": day.turnover,
        "openTime": m.now_ms - 86_400_000, "closeTime": m.now_ms, "count": None,
    }  # fmt: skip


def book_ticker(call: Call) -> object:
    return _one_or_all(call, [_touch(m) for m in call.markets()])


def _touch(m: MarketText) -> Body:
    (bid, bid_lots), (ask, ask_lots) = m.market.bid, m.market.ask
    return {
        "symbol": m.symbol, "bidPrice": m.price(bid), "bidQty": m.size(bid_lots), "askPrice": m.price(ask),
        "askQty": m.size(ask_lots),
    }  # fmt: skip


def last_price(call: Call) -> object:
    return _one_or_all(call, [{"symbol": m.symbol, "price": m.day.last} for m in call.markets()])


def average_price(call: Call) -> Body:
    return {"mins": 5, "price": call.market().day.last}


TABLE: Final[Table] = {
    ("GET", "/api/v3/ping"): Endpoint(lambda _: {}),
    ("GET", "/api/v3/time"): Endpoint(lambda call: {"serverTime": call.world.now_ms()}),
    ("GET", "/api/v3/defaultSymbols"): Endpoint(symbols),
    ("GET", "/api/v3/exchangeInfo"): Endpoint(exchange_info, weight=10),
    ("GET", "/api/v3/depth"): Endpoint(depth),
    ("GET", "/api/v3/trades"): Endpoint(trades, weight=5),
    ("GET", "/api/v3/historicalTrades"): Endpoint(trades),
    ("GET", "/api/v3/aggTrades"): Endpoint(aggregate_trades),
    ("GET", "/api/v3/klines"): Endpoint(klines),
    ("GET", "/api/v3/avgPrice"): Endpoint(average_price),
    ("GET", "/api/v3/ticker/24hr"): Endpoint(day_ticker),
    ("GET", "/api/v3/ticker/price"): Endpoint(last_price),
    ("GET", "/api/v3/ticker/bookTicker"): Endpoint(book_ticker),
    ("GET", "/api/v3/selfSymbols"): Endpoint(symbols, "read"),
}
