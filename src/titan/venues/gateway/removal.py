"""Cancelling any order of the account by the venue's own id: what a panic and a reconciliation need for
orders that nobody here sent.

Stops live apart until they are triggered: Binance USD-M "Cancel Algo Order" (algoId), OKX "Cancel algo order"
and MEXC's plan orders; Bybit's "Cancel Order" wants `orderFilter` for spot stops. Read 2026-11-21; ccxt
4.5.90 sends each of these for `trigger`.
"""

from __future__ import annotations

from typing import Final

from titan.model.account import VenueOrder
from titan.model.instrument import InstrumentKind
from titan.model.order import OrderType
from titan.venues.gateway.account import UNTRADED, Desk
from titan.venues.gateway.limiter import Priority
from titan.venues.gateway.orders import is_apart

_TRIGGER: Final = {"trigger": True}


class Removal:
    """Implements OrderRemoval."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def cancel_order(self, order: VenueOrder) -> None:
        client, profile = self._desk.client, self._desk.profile
        _, strange, symbol = order.instrument.partition(f".{UNTRADED}.")
        if strange:  # ccxt may know it all the same
            await self._desk.caller.change(
                lambda: client.cancel_order(order.venue_id, symbol), Priority.CANCEL
            )
            return
        listed = self._desk.listed(order.instrument)
        apart = is_apart(profile, listed, order.type)
        if profile.venue == "bybit" and order.type is OrderType.STOP:
            apart = listed.instrument.kind is InstrumentKind.SPOT
        params = dict(_TRIGGER) if apart else {}
        await self._desk.caller.change(
            lambda: client.cancel_order(order.venue_id, listed.symbol, params), Priority.CANCEL
        )
