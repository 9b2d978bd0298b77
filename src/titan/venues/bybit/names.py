"""How Bybit calls its markets: `BTCUSDT` on spot and for a USDT perpetual, `BTCPERP` for one in USDC.

Source: bybit-exchange.github.io/docs/v5/enum and /v5/market/instrument, read in November 2026.
"""

from __future__ import annotations

from typing import Final

from titan.model.instrument import InstrumentKind

_SPOT_QUOTES: Final = (
    "USDT", "USDC", "USDE", "USDQ", "USD1", "EURR", "EUR", "BRL", "PLN", "TRY", "MNT", "DAI", "BTC", "ETH",
)  # fmt: skip
_LONGEST: Final = 40


def native(kind: InstrumentKind, base: str, quote: str) -> str:
    """The venue's symbol."""
    return f"{base}PERP" if kind is InstrumentKind.PERP and quote == "USDC" else base + quote


def listing(symbol: str, kind: InstrumentKind) -> tuple[str, str] | None:
    """Base and quote of a symbol; None for what Titan does not carry: inverse contracts (`BTCUSD`), dated
    ones (`BTCUSDT-26DEC25`), options, and what is no symbol.
    """
    if len(symbol) > _LONGEST or not (symbol.isascii() and symbol.isalnum()) or symbol != symbol.upper():
        return None
    if kind is InstrumentKind.PERP:
        for ending, quote in (("USDT", "USDT"), ("PERP", "USDC")):
            if symbol.endswith(ending) and len(symbol) > len(ending):
                return symbol.removesuffix(ending), quote
        return None
    for quote in _SPOT_QUOTES:
        if symbol.endswith(quote) and len(symbol) > len(quote):
            return symbol.removesuffix(quote), quote
    return None
