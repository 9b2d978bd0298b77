"""Finding, cancelling and changing one order by our own id, and its fills, in each venue's way.

Everything here gives ccxt's structures; a venue that knows no such order gives None. Bybit answers by
`orderLinkId` from its open list (which keeps the latest closed ones) and then its history; Kraken by
`cl_ord_id` from OpenOrders and ClosedOrders until its own id is known, which costs less of its counter;
MEXC's contracts by `externalOid`. A stop of Binance's USD-M or OKX that was triggered is asked for by the id
of the order that it placed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import ccxt

from titan.model.instrument import InstrumentKind
from titan.model.order import Side
from titan.venues.gateway.mexc import plan_order
from titan.venues.gateway.profile import Profile
from titan.venues.gateway.rules import Listed

Raw = dict[str, Any]
_HISTORY_MS: Final = 60_000
"""Clocks differ: fills are asked for from so long before the order was sent."""

_MISSING: Final = '"code":-2013'
"""MEXC spot's "Order does not exist.", which ccxt 4.5.90 takes for any error of the exchange."""


class Lookup:
    """`client` is ccxt's. Nothing here waits or tries again: `call.Caller` does."""

    def __init__(self, profile: Profile, client: Any) -> None:
        self._profile, self._client = profile, client

    async def find(
        self, listed: Listed, written: str, venue_id: str = "", *, apart: bool = False
    ) -> Raw | None:
        """The order by our id, or by the venue's where it is known and the venue asks for it."""
        venue, client = self._profile.venue, self._client
        by_id = {"clientOrderId": written}
        try:
            if venue == "bybit":
                return await self._first(listed, {"orderLinkId": written})
            if venue == "kraken" and not venue_id:
                return await self._first(listed, by_id)
            if venue == "mexc" and listed.instrument.kind is InstrumentKind.PERP:
                return await self._mexc(listed, written, venue_id, apart)
            if self._profile.first_class and venue != "kraken":
                params = {**by_id, "trigger": True} if apart else by_id
                found = _known(await client.fetch_order(None, listed.symbol, params))
                return await self._became(listed, written, found) if apart and found else found
            if venue_id and client.has.get("fetchOrder"):
                return _known(await client.fetch_order(venue_id, listed.symbol))
            return await self._scan(listed, written)
        except ccxt.OrderNotFound:
            return None
        except ccxt.ExchangeError as e:
            if venue == "mexc" and _MISSING in str(e):
                return None
            raise

    async def cancel(self, listed: Listed, written: str, venue_id: str = "", *, apart: bool = False) -> Raw:
        """ccxt's answer; raises ccxt's errors."""
        venue, client, symbol = self._profile.venue, self._client, listed.symbol
        spot = listed.instrument.kind is InstrumentKind.SPOT
        if venue == "bybit":
            return dict(await client.cancel_order(None, symbol, {"orderLinkId": written}))
        if venue == "mexc" and apart:
            return dict(await client.cancel_order(venue_id, symbol, {"trigger": True}) or {})
        if venue == "mexc" and not spot and not venue_id:
            market = client.market(symbol)["id"]
            request = {"symbol": market, "externalOid": written}
            return {"info": await client.contractPrivatePostOrderCancelWithExternal(request)}
        if venue == "mexc" and not spot:
            return dict(await client.cancel_order(venue_id, symbol))
        if not self._profile.first_class:
            return dict(await client.cancel_order(venue_id, symbol))
        params: Raw = {"clientOrderId": written}
        return dict(await client.cancel_order(None, symbol, {**params, "trigger": True} if apart else params))

    async def amend(
        self, listed: Listed, written: str, venue_id: str, side: Side, amount: str, price: str
    ) -> Raw:
        client, word = self._client, "buy" if side is Side.BUY else "sell"
        if self._profile.venue == "binance":  # ccxt always sends an order id, which may not be known yet
            market = client.market(listed.symbol)
            request = {
                "symbol": market["id"], "side": word.upper(), "quantity": amount, "price": price,
                "origClientOrderId": written,
            }  # fmt: skip
            return dict(client.parse_order(await client.fapiPrivatePutOrder(request), market))
        name = "orderLinkId" if self._profile.venue == "bybit" else "clientOrderId"
        id_ = None if self._profile.first_class else venue_id
        return dict(
            await client.edit_order(id_, listed.symbol, "limit", word, amount, price, {name: written})
        )

    async def fills(
        self, listed: Listed, venue_ids: Sequence[str], sent_ms: int, new: Sequence[str] = ()
    ) -> list[Raw]:
        """The order's fills by all ids that it goes by; `new` are ids of fills that the order named."""
        client, venue = self._client, self._profile.venue
        found: list[Raw] = []
        if venue == "kraken" and new:
            return list(await client.fetch_order_trades("", listed.symbol, None, None, {"trades": list(new)}))
        if venue == "binance" and listed.instrument.kind is InstrumentKind.PERP:
            for venue_id in venue_ids:
                found += await client.fetch_my_trades(listed.symbol, None, None, {"orderId": venue_id})
            return found
        if client.has.get("fetchOrderTrades") and venue != "kraken":
            for venue_id in venue_ids:
                found.extend(await client.fetch_order_trades(venue_id, listed.symbol))
            return found
        trades = await client.fetch_my_trades(listed.symbol, sent_ms - _HISTORY_MS)
        return [t for t in trades if t.get("order") in venue_ids]

    async def _became(self, listed: Listed, written: str, stop: Raw) -> Raw:
        """The order that a triggered stop placed, under our id: the stop itself tells nothing of fills."""
        info = stop.get("info") or {}
        told = (info.get("actualOrderId"), *(info.get("ordIdList") or ()), info.get("ordId"))
        placed = next((str(one) for one in told if one not in (None, "", "0", 0)), "")
        if not placed or placed == stop["id"]:
            return stop
        try:
            order = _known(await self._client.fetch_order(placed, listed.symbol))
        except ccxt.OrderNotFound:
            order = None
        if order is None:  # nobody can say how much was filled: no state that anyone takes for an end
            return {**stop, "status": "triggered"}
        prices = {name: stop.get(name) for name in ("triggerPrice", "stopLossPrice")}
        return {**order, "clientOrderId": written, **prices}

    async def _first(self, listed: Listed, params: Raw) -> Raw | None:
        for ask in (self._client.fetch_open_orders, self._client.fetch_closed_orders):
            for order in await ask(listed.symbol, None, None, dict(params)):
                return _known(order)
        return None

    async def _mexc(self, listed: Listed, written: str, venue_id: str, apart: bool) -> Raw | None:
        client = self._client
        if apart:
            return await plan_order(client, listed, venue_id)
        market = client.market(listed.symbol)
        request = {"symbol": market["id"], "external_oid": written}
        answer = await client.contractPrivateGetOrderExternalSymbolExternalOid(request)
        return _known(client.parse_order(answer["data"], market)) if answer.get("data") else None

    async def _scan(self, listed: Listed, written: str) -> Raw | None:
        for name in ("fetchOpenOrders", "fetchClosedOrders", "fetchOrders"):
            if self._client.has.get(name):
                ask = getattr(self._client, ccxt.Exchange.un_camel_case(name))
                for order in await ask(listed.symbol):
                    if order.get("clientOrderId") == written:
                        return _known(order)
        return None


def _known(order: Any) -> Raw | None:
    return dict(order) if order and order.get("id") else None
