"""What ccxt leaves as it is in orders of MEXC's contracts.

www.mexc.com/api-docs/futures "Account and Trading Endpoints" (read 2026-11-21). `side` says what an order
does to a position: 1 opens a long, 2 closes a short, 3 opens a short, 4 closes a long; ccxt 4.5.90 takes 2
for a sale and knows no 3 and 4, nor `orderType`. A plan order carries no id of ours. When it is triggered it
sends an order with another number, which only the list of plan orders tells; there ccxt takes cancelled (2)
for open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from titan.model.instrument import InstrumentKind
from titan.venues.gateway.rules import Listed

_SIDES: Final = {"1": "buy", "2": "buy", "3": "sell", "4": "sell"}
_AT_MARKET: Final = ("5", "6")
_PLANS: Final = {"1": "open", "2": "canceled", "4": "canceled", "5": "rejected"}
_EXECUTED: Final = "3"


def is_contract(listed: Listed) -> bool:
    one = listed.instrument
    return one.venue == "mexc" and one.kind is InstrumentKind.PERP


def mended(said: Mapping[str, Any], listed: Listed) -> Mapping[str, Any]:
    """A ccxt order or trade with side and type as MEXC's contracts mean them; others as they are."""
    info = said.get("info")
    if not is_contract(listed) or not isinstance(info, Mapping):
        return said
    changed = {}
    if str(info.get("side")) in _SIDES:
        changed["side"] = _SIDES[str(info["side"])]
    if info.get("orderType"):
        changed["type"] = "market" if str(info["orderType"]) in _AT_MARKET else "limit"
    return {**said, **changed}


async def plan_order(client: Any, listed: Listed, venue_id: str) -> dict[str, Any] | None:
    """A plan order, or what it sent, as ccxt's order under the plan's number; None for one not listed."""
    market = client.market(listed.symbol)
    said = await client.contractPrivateGetPlanorderListOrders({"symbol": market["id"], "page_size": 100})
    for row in said.get("data") or ():
        if venue_id not in (str(row.get("id")), str(row.get("orderId"))):
            continue
        state, sent = str(row.get("state")), row.get("orderId")
        if state == _EXECUTED and sent:
            order = await client.fetch_order(str(sent), listed.symbol)
            return {**order, "id": venue_id, "info": {**(order.get("info") or {}), "ordId": str(sent)}}
        order = client.parse_order({**row, "orderId": None}, market)
        return {**order, "id": venue_id, "status": _PLANS.get(state, order.get("status"))}
    return None
