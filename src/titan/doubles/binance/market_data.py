"""Public REST paths of both markets: book, trades, candles, tickers, mark price, funding, open interest.

developers.binance.com, "Market Data endpoints" of spot and "Market Data" of USD-M futures (read 2026-11-21).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from titan.doubles.binance import rules
from titan.doubles.binance.calls import MS, Call, Endpoint, Table
from titan.doubles.binance.errors import BinanceError
from titan.doubles.binance.numbers import Words, fixed
from titan.doubles.market import MINUTE_NS, Candle, Market, Trade
from titan.model.instrument import HOUR_NS

Body = dict[str, object]
Row = list[object]

INTERVALS: Final = {
    "1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "2h": 120, "4h": 240, "6h": 360, "8h": 480,
    "12h": 720, "1d": 1440,
}  # fmt: skip
"""Minutes."""


def depth(call: Call) -> Body:
    m = call.market()
    bids, asks = m.top(call.limit(500 if call.perp else 100, 1000 if call.perp else 5000))
    words = Words(m)
    body: Body = {"lastUpdateId": m.update_id}
    if call.perp:
        body |= {"E": call.world.now_ms(), "T": m.book_ns // MS}
    return body | {"bids": words.levels(bids), "asks": words.levels(asks)}


def trades(call: Call) -> list[Body]:
    m = call.market()
    words = Words(m)
    return [trade_body(m, words, t) for t in list(m.trades)[-call.limit(500, 1000) :]]


def trade_body(m: Market, words: Words, t: Trade) -> Body:
    body: Body = {
        "id": t.id, "price": words.px(t.ticks), "qty": words.qty(t.lots),
        "quoteQty": fixed(m.instrument.notional(t.ticks, t.lots), 8 if not m.is_perp else 2),
        "time": t.time_ns // MS, "isBuyerMaker": t.side < 0,
    }  # fmt: skip
    return body if m.is_perp else body | {"isBestMatch": True}


def aggregate_trades(call: Call) -> list[Body]:
    m = call.market()
    words = Words(m)
    first, start, limit = call.integer("fromId"), call.integer("startTime"), call.limit(500, 1000)
    chosen = [t for t in m.trades if call.wants(t.id, t.time_ns, "fromId")]
    chosen = chosen[:limit] if first or start else chosen[-limit:]
    return [aggregate_body(m, words, t) for t in chosen]


def aggregate_body(m: Market, words: Words, t: Trade) -> Body:
    body: Body = {
        "a": t.id, "p": words.px(t.ticks), "q": words.qty(t.lots), "f": t.id, "l": t.id, "T": t.time_ns // MS,
        "m": t.side < 0,
    }  # fmt: skip
    return body if m.is_perp else body | {"M": True}


def klines(call: Call) -> list[Row]:
    m = call.market()
    minutes = INTERVALS.get(call.text("interval"))
    if minutes is None:
        raise BinanceError(-1120, "Invalid interval.")
    start, end = call.integer("startTime"), call.integer("endTime", 1 << 62)
    rows = [kline_row(m, c, minutes) for c in m.spans(minutes * MINUTE_NS) if start <= c.open_ns // MS <= end]
    limit = call.limit(500, 1500 if call.perp else 1000)
    return rows[:limit] if start else rows[-limit:]


def kline_row(m: Market, c: Candle, minutes: int) -> Row:
    body = kline_body(m, c, minutes)
    return [body[name] for name in "tohlcvTqnVQB"]


def kline_body(m: Market, c: Candle, minutes: int) -> Body:
    """As the streams write it; a candle of no trades has the ids -1."""
    words, one = Words(m), m.instrument
    return {
        "t": c.open_ns // MS, "T": (c.open_ns + minutes * MINUTE_NS) // MS - 1, "f": c.first_id or -1,
        "L": c.last_id or -1, "o": words.px(c.open), "c": words.px(c.close), "h": words.px(c.high),
        "l": words.px(c.low), "v": words.qty(c.lots), "n": c.count, "q": fixed(one.notional(c.value, 1)),
        "V": words.qty(c.bought_lots), "Q": fixed(one.notional(c.bought_value, 1)), "B": "0",
    }  # fmt: skip


def day_figures(m: Market) -> dict[str, str]:
    """Open, high, low, last, volume and value since the double's start, as text."""
    words, one, day = Words(m), m.instrument, m.day
    last = m.last_ticks
    c = day or Candle(m.start_ns, last, last, last, last)
    change = one.price(c.close - c.open)
    ratio = change / one.price(c.open) * 100 if c.open else Decimal(0)
    average = one.price(c.value) / c.lots if c.lots else one.price(c.close)
    return {
        "open": words.px(c.open), "high": words.px(c.high), "low": words.px(c.low), "last": words.px(c.close),
        "volume": words.qty(c.lots), "value": fixed(one.notional(c.value, 1)), "change": fixed(change),
        "percent": fixed(ratio, 3), "average": fixed(average),
    }  # fmt: skip


def day_ticker(call: Call) -> object:
    bodies = [_day_body(call, m) for m in call.markets()]
    return bodies[0] if call.params.get("symbol") else bodies


def _day_body(call: Call, m: Market) -> Body:
    figures, words, c = day_figures(m), Words(m), m.day
    (bid, bid_lots), (ask, ask_lots) = m.bid, m.ask
    body: Body = {
        "symbol": m.instrument.symbol, "priceChange": figures["change"],
        "priceChangePercent": figures["percent"], "weightedAvgPrice": figures["average"],
        "lastPrice": figures["last"], "lastQty": words.qty(m.trades[-1].lots if m.trades else 0),
        "openPrice": figures["open"], "highPrice": figures["high"], "lowPrice": figures["low"],
        "volume": figures["volume"], "quoteVolume": figures["value"],
        "openTime": call.world.now_ms() - 86_400_000, "closeTime": call.world.now_ms(),
        "firstId": c.first_id if c else -1, "lastId": c.last_id if c else -1, "count": c.count if c else 0,
    }  # fmt: skip
    if call.perp:
        return body
    return body | {
        "prevClosePrice": figures["open"], "bidPrice": words.px(bid), "bidQty": words.qty(bid_lots),
        "askPrice": words.px(ask), "askQty": words.qty(ask_lots),
    }  # fmt: skip


def book_ticker(call: Call) -> object:
    bodies = []
    for m in call.markets():
        words, (bid, bid_lots), (ask, ask_lots) = Words(m), m.bid, m.ask
        body: Body = {
            "symbol": m.instrument.symbol, "bidPrice": words.px(bid), "bidQty": words.qty(bid_lots),
            "askPrice": words.px(ask), "askQty": words.qty(ask_lots),
        }  # fmt: skip
        bodies.append(body | {"time": m.book_ns // MS, "lastUpdateId": m.update_id} if call.perp else body)
    return bodies[0] if call.params.get("symbol") else bodies


def last_price(call: Call) -> object:
    bodies: list[Body] = [
        {"symbol": m.instrument.symbol, "price": Words(m).px(m.last_ticks)} for m in call.markets()
    ]
    for body in bodies if call.perp else ():
        body["time"] = call.world.now_ms()
    return bodies[0] if call.params.get("symbol") else bodies


def average_price(call: Call) -> Body:
    m = call.market()
    return {"mins": 5, "price": Words(m).px(m.last_ticks), "closeTime": call.world.now_ms()}


def premium_index(call: Call) -> object:
    bodies: list[Body] = [
        {
            "symbol": m.instrument.symbol, "markPrice": fixed(m.mark_price),
            "indexPrice": fixed(m.index_mark), "estimatedSettlePrice": fixed(m.index_mark),
            "lastFundingRate": fixed(m.funding_rate), "interestRate": "0.00010000",
            "nextFundingTime": m.next_funding_ms(call.world.now()), "time": call.world.now_ms(),
        }
        for m in call.markets()
    ]  # fmt: skip
    return bodies[0] if call.params.get("symbol") else bodies


def funding_rates(call: Call) -> list[Body]:
    """The rate now as if it had been settled last: a double has no history before its start."""
    return [
        {
            "symbol": m.instrument.symbol, "fundingRate": fixed(m.funding_rate),
            "markPrice": fixed(m.mark_price),
            "fundingTime": m.next_funding_ms(call.world.now()) - _interval(m) // MS,
        }
        for m in call.markets()
    ]  # fmt: skip


def _interval(m: Market) -> int:
    return m.instrument.funding_interval_ns or 8 * HOUR_NS


def funding_info(call: Call) -> list[Body]:
    return [
        {
            "symbol": m.instrument.symbol, "adjustedFundingRateCap": "0.02000000",
            "adjustedFundingRateFloor": "-0.02000000", "disclaimer": False,
            "fundingIntervalHours": _interval(m) // HOUR_NS,
        }
        for m in call.world.of_kind("perp")
    ]  # fmt: skip


def open_interest(call: Call) -> Body:
    m = call.market()
    interest = fixed(Decimal(repr(m.interest)), 3)
    return {"openInterest": interest, "symbol": m.instrument.symbol, "time": call.world.now_ms()}


def server_time(call: Call) -> Body:
    return {"serverTime": call.world.now_ms()}


def ping(call: Call) -> Body:
    del call
    return {}


_BOTH: Final = {
    "ping": Endpoint(ping), "time": Endpoint(server_time), "depth": Endpoint(depth, weight=5),
    "trades": Endpoint(trades, weight=5), "historicalTrades": Endpoint(trades, weight=10),
    "aggTrades": Endpoint(aggregate_trades, weight=4), "klines": Endpoint(klines, weight=2),
    "uiKlines": Endpoint(klines, weight=2), "ticker/24hr": Endpoint(day_ticker, weight=2),
    "ticker/bookTicker": Endpoint(book_ticker, weight=2), "ticker/price": Endpoint(last_price, weight=2),
}  # fmt: skip
SPOT: Final[Table] = {
    **{("GET", f"/api/v3/{path}"): endpoint for path, endpoint in _BOTH.items()},
    ("GET", "/api/v3/exchangeInfo"): Endpoint(rules.spot_info, weight=20),
    ("GET", "/api/v3/avgPrice"): Endpoint(average_price, weight=2),
}
PERP: Final[Table] = {
    **{("GET", f"/fapi/v1/{path}"): endpoint for path, endpoint in _BOTH.items()},
    ("GET", "/fapi/v1/exchangeInfo"): Endpoint(rules.perp_info),
    ("GET", "/dapi/v1/exchangeInfo"): Endpoint(rules.coin_info),
    ("GET", "/fapi/v2/ticker/price"): Endpoint(last_price),
    ("GET", "/fapi/v1/premiumIndex"): Endpoint(premium_index),
    ("GET", "/fapi/v1/fundingRate"): Endpoint(funding_rates),
    ("GET", "/fapi/v1/fundingInfo"): Endpoint(funding_info),
    ("GET", "/fapi/v1/openInterest"): Endpoint(open_interest),
    ("GET", "/fapi/v1/markPriceKlines"): Endpoint(klines),
    ("GET", "/fapi/v1/indexPriceKlines"): Endpoint(klines),
}
