"""OKX's signed requests: headers, what is signed, and what a bad one is answered.

okx.com/docs-v5 "REST Authentication" and "WebSocket > Login" (read 2026-11-21): HMAC-SHA256 in base64 over
timestamp + method + path with query + body, timestamp in ISO 8601 with milliseconds and at most 30 s away
from the server's; a socket signs Unix seconds + "GET/users/self/verify".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from titan.doubles.okx.errors import Refused

WINDOW_MS: Final = 30_000
_HEADERS: Final = (
    ("OK-ACCESS-KEY", "50103"),
    ("OK-ACCESS-PASSPHRASE", "50104"),
    ("OK-ACCESS-SIGN", "50106"),
    ("OK-ACCESS-TIMESTAMP", "50107"),
)


def signature(secret: str, text: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


def same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def check_headers(headers: Mapping[str, str]) -> None:
    """Raises Refused 50103 to 50107 for the first header that is missing."""
    for name, code in _HEADERS:
        if not headers.get(name):
            raise Refused(code, f'Request header "{name}" can\'t be empty.')


def check_time(stamp: str, now_ms: int) -> None:
    """Raises Refused 50112 for what is no time, 50102 for one too far away."""
    try:
        sent_ms = round(datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp() * 1000)
    except ValueError:
        raise Refused("50112", "Invalid OK-ACCESS-TIMESTAMP") from None
    if abs(sent_ms - now_ms) > WINDOW_MS:
        raise Refused("50102", "Timestamp request expired")


def check_signature(headers: Mapping[str, str], method: str, target: str, body: str, secret: str) -> None:
    """Raises Refused 50113; `target` is the path with its raw query."""
    text = headers.get("OK-ACCESS-TIMESTAMP", "") + method + target + body
    if not same(signature(secret, text), headers.get("OK-ACCESS-SIGN", "")):
        raise Refused("50113", "Invalid Sign")


def check_socket(secret: str, passphrase: str, login: Mapping[str, object], now_ms: int) -> None:
    """Raises Refused with the code of a socket's `login`: 60004, 60006, 60007, 60024."""
    stamp = str(login.get("timestamp", ""))
    try:
        sent_ms = round(float(stamp) * 1000)
    except ValueError:
        raise Refused("60004", "Invalid timestamp") from None
    if abs(sent_ms - now_ms) > WINDOW_MS:
        raise Refused("60006", "Timestamp request expired")
    if not same(passphrase, str(login.get("passphrase", ""))):
        raise Refused("60024", "Wrong passphrase")
    if not same(signature(secret, stamp + "GET/users/self/verify"), str(login.get("sign", ""))):
        raise Refused("60007", "Invalid sign")
