"""Kraken's orders, trades and movements as its REST and its sockets write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from titan.doubles.kraken.pairs import Body, Pair
from titan.doubles.orders import Fill, Order
from titan.model.order import OrderState, OrderType, TimeInForce

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_STATUS: Final = {
    OrderState.PENDING: "pending", OrderState.OPEN: "open", OrderState.PARTIAL: "open",
    OrderState.FILLED: "closed", OrderState.CANCELLED: "canceled", OrderState.EXPIRED: "expired",
    OrderState.REJECTED: "canceled",
}  # fmt: skip
_WS_STATUS: Final = {
    OrderState.PENDING: "pending_new", OrderState.OPEN: "new", OrderState.PARTIAL: "partially_filled",
    OrderState.FILLED: "filled", OrderState.CANCELLED: "canceled", OrderState.EXPIRED: "expired",
    OrderState.REJECTED: "canceled",
}  # fmt: skip
TYPES: Final = {OrderType.MARKET: "market", OrderType.LIMIT: "limit", OrderType.STOP: "stop-loss"}


def txid(prefix: str, number: int) -> str:
    """A number as Kraken's ids look: OABCDE-FGHIJ-KLMNOP."""
    text = ""
    for _ in range(16):
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return f"{prefix}{text[:5]}-{text[5:10]}-{text[10:]}"


def number_of(txid_text: str) -> int | None:
    """The number in an id; None for what is no id."""
    plain = txid_text[1:].replace("-", "")
    try:
        return int(plain, 36) if len(plain) == 16 else None
    except ValueError:
        return None


def side(order: Order | Fill) -> str:
    return "buy" if order.side > 0 else "sell"


def order_body(order: Order, pair: Pair) -> Body:
    """An order in OpenOrders, ClosedOrders and QueryOrders."""
    kind = TYPES[order.type]
    price = pair.price(order.stop_ticks if order.type is OrderType.STOP else order.limit_ticks)
    words = f"{side(order)} {pair.size(order.lots)} {pair.altname} @ {kind.replace('-', ' ')}"
    body: Body = {
        "refid": None, "userref": order.extra.get("userref"), "status": _STATUS[order.state],
        "opentm": order.created_ns / 1e9, "starttm": 0, "expiretm": 0,
        "descr": {
            "pair": pair.altname, "aclass": "forex", "type": side(order), "ordertype": kind, "price": price,
            "price2": "0", "leverage": "none", "close": "",
            "order": words if order.type is OrderType.MARKET else f"{words} {price}",
        },
        "vol": pair.size(order.lots), "vol_exec": pair.size(order.filled_lots),
        "cost": pair.money(order.quote_filled), "fee": pair.money(order.fee),
        "price": f"{order.average:.{pair.digits}f}",
        "stopprice": pair.price(order.stop_ticks) if order.stop_ticks else "0.00000", "limitprice": "0.00000",
        "misc": "", "oflags": "fciq,post" if order.tif is TimeInForce.POST_ONLY else "fciq",
        "trades": [txid("T", f.id) for f in order.fills],
    }  # fmt: skip
    if order.extra.get("cl_ord_id"):
        body["cl_ord_id"] = order.client_id
    if not order.is_open:
        body |= {"closetm": order.updated_ns / 1e9, "reason": reason(order) or None}
    return body


def reason(order: Order) -> str:
    return "User requested" if order.state is OrderState.CANCELLED else ""


def trade_body(order: Order, fill: Fill, pair: Pair) -> Body:
    """A trade in TradesHistory and QueryTrades."""
    return {
        "ordertxid": txid("O", order.id), "postxid": txid("T", fill.id), "pair": pair.key,
        "aclass": "forex", "time": fill.time_ns / 1e9, "type": side(fill), "ordertype": TYPES[order.type],
        "price": pair.price(fill.ticks), "cost": pair.money(order.instrument.notional(fill.ticks, fill.lots)),
        "fee": pair.money(fill.fee), "vol": pair.size(fill.lots), "margin": "0.00000000", "leverage": "0",
        "misc": "", "trade_id": fill.id, "maker": fill.maker,
    }  # fmt: skip


def execution(order: Order, fill: Fill | None, what: str, pair: Pair) -> Body:
    """An event of the executions channel. `what` is the exec_type."""
    number = float
    body: Body = {
        "order_id": txid("O", order.id), "exec_type": what, "order_status": _WS_STATUS[order.state],
        "symbol": pair.symbol, "side": side(order), "order_type": TYPES[order.type],
        "order_qty": number(pair.size(order.lots)), "cum_qty": number(pair.size(order.filled_lots)),
        "cum_cost": number(order.quote_filled), "avg_price": number(order.average),
        "time_in_force": {TimeInForce.IOC: "IOC", TimeInForce.FOK: "FOK"}.get(order.tif, "GTC"),
        "post_only": order.tif is TimeInForce.POST_ONLY, "reduce_only": False, "margin": False,
        "order_userref": order.extra.get("userref") or 0, "fee_usd_equiv": number(order.fee),
        "fee_ccy_pref": "fciq", "timestamp": stamp(order.updated_ns), "liquidated": False,
    }  # fmt: skip
    if order.limit_ticks:
        body["limit_price"] = number(pair.price(order.limit_ticks))
    if order.stop_ticks:
        price = number(pair.price(order.stop_ticks))
        body |= {
            "stop_price": price,
            "triggers": {"reference": "last", "price": price, "price_type": "static"},
        }
    if order.extra.get("cl_ord_id"):
        body["cl_ord_id"] = order.client_id
    if what == "canceled":
        body["reason"] = reason(order)
    if fill is not None:
        body |= {
            "exec_id": txid("T", fill.id), "trade_id": fill.id, "last_qty": number(pair.size(fill.lots)),
            "last_price": number(pair.price(fill.ticks)),
            "cost": number(order.instrument.notional(fill.ticks, fill.lots)),
            "liquidity_ind": "m" if fill.maker else "t",
            "fees": [{"asset": order.instrument.quote, "qty": number(fill.fee)}],
            "timestamp": stamp(fill.time_ns),
        }  # fmt: skip
    return body


def stamp(ns: int) -> str:
    """2026-11-21T05:00:00.123456Z"""
    seconds, rest = divmod(ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest // 1000:06d}Z"
