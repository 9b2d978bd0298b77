"""An OKX order request as the matching engine takes it, or the refusal OKX writes for that order.

okx.com/docs-v5 "POST / Place order" and "POST / Amend order" (read 2026-11-21). Sizes of swaps are contracts;
a spot market buy names its size in quote unless `tgtCcy` is base_ccy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from typing import Final, NamedTuple

from titan.doubles.okx.errors import NotDone
from titan.model.instrument import Instrument, InstrumentKind
from titan.model.order import OrderType, Side, TimeInForce

SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}
KINDS: Final = {
    "market": (OrderType.MARKET, TimeInForce.IOC),
    "optimal_limit_ioc": (OrderType.MARKET, TimeInForce.IOC),
    "limit": (OrderType.LIMIT, TimeInForce.GTC),
    "post_only": (OrderType.LIMIT, TimeInForce.POST_ONLY),
    "ioc": (OrderType.LIMIT, TimeInForce.IOC),
    "fok": (OrderType.LIMIT, TimeInForce.FOK),
}
CLIENT_ID: Final = re.compile(r"[A-Za-z0-9]{1,32}")


class Wanted(NamedTuple):
    """An order in ticks and lots, and what OKX repeats of the request."""

    side: Side
    type: OrderType
    tif: TimeInForce
    lots: int
    limit_ticks: int
    reduce_only: bool
    client_id: str
    kind: str
    mode: str
    target: str
    tag: str


def number(body: Mapping[str, object], name: str) -> Decimal | None:
    """A number, None where it is absent or empty. Raises NotDone 51000."""
    text = str(body.get(name) or "")
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise NotDone("51000", f"Parameter {name} error") from None
    if not value.is_finite() or value <= 0:
        raise NotDone("51000", f"Parameter {name} error")
    return value


def ticks_of(price: Decimal, instrument: Instrument, name: str = "px") -> int:
    ticks = price / instrument.tick
    if ticks != ticks.to_integral_value():
        raise NotDone("51000", f"Parameter {name} error")
    return int(ticks)


def lots_of(size: Decimal, instrument: Instrument) -> int:
    """`size` in base currency. Raises NotDone 51121 or 51020."""
    lots = size / instrument.lot
    if lots != lots.to_integral_value():
        raise NotDone("51121", "Order quantity must be a multiple of the lot size.")
    if lots < 1 or size < instrument.min_qty:
        raise NotDone("51020", "Your order should meet or exceed the minimum order amount.")
    return int(lots)


def client_id(body: Mapping[str, object]) -> str:
    given = str(body.get("clOrdId") or "")
    if given and not CLIENT_ID.fullmatch(given):
        raise NotDone("51000", "Parameter clOrdId error")
    return given


def wanted(
    body: Mapping[str, object],
    instrument: Instrument,
    contract: Decimal,
    best: Callable[[Side], Decimal | None],
) -> Wanted:
    """The order. `contract` is the base currency in one unit of `sz`; `best` the price at which that side
    would trade now."""
    side, kind = SIDES.get(str(body.get("side"))), str(body.get("ordType") or "")
    if side is None:
        raise NotDone("51000", "Parameter side error")
    if kind not in KINDS:
        raise NotDone("51000", "Parameter ordType error")
    spot = instrument.kind is InstrumentKind.SPOT
    mode = str(body.get("tdMode") or "")
    if mode not in (("cash", "cross") if spot else ("cross", "isolated")):
        raise NotDone("51000", "Parameter tdMode error")
    if str(body.get("posSide") or "net") != "net":
        raise NotDone("51000", "Parameter posSide error ")
    size, price = number(body, "sz"), number(body, "px")
    if size is None:
        raise NotDone("51000", "Parameter sz error")
    order_type, tif = KINDS[kind]
    market = order_type is OrderType.MARKET
    if not market and price is None:
        raise NotDone("51204", "The price can't be blank for a limit order.")
    target = str(body.get("tgtCcy") or ("quote_ccy" if market and spot and side > 0 else ""))
    if market and spot and target == "quote_ccy":
        at = best(side) or instrument.tick
        base = instrument.lot * (size / at / instrument.lot).to_integral_value(ROUND_FLOOR)
    else:
        base = size * contract
    return Wanted(
        side, order_type, tif, lots_of(base, instrument),
        0 if market or price is None else ticks_of(price, instrument),
        str(body.get("reduceOnly")).lower() == "true", client_id(body), kind, mode, target,
        str(body.get("tag") or ""),
    )  # fmt: skip
