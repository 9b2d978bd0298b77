"""How MEXC calls its markets: `BTCUSDT` on spot, `BTC_USDT` for a perpetual.

Sources: www.mexc.com/api-docs, "Spot V3, Websocket Market Streams" and "Futures, Public Channels", read in
November 2026.
"""

from __future__ import annotations

from typing import Final

from titan.model.instrument import InstrumentKind

_SPOT_QUOTES: Final = ("USDT", "USDC", "USDE", "USD1", "USDQ", "EURR", "EUR", "BRL", "BTC", "ETH", "MX")
_COIN_MARGINED: Final = "USD"
_LONGEST: Final = 40
MINUTE: Final = "Min1"
"""Bars of one minute."""


def native(kind: InstrumentKind, base: str, quote: str) -> str:
    """The venue's symbol."""
    return base + quote if kind is InstrumentKind.SPOT else f"{base}_{quote}"


def listing(symbol: str, kind: InstrumentKind) -> tuple[str, str] | None:
    """Base and quote of a symbol; None for what Titan does not carry: coin-margined contracts (`BTC_USD`),
    and what is no symbol.
    """
    if len(symbol) > _LONGEST or not symbol.isascii() or symbol != symbol.upper():
        return None
    if kind is InstrumentKind.PERP:
        base, _, quote = symbol.partition("_")
        return (base, quote) if base.isalnum() and quote.isalnum() and quote != _COIN_MARGINED else None
    if not symbol.isalnum():
        return None
    for quote in _SPOT_QUOTES:
        if symbol.endswith(quote) and len(symbol) > len(quote):
            return symbol.removesuffix(quote), quote
    return None
