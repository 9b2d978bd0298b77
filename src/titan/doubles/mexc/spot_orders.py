"""Spot's orders: placing, finding, cancelling, and one's own trades.

www.mexc.com/api-docs/spot-v3, "Spot Account/Trade" (read 2026-11-21). The time in force is part of the type;
there are no stops and no amendments. The venue takes a post-only order that would trade and cancels it.
"""

from __future__ import annotations

import re
from contextlib import suppress
from decimal import Decimal
from typing import Final

from titan.doubles.market_text import MS, MarketText, plain
from titan.doubles.mexc import errors
from titan.doubles.mexc.signing import Body, Call, Endpoint, Table
from titan.doubles.orders import Fill, Order, Ticket
from titan.doubles.refusal import Refusal, Refused
from titan.model.order import OrderState, OrderType, Side, TimeInForce

_TYPES: Final = {
    "LIMIT": TimeInForce.GTC, "MARKET": TimeInForce.GTC, "LIMIT_MAKER": TimeInForce.POST_ONLY,
    "IMMEDIATE_OR_CANCEL": TimeInForce.IOC, "FILL_OR_KILL": TimeInForce.FOK,
}  # fmt: skip
_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
_ID: Final = re.compile(r"C02__([0-9]{1,18})")
_DAY_NS: Final = 86_400_000_000_000


def id_of(order_id: int) -> str:
    """An order's number as spot writes it."""
    return f"C02__{order_id}"


def trade_id(fill: Fill) -> str:
    return f"{fill.id}X1"


def spent(o: Order, f: Fill) -> str:
    """The worth of a fill in the quote asset."""
    return plain(o.instrument.notional(f.ticks, f.lots))


def client_of(o: Order) -> str:
    """The id that the client gave, or nothing."""
    return str(o.extra.get("client", ""))


def type_of(o: Order) -> str:
    return str(o.extra.get("type", "LIMIT"))


def money_of(o: Order) -> Decimal:
    """What it was to spend or get in all, in the quote asset."""
    money = o.extra.get("money")
    return money if isinstance(money, Decimal) else o.price * o.qty


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
        raise errors.illegal("side")
    if name not in _TYPES:
        raise errors.illegal("type")
    if client and not _CLIENT_ID.fullmatch(client):
        raise errors.illegal("newClientOrderId")
    qty, price, money = call.number("quantity"), call.number("price"), call.number("quoteOrderQty")
    market = name == "MARKET"
    if qty is None and (money is None or not market):
        raise errors.missing("quantity")
    if price is None and not market:
        raise errors.missing("price")
    if qty is None and money is not None and money < m.instrument.min_notional:
        raise errors.refused(Refusal.MIN_NOTIONAL, _least(m, Refusal.MIN_NOTIONAL))
    return Ticket(
        inst=m.market.index, side=Side[side], type=OrderType.MARKET if market else OrderType.LIMIT, qty=qty,
        quote_qty=money if qty is None else None, price=None if market else price, tif=_TYPES[name],
        client_id=client, extra={"type": name, "client": client, "money": money},
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
        if order.reason is Refusal.NO_BALANCE:
            raise errors.OVERSOLD if order.side is Side.SELL else errors.TOO_POOR
        raise errors.refused(order.reason, _least(m, order.reason))
    return {
        "symbol": m.symbol, "orderId": id_of(order.id), "orderListId": -1,
        "price": m.price(order.limit_ticks), "origQty": m.size(order.lots), "type": type_of(order),
        "side": order.side.name, "transactTime": order.created_ns // MS,
    }  # fmt: skip


def try_out(call: Call) -> Body:
    ticket_of(call, call.market())
    return {}


def order_body(m: MarketText, o: Order) -> Body:
    return {
        "symbol": m.symbol, "orderId": id_of(o.id), "orderListId": -1, "clientOrderId": client_of(o) or None,
        "price": m.price(o.limit_ticks), "origQty": m.size(o.lots), "executedQty": m.size(o.filled_lots),
        "cummulativeQuoteQty": plain(o.quote_filled), "status": status_of(o), "timeInForce": None,
        "type": type_of(o), "side": o.side.name, "stopPrice": None, "icebergQty": None,
        "time": o.created_ns // MS, "updateTime": o.updated_ns // MS, "isWorking": o.is_open,
        "origQuoteOrderQty": plain(money_of(o)),
    }  # fmt: skip


def find(call: Call, absent: errors.MexcError = errors.NO_ORDER) -> tuple[MarketText, Order]:
    """The order that is named. Raises `absent`."""
    given, client = call.params.get("orderId", ""), call.params.get("origClientOrderId", "")
    if not given and not client:
        raise errors.NO_ID
    m, number = call.market(), _ID.fullmatch(given)
    if given:
        order = call.world.desk.find(int(number[1])) if number else None
    else:
        order = call.world.desk.find(client_id=client)
    if order is None or order.inst != m.market.index or (not given and client_of(order) != client):
        raise absent
    return m, order


def cancel(call: Call) -> Body:
    m, order = find(call, errors.UNKNOWN_ORDER)
    return _cancelled(m, call.world.desk.cancel(order))


def _cancelled(m: MarketText, order: Order) -> Body:
    return order_body(m, order) | {"origClientOrderId": client_of(order) or None, "clientOrderId": None}


def _open(call: Call) -> list[tuple[MarketText, Order]]:
    chosen = {m.market.index: m for m in call.markets()}
    return [(chosen[o.inst], o) for o in call.world.desk.open_orders() if o.inst in chosen]


def open_orders(call: Call) -> list[Body]:
    """Of one symbol or, without one, of all."""
    return [order_body(m, o) for m, o in _open(call)]


def cancel_open(call: Call) -> list[Body]:
    """Those that are not filled on the way."""
    cancelled = []
    for m, order in _open(call):
        with suppress(Refused):
            cancelled.append(_cancelled(m, call.world.desk.cancel(order)))
    return cancelled


def cancel_all(call: Call) -> Body:
    cancel_open(call)
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
    m, wanted, desk = call.market(), call.params.get("orderId", ""), call.world.desk
    found = [
        _trade(m, desk.orders[f.order_id], f)
        for f in reversed(desk.fills)
        if desk.orders[f.order_id].inst == m.market.index
        and wanted in ("", id_of(f.order_id))
        and call.within(f.time_ns)
    ]
    return found[: call.limit(100, 100)]


def _trade(m: MarketText, o: Order, f: Fill) -> Body:
    return {
        "symbol": m.symbol, "id": trade_id(f), "orderId": id_of(o.id), "orderListId": -1,
        "price": m.price(f.ticks), "qty": m.size(f.lots), "quoteQty": spent(o, f), "commission": plain(f.fee),
        "commissionAsset": f.fee_asset, "time": f.time_ns // MS, "isBuyer": f.side > 0, "isMaker": f.maker,
        "isBestMatch": True, "isSelfTrade": False, "clientOrderId": client_of(o) or None,
    }  # fmt: skip


TABLE: Final[Table] = {
    ("POST", "order"): Endpoint(place, "trade"),
    ("POST", "order/test"): Endpoint(try_out, "trade"),
    ("GET", "order"): Endpoint(lambda call: order_body(*find(call)), "read", 2),
    ("DELETE", "order"): Endpoint(cancel, "trade"),
    ("DELETE", "order/all"): Endpoint(cancel_all, "trade"),
    ("GET", "openOrders"): Endpoint(open_orders, "read", 3),
    ("DELETE", "openOrders"): Endpoint(lambda call: call.text("symbol") and cancel_open(call), "trade"),
    ("GET", "allOrders"): Endpoint(all_orders, "read", 10),
    ("GET", "myTrades"): Endpoint(own_trades, "read", 10),
}
