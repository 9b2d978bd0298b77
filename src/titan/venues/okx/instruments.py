"""Rules of OKX's main spot pairs and USDT swaps.

OKX counts swaps in contracts; here a lot is in base units: contract value times the smallest number of
contracts.

Sources: samples of `GET /api/v5/public/instruments` (BTC-USDT-SWAP tick 0.1, 0.01 contracts of 0.01 BTC;
ETH-USDT-SWAP tick 0.01, 0.01 contracts of 0.1 ETH; BTC-USDT, ETH-USDT, SOL-USDT spot), SOL and XRP swaps and
XRP spot from the same page of the API documentation in 2025; fees of level 1 from https://www.okx.com/fees
(spot 0.08 % maker and 0.1 % taker, swap 0.02 % and 0.05 %; 2025); 100x with 0.4 % maintenance margin in the
first tier of BTC and ETH, 50x and 0.65 % assumed for others.
"""

from __future__ import annotations

from typing import Final

from titan.model.instrument import Instrument
from titan.venues.rules import Rule, fees, perp, spot

SPOT_FEES: Final = fees("8", "10")
PERP_FEES: Final = fees("2", "5")

_SPOT: Final = (
    Rule("BTC", "0.1", "0.00000001", "0.00001", "0"),
    Rule("ETH", "0.01", "0.000001", "0.0001", "0"),
    Rule("SOL", "0.01", "0.000001", "0.001", "0"),
    Rule("XRP", "0.0001", "0.000001", "0.1", "0"),
)
_PERP: Final = (
    Rule("BTC", "0.1", "0.0001", "0.0001", "0", 100, "0.004"),
    Rule("ETH", "0.01", "0.001", "0.001", "0", 100, "0.004"),
    Rule("SOL", "0.01", "0.01", "0.01", "0", 50, "0.0065"),
    Rule("XRP", "0.0001", "1", "1", "0", 50, "0.0065"),
)

INSTRUMENTS: Final[tuple[Instrument, ...]] = (
    *(spot("okx", rule, SPOT_FEES) for rule in _SPOT),
    *(perp("okx", rule, PERP_FEES) for rule in _PERP),
)
