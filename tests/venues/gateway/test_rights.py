"""What a key may do, from each venue's own answer as its page shows it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from titan.model.account import KeyRights
from titan.venues.gateway.account import Desk
from titan.venues.gateway.call import Caller
from titan.venues.gateway.profile import PROFILES
from titan.venues.gateway.rights import Rights

ASKED = {
    "binance": "sapiGetAccountApiRestrictions", "bybit": "privateGetV5UserQueryApi",
    "okx": "privateGetAccountConfig", "kraken": "privatePostGetApiKeyInfo", "mexc": "spotPrivateGetAccount",
}  # fmt: skip


async def rights(venue: str, said: object) -> KeyRights:
    async def ask() -> object:
        return said

    client: Any = type("Client", (), {ASKED[venue]: staticmethod(ask)})()
    caller = Caller(venue, client, time.time_ns)
    return await Rights(Desk(PROFILES[venue], caller, lambda _: None)).key_rights()


def kraken(*permissions: str, **more: object) -> dict[str, Any]:
    return {"result": {"permissions": list(permissions), "validUntil": "0", "ipAllowlist": []} | more}


READS = ("query-funds", "query-open-trades", "query-closed-trades")


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (kraken(*READS), KeyRights(True, False, None, False, False)),
        (kraken(*READS, "modify-trades"), KeyRights(True, True, None, False, False)),
        (kraken("query-funds", "query-ledger"), KeyRights(False, False, None, False, False)),
        (kraken(*READS, "withdraw-funds"), KeyRights(True, False, None, True, False)),
        (kraken(*READS, "add-withdraw-address"), KeyRights(True, False, None, False, False)),
        (kraken(*READS, ipAllowlist=["203.0.113.7"]), KeyRights(True, False, None, False, True)),
        (kraken(validUntil="1800000000"), KeyRights(False, False, None, False, False, 18 * 10**17)),
    ],
)
async def test_krakens_permissions_are_taken_by_their_exact_names(
    said: dict[str, Any], wanted: KeyRights
) -> None:
    assert await rights("kraken", said) == wanted


@pytest.mark.parametrize(("universal", "internal"), [(True, False), (False, True)])
async def test_binance_moves_between_wallets_by_its_universal_right(universal: bool, internal: bool) -> None:
    said = {
        "ipRestrict": True, "enableReading": True, "enableSpotAndMarginTrading": True,
        "enableWithdrawals": False, "permitsUniversalTransfer": universal, "enableInternalTransfer": internal,
        "tradingAuthorityExpirationTime": 1_628_985_600_000,
    }  # fmt: skip
    told = await rights("binance", said)
    assert told == KeyRights(True, True, universal, False, True, 1_628_985_600_000_000_000)


@pytest.mark.parametrize(
    ("permissions", "read_only", "trade"),
    [
        ({"Spot": ["SpotTrade"]}, 0, True),
        ({"ContractTrade": ["Order", "Position"]}, 0, True),
        ({"ContractTrade": ["Position"]}, 0, False),
        ({"Spot": ["SpotTrade"]}, 1, False),
        ({}, 0, False),
    ],
)
async def test_bybit_trades_where_an_order_may_be_placed(
    permissions: dict[str, list[str]], read_only: int, trade: bool
) -> None:
    rest = {"Wallet": ["AccountTransfer"], "Derivatives": []}
    said = {"result": {"readOnly": read_only, "permissions": permissions | rest, "ips": ["*"]}}
    told = await rights("bybit", said)
    assert (told.trade, told.transfer, told.withdraw, told.ip_bound) == (trade, not read_only, False, False)


async def test_okx_tells_permissions_and_addresses() -> None:
    told = await rights("okx", {"data": [{"perm": "read_only,trade", "ip": "203.0.113.7"}]})
    assert told == KeyRights(True, True, True, False, True)
