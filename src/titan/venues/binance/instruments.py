"""Rules of Binance's main instruments, written down so that recorded data needs no network.

Sources:
- Ticks, lots, minimums, liquidation fee: the exchange's own answers, `GET /fapi/v1/exchangeInfo` of
  2026-07-03 and `GET /api/v3/exchangeInfo` of 2026-07-03 (BTC, ETH; SOL and XRP spot from the grid of the
  recorded series).
- Funding every 8 hours for these four: `GET /fapi/v1/fundingInfo` of 2026-07-04 (many others settle every 4
  hours).
- Fees of a regular user (VIP 0) without the BNB discount: spot 0.1 % maker and taker, USD-M 0.02 % maker and
  0.05 % taker; https://www.binance.com/en/fee/schedule and the page "Binance Futures Fee Structure & Fee
  Calculations" (support/faq 360033544231), both as published in 2025.
- Leverage and maintenance margin are those of the first position tier as known in 2025 (BTC and ETH 125x and
  0.4 %, SOL and XRP 100x and 0.5 %); they are account data (`GET /fapi/v1/leverageBracket`), change often,
  and no capture confirms them. `maintMarginPercent` of exchangeInfo is not the rule that is applied.

The grids also hold the captures of 2023: BTCUSDT spot 0.01 and 0.00001, perp 0.1 and 0.001. SOLUSDT perp
traded on a tick of 0.001 until 2025; the importer takes the finer grid where a recording shows one.
"""

from __future__ import annotations

from typing import Final

from titan.model.instrument import Instrument
from titan.venues.rules import Rule, fees, perp, spot

SPOT_FEES: Final = fees("10", "10")
PERP_FEES: Final = fees("2", "5")

_SPOT: Final = (
    Rule("BTC", "0.01", "0.00001", "0.00001", "5"),
    Rule("ETH", "0.01", "0.0001", "0.0001", "5"),
    Rule("SOL", "0.01", "0.001", "0.001", "5"),
    Rule("XRP", "0.0001", "0.1", "0.1", "5"),
)
_PERP: Final = (
    Rule("BTC", "0.1", "0.001", "0.001", "50", 125, "0.004", "0.0125"),
    Rule("ETH", "0.01", "0.001", "0.001", "20", 125, "0.004", "0.0125"),
    Rule("SOL", "0.01", "0.01", "0.01", "5", 100, "0.005", "0.015"),
    Rule("XRP", "0.0001", "0.1", "0.1", "5", 100, "0.005", "0.0125"),
)

INSTRUMENTS: Final[tuple[Instrument, ...]] = (
    *(spot("binance", rule, SPOT_FEES) for rule in _SPOT),
    *(perp("binance", rule, PERP_FEES) for rule in _PERP),
)
