"""Who may pass at Kraken: signature, a nonce that grows, permissions, and a counter that decays.

Source: docs.kraken.com/api/docs/guides/spot-rest-auth (API-Sign = HMAC-SHA512 of the path and the SHA256 of
nonce and body) and /guides/spot-rest-ratelimits (a counter of 20, ledgers and trade histories cost 4, half to
one a second decays; text of 2026-05-27), read 2026-11-21.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Final

from titan.doubles.keys import ApiKey, hmac_base64, same
from titan.doubles.kraken import errors
from titan.doubles.kraken.errors import Refused
from titan.doubles.world import World

MOST: Final = 20.0
DECAY_A_SECOND: Final = 1.0
_HISTORIES: Final = frozenset({"TradesHistory", "Ledgers", "QueryLedgers", "QueryTrades"})
_FREE: Final = frozenset({"AddOrder", "CancelOrder", "AmendOrder", "EditOrder", "CancelAll", "AddOrderBatch",
                          "CancelOrderBatch", "CancelAllOrdersAfter"})  # fmt: skip
_NEEDS: Final = {
    "AddOrder": "trade", "AmendOrder": "trade", "EditOrder": "trade", "CancelOrder": "trade",
    "CancelAll": "trade", "CancelAllOrdersAfter": "trade", "AddOrderBatch": "trade",
    "CancelOrderBatch": "trade", "Withdraw": "withdraw", "WithdrawCancel": "withdraw",
    "WalletTransfer": "transfer",
}  # fmt: skip
"""Orders have counters of their own at the venue, by pair; here they pass."""


class Gate:
    """`check` gives the key of a request or raises Refused."""

    def __init__(self, world: World, now: Callable[[], int]) -> None:
        self._world, self._now = world, now
        self._counters: dict[str, tuple[float, int]] = {}

    def check(self, headers: Mapping[str, str], path: str, body: str, params: Mapping[str, str]) -> ApiKey:
        """The key that signed a private request."""
        key = self._world.keys.find(headers.get("API-Key", ""))
        if key is None:
            raise Refused(errors.KEY)
        nonce = str(params.get("nonce", ""))
        digest = hashlib.sha256((nonce + body).encode()).digest()
        wanted = hmac_base64(base64.b64decode(key.secret), path.encode() + digest, "sha512")
        if not same(headers.get("API-Sign", ""), wanted):
            raise Refused(errors.SIGNATURE)
        if not nonce.isdecimal() or int(nonce) <= key.nonce:
            raise Refused(errors.NONCE)
        key.nonce = int(nonce)
        method = path.rpartition("/")[2]
        if not key.may(_NEEDS.get(method, "read")):
            raise Refused(errors.DENIED)
        if method not in _FREE:
            self._count(key.key, 4.0 if method in _HISTORIES else 1.0)
        return key

    def _count(self, key: str, cost: float) -> None:
        now = self._now()
        counter, since = self._counters.get(key, (0.0, now))
        counter = max(0.0, counter - (now - since) / 1e9 * DECAY_A_SECOND)
        if counter + cost > MOST:
            self._counters[key] = counter, now
            raise Refused(errors.LIMIT)
        self._counters[key] = counter + cost, now
