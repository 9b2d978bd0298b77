"""Orders, cancels and fills as Binance writes them, on spot and on futures."""

from __future__ import annotations

from typing import Final

from titan.doubles.binance.calls import MS
from titan.doubles.binance.numbers import Words, fixed
from titan.doubles.market import Market
from titan.doubles.orders import Fill, Order
from titan.model.order import OrderState, OrderType, TimeInForce

Body = dict[str, object]

STATUS: Final = {
    OrderState.PENDING: "NEW", OrderState.OPEN: "NEW", OrderState.PARTIAL: "PARTIALLY_FILLED",
    OrderState.FILLED: "FILLED", OrderState.CANCELLED: "CANCELED", OrderState.EXPIRED: "EXPIRED",
    OrderState.REJECTED: "REJECTED",
}  # fmt: skip


def type_of(o: Order) -> str:
    if o.type is OrderType.LIMIT:
        return "LIMIT_MAKER" if o.tif is TimeInForce.POST_ONLY and o.instrument.kind == "spot" else "LIMIT"
    return "MARKET" if o.type is OrderType.MARKET else "STOP_LOSS"


def tif_of(o: Order) -> str:
    if o.tif is TimeInForce.POST_ONLY:
        return "GTX" if o.instrument.kind == "perp" else "GTC"
    return "GTC" if o.type is not OrderType.LIMIT else o.tif.name


def spot_core(m: Market, o: Order) -> Body:
    """What placing, querying and cancelling have in common."""
    words = Words(m)
    return {
        "symbol": o.instrument.symbol, "orderId": o.id, "orderListId": -1, "clientOrderId": o.client_id,
        "price": words.px(o.limit_ticks), "origQty": words.qty(o.lots),
        "executedQty": words.qty(o.filled_lots),
        "origQuoteOrderQty": str(o.extra.get("quote_qty", "0.00000000")),
        "cummulativeQuoteQty": fixed(o.quote_filled), "status": STATUS[o.state], "timeInForce": tif_of(o),
        "type": type_of(o), "side": o.side.name, "selfTradePreventionMode": "EXPIRE_TAKER",
    }  # fmt: skip


def spot_placed(m: Market, o: Order, answer: str) -> Body:
    """The answer to a new order; `answer` is ACK, RESULT or FULL."""
    at = o.created_ns // MS
    body = spot_core(m, o) | {"transactTime": at, "workingTime": at}
    if answer == "ACK":
        names = ("symbol", "orderId", "orderListId", "clientOrderId", "transactTime")
        return {name: body[name] for name in names}
    if answer == "FULL":
        words = Words(m)
        body["fills"] = [
            {
                "price": words.px(f.ticks), "qty": words.qty(f.lots), "commission": fixed(f.fee),
                "commissionAsset": f.fee_asset, "tradeId": f.id,
            }
            for f in o.fills
        ]  # fmt: skip
    return body


def spot_order(m: Market, o: Order) -> Body:
    return spot_core(m, o) | {
        "stopPrice": Words(m).px(o.stop_ticks), "icebergQty": "0.00000000", "time": o.created_ns // MS,
        "updateTime": o.updated_ns // MS, "isWorking": o.type is not OrderType.STOP or o.triggered,
        "workingTime": o.created_ns // MS,
    }  # fmt: skip


def spot_cancelled(m: Market, o: Order, new_id: str) -> Body:
    """The cancel carries an id of its own beside that of the order."""
    return spot_core(m, o) | {
        "origClientOrderId": o.client_id, "clientOrderId": new_id or f"cancel{o.id}",
        "transactTime": o.updated_ns // MS,
    }  # fmt: skip


def perp_order(m: Market, o: Order) -> Body:
    words = Words(m)
    return {
        "orderId": o.id, "symbol": o.instrument.symbol, "status": STATUS[o.state],
        "clientOrderId": o.client_id, "price": words.px(o.limit_ticks),
        "avgPrice": fixed(o.average, words.price_places + 4), "origQty": words.qty(o.lots),
        "executedQty": words.qty(o.filled_lots), "cumQty": words.qty(o.filled_lots),
        "cumQuote": fixed(o.quote_filled, 5), "timeInForce": tif_of(o), "type": type_of(o),
        "reduceOnly": o.reduce_only, "closePosition": False, "side": o.side.name, "positionSide": "BOTH",
        "stopPrice": words.px(o.stop_ticks), "workingType": "CONTRACT_PRICE", "priceProtect": False,
        "origType": type_of(o), "priceMatch": "NONE", "selfTradePreventionMode": "EXPIRE_TAKER",
        "goodTillDate": 0, "time": o.created_ns // MS, "updateTime": o.updated_ns // MS,
    }  # fmt: skip


def spot_trade(m: Market, f: Fill) -> Body:
    words = Words(m)
    return {
        "symbol": m.instrument.symbol, "id": f.id, "orderId": f.order_id, "orderListId": -1,
        "price": words.px(f.ticks), "qty": words.qty(f.lots),
        "quoteQty": fixed(m.instrument.notional(f.ticks, f.lots)), "commission": fixed(f.fee),
        "commissionAsset": f.fee_asset, "time": f.time_ns // MS, "isBuyer": f.side > 0, "isMaker": f.maker,
        "isBestMatch": True,
    }  # fmt: skip


def perp_trade(m: Market, f: Fill) -> Body:
    words = Words(m)
    return {
        "buyer": f.side > 0, "commission": fixed(f.fee), "commissionAsset": f.fee_asset, "id": f.id,
        "maker": f.maker, "orderId": f.order_id, "price": words.px(f.ticks), "qty": words.qty(f.lots),
        "quoteQty": fixed(m.instrument.notional(f.ticks, f.lots), 5), "realizedPnl": fixed(f.realised),
        "side": f.side.name, "positionSide": "BOTH", "symbol": m.instrument.symbol, "time": f.time_ns // MS,
    }  # fmt: skip
