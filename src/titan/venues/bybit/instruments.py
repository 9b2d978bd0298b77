"""Rules of Bybit's main spot and linear instruments.

Sources: ticks, lots and minimums from samples of `GET /v5/market/instruments-info` (BTCUSDT linear 0.10 and
0.001, spot 0.01 and 0.000001; minimum order value 5 USDT linear, 1 USDT spot) and, for the others, the grid
of the recorded series of 2025; fees of VIP 0 from Bybit's help page "Trading Fee Structure" (spot 0.1 %
both, linear 0.02 % maker and 0.055 % taker; 2026-05-07); first-tier leverage 100x with 0.5 % maintenance
margin for BTC and ETH, 50x and 1 % assumed for the others; funding every 480 minutes.
"""

from __future__ import annotations

from typing import Final

from titan.model.instrument import Instrument
from titan.venues.rules import Rule, fees, perp, spot

SPOT_FEES: Final = fees("10", "10")
PERP_FEES: Final = fees("2", "5.5")

_SPOT: Final = (
    Rule("BTC", "0.01", "0.000001", "0.000001", "1"),
    Rule("ETH", "0.01", "0.00001", "0.00001", "1"),
    Rule("SOL", "0.01", "0.001", "0.001", "1"),
    Rule("XRP", "0.0001", "0.01", "0.01", "1"),
)
_PERP: Final = (
    Rule("BTC", "0.1", "0.001", "0.001", "5", 100, "0.005"),
    Rule("ETH", "0.01", "0.01", "0.01", "5", 100, "0.005"),
    Rule("SOL", "0.01", "0.1", "0.1", "5", 50, "0.01"),
    Rule("XRP", "0.0001", "0.1", "0.1", "5", 50, "0.01"),
)

INSTRUMENTS: Final[tuple[Instrument, ...]] = (
    *(spot("bybit", rule, SPOT_FEES) for rule in _SPOT),
    *(perp("bybit", rule, PERP_FEES) for rule in _PERP),
)
