"""What a key may do, by each venue's own answer.

Read 2026-11-21, in the text of the date in brackets: Binance `GET /sapi/v1/account/apiRestrictions` ("API Key
Permission"; moving between wallets is its `permitsUniversalTransfer`, `enableInternalTransfer` is of
sub-accounts), Bybit `GET /v5/user/query-api` ("Get API Key Information", 2026-07-24), OKX
`GET /api/v5/account/config` (`perm`, `ip`; 2026-07-20), Kraken `POST /0/private/GetApiKeyInfo` ("Get API Key
Info", 2026-05-27). MEXC `GET /api/v3/account` as ccxt 4.5.90 reads it: flags of the account; of the key no
page was found.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from titan.model.account import Headroom, KeyRights
from titan.venues.gateway.account import Desk


class Rights:
    """Implements AccountLimits."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def key_rights(self) -> KeyRights:
        ask = _ASKS[self._desk.profile.venue]
        return await self._desk.caller.query(lambda: ask(self._desk.client))

    def headroom(self) -> Sequence[Headroom]:
        return [h for limiter in self._desk.client.meter.limiters for h in limiter.headroom()]


async def _binance(client: Any) -> KeyRights:
    said = await client.sapiGetAccountApiRestrictions()
    trade = _true(said.get("enableSpotAndMarginTrading")) or _true(said.get("enableFutures"))
    read, move = _true(said.get("enableReading")), _true(said.get("permitsUniversalTransfer"))
    return KeyRights(
        read, trade, move, _true(said.get("enableWithdrawals")),
        _true(said.get("ipRestrict")), int(said.get("tradingAuthorityExpirationTime") or 0) * 1_000_000,
    )  # fmt: skip


async def _bybit(client: Any) -> KeyRights:
    said = (await client.privateGetV5UserQueryApi())["result"]
    may: Mapping[str, Sequence[str]] = said.get("permissions") or {}
    writes = str(said.get("readOnly")) == "0"
    wallet = may.get("Wallet") or ()
    named = {name for group in ("Spot", "ContractTrade", "Derivatives") for name in may.get(group) or ()}
    trade = writes and bool(named & {"SpotTrade", "Order", "DerivativesTrade"})
    bound = [ip for ip in said.get("ips") or () if ip != "*"]
    return KeyRights(
        True, trade, writes and "AccountTransfer" in wallet, writes and "Withdraw" in wallet, bool(bound),
        _ns(said.get("expiredAt")),
    )  # fmt: skip


async def _okx(client: Any) -> KeyRights:
    said = (await client.privateGetAccountConfig())["data"][0]
    may = set(str(said.get("perm") or "").split(","))
    return KeyRights(
        "read_only" in may, "trade" in may, "trade" in may, "withdraw" in may, bool(said.get("ip"))
    )


async def _kraken(client: Any) -> KeyRights:
    said = (await client.privatePostGetApiKeyInfo())["result"]
    may = {str(one) for one in said.get("permissions") or ()}
    reads = {"query-funds", "query-open-trades", "query-closed-trades"} <= may
    until = str(said.get("validUntil") or "0")
    return KeyRights(
        reads, "modify-trades" in may, None, "withdraw-funds" in may, bool(said.get("ipAllowlist")),
        int(until) * 1_000_000_000 if until.isdigit() else 0,
    )  # fmt: skip


async def _mexc(client: Any) -> KeyRights:
    said = await client.spotPrivateGetAccount()
    return KeyRights(True, _true(said.get("canTrade")), None, _true(said.get("canWithdraw")))


_ASKS: Final[dict[str, Callable[[Any], Awaitable[KeyRights]]]] = {
    "binance": _binance, "bybit": _bybit, "okx": _okx, "kraken": _kraken, "mexc": _mexc,
}  # fmt: skip


def _true(value: object) -> bool:
    return value is True or str(value).lower() == "true"


def _ns(text: object) -> int:
    try:
        return int(datetime.fromisoformat(str(text)).timestamp()) * 1_000_000_000
    except ValueError:
        return 0
