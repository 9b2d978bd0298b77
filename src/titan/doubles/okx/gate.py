"""Who may pass at OKX: headers, key, passphrase, time, signature, permission, and how often.

okx.com/docs-v5 "REST Authentication", "Rate Limits" and the limit of each endpoint (read 2026-11-21): so many
requests in two seconds by endpoint, for an address on public ones and for a user on private ones (50011 with
status 429).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from titan.doubles.keys import ApiKey
from titan.doubles.limits import Limiter, Window
from titan.doubles.okx.errors import Refused
from titan.doubles.okx.signing import check_headers, check_signature, check_time, same
from titan.doubles.world import World

IN_TWO_SECONDS: Final[dict[str, int]] = {
    "/api/v5/public/time": 10,
    "/api/v5/public/funding-rate": 10,
    "/api/v5/public/mark-price": 10,
    "/api/v5/public/funding-rate-history": 10,
    "/api/v5/market/books": 40,
    "/api/v5/market/books-full": 10,
    "/api/v5/market/candles": 40,
    "/api/v5/market/trades": 100,
    "/api/v5/trade/order": 60,
    "/api/v5/trade/batch-orders": 300,
    "/api/v5/trade/cancel-order": 60,
    "/api/v5/trade/cancel-batch-orders": 300,
    "/api/v5/trade/amend-order": 60,
    "/api/v5/trade/amend-batch-orders": 300,
    "/api/v5/trade/cancel-all-after": 2,
    "/api/v5/trade/orders-pending": 60,
    "/api/v5/trade/orders-history": 40,
    "/api/v5/trade/fills": 60,
    "/api/v5/trade/fills-history": 10,
    "/api/v5/account/balance": 10,
    "/api/v5/account/positions": 10,
    "/api/v5/account/config": 5,
    "/api/v5/account/trade-fee": 5,
    "/api/v5/account/bills": 10,
    "/api/v5/account/bills-archive": 10,
    "/api/v5/account/set-position-mode": 5,
    "/api/v5/asset/transfer": 4,
    "/api/v5/asset/withdrawal": 12,
    "/api/v5/asset/withdrawal-history": 12,
    "/api/v5/asset/balances": 12,
    "/api/v5/asset/currencies": 12,
    "/api/v5/asset/deposit-address": 12,
}
USUAL: Final = 20


def permission(method: str, path: str) -> str:
    if method == "GET":
        return "read"
    if path == "/api/v5/asset/withdrawal":
        return "withdraw"
    return "transfer" if path == "/api/v5/asset/transfer" else "trade"


class Gate:
    def __init__(self, world: World) -> None:
        self._world = world
        self._limits: dict[str, Limiter] = {}

    def charge(self, caller: str, path: str) -> None:
        """Raises Refused 50011 above the endpoint's limit."""
        limit = IN_TWO_SECONDS.get(path, USUAL)
        limiter = self._limits.setdefault(path, Limiter(Window("2S", 2, limit), patience=1 << 30))
        if limiter.charge(caller, 1, self._world.now()).status != 200:
            raise Refused("50011", "Too Many Requests")

    def check(self, headers: Mapping[str, str], method: str, target: str, body: str) -> ApiKey:
        """The key of a signed request. Raises Refused 50103 to 50113."""
        check_headers(headers)
        check_time(headers["OK-ACCESS-TIMESTAMP"], self._world.now_ms())
        key = self._world.keys.find(headers["OK-ACCESS-KEY"])
        if key is None:
            raise Refused("50111", "Invalid OK-ACCESS-KEY")
        if not same(key.passphrase, headers["OK-ACCESS-PASSPHRASE"]):
            raise Refused("50105", "Request header OK-ACCESS-PASSPHRASE incorrect.")
        check_signature(headers, method, target, body, key.secret)
        return key

    def allow(self, key: ApiKey, method: str, path: str) -> None:
        """Raises Refused 50120."""
        if not key.may(permission(method, path)):
            raise Refused("50120", "This API key doesn't have permission to use this function")
