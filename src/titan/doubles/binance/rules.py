"""exchangeInfo of both markets, in the shapes of the venue's own answers (recorded 2026-07-02 and 03)."""

from __future__ import annotations

from typing import Final

from titan.doubles.binance.calls import Call
from titan.doubles.binance.numbers import DECIMALS, fixed
from titan.doubles.decimals import places
from titan.doubles.market import Market

Body = dict[str, object]

SPOT_WEIGHT: Final = 6000
PERP_WEIGHT: Final = 2400
_SPOT_TYPES: Final = ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS"]
_PERP_TYPES: Final = [
    "LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET",
]  # fmt: skip


def _limit(kind: str, interval: str, number: int, limit: int) -> Body:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}


SPOT_LIMITS: Final = [
    _limit("REQUEST_WEIGHT", "MINUTE", 1, SPOT_WEIGHT),
    _limit("ORDERS", "SECOND", 10, 100),
    _limit("ORDERS", "DAY", 1, 200_000),
    _limit("RAW_REQUESTS", "MINUTE", 5, 300_000),
]
PERP_LIMITS: Final = [
    _limit("REQUEST_WEIGHT", "MINUTE", 1, PERP_WEIGHT),
    _limit("ORDERS", "MINUTE", 1, 1200),
    _limit("ORDERS", "SECOND", 10, 300),
]


def spot_info(call: Call) -> Body:
    return {
        "timezone": "UTC", "serverTime": call.world.now_ms(), "rateLimits": SPOT_LIMITS,
        "exchangeFilters": [], "symbols": [spot_symbol(m) for m in call.markets()],
    }  # fmt: skip


def spot_symbol(m: Market) -> Body:
    one = m.instrument
    filters: list[Body] = [
        {"filterType": "PRICE_FILTER", "minPrice": fixed(one.tick), "maxPrice": "1000000.00000000",
         "tickSize": fixed(one.tick)},
        {"filterType": "LOT_SIZE", "minQty": fixed(max(one.min_qty, one.lot)), "maxQty": "9000.00000000",
         "stepSize": fixed(one.lot)},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": "160.00000000",
         "stepSize": "0.00000000"},
        {"filterType": "NOTIONAL", "minNotional": fixed(one.min_notional), "applyMinToMarket": True,
         "maxNotional": "9000000.00000000", "applyMaxToMarket": False, "avgPriceMins": 5},
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
        {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": 10},
    ]  # fmt: skip
    return {
        "symbol": one.symbol, "status": "TRADING", "baseAsset": one.base, "baseAssetPrecision": DECIMALS,
        "quoteAsset": one.quote, "quotePrecision": DECIMALS, "quoteAssetPrecision": DECIMALS,
        "baseCommissionPrecision": DECIMALS, "quoteCommissionPrecision": DECIMALS, "orderTypes": _SPOT_TYPES,
        "icebergAllowed": False, "ocoAllowed": False, "otoAllowed": False, "opoAllowed": False,
        "quoteOrderQtyMarketAllowed": True, "allowTrailingStop": False, "cancelReplaceAllowed": True,
        "amendAllowed": True, "pegInstructionsAllowed": False, "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False, "filters": filters, "permissions": [], "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "EXPIRE_TAKER",
        "allowedSelfTradePreventionModes": ["EXPIRE_TAKER"],
    }  # fmt: skip


def perp_info(call: Call) -> Body:
    markets = call.markets()
    assets = sorted({m.instrument.settle for m in markets})
    return coin_info(call) | {
        "futuresType": "U_MARGINED", "symbols": [perp_symbol(m) for m in markets],
        "assets": [{"asset": a, "marginAvailable": True, "autoAssetExchange": "-10000"} for a in assets],
    }  # fmt: skip


def coin_info(call: Call) -> Body:
    """Of coin-margined futures, which ccxt asks for with the rest: there are none here."""
    return {
        "timezone": "UTC", "serverTime": call.world.now_ms(), "rateLimits": PERP_LIMITS,
        "exchangeFilters": [], "symbols": [],
    }  # fmt: skip


def perp_symbol(m: Market) -> Body:
    one = m.instrument
    least = fixed(max(one.min_qty, one.lot), places(one.lot))
    step, tick = fixed(one.lot, places(one.lot)), fixed(one.tick, places(one.tick))
    filters: list[Body] = [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "4529764", "tickSize": tick},
        {"filterType": "LOT_SIZE", "stepSize": step, "minQty": least, "maxQty": "1000"},
        {"filterType": "MARKET_LOT_SIZE", "stepSize": step, "minQty": least, "maxQty": "120"},
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": 10},
        {"filterType": "MIN_NOTIONAL", "notional": f"{one.min_notional:f}"},
        {"filterType": "PERCENT_PRICE", "multiplierDecimal": "4", "multiplierDown": "0.9500",
         "multiplierUp": "1.0500"},
    ]  # fmt: skip
    return {
        "symbol": one.symbol, "pair": one.symbol, "contractType": "PERPETUAL", "deliveryDate": 4133404800000,
        "onboardDate": 1567965300000, "status": "TRADING", "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000", "baseAsset": one.base, "quoteAsset": one.quote,
        "marginAsset": one.settle, "pricePrecision": places(one.tick), "quantityPrecision": places(one.lot),
        "baseAssetPrecision": DECIMALS, "quotePrecision": DECIMALS, "underlyingType": "COIN",
        "underlyingSubType": ["PoW"], "triggerProtect": "0.0500",
        "liquidationFee": fixed(one.liquidation_fee, 6), "marketTakeBound": "0.05",
        "maxMoveOrderLimit": 10000, "filters": filters, "orderTypes": _PERP_TYPES,
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    }  # fmt: skip
