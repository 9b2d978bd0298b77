"""Spot's orders: placing, finding, cancelling, and one's own trades.

www.mexc.com/api-docs/spot-v3, "Spot Account/Trade" (read 2026-11-21). The time in force is part of the type;
there are no stops and no amendments. The venue takes a post-only order that would trade and cancels it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

import msgspec

from titan.doubles.market_text import MarketText, plain
from titan.doubles.mexc.errors import NO_ID, NO_ORDER, MexcError, illegal, missing, refused
from titan.doubles.mexc.signing import worded
from titan.doubles.mexc.spot_call import MS, Body, Call, Endpoint, Table
from titan.doubles.orders import Fill, Order, Ticket
from titan.doubles.refusal import Refusal, Refused
from titan.model.order import OrderState, OrderType, Side, TimeInForce

_TYPES: Final = {
    "LIMIT": (OrderType.LIMIT, TimeInForce.GTC), "LIMIT_ORDER": (OrderType.LIMIT, TimeInForce.GTC),
    "MARKET": (OrderType.MARKET, TimeInForce.GTC), "LIMIT_MAKER": (OrderType.LIMIT, TimeInForce.POST_ONLY),
    "IMMEDIATE_OR_CANCEL": (OrderType.LIMIT, TimeInForce.IOC),
    "FILL_OR_KILL": (OrderType.LIMIT, TimeInForce.FOK),
}  # fmt: skip
_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
_ID: Final = re.compile(r"C02__([0-9]{1,18})")
_MOST_IN_BATCH: Final = 20
_DAY_NS: Final = 86_400_000_000_000


def id_of(order_id: int) -> str:
    """An order's number as spot writes it."""
    return f"C02__{order_id}"


def trade_id(fill: Fill) -> str:
    return f"{fill.id}X1"


def client_of(o: Order) -> str:
    """The id that the client gave, or nothing."""
    return str(o.extra.get("client", ""))


def type_of(o: Order) -> str:
    return str(o.extra.get("type", "LIMIT"))


def status_of(o: Order) -> str:
    if o.state is OrderState.FILLED:
        return "FILLED"
    if o.state.is_final:
        return "PARTIALLY_CANCELED" if o.filled_lots else "CANCELED"
    return "PARTIALLY_FILLED" if o.filled_lots else "NEW"


def ticket_of(call: Call, m: MarketText) -> Ticket:
    """The order that the parameters ask for. Raises MexcError."""
    side, name, client = call.text("side"), call.text("type"), call.params.get("newClientOrderId", "")
    if side not in ("BUY", "SELL"):
        raise illegal("side")
    if name not in _TYPES:
        raise illegal("type")
    if client and not _CLIENT_ID.fullmatch(client):
        raise illegal("newClientOrderId")
    kind, tif = _TYPES[name]
    qty, price, money = call.number("quantity"), call.number("price"), call.number("quoteOrderQty")
    market = kind is OrderType.MARKET
    if qty is None and (money is None or not market):
        raise missing("quantity")
    if price is None and not market:
        raise missing("price")
    if qty is None and money is not None and money < m.instrument.min_notional:
        raise refused(Refusal.MIN_NOTIONAL, least=_least(m, Refusal.MIN_NOTIONAL))
    named = "LIMIT" if name == "LIMIT_ORDER" else name
    extra: Body = {"type": named, "client": client, "money": plain(money) if money is not None else None}
    return Ticket(
        inst=m.market.index, side=Side[side], type=kind, qty=qty, quote_qty=money if qty is None else None,
        price=None if market else price, tif=tif, client_id=client, extra=extra,
    )  # fmt: skip


def _least(m: MarketText, reason: Refusal) -> str:
    one = m.instrument
    if reason is Refusal.MIN_QTY:
        return plain(one.min_qty) + one.base
    return plain(one.min_notional) + one.quote


def place(call: Call) -> Body:
    m = call.market()
    order = call.world.desk.place(ticket_of(call, m))
    if order.state is OrderState.REJECTED:
        raise refused(order.reason, least=_least(m, order.reason), sells=order.side is Side.SELL)
    return {
        "symbol": m.symbol, "orderId": id_of(order.id), "orderListId": -1,
        "price": m.price(order.limit_ticks), "origQty": m.size(order.lots), "type": type_of(order), "side": order.side.name,
        "transactTime": order.created_ns // MS,
    }  # fmt: skip


def try_out(call: Call) -> Body:
    ticket_of(call, call.market())
    return {}


def place_batch(call: Call) -> list[Body]:
    """Up to 20 orders; each that is refused says so in its place."""
    try:
        listed = msgspec.json.decode(call.text("batchOrders"), type=list[dict[str, object]])
    except msgspec.DecodeError:
        raise MexcError(33333, "param is error") from None
    if len(listed) > _MOST_IN_BATCH:
        raise MexcError(30029, "Cannot exceed the maximum order limit")
    answers: list[Body] = []
    for one in listed:
        params = {name: worded(value) for name, value in one.items()}
        named: Body = {"newClientOrderId": params.get("newClientOrderId")}
        try:
            placed = place(Call(call.world, call.listing, params, call.key))
            answers.append(named | {k: placed[k] for k in ("symbol", "orderId", "orderListId")})
        except MexcError as no:
            answers.append(named | no.body())
    return answers


def order_body(m: MarketText, o: Order) -> Body:
    return {
        "symbol": m.symbol, "orderId": id_of(o.id), "orderListId": -1, "clientOrderId": client_of(o) or None,
        "price": m.price(o.limit_ticks), "origQty": m.size(o.lots), "executedQty": m.size(o.filled_lots),
        "cummulativeQuoteQty": plain(o.quote_filled), "status": status_of(o), "timeInForce": None,
        "type": type_of(o), "side": o.side.name, "stopPrice": None, "icebergQty": None,
        "time": o.created_ns // MS, "updateTime": o.updated_ns // MS, "isWorking": o.is_open,
        "origQuoteOrderQty": o.extra.get("money") or plain(o.price * o.qty),
    }  # fmt: skip


def find(call: Call) -> tuple[MarketText, Order]:
    """The order that is named. Raises MexcError -2013."""
    given, client = call.params.get("orderId", ""), call.params.get("origClientOrderId", "")
    if not given and not client:
        raise NO_ID
    m, number = call.market(), _ID.fullmatch(given)
    if given:
        order = call.world.desk.find(int(number[1])) if number else None
    else:
        order = call.world.desk.find(client_id=client)
    if order is None or order.inst != m.market.index or (not given and client_of(order) != client):
        raise NO_ORDER
    return m, order


def cancel(call: Call) -> Body:
    try:
        m, order = find(call)
        return _cancelled(call, m, order)
    except Refused as no:
        raise refused(no.reason) from no
    except MexcError as no:
        raise refused(Refusal.UNKNOWN_ORDER) if no is NO_ORDER else no from no


def _cancelled(call: Call, m: MarketText, order: Order) -> Body:
    call.world.desk.cancel(order)
    body = order_body(m, order)
    kept = (
        "symbol", "orderId", "price", "origQty", "executedQty", "cummulativeQuoteQty", "status",
        "timeInForce", "type", "side",
    )  # fmt: skip
    named: Body = {"origClientOrderId": client_of(order) or None, "clientOrderId": None}
    return named | {name: body[name] for name in kept}


def _open(call: Call) -> list[tuple[MarketText, Order]]:
    chosen = {m.market.index: m for m in call.markets()}
    return [(chosen[o.inst], o) for o in call.world.desk.open_orders() if o.inst in chosen]


def open_orders(call: Call) -> list[Body]:
    """Of one symbol or, without one, of all."""
    return [order_body(m, o) for m, o in _open(call)]


def cancel_open(call: Call) -> list[Body]:
    call.text("symbol")
    return [_cancelled(call, m, o) for m, o in _open(call)]


def cancel_all(call: Call) -> Body:
    for m, order in _open(call):
        _cancelled(call, m, order)
    return {"code": 200, "msg": "success", "timestamp": call.world.now_ms()}


def all_orders(call: Call) -> list[Body]:
    """Newest first; of the last day, or of the times that are asked for."""
    m, since = call.market(), call.world.now() - _DAY_NS
    timed = call.params.get("startTime") or call.params.get("endTime")
    found = [
        order_body(m, o)
        for o in reversed(call.world.desk.orders.values())
        if o.inst == m.market.index and call.within(o.created_ns) and (timed or o.created_ns >= since)
    ]
    return found[: call.limit(500, 1000)]


def own_trades(call: Call) -> list[Body]:
    """Newest first."""
    m, wanted, orders = call.market(), call.params.get("orderId", ""), call.world.desk.orders
    found = [
        trade_body(m, orders[f.order_id], f)
        for f in reversed(call.world.desk.fills)
        if orders[f.order_id].inst == m.market.index
        and wanted in ("", id_of(f.order_id))
        and call.within(f.time_ns)
    ]
    return found[: call.limit(100, 100)]


def trade_body(m: MarketText, o: Order, f: Fill) -> Body:
    return {
        "symbol": m.symbol, "id": trade_id(f), "orderId": id_of(f.order_id), "orderListId": -1,
        "price": m.price(f.ticks), "qty": m.size(f.lots), "quoteQty": plain(value_of(o, f)),
        "commission": plain(f.fee), "commissionAsset": f.fee_asset, "time": f.time_ns // MS,
        "isBuyer": f.side > 0, "isMaker": f.maker, "isBestMatch": True, "isSelfTrade": False,
        "clientOrderId": client_of(o) or None,
    }  # fmt: skip


def value_of(o: Order, f: Fill) -> Decimal:
    """What a fill cost, in the quote asset."""
    return o.instrument.notional(f.ticks, f.lots)


TABLE: Final[Table] = {
    ("POST", "/api/v3/order"): Endpoint(place, "trade"),
    ("POST", "/api/v3/order/test"): Endpoint(try_out, "trade"),
    ("POST", "/api/v3/batchOrders"): Endpoint(place_batch, "trade"),
    ("GET", "/api/v3/order"): Endpoint(lambda call: order_body(*find(call)), "read", 2),
    ("DELETE", "/api/v3/order"): Endpoint(cancel, "trade"),
    ("DELETE", "/api/v3/order/all"): Endpoint(cancel_all, "trade"),
    ("GET", "/api/v3/openOrders"): Endpoint(open_orders, "read", 3),
    ("DELETE", "/api/v3/openOrders"): Endpoint(cancel_open, "trade"),
    ("GET", "/api/v3/allOrders"): Endpoint(all_orders, "read", 10),
    ("GET", "/api/v3/myTrades"): Endpoint(own_trades, "read", 10),
}
