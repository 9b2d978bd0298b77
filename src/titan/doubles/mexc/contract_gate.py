"""Who may pass at MEXC's contracts: key, time, signature, permission, and how often.

www.mexc.com/api-docs/futures/integration-guide and the limit of each endpoint (read 2026-11-21): HMAC-SHA256
in hex over key + Request-Time + (sorted query of a GET, body of a POST); the time may be Recv-Window seconds
off (10, at most 60). An endpoint takes 20 requests in 2 s, those that place orders 4. Contract detail, which
the venue gives once in 5 s, is held to the usual 20 here, so that many clients can start at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from titan.doubles.keys import ApiKey, hmac_hex, same
from titan.doubles.limits import Limiter, Window
from titan.doubles.mexc.contract_errors import Refused
from titan.doubles.world import World

USUAL, PLACING = 20, 4
_PLACES: Final = (
    "order/create",
    "order/submit",
    "order/submit_batch",
    "planorder/place",
    "planorder/place/v2",
)
WINDOW_S, LONGEST_S = 10, 60


class Gate:
    """`limits` is requests in two seconds by endpoint, where they are not the usual ones."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.limits = {f"/api/v1/private/{path}": PLACING for path in _PLACES}
        self._limiters: dict[str, Limiter] = {}

    def charge(self, caller: str, endpoint: str) -> None:
        """Raises Refused 510."""
        if endpoint not in self._limiters:
            window = Window("2S", 2, self.limits.get(endpoint, USUAL))
            self._limiters[endpoint] = Limiter(window, patience=1 << 30)
        if self._limiters[endpoint].charge(caller, 1, self._world.now()).status != 200:
            raise Refused(510)

    def check(self, headers: Mapping[str, str], method: str, query: str, body: str) -> ApiKey:
        """The key of a signed request; `query` as it was sent. Raises Refused."""
        given, signature = headers.get("ApiKey"), headers.get("Signature")
        if not given or not signature:
            raise Refused(401)
        window = headers.get("Recv-Window", "")
        seconds = int(window) if window.isdigit() else WINDOW_S
        said = body if method == "POST" else "&".join(sorted(query.split("&")))
        key = self._signed(given, headers.get("Request-Time", ""), said, signature, seconds)
        if not key.may("read" if method == "GET" else "trade"):
            raise Refused(701 if method == "GET" else 704)
        return key

    def login(self, param: Mapping[str, object]) -> ApiKey:
        """The key of a socket's login. Raises Refused."""
        given, stamp = str(param.get("apiKey", "")), str(param.get("reqTime", ""))
        return self._signed(given, stamp, "", str(param.get("signature", "")), WINDOW_S)

    def _signed(self, given: str, stamp: str, said: str, signature: str, window_s: int) -> ApiKey:
        key = self._world.keys.find(given)
        if key is None:
            raise Refused(402)
        window_ms = min(window_s, LONGEST_S) * 1000
        if not stamp.isdigit() or abs(int(stamp) - self._world.now_ms()) > window_ms:
            raise Refused(513)
        if not same(signature.lower(), hmac_hex(key.secret, given + stamp + said)):
            raise Refused(602)
        return key
