"""Spot and perp of the bases the figures were measured for, with Binance's rules of July 2026.

Ticks, lots and minimums are from the recorded exchangeInfo answers (2026-07-02 and 03), the margins of the
perps too; fees are the lowest tier's published rates.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from titan.model.errors import InstrumentError
from titan.model.instrument import HOUR_NS, FeeSchedule, Instrument, InstrumentKind

_SPOT_FEES: Final = FeeSchedule(maker=Decimal("0.001"), taker=Decimal("0.001"))
_PERP_FEES: Final = FeeSchedule(maker=Decimal("0.0002"), taker=Decimal("0.0005"))
_RULES: Final = {
    # base: spot tick, spot lot, perp tick, perp lot, perp minimum notional
    "BTC": ("0.01", "0.00001", "0.1", "0.001", "50"),
    "ETH": ("0.01", "0.0001", "0.01", "0.001", "20"),
    "SOL": ("0.01", "0.001", "0.01", "0.01", "5"),
}


def simulated_pairs(bases: Sequence[str] = ("BTC", "ETH", "SOL")) -> list[Instrument]:
    """Spot then perp of each base, on the venue `binance`. Raises InstrumentError for an unknown base."""
    found: list[Instrument] = []
    for base in bases:
        if base not in _RULES:
            raise InstrumentError(
                f"{base}: no rules for a simulated pair", remedy=f"one of {', '.join(_RULES)}"
            )
        spot_tick, spot_lot, perp_tick, perp_lot, least = _RULES[base]
        found.append(
            Instrument(
                venue="binance",
                kind=InstrumentKind.SPOT,
                symbol=f"{base}USDT",
                base=base,
                quote="USDT",
                tick=Decimal(spot_tick),
                lot=Decimal(spot_lot),
                fees=_SPOT_FEES,
                min_qty=Decimal(spot_lot),
                min_notional=Decimal(5),
            )
        )
        found.append(
            Instrument(
                venue="binance",
                kind=InstrumentKind.PERP,
                symbol=f"{base}USDT",
                base=base,
                quote="USDT",
                tick=Decimal(perp_tick),
                lot=Decimal(perp_lot),
                fees=_PERP_FEES,
                min_qty=Decimal(perp_lot),
                min_notional=Decimal(least),
                funding_interval_ns=8 * HOUR_NS,
                max_leverage=20,
                initial_margin=Decimal("0.05"),
                maintenance_margin=Decimal("0.025"),
                liquidation_fee=Decimal("0.0125"),
            )
        )
    return found
