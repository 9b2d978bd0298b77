"""Placing, finding, amending and cancelling: what spot and futures share, and each one's paths.

developers.binance.com, "Trading endpoints" of spot, "Trade" of USD-M futures (read 2026-11-21). Conditional
futures orders have moved to the algo paths (`algo`): -4120 here. Of spot's, STOP_LOSS is carried.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

import msgspec

from titan.doubles.binance.calls import MS, Call, Endpoint, Table, cast
from titan.doubles.binance.errors import NO_ORDER, BinanceError, missing, refused
from titan.doubles.binance.order_bodies import (
    perp_order,
    perp_trade,
    spot_cancelled,
    spot_core,
    spot_order,
    spot_placed,
    spot_trade,
)
from titan.doubles.market import Market
from titan.doubles.orders import Order, Ticket
from titan.doubles.refusal import Refusal, Refused
from titan.model.order import OrderState, OrderType, Side, TimeInForce

Body = dict[str, object]

_CLIENT_ID: Final = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")
TIF: Final = {
    "GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK, "GTX": TimeInForce.POST_ONLY,
}  # fmt: skip
CONDITIONAL: Final = {"STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"}


def ticket_of(call: Call, m: Market) -> Ticket:
    """The order that the parameters ask for. Raises BinanceError."""
    side, (kind, tif) = side_of(call), _kind(call)
    qty, money = call.number("quantity"), call.number("quoteOrderQty")
    if qty is None and (money is None or kind is not OrderType.MARKET or call.perp):
        raise missing("quantity")
    if kind is OrderType.LIMIT and call.number("price") is None:
        raise missing("price")
    if kind is OrderType.STOP and call.number("stopPrice") is None:
        raise missing("stopPrice")
    return Ticket(
        inst=m.index,
        side=side,
        type=kind,
        qty=qty,
        quote_qty=money,
        price=call.number("price") if kind is OrderType.LIMIT else None,
        stop=call.number("stopPrice") if kind is OrderType.STOP else None,
        tif=tif,
        reduce_only=call.params.get("reduceOnly", "").lower() == "true",
        client_id=client_id(call, "newClientOrderId"),
        extra={} if money is None else {"quote_qty": f"{money:.8f}"},
    )


def side_of(call: Call) -> Side:
    side = call.text("side")
    if side not in ("BUY", "SELL"):
        raise BinanceError(-1117, "Invalid side.")
    return Side[side]


def client_id(call: Call, name: str) -> str:
    """The parameter of that name, "" for none."""
    client = call.params.get(name, "")
    if client and not _CLIENT_ID.fullmatch(client):
        raise BinanceError(
            -1100,
            f"Illegal characters found in parameter '{name}'; legal range is "
            "'^[\\.A-Z\\:/a-z0-9_-]{1,36}$'.",
        )
    return client


def _kind(call: Call) -> tuple[OrderType, TimeInForce]:
    name = call.text("type")
    if call.perp and name in CONDITIONAL:
        raise BinanceError(
            -4120,
            "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.",
        )
    if name == "MARKET":
        return OrderType.MARKET, TimeInForce.GTC
    if name == "LIMIT_MAKER" and not call.perp:
        return OrderType.LIMIT, TimeInForce.POST_ONLY
    if name == "STOP_LOSS" and not call.perp:
        return OrderType.STOP, TimeInForce.GTC
    if name != "LIMIT":
        raise BinanceError(-1116, "Invalid orderType.")
    tif = TIF.get(call.text("timeInForce"))
    if tif is None or (tif is TimeInForce.POST_ONLY and not call.perp):
        raise BinanceError(-1115, "Invalid timeInForce.")
    return OrderType.LIMIT, tif


def place(call: Call) -> tuple[Market, Order]:
    m = call.market()
    order = call.world.desk.place(ticket_of(call, m))
    if order.state is OrderState.REJECTED:
        raise refused(order.reason, perp=call.perp, notional=m.instrument.min_notional)
    return m, order


def find(
    call: Call, id_name: str = "orderId", client_name: str = "origClientOrderId"
) -> tuple[Market, Order]:
    """The order that is named. Raises -2013."""
    m = call.market()
    number, client = call.integer(id_name), call.params.get(client_name, "")
    if not number and not client:
        raise BinanceError(
            -1102, f"Param '{client_name}' or '{id_name}' must be sent, but both were empty/null!"
        )
    order = call.world.desk.find(number or None, client)
    if order is None or order.inst != m.index:
        raise NO_ORDER
    return m, order


def cancel(
    call: Call, id_name: str = "orderId", client_name: str = "origClientOrderId"
) -> tuple[Market, Order]:
    """Raises -2011 for an order that is unknown or done."""
    try:
        m, order = find(call, id_name, client_name)
        return m, call.world.desk.cancel(order)
    except (Refused, BinanceError) as no:
        raise gone(no, perp=call.perp) from no


def gone(no: Refused | BinanceError, *, perp: bool) -> BinanceError:
    """Why a cancel did not come to pass: an order that is unknown is told as one that is done."""
    if isinstance(no, BinanceError) and no is not NO_ORDER:
        return no
    return refused(Refusal.UNKNOWN_ORDER, perp=perp)


def amend(call: Call, order: Order, *, qty: Decimal | None, price: Decimal | None = None) -> Order:
    try:
        return call.world.desk.amend(order, qty=qty, price=price)
    except Refused as no:
        raise refused(no.reason, perp=call.perp, notional=order.instrument.min_notional) from no


def chosen_orders(call: Call) -> list[tuple[Market, Order]]:
    """All orders of a symbol, by the usual filters."""
    m = call.market()
    every = [o for o in call.world.desk.orders.values() if o.inst == m.index]
    found = [(m, o) for o in every if call.wants(o.id, o.created_ns, "orderId")]
    return found[-call.limit(500, 1000) :]


def open_orders(call: Call) -> list[tuple[Market, Order]]:
    chosen = {m.index: m for m in call.markets()}
    return [(chosen[o.inst], o) for o in call.world.desk.open_orders() if o.inst in chosen]


def own_trades(call: Call) -> list[Body]:
    m = call.market()
    write = perp_trade if call.perp else spot_trade
    orders, order_id = call.world.desk.orders, call.integer("orderId")
    fills = [
        f
        for f in call.world.desk.fills
        if orders[f.order_id].inst == m.index
        and order_id in (0, f.order_id)
        and call.wants(f.id, f.time_ns, "fromId")
    ]
    return [write(m, f) for f in fills[-call.limit(500, 1000) :]]


# Spot.


def spot_new(call: Call) -> Body:
    usual = "ACK" if call.params.get("type") == "STOP_LOSS" else "FULL"
    m, order = place(call)
    return spot_placed(m, order, call.params.get("newOrderRespType") or usual)


def spot_test(call: Call) -> Body:
    ticket_of(call, call.market())
    return {}


def spot_cancel_all(call: Call) -> list[Body]:
    found = open_orders(call) if call.text("symbol") else []
    if not found:
        raise refused(Refusal.UNKNOWN_ORDER, perp=False)
    return [spot_cancelled(m, call.world.desk.cancel(o), "") for m, o in found]


def spot_replace(call: Call) -> Body:
    """Cancel, then place; STOP_ON_FAILURE does not place when the cancel failed."""
    results: dict[str, object] = {"cancelResult": "SUCCESS", "newOrderResult": "NOT_ATTEMPTED"}
    failures = 0
    try:
        m, old = cancel(call, "cancelOrderId", "cancelOrigClientOrderId")
        results["cancelResponse"] = spot_cancelled(m, old, call.params.get("cancelNewClientOrderId", ""))
    except BinanceError as no:
        results |= {"cancelResult": "FAILURE", "cancelResponse": no.body(), "newOrderResponse": None}
        failures = 1
    if not failures or call.params.get("cancelReplaceMode") == "ALLOW_FAILURE":
        try:
            results["newOrderResponse"] = spot_new(call)
            results["newOrderResult"] = "SUCCESS"
        except BinanceError as no:
            results |= {"newOrderResult": "FAILURE", "newOrderResponse": no.body()}
            failures += 1
    if not failures:
        return results
    whole = failures == 2 or results["newOrderResult"] == "NOT_ATTEMPTED"
    error = (
        BinanceError(-2022, "Order cancel-replace failed.", 400)
        if whole
        else BinanceError(-2021, "Order cancel-replace partially failed.", 409)
    )
    error.data = results
    raise error


def spot_amend(call: Call) -> Body:
    """Only ever smaller."""
    m, order = find(call)
    qty = call.number("newQty")
    if qty is None:
        raise missing("newQty")
    if order.is_open and qty >= order.qty:
        raise BinanceError(-2038, "The new quantity must be smaller than the order's.")
    amend(call, order, qty=qty)
    if call.params.get("newClientOrderId"):
        call.world.desk.rename(order, call.params["newClientOrderId"])
    names = {"origQty": "qty", "origQuoteOrderQty": "quoteOrderQty"}
    names["cummulativeQuoteQty"] = "cumulativeQuoteQty"
    shown = {names.get(name, name): value for name, value in spot_core(m, order).items()} | {
        "origClientOrderId": order.client_id, "preventedQty": "0.00000000",
        "workingTime": order.created_ns // MS,
    }  # fmt: skip
    return {"transactTime": order.updated_ns // MS, "executionId": order.amends, "amendedOrder": shown}


# Futures.


def perp_new(call: Call) -> Body:
    if call.params.get("positionSide", "BOTH") != "BOTH":
        raise BinanceError(-4061, "Order's position side does not match user's setting.")
    m, order = place(call)
    return perp_order(m, order)


def perp_change(call: Call) -> Body:
    m, order = find(call)
    return perp_order(m, amend(call, order, qty=call.number("quantity"), price=call.number("price")))


def perp_cancel_all(call: Call) -> Body:
    call.text("symbol")
    for _, order in open_orders(call):
        call.world.desk.cancel(order)
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def perp_batch(call: Call) -> list[Body]:
    answers: list[Body] = []
    for one in _listed(call, "batchOrders"):
        each = Call(call.world, {k: cast(v) for k, v in one.items()}, perp=True, key=call.key)
        try:
            answers.append(perp_new(each))
        except BinanceError as no:
            answers.append(no.body())
    return answers


def perp_cancel_batch(call: Call) -> list[Body]:
    names = (("orderIdList", "orderId"), ("origClientOrderIdList", "origClientOrderId"))
    answers: list[Body] = []
    for listed, single in names:
        if not call.params.get(listed):
            continue
        for one in msgspec.json.decode(call.params[listed], type=list[int | str]):
            each = Call(call.world, {"symbol": call.text("symbol"), single: str(one)}, perp=True)
            try:
                answers.append(perp_order(*cancel(each)))
            except BinanceError as no:
                answers.append(no.body())
    return answers


def _listed(call: Call, name: str) -> list[dict[str, object]]:
    try:
        return msgspec.json.decode(call.text(name), type=list[dict[str, object]])
    except msgspec.DecodeError:
        raise BinanceError(-1102, f"Mandatory parameter '{name}' was malformed.") from None


def countdown(call: Call) -> Body:
    """Of one symbol; 0 ends it ("Auto Cancel All Open Orders" of USD-M, read 2026-11-21)."""
    m, _ = call.market(), call.text("countdownTime")
    after_ms = call.integer("countdownTime")
    if after_ms < 0:
        raise BinanceError(-1130, "Data sent for parameter 'countdownTime' is not valid.")
    name = f"countdown {m.instrument.symbol}"
    call.world.countdowns.disarm(name)
    if after_ms:
        call.world.countdowns.arm(name, after_ms * MS, lambda order: order.inst == m.index)
    return {"symbol": m.instrument.symbol, "countdownTime": str(after_ms)}


def _spot_cancel(call: Call) -> Body:
    return spot_cancelled(*cancel(call), call.params.get("newClientOrderId", ""))


SPOT: Final[Table] = {
    ("POST", "/api/v3/order"): Endpoint(spot_new, "trade"),
    ("POST", "/api/v3/order/test"): Endpoint(spot_test, "trade"),
    ("GET", "/api/v3/order"): Endpoint(lambda call: spot_order(*find(call)), "read", 4),
    ("DELETE", "/api/v3/order"): Endpoint(_spot_cancel, "trade"),
    ("DELETE", "/api/v3/openOrders"): Endpoint(spot_cancel_all, "trade"),
    ("POST", "/api/v3/order/cancelReplace"): Endpoint(spot_replace, "trade"),
    ("PUT", "/api/v3/order/amend/keepPriority"): Endpoint(spot_amend, "trade", 4),
    ("GET", "/api/v3/openOrders"): Endpoint(lambda c: [spot_order(*o) for o in open_orders(c)], "read", 6),
    ("GET", "/api/v3/allOrders"): Endpoint(lambda c: [spot_order(*o) for o in chosen_orders(c)], "read", 20),
    ("GET", "/api/v3/myTrades"): Endpoint(own_trades, "read", 20),
}
PERP: Final[Table] = {
    ("POST", "/fapi/v1/order"): Endpoint(perp_new, "trade", 0),
    ("POST", "/fapi/v1/order/test"): Endpoint(spot_test, "trade", 0),
    ("PUT", "/fapi/v1/order"): Endpoint(perp_change, "trade"),
    ("GET", "/fapi/v1/order"): Endpoint(lambda call: perp_order(*find(call)), "read"),
    ("GET", "/fapi/v1/openOrder"): Endpoint(lambda call: perp_order(*find(call)), "read"),
    ("DELETE", "/fapi/v1/order"): Endpoint(lambda call: perp_order(*cancel(call)), "trade"),
    ("DELETE", "/fapi/v1/allOpenOrders"): Endpoint(perp_cancel_all, "trade"),
    ("POST", "/fapi/v1/batchOrders"): Endpoint(perp_batch, "trade", 5),
    ("DELETE", "/fapi/v1/batchOrders"): Endpoint(perp_cancel_batch, "trade"),
    ("POST", "/fapi/v1/countdownCancelAll"): Endpoint(countdown, "trade", 10),
    ("GET", "/fapi/v1/openOrders"): Endpoint(lambda c: [perp_order(*o) for o in open_orders(c)], "read"),
    ("GET", "/fapi/v1/allOrders"): Endpoint(lambda c: [perp_order(*o) for o in chosen_orders(c)], "read", 5),
    ("GET", "/fapi/v1/userTrades"): Endpoint(own_trades, "read", 5),
}
