"""An unmodified pybit: spot orders, batches, settings, and money between wallets and out."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from pybit.exceptions import InvalidRequestError

from tests.doubles.bybit.test_pybit import session
from tests.doubles.servers import Running, running


def spot(venue: Running) -> None:
    http, one = session(venue), {"category": "spot", "symbol": "BTCUSDT"}
    assert [i["symbol"] for i in http.get_instruments_info(**one)["result"]["list"]] == ["BTCUSDT"]
    assert len(http.get_orderbook(**one, limit=5)["result"]["b"]) == 5
    assert http.get_public_trade_history(**one)["result"]["list"] is not None
    placed = http.place_order(**one, side="Buy", orderType="Limit", qty="0.01", price="20000")["result"]
    http.amend_order(**one, orderId=placed["orderId"], price="20100")
    (order,) = http.get_open_orders(**one)["result"]["list"]
    assert order["price"] == "20100"
    http.cancel_all_orders(**one)
    assert http.get_open_orders(**one)["result"]["list"] == []
    taken = http.place_order(
        **one, side="Buy", orderType="Market", qty="0.01", marketUnit="baseCoin"
    )["result"]  # fmt: skip
    fills = http.get_executions(**one, orderId=taken["orderId"])["result"]["list"]
    assert sum(float(f["execQty"]) for f in fills) == pytest.approx(0.01)
    assert http.get_order_history(**one)["result"]["list"][0]["orderStatus"] == "Filled"


def money(venue: Running) -> None:
    http = session(venue)

    def funding() -> float:
        said = http.get_coins_balance(accountType="FUND", coin="USDT")["result"]["balance"]
        return float(said[0]["walletBalance"])

    before = funding()
    move: dict[str, Any] = {"coin": "USDT", "fromAccountType": "UNIFIED", "toAccountType": "FUND"}
    done = http.create_internal_transfer(**move, transferId=str(uuid4()), amount="25")["result"]
    assert done["status"] == "SUCCESS"
    assert funding() == before + 25
    listed = http.get_internal_transfer_records(coin="USDT")["result"]["list"]
    assert [one["transferId"] for one in listed] == [done["transferId"]]
    with pytest.raises(InvalidRequestError, match="131212"):
        http.create_internal_transfer(**move, transferId=str(uuid4()), amount="100000000")
    chains = http.get_master_deposit_address(coin="USDT", chainType="TRX")["result"]["chains"]
    assert [one["chain"] for one in chains] == ["TRX"]
    assert http.withdraw(
        coin="USDT", chain="TRX", address="TX", amount="10", timestamp=venue.world.now_ms(),
        accountType="FUND",
    )["result"]["id"]  # fmt: skip
    assert http.get_fee_rates(category="spot", symbol="BTCUSDT")["result"]["list"]
    assert http.get_account_info()["result"]["unifiedMarginStatus"]


@pytest.mark.parametrize("scenario", [spot, money])
async def test_pybit_over_rest(scenario: Any) -> None:
    async with running("bybit") as venue:
        await asyncio.to_thread(scenario, venue)
