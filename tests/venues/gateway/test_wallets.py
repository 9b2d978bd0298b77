"""What a wallet holds without unrealised profit, from each venue's own words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from titan.venues.gateway.wallets import cash

LOSING = {
    "asset": "USDT", "walletBalance": "1000.00000001", "unrealizedProfit": "-40",
    "marginBalance": "960.00000001", "initialMargin": "300", "availableBalance": "660.00000001",
}  # fmt: skip


@pytest.mark.parametrize(
    ("venue", "wallet", "info"),
    [
        ("binance", "perp", {"assets": [LOSING]}),
        ("binance", "perp", [{"asset": "USDT", "balance": "1000.00000001", "availableBalance": "660.0"}]),
        ("okx", "unified", {"data": [{"details": [{"ccy": "USDT", "eq": "960.00000001",
                                                   "cashBal": "1000.00000001"}]}]}),
        ("mexc", "perp", {"data": [{"currency": "USDT", "equity": "960.00000001", "unrealized": "-40"}]}),
    ],
)  # fmt: skip
def test_a_loss_that_is_not_realised_is_no_part_of_it(venue: str, wallet: str, info: Any) -> None:
    assert cash(venue, wallet, {"info": info}) == {"USDT": Decimal("1000.00000001")}


def test_where_ccxts_own_total_is_meant_nothing_is_said() -> None:
    assert cash("binance", "spot", {"info": {"balances": []}}) == {}
    assert cash("bybit", "unified", {"info": {"result": {}}}) == {}
    assert cash("binance", "perp", {"info": None}) == {}
