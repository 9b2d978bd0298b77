"""What is in a wallet without the unrealised profit of its positions: what a ledger can be compared
with to the last unit.

ccxt 4.5.90 gives it for Bybit (`walletBalance`). Of Binance's futures it adds up what is available and the
initial margin, which is the margin balance; `walletBalance` is meant (`balance` in the list of balances).
OKX's `eq` holds unrealised profit and `cashBal` does not ("Get balance"); of MEXC's contracts ccxt adds up
margins, where `equity` less `unrealized` is meant ("Get the user's asset"). Read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from titan.venues.gateway.rules import decimal


def cash(venue: str, wallet: str, said: Mapping[str, Any]) -> dict[str, Decimal]:
    """By asset, where ccxt's own total is another figure; `said` is ccxt's whole balance."""
    info = said.get("info")
    data = info.get("data") if isinstance(info, Mapping) else None
    if venue == "okx" and wallet == "unified":
        rows = [row for one in _rows(data) for row in _rows(one.get("details"))]
        return {str(row["ccy"]): decimal(row["cashBal"]) for row in rows if row.get("cashBal")}
    if venue == "binance" and wallet == "perp":
        assets = _rows(info.get("assets") if isinstance(info, Mapping) else info)
        found = {str(row.get("asset")): row.get("walletBalance", row.get("balance")) for row in assets}
        return {asset: decimal(total) for asset, total in found.items() if total is not None}
    if venue == "mexc" and wallet == "perp":
        return {
            str(row["currency"]): decimal(row["equity"]) - decimal(row.get("unrealized"))
            for row in _rows(data)
            if row.get("equity") is not None
        }
    return {}


def _rows(value: object) -> Iterable[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
