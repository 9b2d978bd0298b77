"""A Bybit order request as the matching engine takes it, or the refusal Bybit writes.

bybit-exchange.github.io/docs/v5/order/create-order and amend-order (read 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from typing import Final, NamedTuple

from titan.doubles.bybit.errors import Refused
from titan.model.instrument import Instrument, InstrumentKind
from titan.model.order import OrderType, Side, TimeInForce

SIDES: Final = {"Buy": Side.BUY, "Sell": Side.SELL}
TIFS: Final = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "PostOnly": TimeInForce.POST_ONLY,
}
LINK_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,36}")


class Wanted(NamedTuple):
    """An order in ticks and lots. `quote_unit` tells that a market order named its size in quote."""

    side: Side
    type: OrderType
    tif: TimeInForce
    lots: int
    limit_ticks: int
    stop_ticks: int
    reduce_only: bool
    link_id: str
    trigger_direction: int = 0
    quote_unit: bool = False


def number(body: Mapping[str, object], name: str) -> Decimal | None:
    """A positive number, None where it is absent, empty or 0. Raises Refused 10001."""
    text = str(body.get(name) or "")
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Refused(10001, f"params error: {name} invalid") from None
    if not value.is_finite() or value < 0:
        raise Refused(10001, f"params error: {name} invalid")
    return value or None


def ticks_of(price: Decimal, instrument: Instrument) -> int:
    """Raises Refused where the price is off the grid."""
    ticks = price / instrument.tick
    if ticks != ticks.to_integral_value():
        spot = instrument.kind is InstrumentKind.SPOT
        raise Refused(*((170134, "Order price has too many decimals.") if spot else (10001, "price invalid")))
    return int(ticks)


def lots_of(size: Decimal, instrument: Instrument) -> int:
    """Raises Refused where the size is no whole number of steps or below the least."""
    spot = instrument.kind is InstrumentKind.SPOT
    lots = size / instrument.lot
    if lots != lots.to_integral_value():
        raise Refused(
            *((170137, "Order quantity has too many decimals.") if spot else (10001, "Qty invalid"))
        )
    if lots < 1 or size < instrument.min_qty:
        raise Refused(
            *(
                (170136, "Order quantity exceeded lower limit.")
                if spot
                else (10001, "The number of contracts exceeds minimum limit allowed")
            )
        )
    return int(lots)


def link_id(body: Mapping[str, object]) -> str:
    """The client's id, "" where it gave none. Raises Refused for one that is too long or has other signs."""
    given = str(body.get("orderLinkId") or "")
    if given and not LINK_ID.fullmatch(given):
        raise Refused(10001, "params error: OrderLinkId invalid")
    return given


def wanted(
    body: Mapping[str, object], instrument: Instrument, best: Callable[[Side], Decimal | None]
) -> Wanted:
    """The order. `best` gives the price at which that side would trade now: sizes in quote need it."""
    side = SIDES.get(str(body.get("side")))
    if side is None:
        raise Refused(10001, "params error: side invalid")
    spot = instrument.kind is InstrumentKind.SPOT
    market = body.get("orderType") == "Market"
    if not market and body.get("orderType") != "Limit":
        raise Refused(10001, "params error: OrderType invalid")
    tif = TIFS.get(str(body.get("timeInForce") or "GTC"))
    if tif is None:
        raise Refused(10001, "params error: TimeInForce invalid")
    size, price, trigger = (number(body, name) for name in ("qty", "price", "triggerPrice"))
    if size is None:
        raise Refused(10001, "params error: Qty invalid")
    quote_unit = spot and market and body.get("marketUnit", "quoteCoin" if side > 0 else "") == "quoteCoin"
    if quote_unit:
        at = best(side)
        size = instrument.lot * (size / (at or instrument.tick) / instrument.lot).to_integral_value(
            ROUND_FLOOR
        )
    if not market and price is None:
        raise Refused(10001, "params error: Price invalid")
    kind = OrderType.STOP if trigger else OrderType.MARKET if market else OrderType.LIMIT
    if kind is OrderType.STOP and not market:
        raise Refused(10001, "params error: conditional limit orders are not carried by this double")
    return Wanted(
        side, kind, TimeInForce.IOC if market else tif, lots_of(size, instrument),
        0 if market or price is None else ticks_of(price, instrument),
        ticks_of(trigger, instrument) if trigger else 0,
        bool(body.get("reduceOnly")), link_id(body), int(str(body.get("triggerDirection") or 0)), quote_unit,
    )  # fmt: skip
