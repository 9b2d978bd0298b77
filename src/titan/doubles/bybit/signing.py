"""Bybit's signed requests: which headers, what is signed, and what a bad one is answered.

Integration guidance and error codes (bybit-exchange.github.io/docs/v5/guide, /docs/v5/error, read
2026-11-21): HMAC-SHA256 in hex over timestamp + key + recv_window + (query string | body); the server takes
`server - recv_window <= timestamp < server + 1000`. A socket signs `GET/realtime` + expires.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from titan.doubles.bybit.errors import Refused

DEFAULT_WINDOW_MS: Final = 5_000
AHEAD_MS: Final = 1_000
"""A timestamp may be this far ahead of the server."""


def signature(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def check_window(stamp: str, window: str, now_ms: int) -> None:
    """Raises Refused 10002 for a request that is too old or too far ahead, 10001 for no number."""
    try:
        sent, wide = int(stamp), int(window or DEFAULT_WINDOW_MS)
    except ValueError:
        raise Refused(10001, "params error: X-BAPI-TIMESTAMP invalid") from None
    if not now_ms - wide <= sent < now_ms + AHEAD_MS:
        raise Refused(
            10002,
            "invalid request, please check your server timestamp or recv_window param."
            f" req_timestamp[{sent}],server_timestamp[{now_ms}],recv_window[{wide}]",
        )


def signed_text(headers: Mapping[str, str], payload: str) -> str:
    """What the client must have signed: `payload` is the raw query string or the raw body."""
    return (
        headers.get("X-BAPI-TIMESTAMP", "")
        + headers.get("X-BAPI-API-KEY", "")
        + headers.get("X-BAPI-RECV-WINDOW", "")
        + payload
    )


def check_signature(headers: Mapping[str, str], payload: str, secret: str) -> None:
    """Raises Refused 10004."""
    text = signed_text(headers, payload)
    given = headers.get("X-BAPI-SIGN", "")
    if not hmac.compare_digest(signature(secret, text).encode(), given.lower().encode()):
        raise Refused(
            10004, f"error sign! origin_string[{text}], please check your signature generation algorithm."
        )


def check_socket(secret: str, expires: object, given: object, now_ms: int) -> str | None:
    """None for a good `auth` of a socket, else what Bybit says."""
    try:
        until = int(str(expires))
    except ValueError:
        return "Params Error"
    if until <= now_ms:
        return "error:request expired"
    wanted = signature(secret, f"GET/realtime{until}")
    return None if hmac.compare_digest(wanted.encode(), str(given).lower().encode()) else "Invalid sign"
