"""Who may pass at MEXC's contracts: key, time, signature, permission, and how often; how it refuses.

www.mexc.com/api-docs/futures "Integration Guide", "Error code" and the limit of each endpoint (read
2026-11-21): HMAC-SHA256 in hex over key + Request-Time + (sorted query of a GET, body of a POST); the time
may be Recv-Window seconds off (10, at most 60). An endpoint takes 20 requests in 2 s, those that place orders
4; contract detail is held to the usual 20 instead of 1 in 5 s, so that many clients can start at once. The
status of a refusal is 200 and its envelope `{"success": false, "code": ..., "message": ...}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from titan.doubles.keys import ApiKey, hmac_hex, same
from titan.doubles.limits import Limiter, Window
from titan.doubles.refusal import Refusal
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
_STAMP: Final = re.compile(r"[0-9]{1,15}")
MESSAGES: Final[dict[int, str]] = {
    401: "Not logged in or login has expired", 402: "API Key expired, please apply again",
    500: "Internal error", 510: "Requests are too frequent, please try again later",
    513: "Invalid request, please try again later", 600: "Parameter error", 601: "Data parsing error",
    602: "Confirming signature failed", 701: "Account read permission is required",
    704: "Transaction information modify permission is required", 1001: "Contract does not exist",
    1002: "Contract not activated", 2001: "Order side error", 2002: "Opening type error",
    2005: "Balance insufficient", 2006: "Leverage ratio error", 2007: "Order price error",
    2008: "The quantity is insufficient", 2009: "Position is not exists or closed.",
    2011: "Order quantity error", 2014: "The quantity of batch order exceeds the limit",
    2015: "Price or quantity accuracy error", 2019: "There is an active order or position",
    2027: "There is only one cross or isolated in the same direction", 2029: "Order type error",
    2030: "External order ID is too long", 2040: "order not exist", 2041: "order state cannot be cancelled",
    2042: "Duplicate order id",
}  # fmt: skip
_CODES: Final[dict[int, int]] = {
    Refusal.BAD_SIZE: 2011, Refusal.MIN_QTY: 2011, Refusal.MIN_NOTIONAL: 2011, Refusal.LOT_SIZE: 2015,
    Refusal.TICK_SIZE: 2015, Refusal.BAD_PRICE: 2007, Refusal.REDUCE_ONLY: 2009, Refusal.NO_BALANCE: 2005,
    Refusal.NO_MARGIN: 2005, Refusal.ALREADY_DONE: 2041, Refusal.DUPLICATE_CLIENT_ID: 2042,
    Refusal.BAD_LEVERAGE: 2006, Refusal.ORDERS_OR_POSITION_OPEN: 2019, Refusal.INJECTED: 1002,
}  # fmt: skip


class Refused(Exception):
    """The request, or one order of it, is refused with `code`."""

    def __init__(self, code: int, message: str = "") -> None:
        self.code, self.message = code, message or MESSAGES[code]
        super().__init__(self.message)


def because(reason: int) -> Refused:
    """The refusal for a reason of the double."""
    return Refused(_CODES.get(reason, 500))


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

    def check(self, request: web.Request, body: str) -> str:
        """The key of a signed request. Raises Refused 401, 402, 513, 602, 701, 704."""
        headers, reads = request.headers, request.method == "GET"
        given, signature = headers.get("ApiKey"), headers.get("Signature")
        if not given or not signature:
            raise Refused(401)
        window = headers.get("Recv-Window", "")
        said = "&".join(sorted(request.rel_url.raw_query_string.split("&"))) if reads else body
        seconds = min(int(window) if _STAMP.fullmatch(window) else WINDOW_S, LONGEST_S)
        key = self._signed(given, headers.get("Request-Time", ""), said, signature, seconds)
        if not key.may("read" if reads else "trade"):
            raise Refused(701 if reads else 704)
        return given

    def login(self, param: Mapping[str, object]) -> None:
        """Raises Refused for a login of a socket that is not right."""
        given, stamp, signature = (str(param.get(name, "")) for name in ("apiKey", "reqTime", "signature"))
        self._signed(given, stamp, "", signature, WINDOW_S)

    def _signed(self, given: str, stamp: str, said: str, signature: str, window_s: int) -> ApiKey:
        key = self._world.keys.find(given)
        if key is None:
            raise Refused(402)
        stamp_ms = int(stamp) if _STAMP.fullmatch(stamp) else 0
        if abs(stamp_ms - self._world.now_ms()) > window_s * 1000:
            raise Refused(513)
        if not same(signature.lower(), hmac_hex(key.secret, given + stamp + said)):
            raise Refused(602)
        return key
