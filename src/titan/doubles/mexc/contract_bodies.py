"""How MEXC writes an order, a plan order and a deal of the account.

www.mexc.com/api-docs/futures "Account and Trading Endpoints", "Private channels" (read 2026-11-21). A plan
order that was triggered sends an order with a number of its own.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from titan.doubles.feeds import Body
from titan.doubles.market_text import MS, MarketText
from titan.doubles.mexc.contract_listing import number
from titan.doubles.mexc.contract_requests import CLOSE_LONG, CLOSE_SHORT, MARKET
from titan.doubles.orders import Fill, Order
from titan.model.order import OrderState, OrderType, Side

SENT_BY_PLAN: Final = 500_000_000_000
"""Added to the number of a plan order: that of the order that it sent."""
_STATES: Final = {
    OrderState.PENDING: 1, OrderState.OPEN: 2, OrderState.UNKNOWN: 2, OrderState.PARTIAL: 2,
    OrderState.FILLED: 3,
}  # fmt: skip
CANCELLED: Final = 4
WAITS, ENDED, SENT = 1, 2, 3
"""States of a plan order: untriggered, cancelled, executed."""


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
