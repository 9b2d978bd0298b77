"""Doubles on the same rails, judged by ccxt as it is: what leaves one comes to the other, less the fee."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import ccxt.async_support as ccxt
import pytest

from tests.doubles.servers import Running, point_at, running
from titan.doubles.faults import Fault
from titan.doubles.rails import Rails, address_of, networks_of
from titan.model.errors import ConfigError

NS = 1_000_000_000
VENUES = ("binance", "bybit")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("titan.doubles.account.SETTLES_NS", NS // 5)


def client(venue: Running) -> Any:
    ex = getattr(ccxt, venue.world.venue)({"apiKey": venue.key.key, "secret": venue.key.secret})
    return point_at(ex, venue.base)


async def there_at_last(taker: Any) -> None:
    async with asyncio.timeout(20):
        while not any(one["status"] == "ok" for one in await taker.fetch_deposits("USDT")):
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(("source", "target"), [VENUES, VENUES[::-1]])
async def test_what_leaves_one_comes_to_the_other(source: str, target: str) -> None:
    rails = Rails(seconds=0.1)
    async with running(source) as here, running(target) as there:
        rails.join(source, here.world.account)
        rails.join(target, there.world.account)
        payer, taker = client(here), client(there)
        try:
            told = await taker.fetch_deposit_address("USDT", {"network": "TRC20"})
            before = there.world.account.total(there.world.account.comes_to, "USDT")
            sent = await payer.withdraw("USDT", 50, told["address"], {"network": "TRC20"})
            await there_at_last(taker)
            (gone,) = await payer.fetch_withdrawals("USDT")
            assert (gone["id"], gone["status"], gone["fee"]["cost"]) == (sent["id"], "ok", 1)
            (came,) = await taker.fetch_deposits("USDT")
            assert (came["txid"], came["status"], came["amount"]) == (gone["txid"], "ok", gone["amount"])
            held = there.world.account.total(there.world.account.comes_to, "USDT")
            assert held - before == Decimal(str(came["amount"]))
            named = await payer.fetch_currencies()
            assert named["USDT"]["networks"]["TRC20"]["fee"] == 1
        finally:
            await payer.close()
            await taker.close()


@pytest.mark.parametrize("venue", VENUES)
async def test_a_failed_withdrawal_is_told_and_the_money_is_back(venue: str) -> None:
    async with running(venue) as here:
        here.inject(Fault(kind="withdrawal_fails", match="USDT"))
        ex = client(here)
        wallet = "spot" if venue == "binance" else "fund"
        try:
            before = here.world.account.total(wallet, "USDT")
            more = {"accountType": "FUND"} if venue == "bybit" else {}
            address = address_of("okx", "USDT", "TRX")
            await ex.withdraw("USDT", 50, address, {"network": "TRC20", **more})
            async with asyncio.timeout(20):
                while (await ex.fetch_withdrawals("USDT"))[0]["status"] != "failed":
                    await asyncio.sleep(0.05)
            assert here.world.account.total(wallet, "USDT") == before
        finally:
            await ex.close()


async def test_money_to_nobodys_address_is_gone() -> None:
    async with running("binance") as here:
        Rails(seconds=0).join("binance", here.world.account)
        paid = here.world.account.withdraw("USDT", Decimal(5), wallet="spot", address="elsewhere")
        async with asyncio.timeout(20):
            while paid.state == "pending":
                await asyncio.sleep(0.05)
        assert (paid.state, here.world.account.history("deposit")) == ("completed", [])


def test_addresses_are_of_their_network_and_nobody_elses() -> None:
    told = {(v, n): address_of(v, "USDT", n) for v in VENUES for n in networks_of(v, "USDT")}
    assert len(set(told.values())) == len(told)
    assert {address[0] for (_, network), address in told.items() if network == "TRX"} == {"T"}
    assert {len(address) for (_, network), address in told.items() if network == "TRX"} == {34}
    assert address_of("binance", "USDT", "ETH").startswith("0x")


def test_money_does_not_arrive_before_it_left() -> None:
    with pytest.raises(ConfigError):
        Rails(seconds=-1)
