"""Who may ask: spot's key, signature and time.

www.mexc.com/api-docs/spot-v3, "General Info" (read 2026-11-21): HMAC-SHA256 in small hex letters over the
query string and the body, one right behind the other, without `signature`; a parameter that stands in both
counts as in the query. A request may be `recvWindow` (5000, at most 60000) ms old, and less than 1000 ms
ahead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from titan.doubles.keys import hmac_hex, in_window, same
from titan.doubles.mexc.errors import (
    BAD_CONTENT,
    BAD_SIGNATURE,
    MALFORMED_KEY,
    NO_KEY,
    NOT_ALLOWED,
    OUT_OF_WINDOW,
    UNKNOWN_KEY,
    WIDE_WINDOW,
    MexcError,
    missing,
)
from titan.doubles.mexc.spot_call import Call

_SIGNATURE: Final = re.compile(r"(^|&)signature=([^&]*)")
_KEY: Final = re.compile(r"[0-9A-Za-z]{10,64}")
_CONTENT: Final = ("application/json", "application/x-www-form-urlencoded")
LONGEST_WINDOW: Final = 60_000


def parameters(query: str, body: str, content: str) -> dict[str, str]:
    """Of the query and of the body, which is a JSON object or form-encoded. Raises MexcError."""
    found = dict(parse_qsl(query, keep_blank_values=True))
    if not body:
        return found
    if content not in _CONTENT:
        raise BAD_CONTENT
    if not body.startswith("{"):
        return dict(parse_qsl(body, keep_blank_values=True)) | found
    try:
        given = msgspec.json.decode(body, type=dict[str, object])
    except msgspec.DecodeError:
        raise MexcError(33333, "param is error") from None
    return {name: worded(value) for name, value in given.items()} | found


def worded(value: object) -> str:
    """A value of JSON as it would stand in a query."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def admit(call: Call, permission: str, headers: Mapping[str, str], query: str, body: str) -> None:
    """Sets `call.key`. Raises MexcError."""
    given = headers.get("X-MEXC-APIKEY", "")
    if not given:
        raise NO_KEY
    if not _KEY.fullmatch(given):
        raise MALFORMED_KEY
    key = call.world.keys.find(given)
    if key is None:
        raise UNKNOWN_KEY
    signature = _SIGNATURE.search(query) or _SIGNATURE.search(body)
    if signature is None:
        raise missing("signature")
    _check_time(call)
    payload = _SIGNATURE.sub("", query) + _SIGNATURE.sub("", body)
    if not same(signature[2], hmac_hex(key.secret, payload)):
        raise BAD_SIGNATURE
    if not key.may(permission):
        raise NOT_ALLOWED
    call.key = key


def _check_time(call: Call) -> None:
    call.text("timestamp")
    window = call.whole("recvWindow", 5000)
    if window > LONGEST_WINDOW:
        raise WIDE_WINDOW
    if not in_window(call.whole("timestamp", 0), call.world.now_ms(), window):
        raise OUT_OF_WINDOW
