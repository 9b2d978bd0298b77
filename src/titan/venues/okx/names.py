"""How OKX calls its markets: `BTC-USDT` on spot, `BTC-USDT-SWAP` for a perpetual.

Source: www.okx.com/docs-v5, "Get instruments", read in November 2026.
"""

from __future__ import annotations

from typing import Final

from titan.model.instrument import InstrumentKind

_LONGEST: Final = 40
_COIN_MARGINED: Final = "USD"


def native(kind: InstrumentKind, base: str, quote: str) -> str:
    """The venue's `instId`."""
    return f"{base}-{quote}-SWAP" if kind is InstrumentKind.PERP else f"{base}-{quote}"


def kind_of(symbol: str) -> InstrumentKind:
    """Spot has two parts in its name; contracts of all kinds have more."""
    return InstrumentKind.PERP if symbol.count("-") > 1 else InstrumentKind.SPOT


def listing(symbol: str, kind: InstrumentKind) -> tuple[str, str] | None:
    """Base and quote of an `instId`; None for what Titan does not carry: coin-margined swaps
    (`BTC-USD-SWAP`), dated contracts, options, and what is no name.
    """
    if len(symbol) > _LONGEST or not symbol.isascii() or symbol != symbol.upper():
        return None
    base, _, rest = symbol.partition("-")
    quote, _, ending = rest.partition("-")
    if ending != ("SWAP" if kind is InstrumentKind.PERP else "") or not (base.isalnum() and quote.isalnum()):
        return None
    if kind is InstrumentKind.PERP and quote == _COIN_MARGINED:
        return None
    return base, quote
