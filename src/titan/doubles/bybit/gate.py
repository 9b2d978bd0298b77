"""Who may pass at Bybit: key, time, signature, permission, and how often.

docs/v5/guide and docs/v5/rate-limit (read 2026-11-21): 600 requests in 5 s for an address (403), and for a
key so many each second by endpoint (10006, with the limit in three headers).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from titan.doubles.bybit.errors import Refused
from titan.doubles.bybit.signing import check_signature, check_window
from titan.doubles.keys import ApiKey
from titan.doubles.limits import Limiter, Window
from titan.doubles.world import World

ORDERS: Final = frozenset(
    f"/v5/order/{what}" for what in ("create", "amend", "cancel", "cancel-all", "create-batch",
                                     "amend-batch", "cancel-batch")
)  # fmt: skip
USUAL: Final = 50
ORDERS_A_SECOND: Final = {"spot": 20, "linear": 10}


def permission(method: str, path: str) -> str:
    if method == "GET":
        return "read"
    if path in ("/v5/asset/transfer/inter-transfer", "/v5/asset/deposit/deposit-to-account"):
        return "transfer"
    return "withdraw" if path == "/v5/asset/withdraw/create" else "trade"


class Gate:
    def __init__(self, world: World) -> None:
        self._world = world
        self._addresses = Limiter(Window("5S", 5, 600), patience=600, ban_s=600)
        self._keys: dict[int, Limiter] = {}

    def admit(self, address: str) -> None:
        """Raises Refused with status 403 for an address that asks too often."""
        if self._addresses.charge(address, 1, self._world.now()).status != 200:
            raise Refused(10018, "Exceeded the IP Rate Limit. Access too frequent.", status=403)

    def check(self, headers: Mapping[str, str], payload: str) -> ApiKey:
        """The key of a signed request. Raises Refused 10002, 10003 or 10004."""
        if not headers.get("X-BAPI-API-KEY"):
            raise Refused(10003, "API key is invalid.", status=401)
        key = self._world.keys.find(headers["X-BAPI-API-KEY"])
        if key is None:
            raise Refused(10003, "API key is invalid.")
        check_window(
            headers.get("X-BAPI-TIMESTAMP", ""), headers.get("X-BAPI-RECV-WINDOW", ""), self._world.now_ms()
        )
        check_signature(headers, payload, key.secret)
        return key

    def allow(self, key: ApiKey, method: str, path: str) -> None:
        """Raises Refused 10005."""
        if not key.may(permission(method, path)):
            raise Refused(10005, "Permission denied, please check your API key permissions.")

    def charge(self, key: ApiKey, path: str, category: str) -> dict[str, str]:
        """The headers of the limit. Raises Refused 10006 above it."""
        limit = ORDERS_A_SECOND.get(category, 10) if path in ORDERS else USUAL
        limiter = self._keys.setdefault(limit, Limiter(Window("1S", 1, limit), patience=1 << 30))
        now = self._world.now()
        verdict = limiter.charge(f"{key.key}{path}{category}", 1, now)
        left = max(limit - verdict.used["1S"], 0)
        over = verdict.status != 200
        if over:
            raise Refused(10006, "Too many visits. Exceeded the API Rate Limit.")
        return {
            "X-Bapi-Limit": str(limit),
            "X-Bapi-Limit-Status": str(left),
            "X-Bapi-Limit-Reset-Timestamp": str(now // 1_000_000),
        }
