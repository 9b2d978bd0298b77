"""Channels of OKX that are known and not used, and why.

Source: www.okx.com/docs-v5, the list of channels, read in November 2026.
"""

from __future__ import annotations

from typing import Final

_PASSED: Final = {
    "books5": "another depth", "books-elp": "another depth", "books-rpi": "another depth",
    "price-limit": "price limits", "instruments": "instrument rules", "status": "status",
    "estimated-price": "dated contracts and options", "opt-summary": "dated contracts and options",
    "option-trades": "dated contracts and options", "call-auction-details": "auction",
    "economic-calendar": "calendar", "adl-warning": "deleveraging alert", "liquidations": "retired format",
    "public-struc-block-trades": "block trades", "public-block-trades": "block trades",
    "block-tickers": "block trades", "struc-block-trades": "private", "rfqs": "private", "quotes": "private",
    "account": "private", "positions": "private", "balance_and_position": "private", "orders": "private",
    "orders-algo": "private", "algo-advance": "private", "liquidation-warning": "private",
    "account-greeks": "private", "deposit-info": "private", "withdrawal-info": "private", "fills": "private",
    "algo-recurring-buy": "private",
}  # fmt: skip
_BEGINNINGS: Final = (
    ("candle", "bars of another length"),
    ("mark-price-candle", "bars of another price"),
    ("index-candle", "bars of another price"),
    ("sprd-", "spreads"),
    ("grid-", "private"),
    ("copytrading-", "private"),
)


def why(channel: str) -> str:
    """Why a channel is passed over; nothing for one that is not known."""
    for beginning, reason in _BEGINNINGS:
        if channel.startswith(beginning):
            return reason
    return _PASSED.get(channel, "")
