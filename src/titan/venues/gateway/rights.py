"""What a key may do, by each venue's own answer.

Sources: Binance `GET /sapi/v1/account/apiRestrictions`, Bybit `GET /v5/user/query-api` (Get API Key
Information), OKX `GET /api/v5/account/config` (`perm`, `ip`), Kraken `POST /0/private/GetApiKeyInfo`, MEXC
`GET /api/v3/account` (flags of the account; of the key nothing is published); read 2026-11.
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
    move = _true(said.get("permitsUniversalTransfer")) or _true(said.get("enableInternalTransfer"))
    return KeyRights(
        _true(said.get("enableReading")), trade, move, _true(said.get("enableWithdrawals")),
        _true(said.get("ipRestrict")), int(said.get("tradingAuthorityExpirationTime") or 0) * 1_000_000,
    )  # fmt: skip


async def _bybit(client: Any) -> KeyRights:
    said = (await client.privateGetV5UserQueryApi())["result"]
    may: Mapping[str, Sequence[str]] = said.get("permissions") or {}
    writes = str(said.get("readOnly")) == "0"
    wallet = may.get("Wallet") or ()
    trade = writes and bool(may.get("Spot") or may.get("ContractTrade") or may.get("Derivatives"))
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
    may = {str(p).lower().replace("_", "-").replace(" ", "-") for p in said.get("permissions") or ()}

    def any_of(*words: str) -> bool:
        return any(all(part in one for part in word.split("+")) for word in words for one in may)

    return KeyRights(
        any_of("query"), any_of("modify", "create+order", "trade+close"), None, any_of("withdraw"),
        bool(said.get("ip_allowlist") or said.get("ip_whitelist")),
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
