"""A request of spot's REST API: its parameters, and who may ask.

www.mexc.com/api-docs/spot-v3, "General Info" (read 2026-11-21): HMAC-SHA256 in small hex letters over the
query string and the body, one right behind the other, without `signature`; a parameter that stands in both
counts as in the query. A request may be `recvWindow` (5000, at most 60000) ms old, and less than 1000 ms
ahead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, Literal
from urllib.parse import parse_qsl

import msgspec

from titan.doubles.keys import ApiKey, hmac_hex, in_window, same
from titan.doubles.market_text import MarketText
from titan.doubles.mexc import errors
from titan.doubles.parameters import Parameters

Body = dict[str, object]
_SIGNATURE: Final = re.compile(r"(^|&)signature=([^&]*)")
_KEY: Final = re.compile(r"[0-9A-Za-z]{10,64}")
_CONTENT: Final = ("application/json", "application/x-www-form-urlencoded")
LONGEST_WINDOW_MS: Final = 60_000


class Call(Parameters):
    """`listing` are the spot markets by symbol."""

    listing: Mapping[str, MarketText]
    key: ApiKey | None = None

    def missing(self, name: str) -> errors.MexcError:
        return errors.missing(name)

    def illegal(self, name: str) -> errors.MexcError:
        return errors.illegal(name)

    def market(self) -> MarketText:
        self.text("symbol")
        return self.markets()[0]

    def markets(self) -> list[MarketText]:
        """Those of `symbol` or `symbols`, apart by commas; all when none is named."""
        named = self.params.get("symbol") or self.params.get("symbols")
        found = named.split(",") if named else list(self.listing)
        if not self.listing.keys() >= set(found):
            raise errors.BAD_SYMBOL
        return [self.listing[symbol] for symbol in found]


class Endpoint(msgspec.Struct, frozen=True):
    """What answers a path, which permission of the key it needs ("" for none), and its weight."""

    answer: Callable[[Call], object]
    permission: Literal["", "read", "trade", "transfer", "withdraw"] = ""
    weight: int = 1


Table = dict[tuple[str, str], Endpoint]
"""By (method, path under /api/v3)."""


def parameters(query: str, body: str, content: str) -> dict[str, str]:
    """Of the query and of the body, which is a JSON object or form-encoded. Raises MexcError."""
    found = dict(parse_qsl(query, keep_blank_values=True))
    if body and content not in _CONTENT:
        raise errors.BAD_CONTENT
    if not body.startswith("{"):
        return dict(parse_qsl(body, keep_blank_values=True)) | found
    try:
        given = msgspec.json.decode(body, type=Body)
    except msgspec.DecodeError:
        raise errors.BAD_PARAMETER from None
    return {k: v if isinstance(v, str) else msgspec.json.encode(v).decode() for k, v in given.items()} | found


def admit(call: Call, permission: str, headers: Mapping[str, str], query: str, body: str) -> None:
    """Sets `call.key`. Raises MexcError."""
    given = headers.get("X-MEXC-APIKEY", "")
    if not _KEY.fullmatch(given):
        raise errors.MALFORMED_KEY if given else errors.NO_KEY
    key = call.world.keys.find(given)
    if key is None:
        raise errors.UNKNOWN_KEY
    signature = _SIGNATURE.search(query) or _SIGNATURE.search(body)
    if signature is None:
        raise errors.missing("signature")
    call.text("timestamp")
    window = call.integer("recvWindow", 5000)
    if window > LONGEST_WINDOW_MS:
        raise errors.WIDE_WINDOW
    if not in_window(call.integer("timestamp", 0), call.world.now_ms(), window):
        raise errors.OUT_OF_WINDOW
    payload = _SIGNATURE.sub("", query) + _SIGNATURE.sub("", body)
    if not same(signature[2], hmac_hex(key.secret, payload)):
        raise errors.BAD_SIGNATURE
    if not key.may(permission):
        raise errors.NOT_ALLOWED
    call.key = key
