"""An approved order as ccxt's arguments, for every type of the model at every venue.

Prices and sizes go out as text, in whole ticks and lots: nothing is left for ccxt to round. A stop rests
unseen and becomes a market order by the last price: Binance STOP_LOSS (spot, rest-api.md of 2026-07-21) and
an algo order STOP_MARKET whose workingType is CONTRACT_PRICE by default (USD-M "New Algo Order"; the older
way is refused since 2025-12-09), Bybit conditional orders ("Place Order", 2026-07-24: triggerDirection 1
rises, 2 falls, LastPrice by default), Kraken `stop-loss` ("Add Order", 2026-08-25: `trigger` is last by
default), OKX `conditional` algo orders ("Place algo order", 2026-07-22: slTriggerPxType is last by default)
and MEXC contract plan orders as ccxt 4.5.90 sends them. OKX's `trigger` orders would do, but for three
things: set in a moment when the price was passed already they wait for its way back, where a stop is refused;
short of money they buy less; and on spot they take no size in the base currency (51281), which ccxt asks for.
Pages read 2026-11-21. What a venue has not raises OrderError before anything is sent.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from titan.model.errors import OrderError
from titan.model.instrument import InstrumentKind
from titan.model.order import OrderType, Side, TimeInForce
from titan.model.signal import Intent
from titan.venues.gateway.profile import Profile
from titan.venues.gateway.rules import Listed


class Arguments(NamedTuple):
    """Of ccxt's create_order."""

    symbol: str
    type: str
    side: str
    amount: str
    price: str | None
    params: dict[str, Any]


def arguments(profile: Profile, listed: Listed, intent: Intent, written_id: str) -> Arguments:
    """Raises OrderError for what the venue has not."""
    kind = listed.instrument.kind
    _check(profile, kind, intent)
    params: dict[str, Any] = {"clientOrderId": written_id}
    name = "limit" if intent.type is OrderType.LIMIT else "market"
    if intent.type is OrderType.LIMIT:
        name = _time_in_force(profile, kind, intent, name, params)
    if intent.type is OrderType.STOP:
        params |= _stop(profile, kind, intent.side, listed.price(intent.stop_ticks), written_id)
        if profile.venue == "okx":
            del params["clientOrderId"]
    if intent.reduce_only and kind is InstrumentKind.PERP:  # a spot sale can only reduce
        params["reduceOnly"] = True
    price = listed.price(intent.limit_ticks) if intent.type is OrderType.LIMIT else None
    side = "buy" if intent.side is Side.BUY else "sell"
    return Arguments(listed.symbol, name, side, listed.amount(intent.lots), price, params)


def is_apart(profile: Profile, listed: Listed, kind: OrderType) -> bool:
    """Whether such an order is asked for and cancelled through entry points of its own."""
    return kind is OrderType.STOP and listed.instrument.kind in profile.triggers_apart


def _check(profile: Profile, kind: InstrumentKind, intent: Intent) -> None:
    if intent.lots <= 0:
        raise OrderError(f"an order of {intent.lots} lots cannot be sent")
    if intent.type is OrderType.STOP:
        if intent.stop_ticks <= 0:
            raise OrderError("a stop order needs a stop price")
        if profile.first_class and kind not in profile.stops:
            raise OrderError(f"{profile.venue} has no stop orders for {kind}")
    if intent.type is OrderType.LIMIT:
        if intent.limit_ticks <= 0:
            raise OrderError("a limit order needs a limit price")
        if intent.tif in profile.lacks_tif:
            raise OrderError(f"{profile.venue} has no {intent.tif.name} orders")


def _time_in_force(
    profile: Profile, kind: InstrumentKind, intent: Intent, name: str, params: dict[str, Any]
) -> Any:
    """Put it into `params`; returns ccxt's type, which at MEXC's contracts carries it."""
    if intent.tif is TimeInForce.POST_ONLY:
        params["postOnly"] = True
        return name
    if profile.venue == "mexc":
        if kind is InstrumentKind.PERP:
            return {TimeInForce.IOC: 3, TimeInForce.FOK: 4}.get(intent.tif, name)
        if intent.tif is TimeInForce.GTC:
            return name
    params["timeInForce"] = intent.tif.name
    return name


def _stop(profile: Profile, kind: InstrumentKind, side: Side, price: str, written_id: str) -> dict[str, Any]:
    rising = side is Side.BUY
    if profile.venue in ("binance", "kraken"):
        return {"stopLossPrice": price}
    if profile.venue == "bybit":
        if kind is InstrumentKind.SPOT:
            return {"triggerPrice": price}
        return {"triggerPrice": price, "triggerDirection": "ascending" if rising else "descending"}
    if profile.venue == "okx":
        return {"stopLossPrice": price, "algoClOrdId": written_id}
    if profile.venue == "mexc":
        return {"triggerPrice": price, "triggerType": 1 if rising else 2, "trend": 1}
    return {"triggerPrice": price}
