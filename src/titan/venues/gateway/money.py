"""What changes an account other than orders: leverage, margin mode, transfers, the dead man's switch.

Sent once: when the answer is lost, VenueUnknown says so, and the caller looks before doing it again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import ccxt

from titan.model.account import MarginMode, TransferReceipt
from titan.model.errors import VenueRefused
from titan.venues.gateway.account import Desk

T = TypeVar("T")


class LeverageSetting:
    """Implements Leverage. At OKX and MEXC it is that of cross margin."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def set_leverage(self, instrument: str, leverage: int) -> None:
        listed, client = self._desk.listed(instrument), self._desk.client
        asks: tuple[dict[str, Any], ...] = ({},)
        if self._desk.profile.venue == "okx":
            asks = ({"mgnMode": "cross"},)
        if self._desk.profile.venue == "mexc":  # for longs and for shorts
            asks = ({"openType": 2, "positionType": 1}, {"openType": 2, "positionType": 2})
        for ask in asks:
            await self._desk.caller.change(
                lambda: _unless_so_already(lambda: client.set_leverage(leverage, listed.symbol, ask))  # noqa: B023
            )


class MarginModeSetting:
    """Implements MarginModes. At Bybit's unified account it is the mode of the whole account."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def set_margin_mode(self, instrument: str, mode: MarginMode) -> None:
        listed, client = self._desk.listed(instrument), self._desk.client
        await self._desk.caller.change(
            lambda: _unless_so_already(lambda: client.set_margin_mode(mode.value, listed.symbol))
        )


class Moves:
    """Implements WalletTransfers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def move(self, asset: str, amount: Decimal, source: str, target: str) -> TransferReceipt:
        client = self._desk.client
        names = [self._ccxt_name(w) for w in (source, target)]
        said = await self._desk.caller.change(lambda: client.transfer(asset, f"{amount:f}", *names))
        done = said.get("status") in ("ok", None)
        return TransferReceipt(str(said.get("id") or ""), asset, amount, source, target, done)

    def _ccxt_name(self, wallet: str) -> str:
        venue = self._desk.profile.venue
        names = {f"{venue}.{w.name}": w.transfer for w in self._desk.profile.wallets}
        if venue in ("bybit", "okx"):  # one wallet trades everything
            names |= {f"{venue}.spot": names[f"{venue}.unified"], f"{venue}.perp": names[f"{venue}.unified"]}
        if wallet not in names:
            raise VenueRefused(f"there is no wallet {wallet}", remedy=f"one of {', '.join(sorted(names))}")
        return names[wallet]


class Switch:
    """Implements DeadMansSwitch."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def cancel_all_after(self, seconds: int) -> None:
        client = self._desk.client
        await self._desk.caller.query(lambda: client.cancel_all_orders_after(seconds * 1000))


class SymbolSwitch:
    """Implements DeadMansSwitch for the perps given: Binance has one for each symbol of USD-M ("Auto-Cancel
    All Open Orders", read 2026-11-21: `countdownTime` in ms, 0 disarms), and none for spot.
    """

    def __init__(self, desk: Desk, instruments: Sequence[str]) -> None:
        self._desk, self._listed = desk, [desk.listed(one) for one in instruments]

    async def cancel_all_after(self, seconds: int) -> None:
        client = self._desk.client
        for one in self._listed:
            asked = {"symbol": client.market(one.symbol)["id"], "countdownTime": str(seconds * 1000)}
            await self._desk.caller.query(lambda: client.fapiPrivatePostCountdownCancelAll(asked))  # noqa: B023


async def _unless_so_already(call: Callable[[], Awaitable[T]]) -> T | None:
    """Venues refuse to set what is set; that is no failure."""
    try:
        return await call()
    except ccxt.NoChange:
        return None
    except ccxt.ExchangeError as e:
        if "not modified" in str(e).lower():
            return None
        raise
