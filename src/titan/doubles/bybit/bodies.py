"""What Bybit writes about the market and its instruments: one function for each object.

Field names and order: bybit-exchange.github.io/docs/v5 (market and websocket/public pages, read
2026-11-21). Numbers are text; times are milliseconds, as text inside bodies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Body = dict[str, object]
Level = Sequence[str]


def envelope(result: object, now_ms: int, code: int = 0, message: str = "OK", ext: object = None) -> Body:
    """The frame of every REST answer; a refusal has an empty result and its code."""
    return {
        "retCode": code,
        "retMsg": message,
        "result": result,
        "retExtInfo": {} if ext is None else ext,
        "time": now_ms,
    }


def spot_instrument(
    symbol: str, base: str, quote: str, *, tick: str, lot: str, quote_step: str, min_qty: str, min_amount: str
) -> Body:
    return {
        "symbol": symbol,
        "baseCoin": base,
        "quoteCoin": quote,
        "innovation": "0",
        "status": "Trading",
        "marginTrading": "none",
        "stTag": "0",
        "lotSizeFilter": {
            "basePrecision": lot,
            "quotePrecision": quote_step,
            "minOrderQty": min_qty,
            "maxOrderQty": "9000",
            "minOrderAmt": min_amount,
            "maxOrderAmt": "8000000",
            "maxLimitOrderQty": "9000",
            "maxMarketOrderQty": "4500",
            "postOnlyMaxLimitOrderSize": "9000",
        },
        "priceFilter": {"tickSize": tick},
        "riskParameters": {"priceLimitRatioX": "0.01", "priceLimitRatioY": "0.02"},
        "symbolType": "",
    }


def linear_instrument(
    symbol: str, base: str, quote: str, *, tick: str, lot: str, min_qty: str, min_notional: str,
    max_leverage: str, funding_minutes: int, scale: int,
) -> Body:  # fmt: skip
    return {
        "symbol": symbol,
        "contractType": "LinearPerpetual",
        "status": "Trading",
        "baseCoin": base,
        "quoteCoin": quote,
        "launchTime": "1584230400000",
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "priceScale": str(scale),
        "leverageFilter": {"minLeverage": "1", "maxLeverage": max_leverage, "leverageStep": "0.01"},
        "priceFilter": {"minPrice": tick, "maxPrice": "1999999.80", "tickSize": tick},
        "lotSizeFilter": {
            "maxOrderQty": "1190.000",
            "minOrderQty": min_qty,
            "qtyStep": lot,
            "postOnlyMaxOrderQty": "1190.000",
            "maxMktOrderQty": "500.000",
            "minNotionalValue": min_notional,
        },
        "unifiedMarginTrade": True,
        "fundingInterval": funding_minutes,
        "settleCoin": quote,
        "copyTrading": "none",
        "upperFundingRate": "0.005",
        "lowerFundingRate": "-0.005",
        "isPreListing": False,
        "preListingInfo": None,
        "riskParameters": {"priceLimitRatioX": "0.01", "priceLimitRatioY": "0.02"},
        "displayName": "",
        "symbolType": "",
    }


def book(symbol: str, bids: Sequence[Level], asks: Sequence[Level], update: int, sequence: int) -> Body:
    """The `data` of an orderbook push: `u` counts updates (1 after a restart of the service), `seq` is the
    cross sequence."""
    return {"s": symbol, "b": bids, "a": asks, "u": update, "seq": sequence}


def stream(topic: str, kind: str, data: object, ts_ms: int, extra: Mapping[str, object] = {}) -> Body:
    """A public push. `extra` adds what a topic has beside the data (`cts` of books, `cs` of tickers)."""
    return {"topic": topic, "ts": ts_ms, "type": kind, "data": data, **extra}


def public_trade(
    symbol: str, trade_id: str, side: str, price: str, qty: str, at_ms: int, sequence: int, *, linear: bool
) -> Body:
    """`side` is the taker's."""
    tick: Body = {"L": "ZeroPlusTick"} if linear else {}
    return {
        "T": at_ms,
        "s": symbol,
        "S": side,
        "v": qty,
        "p": price,
        **tick,
        "i": trade_id,
        "BT": False,
        "RPI": False,
        "seq": sequence,
    }


def recent_trade(
    symbol: str, trade_id: str, side: str, price: str, qty: str, at_ms: int, sequence: int
) -> Body:
    return {
        "execId": trade_id,
        "symbol": symbol,
        "price": price,
        "size": qty,
        "side": side,
        "time": str(at_ms),
        "isBlockTrade": False,
        "isRPITrade": False,
        "seq": str(sequence),
    }


def day_part(symbol: str, last: str, first: str, high: str, low: str, volume: str, turnover: str) -> Body:
    """What the tickers of spot and linear have in common: the last 24 hours."""
    moved = (float(last) / float(first) - 1) if float(first or 0) else 0.0
    return {
        "symbol": symbol,
        "lastPrice": last,
        "prevPrice24h": first,
        "price24hPcnt": f"{moved:.6f}",
        "highPrice24h": high,
        "lowPrice24h": low,
        "volume24h": volume,
        "turnover24h": turnover,
    }


def touch_part(bid: Level, ask: Level) -> Body:
    """Best bid and offer in a ticker; empty text where a side is empty."""
    return {
        "bid1Price": bid[0] if bid else "",
        "bid1Size": bid[1] if bid else "",
        "ask1Price": ask[0] if ask else "",
        "ask1Size": ask[1] if ask else "",
    }


def contract_part(mark: str, index: str, interest: str, value: str, rate: str, settles_ms: int) -> Body:
    return {
        "markPrice": mark,
        "indexPrice": index,
        "openInterest": interest,
        "openInterestValue": value,
        "fundingRate": rate,
        "nextFundingTime": str(settles_ms),
    }


def liquidation(symbol: str, side: str, price: str, qty: str, at_ms: int) -> Body:
    """`side` Buy: a long position was liquidated."""
    return {"T": at_ms, "s": symbol, "S": side, "v": qty, "p": price}


def live_candle(
    start_ms: int, end_ms: int, interval: str, prices: Sequence[str], volume: str, turnover: str,
    *, done: bool, at_ms: int,
) -> Body:  # fmt: skip
    """A kline push; `prices` are open, high, low, close."""
    opened, high, low, close = prices
    return {
        "start": start_ms,
        "end": end_ms,
        "interval": interval,
        "open": opened,
        "close": close,
        "high": high,
        "low": low,
        "volume": volume,
        "turnover": turnover,
        "confirm": done,
        "timestamp": at_ms,
    }
