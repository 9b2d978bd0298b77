"""What OKX writes of an algo order.

Field names: okx.com/docs-v5 "GET / Algo order details" and "WS / Algo orders channel" (text of 2026-07-22,
read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from titan.doubles.market_text import MS, MarketText, plain
from titan.doubles.okx.bodies import Body
from titan.doubles.orders import Conditional, Stage

STATES: Final = {
    Stage.WAITING: "live", Stage.REACHED: "live", Stage.PLACED: "effective", Stage.DONE: "effective",
    Stage.CANCELLED: "canceled", Stage.REFUSED: "order_failed",
}  # fmt: skip
_EMPTY: Final = (
    "activePx", "callbackRatio", "callbackSpread", "ccy", "chaseType", "chaseVal", "clOrdId",
    "isTradeBorrowMode", "maxChaseType", "maxChaseVal", "moveTriggerPx", "pxLimit", "pxSpread", "pxVar",
    "quickMgnType", "szLimit", "timeInterval", "tradeQuoteCcy",
)  # fmt: skip


def answered(algo_id: str, client_id: str, code: str = "0", message: str = "", tag: str = "") -> Body:
    """One row of the answer to place, amend or cancel."""
    return {
        "algoId": algo_id, "algoClOrdId": client_id, "clOrdId": "", "tag": tag, "sCode": code,
        "sMsg": message,
    }  # fmt: skip


def algo(one: Conditional, market: MarketText, *, leverage: str, fail_code: str) -> Body:
    """As REST shows it."""
    ticket, extra, order = one.ticket, one.ticket.extra, one.order
    trigger = extra["algo"] == "trigger"
    legs = {leg.name: _leg(leg.price, leg.limit, leg.of) for leg in one.legs}
    stop, profit, alone = (legs.get(name, ("", "", "")) for name in ("sl", "tp", ""))
    orders = [str(order.id)] if order is not None else []
    size = str(extra["size"]) if ticket.quote_qty is not None or ticket.qty is None else ""
    return dict.fromkeys(_EMPTY, "") | {
        "instType": "SPOT" if market.spot else "SWAP", "instId": market.symbol, "algoId": str(one.id),
        "algoClOrdId": extra["named"], "ordId": "".join(orders), "ordIdList": orders,
        "ordType": extra["algo"], "side": ticket.side.name.lower(), "posSide": "net", "tdMode": extra["mode"],
        "tgtCcy": extra["target"], "lever": leverage, "state": STATES[one.stage], "tag": extra["tag"],
        "sz": size or plain((ticket.qty or Decimal(0)) / market.unit),
        "closeFraction": "1" if one.whole else "", "reduceOnly": "true" if ticket.reduce_only else "false",
        "triggerPx": alone[0], "ordPx": alone[1], "triggerPxType": alone[2],
        "advanceOrdType": extra["kind"] if trigger else "",
        "slTriggerPx": stop[0], "slOrdPx": stop[1], "slTriggerPxType": stop[2],
        "tpTriggerPx": profit[0], "tpOrdPx": profit[1], "tpTriggerPxType": profit[2],
        "actualSz": market.size(order.lots) if order is not None else "0",
        "actualPx": plain(order.average or order.price) if order is not None else "",
        "actualSide": one.hit.name if one.hit is not None and order is not None else "",
        "triggerTime": str(one.reached_ns // MS) if one.reached_ns else "", "last": extra["last"],
        "failCode": fail_code, "amendPxOnTriggerType": "0", "attachAlgoOrds": [], "linkedOrd": {"ordId": ""},
        "cTime": str(one.created_ns // MS), "uTime": str(one.updated_ns // MS),
    }  # fmt: skip


def only_pushed(extra: Mapping[str, object]) -> Body:
    """What only the channel writes beside it."""
    request = str(extra["request"])
    return {"notionalUsd": "", "reqId": request, "amendResult": "0" if extra["amended"] else ""}


def _leg(price: Decimal, limit: Decimal | None, of: str) -> tuple[str, str, str]:
    return plain(price), "-1" if limit is None else plain(limit), of
