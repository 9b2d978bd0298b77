"""An order of MEXC's contracts as it is asked for, and orders, plan orders and deals as they are written.

www.mexc.com/api-docs/futures "Account and Trading Endpoints", "Private channels" (read 2026-11-21). A side
says what an order does to a position: 1 opens a long, 2 closes a short, 3 opens a short, 4 closes a long. Of
plan orders those are carried that are sent at market when the last price passes: `orderType` 5, `trend` 1, a
buy that waits for a rise and a sale that waits for a fall. A plan order has no `externalOid`, and what it
sends when it is triggered has a number of its own, `orderId` of the plan.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from titan.doubles.feeds import Body
from titan.doubles.market_text import MS, MarketText
from titan.doubles.mexc.contracts.account import ONE_WAY
from titan.doubles.mexc.contracts.gate import Refused
from titan.doubles.mexc.contracts.listing import Params, choice, decimal, number
from titan.doubles.orders import Fill, Order, Ticket
from titan.model.order import OrderState, OrderType, Side, TimeInForce

OPEN_LONG, CLOSE_SHORT, OPEN_SHORT, CLOSE_LONG = 1, 2, 3, 4
CLOSES: Final = (CLOSE_SHORT, CLOSE_LONG)
MARKET: Final = 5
_LIMITS: Final = {1: TimeInForce.GTC, 2: TimeInForce.POST_ONLY, 3: TimeInForce.IOC, 4: TimeInForce.FOK}
"""By `type`; 5 and 6 are market orders."""
LONGEST_ID: Final = 32
_HOURS: Final = {1: 24, 2: 168}

SENT_BY_PLAN: Final = 500_000_000_000
"""Added to the number of a plan order: that of the order that it sent."""
_STATES: Final = {
    OrderState.PENDING: 1, OrderState.OPEN: 2, OrderState.UNKNOWN: 2, OrderState.PARTIAL: 2,
    OrderState.FILLED: 3,
}  # fmt: skip
CANCELLED: Final = 4
WAITS, ENDED, SENT = 1, 2, 3
"""States of a plan order: untriggered, cancelled, executed."""


def ticket(params: Params, market: MarketText, mode: int) -> Ticket:
    """`mode` is the account's. Raises Refused."""
    found, kind = _common(params, market, mode), choice(params, "type", 6, 2029)
    found.extra["type"] = kind
    if kind in _LIMITS:
        found.type, found.tif, found.price = OrderType.LIMIT, _LIMITS[kind], decimal(params, "price", 2007)
    return found


def asked_plan(params: Params, market: MarketText, mode: int) -> Ticket:
    """A plan order. Raises Refused, 604 for those that a double does not carry."""
    found = _common(params, market, mode)
    rising = choice(params, "triggerType", 2, 600)
    at_market, by_last = choice(params, "orderType", 6, 2029) == MARKET, choice(params, "trend", 3, 600) == 1
    if not at_market or not by_last or (rising == 1) != (found.side is Side.BUY):
        raise Refused(604, "This double carries plan orders that stop at market by the last price")
    found.type, found.stop = OrderType.STOP, decimal(params, "triggerPrice", 2007)
    hours = _HOURS[choice(params, "executeCycle", 2, 600)]
    found.extra |= {"type": MARKET, "rising": rising, "hours": hours, "client": ""}
    return found


def _common(params: Params, market: MarketText, mode: int) -> Ticket:
    side, own_mode = choice(params, "side", 4, 2001), choice(params, "positionMode", 2, 600, usual=mode)
    client = str(params.get("externalOid") or "")
    if len(client) > LONGEST_ID:
        raise Refused(2030)
    flagged = own_mode == ONE_WAY and str(params.get("reduceOnly")).lower() == "true"
    margin = choice(params, "openType", 2, 2002)
    return Ticket(
        inst=market.market.index, side=Side.BUY if side in (OPEN_LONG, CLOSE_SHORT) else Side.SELL,
        type=OrderType.MARKET, tif=TimeInForce.IOC, qty=decimal(params, "vol", 2011) * market.unit,
        reduce_only=flagged or side in CLOSES, client_id=client,
        extra={"client": client, "side": side, "open": margin, "mode": own_mode},
    )  # fmt: skip


def waits(order: Order) -> bool:
    """Whether it is a plan order that was not triggered."""
    return order.type is OrderType.STOP and not order.triggered


def number_of(order: Order) -> str:
    """The id of an order, of a plan order that of what it sent."""
    return str(order.id + (SENT_BY_PLAN if order.type is OrderType.STOP else 0))


def _said(order: Order, market: MarketText) -> Body:
    """What orders, plan orders and deals repeat."""
    side = order.extra.get("side") or (CLOSE_SHORT if order.side is Side.BUY else CLOSE_LONG)
    mode = order.extra.get("mode", 2)
    return {"symbol": market.symbol, "side": side, "positionMode": mode, "reduceOnly": order.reduce_only}


def _ours(order: Order) -> Body:
    """The venue makes up an `externalOid` where the client gave none."""
    client = order.extra.get("client") or f"_m_{order.id:029x}"
    category = 2 if order.extra.get("liquidation") else 1
    return {"orderId": number_of(order), "externalOid": client, "category": category}


def order(one: Order, market: MarketText, leverage: int, position: int) -> Body:
    """As REST and the stream show it."""
    maker = sum((f.fee for f in one.fills if f.maker), Decimal(0))
    price = one.price if one.type is OrderType.LIMIT else one.average
    margin, used = one.qty * price / leverage, one.quote_filled / leverage
    eight, fees = Decimal("1e-8"), one.instrument.fees
    return _said(one, market) | _ours(one) | {
        "positionId": position, "price": number(price), "priceStr": f"{price:f}", "vol": one.lots,
        "leverage": leverage, "orderType": one.extra.get("type", MARKET), "dealVol": one.filled_lots,
        "dealAvgPrice": number(one.average), "dealAvgPriceStr": f"{one.average:f}", "remainVol": one.left,
        "orderMargin": number(margin.quantize(eight)), "usedMargin": number(used.quantize(eight)),
        "takerFee": number(one.fee - maker), "makerFee": number(maker), "bboTypeNum": 0,
        "profit": number(sum((f.realised for f in one.fills), Decimal(0))), "errorCode": 0,
        "feeCurrency": one.instrument.settle, "openType": one.extra.get("open", 2),
        "state": _STATES.get(one.state, CANCELLED), "createTime": one.created_ns // MS,
        "updateTime": one.updated_ns // MS, "version": 1 + len(one.fills),
        "makerFeeRate": number(fees.maker), "takerFeeRate": number(fees.taker),
    }  # fmt: skip


def plan(one: Order, market: MarketText, leverage: int) -> Body:
    """`orderId` is there once it was triggered."""
    state = SENT if one.triggered else WAITS if one.is_open else ENDED
    body = _said(one, market) | {
        "id": str(one.id), "leverage": leverage, "triggerPrice": number(one.stop_price), "vol": one.lots,
        "openType": one.extra.get("open", 2), "triggerType": one.extra.get("rising", 1), "state": state,
        "executeCycle": one.extra.get("hours", 24), "trend": 1, "orderType": MARKET, "errorCode": 0,
        "priceProtect": 0, "createTime": one.created_ns // MS, "updateTime": one.updated_ns // MS,
        "lossTrend": 1, "profitTrend": 1,
    }  # fmt: skip
    return body | {"orderId": number_of(one)} if one.triggered else body


def fill(one: Fill, of: Order, market: MarketText) -> Body:
    """A deal of the account: REST says `taker`, the stream `isTaker`."""
    return _said(of, market) | _ours(of) | {
        "id": str(one.id), "vol": one.lots, "price": number(market.market.price(one.ticks)),
        "feeCurrency": one.fee_asset, "fee": number(one.fee), "timestamp": one.time_ns // MS,
        "profit": number(one.realised), "taker": not one.maker, "isTaker": not one.maker, "isSelf": False,
    }  # fmt: skip
