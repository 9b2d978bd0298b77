"""An OKX algo order request as what is placed one day and what sets it off, or its refusal.

okx.com/docs-v5 "POST / Place algo order" and "POST / Amend algo order" (text of 2026-07-22, read 2026-11-21).
A stop or take-profit must lie beyond the price. A trigger order has no direction but that from the price to
where it waits, and takes no `tgtCcy` (51281): bought on spot at market, its size is money, as that of a
market order. Trailing, chase, iceberg and TWAP orders and attached orders are not carried.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Literal

from titan.doubles.conditional import reaches, stop
from titan.doubles.market_text import MarketText, plain
from titan.doubles.okx.account.reasons import PASSED
from titan.doubles.okx.account.requests import SIDES, number, ticks_of, wanted
from titan.doubles.okx.errors import NotDone
from titan.doubles.orders import Leg, Ticket
from titan.model.order import OrderType, Side, TimeInForce

Params = Mapping[str, object]
KINDS: Final = ("conditional", "oco", "trigger")
TIF: Final = {"": TimeInForce.GTC, "ioc": TimeInForce.IOC, "fok": TimeInForce.FOK}
FEEDS: Final[dict[str, Literal["last", "mark", "index"]]] = {
    "last": "last", "mark": "mark", "index": "index",
}  # fmt: skip
AMENDED: Final = {
    "newSz": "sz", "newTriggerPx": "triggerPx", "newOrdPx": "orderPx", "newTriggerPxType": "triggerPxType",
    "newSlTriggerPx": "slTriggerPx", "newSlOrdPx": "slOrdPx", "newSlTriggerPxType": "slTriggerPxType",
    "newTpTriggerPx": "tpTriggerPx", "newTpOrdPx": "tpOrdPx", "newTpTriggerPxType": "tpTriggerPxType",
}  # fmt: skip


def read(market: MarketText, params: Params) -> tuple[Ticket, list[Leg]]:
    """Raises NotDone. What OKX repeats of the request is in the ticket's `extra`."""
    kind, side, one = str(params.get("ordType") or ""), SIDES.get(str(params.get("side"))), market.instrument
    if kind not in KINDS:
        raise _wrong("ordType")
    if side is None:
        raise _wrong("side")
    legs = _trigger(market, params) if kind == "trigger" else _stops(market, params, kind, side)
    whole = _whole(market, params, kind, legs)
    target = _target(params, kind, bought=market.spot and side is Side.BUY and legs[0].limit is None)
    money = number(params, "sz") if target == "quote_ccy" else None
    least = {"sz": plain((one.min_qty or one.lot) / market.unit)} if whole or money is not None else {}
    usual = {**params, **least, "ordType": "limit", "px": plain(legs[0].price), "clOrdId": ""}
    asked = wanted(usual, one, market.unit, lambda _: None)
    advanced = str(params.get("advanceOrdType") or "") if kind == "trigger" else ""
    if advanced not in TIF:
        raise _wrong("advanceOrdType")
    extra: dict[str, object] = {
        "client": "", "named": str(params.get("algoClOrdId") or ""), "algo": kind, "kind": advanced,
        "mode": asked.mode, "target": target, "tag": asked.tag, "size": str(params.get("sz") or ""),
        "source": "6" if kind == "trigger" else "7", "last": market.price(market.market.last_ticks),
        "whole": whole, "asked": dict(params), "request": "", "amended": False,
    }  # fmt: skip
    ticket = Ticket(
        inst=market.market.index, side=side, type=OrderType.MARKET, quote_qty=money, tif=TIF[advanced],
        qty=None if whole or money is not None else one.size(asked.lots), reduce_only=asked.reduce_only,
        extra=extra,
    )  # fmt: skip
    return ticket, legs


def amended(ticket: Ticket, params: Params) -> Params:
    """The request with what takes the place of what was asked before; a price of 0 takes a leg away."""
    before = ticket.extra["asked"]
    asked = {**before} if isinstance(before, dict) else {}
    given = {old: params[new] for new, old in AMENDED.items() if params.get(new) not in (None, "")}
    if not given:
        raise NotDone("51500", "You must enter a price, quantity, or TP/SL")
    asked |= given
    for word in ("tp", "sl"):
        if "0" in (str(asked.get(f"{word}TriggerPx")), str(asked.get(f"{word}OrdPx"))):
            asked |= {f"{word}TriggerPx": "", f"{word}OrdPx": ""}
    return asked


def _wrong(name: str) -> NotDone:
    return NotDone("51000", f"Parameter {name} error")


def _whole(market: MarketText, params: Params, kind: str, legs: list[Leg]) -> bool:
    """Whether it closes the position of that moment: only at market, only to reduce."""
    given = str(params.get("closeFraction") or "")
    reduces = str(params.get("reduceOnly")).lower() == "true"
    if given and (given != "1" or market.spot or kind == "trigger" or not reduces):
        raise _wrong("closeFraction")
    if given and any(leg.limit is not None for leg in legs):
        raise _wrong("closeFraction")
    return bool(given)


def _target(params: Params, kind: str, *, bought: bool) -> str:
    """In what the size is; `bought` is of a spot purchase at market, which names money by default."""
    target = str(params.get("tgtCcy") or "")
    if target and kind == "trigger":
        raise NotDone("51281", "Trigger order do not support the tgtCcy parameter.")
    if target not in ("", "base_ccy", "quote_ccy"):
        raise _wrong("tgtCcy")
    return (target or "quote_ccy") if bought else ""


def _trigger(market: MarketText, params: Params) -> list[Leg]:
    leg = _leg(market, params, "triggerPx", "orderPx", rising=True)
    if leg is None:
        raise _wrong("triggerPx")
    if market.spot and leg.of != "last":
        raise _wrong("triggerPxType")
    if reaches(leg, _now(market, leg)):
        leg = _leg(market, params, "triggerPx", "orderPx", rising=False) or leg
    return [leg]


def _stops(market: MarketText, params: Params, kind: str, side: Side) -> list[Leg]:
    legs = []
    for word in ("sl", "tp"):
        rising = stop(side, profit=word == "tp")
        leg = _leg(market, params, f"{word}TriggerPx", f"{word}OrdPx", rising=rising, name=word)
        if leg is not None:
            legs.append(leg)
    if not legs or (kind == "oco" and len(legs) < 2):
        raise _wrong("tpTriggerPx" if legs else "slTriggerPx")
    chosen = legs if kind == "oco" else legs[:1]  # of both, only the stop is done
    for leg in chosen:
        if reaches(leg, _now(market, leg)):
            raise NotDone(*PASSED[leg.name, side])
    return chosen


def _leg(
    market: MarketText, params: Params, trigger: str, order: str, *, rising: bool, name: str = ""
) -> Leg | None:
    """None where its price is not asked for."""
    price, said = number(params, trigger), str(params.get(order) or "")
    of = FEEDS.get(str(params.get(f"{trigger}Type") or "last"))
    if price is None:
        return None
    if of is None:
        raise _wrong(f"{trigger}Type")
    if not said:
        raise _wrong(order)
    ticks_of(price, market.instrument, trigger)
    limit = None if said == "-1" else number(params, order)
    if limit is not None:
        ticks_of(limit, market.instrument, order)
    return Leg(price, rising, limit, of, name=name)


def _now(market: MarketText, leg: Leg) -> Decimal:
    one = market.market
    return {"last": one.price(one.last_ticks), "mark": one.mark_price, "index": one.index_mark}[leg.of]
