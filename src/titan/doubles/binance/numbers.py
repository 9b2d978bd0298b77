"""How Binance writes numbers: spot with eight decimals, futures with those of the tick and the lot."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from titan.doubles.decimals import FixedText
from titan.doubles.market import Market

DECIMALS: Final = 8


def fixed(value: Decimal | int, decimals: int = DECIMALS) -> str:
    return f"{value:.{decimals}f}"


class Words(FixedText):
    """One market's prices and sizes."""

    def __init__(self, market: Market) -> None:
        super().__init__(market, None if market.is_perp else DECIMALS)
