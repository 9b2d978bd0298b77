"""USD-M's conditional orders: they wait in a service of their own and become market orders when triggered.

developers.binance.com, USD-M "New Algo Order" (read 2026-11-21) and "Event: Algo Order Update" (text of
2026-01-15). STOP_MARKET is carried. An algo id is no order id: the order that a trigger places has its own
(`actualOrderId`), and the client's algo id for its client order id, as nautilus_trader expects it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from titan.doubles.binance.calls import MS, Call, Endpoint, Table
from titan.doubles.binance.errors import NO_ORDER, BinanceError, refused
from titan.doubles.binance.numbers import Words, fixed
from titan.doubles.binance.order_bodies import waits_apart
from titan.doubles.binance.trading import ticket_of
from titan.doubles.market import Market
from titan.doubles.orders import Order, OrderUpdate
from titan.doubles.refusal import Refusal, Refused
from titan.doubles.world import World
from titan.model.order import OrderState, OrderType, Side

Body = dict[str, object]
_FIRST: Final = 4_000_000_000_000
"""Algo ids begin here."""


def is_algo(order: Order) -> bool:
    return order.type is OrderType.STOP and order.instrument.kind == "perp"


def status(order: Order) -> str:
    if order.triggered:
        return "TRIGGERED" if order.is_open else "FINISHED"
    return "NEW" if order.is_open else "REJECTED" if order.state is OrderState.REJECTED else "CANCELED"


def body(m: Market, o: Order) -> Body:
    words = Words(m)
    return {
        "algoId": _FIRST + o.id, "clientAlgoId": o.client_id, "algoType": "CONDITIONAL",
        "orderType": "STOP_MARKET", "symbol": o.instrument.symbol, "side": o.side.name,
        "positionSide": "BOTH", "timeInForce": "GTC", "quantity": words.qty(o.lots),
        "algoStatus": status(o), "actualOrderId": str(o.id) if o.triggered else "",
        "actualPrice": fixed(o.average, 5), "triggerPrice": words.px(o.stop_ticks), "price": "0",
        "icebergQuantity": None, "selfTradePreventionMode": "EXPIRE_TAKER", "workingType": "CONTRACT_PRICE",
        "priceMatch": "NONE", "closePosition": False, "priceProtect": False, "reduceOnly": o.reduce_only,
        "createTime": o.created_ns // MS, "updateTime": o.updated_ns // MS,
        "triggerTime": o.updated_ns // MS if o.triggered else 0, "goodTillDate": 0,
    }  # fmt: skip


def update(world: World, event: OrderUpdate) -> Body:
    """ALGO_UPDATE of the user stream."""
    o, m, at = event.order, world.markets[event.order.inst], event.time_ns // MS
    words = Words(m)
    inner: Body = {
        "caid": o.client_id, "aid": _FIRST + o.id, "at": "CONDITIONAL", "o": "STOP_MARKET",
        "s": o.instrument.symbol, "S": o.side.name, "ps": "BOTH", "f": "GTC", "q": words.qty(o.lots),
        "X": status(o), "ai": str(o.id) if o.triggered else "", "ap": fixed(o.average, 5),
        "aq": words.qty(o.filled_lots), "act": "MARKET" if o.triggered else "0",
        "tp": words.px(o.stop_ticks), "p": "0", "V": "EXPIRE_TAKER", "wt": "CONTRACT_PRICE", "pm": "NONE",
        "cp": False, "pP": False, "R": o.reduce_only, "tt": at if o.triggered else 0, "gtd": 0, "rm": "",
    }  # fmt: skip
    return {"e": "ALGO_UPDATE", "T": at, "E": at, "o": inner}


def new(call: Call) -> Body:
    m = call.market()
    if call.text("algoType") != "CONDITIONAL" or call.text("type") != "STOP_MARKET":
        raise BinanceError(-1116, "Invalid orderType.")
    named = {"newClientOrderId": call.params.get("clientAlgoId", ""), "stopPrice": call.text("triggerPrice")}
    ticket = ticket_of(msgspec.structs.replace(call, params={**call.params, **named}), m, algo=True)
    last = m.price(m.last_ticks)
    stop = ticket.stop or last
    if stop <= last if ticket.side is Side.BUY else stop >= last:
        raise BinanceError(-2021, "Order would immediately trigger.")
    order = call.world.desk.place(ticket)
    if order.state is OrderState.REJECTED:
        raise refused(order.reason, perp=True, notional=m.instrument.min_notional)
    return body(m, order)


def _all(call: Call) -> list[tuple[Market, Order]]:
    chosen = {m.index: m for m in call.markets()}
    orders = call.world.desk.orders.values()
    return [(chosen[o.inst], o) for o in orders if is_algo(o) and o.inst in chosen]


def _find(call: Call) -> tuple[Market, Order]:
    number, client = call.integer("algoId"), call.params.get("clientAlgoId", "")
    for m, o in reversed(_all(call)):
        if number == _FIRST + o.id or (client and client == o.client_id):
            return m, o
    raise NO_ORDER


def cancel(call: Call) -> Body:
    try:
        _, order = _find(call)
        if order.triggered:
            raise Refused(Refusal.ALREADY_DONE)
        call.world.desk.cancel(order)
    except (Refused, BinanceError) as no:
        raise refused(Refusal.UNKNOWN_ORDER, perp=True) from no
    return {"algoId": _FIRST + order.id, "clientAlgoId": order.client_id, "code": "200", "msg": "success"}


def waiting(call: Call) -> list[tuple[Market, Order]]:
    return [(m, o) for m, o in _all(call) if o.is_open and waits_apart(o)]


def cancel_all(call: Call) -> Body:
    call.text("symbol")
    for _, order in waiting(call):
        call.world.desk.cancel(order)
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


TABLE: Final[Table] = {
    ("POST", "/fapi/v1/algoOrder"): Endpoint(new, "trade", 0),
    ("DELETE", "/fapi/v1/algoOrder"): Endpoint(cancel, "trade"),
    ("GET", "/fapi/v1/algoOrder"): Endpoint(lambda call: body(*_find(call)), "read"),
    ("GET", "/fapi/v1/openAlgoOrders"): Endpoint(lambda c: [body(*one) for one in waiting(c)], "read"),
    ("GET", "/fapi/v1/allAlgoOrders"): Endpoint(lambda c: [body(*one) for one in _all(c)], "read", 5),
    ("DELETE", "/fapi/v1/algoOpenOrders"): Endpoint(cancel_all, "trade"),
}
