"""How Kraken calls its markets: `BTC/USD` on its WebSocket v2, `XBT/USD` on v1.

Source: docs.kraken.com/api/docs/websocket-v2/instrument and /websocket-v1/book, read in November 2026.
"""

from __future__ import annotations

import re
from typing import Final

from titan.model.instrument import InstrumentKind

_OLD: Final = {"XBT": "BTC", "XDG": "DOGE"}
_SYMBOL: Final = re.compile(r"[A-Z0-9.]{1,20}/[A-Z0-9.]{1,20}")


def native(kind: InstrumentKind, base: str, quote: str) -> str:
    """The venue's symbol; only spot is carried."""
    del kind
    return f"{base}/{quote}"


def listing(symbol: str, kind: InstrumentKind) -> tuple[str, str] | None:
    """Base and quote of a symbol, old names made new; None for what Titan does not carry."""
    if kind is not InstrumentKind.SPOT or not _SYMBOL.fullmatch(symbol.upper()):
        return None
    base, _, quote = symbol.upper().partition("/")
    return _OLD.get(base, base), _OLD.get(quote, quote)


def modern(symbol: str) -> str:
    """`XBT/USD` as `BTC/USD`."""
    base, _, quote = symbol.partition("/")
    return f"{_OLD.get(base, base)}/{_OLD.get(quote, quote)}"
