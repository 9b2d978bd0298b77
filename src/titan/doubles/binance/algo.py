"""Conditional futures orders: since 2025-12-09 only the Algo Service takes them.

developers.binance.com, USD-M "New Algo Order", "Query Algo Order", "Cancel Algo Order", "Event: Algo Order
Update" (read 2026-11-21). An order waits under its `algoId`; set off, it is a usual order of the same client
id, told first as ORDER_TRADE_UPDATE, then as TRIGGERED with its `actualOrderId`, then as FINISHED. Prices
are those of CONTRACT_PRICE (the last) or MARK_PRICE. GTD, priceMatch and priceProtect are not carried.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from titan.doubles.binance.calls import MS, Call, Endpoint, Table
from titan.doubles.binance.errors import NO_ORDER, BinanceError, missing, refused
from titan.doubles.binance.numbers import Words, fixed
from titan.doubles.binance.order_bodies import type_of
from titan.doubles.binance.trading import CONDITIONAL, TIF, client_id, gone, side_of
from titan.doubles.conditional import reaches, stop
from titan.doubles.market import Market
from titan.doubles.orders import Conditional, ConditionalUpdate, Leg, Stage, Ticket
from titan.doubles.refusal import Refused
from titan.doubles.world import World
from titan.model.order import OrderType, Side

Body = dict[str, object]
STATUS: Final = {
    Stage.WAITING: "NEW", Stage.REACHED: "TRIGGERING", Stage.PLACED: "TRIGGERED", Stage.DONE: "FINISHED",
    Stage.CANCELLED: "CANCELED", Stage.REFUSED: "REJECTED",
}  # fmt: skip


def new(call: Call) -> Body:
    if call.text("algoType") != "CONDITIONAL":
        raise BinanceError(-1116, "Invalid algoType.")
    if call.params.get("positionSide", "BOTH") != "BOTH":
        raise BinanceError(-4061, "Order's position side does not match user's setting.")
    m, side, kind = call.market(), side_of(call), call.text("type")
    if kind not in CONDITIONAL:
        raise BinanceError(-1116, "Invalid orderType.")
    tif = TIF.get(call.params.get("timeInForce") or "GTC")
    if tif is None:
        raise BinanceError(-1115, "Invalid timeInForce.")
    whole, qty = call.params.get("closePosition", "").lower() == "true", call.number("quantity")
    if whole and qty is not None:
        raise BinanceError(-4137, "Quantity must be zero with closePosition equals true.")
    if whole and not kind.endswith("_MARKET"):
        raise BinanceError(-4136, "Only allow STOP_MARKET or TAKE_PROFIT_MARKET with closePosition.")
    if not whole and qty is None:
        raise missing("quantity")
    waiting = call.world.conditionals
    client = client_id(call, "clientAlgoId") or f"algo-{len(waiting.all) + 1}"
    reduce = call.params.get("reduceOnly", "").lower() == "true"
    ticket = Ticket(
        inst=m.index, side=side, type=OrderType.MARKET, qty=qty, tif=tif, reduce_only=reduce or whole,
        client_id=client, extra={"algo": kind},
    )  # fmt: skip
    try:
        return _body(call.world, waiting.place(ticket, [_leg(call, m, kind)], client_id=client, whole=whole))
    except Refused as no:
        raise refused(no.reason, perp=True, notional=m.instrument.min_notional) from no


def _leg(call: Call, m: Market, kind: str) -> Leg:
    """What sets it off. Raises -2021 where the price is there already."""
    side, limit = side_of(call), call.number("price")
    by_mark = call.params.get("workingType") == "MARK_PRICE"
    now = m.mark_price if by_mark else m.price(m.last_ticks)
    if kind == "TRAILING_STOP_MARKET":
        rate, at = call.number("callbackRate"), call.number("activatePrice")
        if rate is None or not Decimal("0.1") <= rate <= 10:
            raise BinanceError(-2007, "Invalid callBack rate.")
        leg = Leg(at or Decimal(0), side is Side.BUY, of="mark" if by_mark else "last", trail=rate / 100)
        early = at is not None and (now < at if side is Side.BUY else now > at)
    else:
        price = call.number("triggerPrice")
        if price is None:
            raise missing("triggerPrice")
        at_limit = kind in ("STOP", "TAKE_PROFIT")
        if at_limit and limit is None:
            raise missing("price")
        rising = stop(side, profit=kind.startswith("TAKE_PROFIT"))
        leg = Leg(price, rising, limit if at_limit else None, "mark" if by_mark else "last")
        early = reaches(leg, now)
    if early:
        raise BinanceError(-2021, "Order would immediately trigger.")
    return leg


def find(call: Call) -> Conditional:
    """The one that is named. Raises -2013."""
    number, client = call.integer("algoId"), call.params.get("clientAlgoId", "")
    if not number and not client:
        raise BinanceError(-1102, "Param 'algoId' or 'clientAlgoId' must be sent, but both were empty/null!")
    found = call.world.conditionals.find(number or None, client)
    if found is None:
        raise NO_ORDER
    return found


def cancel(call: Call) -> Body:
    try:
        one = find(call)
        call.world.conditionals.cancel(one)
    except (Refused, BinanceError) as no:
        raise gone(no, perp=True) from no
    return {"algoId": one.id, "clientAlgoId": one.client_id, "code": "200", "msg": "success"}


def _chosen(call: Call) -> list[Conditional]:
    chosen = {m.index for m in call.markets()}
    return [c for c in call.world.conditionals.open() if c.ticket.inst in chosen]


def cancel_all(call: Call) -> Body:
    call.text("symbol")
    for one in _chosen(call):
        if one.stage is Stage.WAITING:
            call.world.conditionals.cancel(one)
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def every(call: Call) -> list[Body]:
    m, known = call.market(), call.world.conditionals.all.values()
    found = [c for c in known if c.ticket.inst == m.index and call.wants(c.id, c.created_ns, "algoId")]
    return [queried(call.world, c) for c in found[-call.limit(500, 1000) :]]


def _body(world: World, c: Conditional) -> Body:
    t, leg, words = c.ticket, c.legs[0], Words(world.markets[c.ticket.inst])
    body: Body = {
        "algoId": c.id, "clientAlgoId": c.client_id, "algoType": "CONDITIONAL", "orderType": t.extra["algo"],
        "symbol": c.instrument.symbol, "side": t.side.name, "positionSide": "BOTH",
        "timeInForce": "GTX" if t.tif.name == "POST_ONLY" else t.tif.name,
        "quantity": fixed(t.qty or 0, words.size_places), "algoStatus": STATUS[c.stage],
        "triggerPrice": fixed(Decimal(0) if leg.trail else leg.price, words.price_places),
        "price": fixed(leg.limit or 0, words.price_places), "icebergQuantity": None,
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "workingType": "MARK_PRICE" if leg.of == "mark" else "CONTRACT_PRICE", "priceMatch": "NONE",
        "closePosition": c.whole, "priceProtect": False, "reduceOnly": t.reduce_only,
        "createTime": c.created_ns // MS, "updateTime": c.updated_ns // MS, "triggerTime": c.reached_ns // MS,
        "goodTillDate": 0,
    }  # fmt: skip
    if leg.trail is not None:
        body |= {"activatePrice": f"{leg.price:f}", "callbackRate": f"{leg.trail * 100:f}"}
    return body


def queried(world: World, c: Conditional) -> Body:
    """As the queries show it: with the order that it became."""
    actual = str(c.order.id) if c.order is not None else ""
    price = fixed(c.order.average if c.order is not None else 0, 5)
    return _body(world, c) | {"actualOrderId": actual, "actualPrice": price, "tpOrderType": ""}


def algo_update(world: World, event: ConditionalUpdate) -> Body:
    c, o, said = event.conditional, event.conditional.order, _body(world, event.conditional)
    words, at = Words(world.markets[c.ticket.inst]), event.time_ns // MS
    inner: Body = {
        "caid": c.client_id, "aid": c.id, "at": "CONDITIONAL", "o": said["orderType"], "s": said["symbol"],
        "S": said["side"], "ps": "BOTH", "f": said["timeInForce"], "q": said["quantity"],
        "X": said["algoStatus"], "ai": str(o.id) if o else "", "ap": fixed(o.average if o else 0, 5),
        "aq": words.qty(o.filled_lots if o else 0), "act": type_of(o) if o else "0",
        "tp": said["triggerPrice"], "p": said["price"], "V": "EXPIRE_MAKER", "wt": said["workingType"],
        "pm": "NONE", "cp": c.whole, "pP": False, "R": c.ticket.reduce_only, "tt": said["triggerTime"],
        "gtd": 0, "rm": refused(c.reason, perp=True).message if c.reason else "",
    }  # fmt: skip
    return {"e": "ALGO_UPDATE", "T": at, "E": at, "o": inner}


PERP: Final[Table] = {
    ("POST", "/fapi/v1/algoOrder"): Endpoint(new, "trade", 0),
    ("GET", "/fapi/v1/algoOrder"): Endpoint(lambda call: queried(call.world, find(call)), "read"),
    ("DELETE", "/fapi/v1/algoOrder"): Endpoint(cancel, "trade"),
    ("DELETE", "/fapi/v1/algoOpenOrders"): Endpoint(cancel_all, "trade"),
    ("GET", "/fapi/v1/openAlgoOrders"): Endpoint(
        lambda c: [queried(c.world, one) for one in _chosen(c)], "read"
    ),
    ("GET", "/fapi/v1/allAlgoOrders"): Endpoint(every, "read", 5),
}
