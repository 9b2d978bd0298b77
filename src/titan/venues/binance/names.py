"""How Binance calls its markets: `BTCUSDT`, on spot and for USD-M perpetuals alike.

Source: developers.binance.com, exchangeInfo of spot and of USD-M, read in November 2026.
"""

from __future__ import annotations

from typing import Final

from titan.model.instrument import InstrumentKind

_QUOTES: Final = (
    "USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USD1", "RLUSD", "USDE", "DAI", "EUR", "TRY", "BRL", "JPY",
    "MXN", "ARS", "PLN", "ZAR", "GBP", "AUD", "RUB", "UAH", "NGN", "BIDR", "IDRT", "BTC", "ETH", "BNB", "SOL",
    "XRP", "DOGE", "TRX", "PAX", "VAI", "USD",
)  # fmt: skip
_PERP_QUOTES: Final = ("USDT", "USDC", "BUSD", "USD1", "BTC")
_LONGEST: Final = 40


def native(kind: InstrumentKind, base: str, quote: str) -> str:
    """The venue's symbol."""
    del kind
    return base + quote


def listing(symbol: str, kind: InstrumentKind) -> tuple[str, str] | None:
    """Base and quote of a symbol; None for what Titan does not carry: dated (`BTCUSDT_260327`) and coin
    margined (`BTCUSD_PERP`) contracts, options, and what is no symbol.
    """
    if not symbol.isalnum() or symbol != symbol.upper() or len(symbol) > _LONGEST:
        return None
    for quote in _QUOTES if kind is InstrumentKind.SPOT else _PERP_QUOTES:
        if symbol.endswith(quote) and len(symbol) > len(quote):
            return symbol.removesuffix(quote), quote
    return None
