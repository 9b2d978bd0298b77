"""A request of any of Binance's doors (REST or WebSocket API): its parameters, and who may ask.

"Request Security" and "Timing Security" (developers.binance.com, spot and USD-M general info, read
2026-11-21): HMAC-SHA256 in hex over query string + body without the signature; over the sorted parameters on
the WebSocket API. A timestamp may be at most 1000 ms ahead and `recvWindow` (5000, at most 60000) behind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, Literal
from urllib.parse import parse_qsl

import msgspec

from titan.doubles.binance.errors import (
    AHEAD,
    BAD_KEY,
    BAD_SIGNATURE,
    BAD_SYMBOL,
    NO_KEY,
    OLD,
    BinanceError,
    missing,
)
from titan.doubles.keys import ApiKey, hmac_hex, same
from titan.doubles.market import Market
from titan.doubles.parameters import Parameters
from titan.doubles.world import World

Permission = Literal["", "key", "read", "trade", "transfer", "withdraw"]
_SIGNATURE: Final = re.compile(r"(^|&)signature=([^&]*)")
MS: Final = 1_000_000


class Call(Parameters):
    """One request, ready to be answered."""

    perp: bool
    key: ApiKey | None = None

    def missing(self, name: str) -> BinanceError:
        return missing(name)

    def illegal(self, name: str) -> BinanceError:
        return BinanceError(-1100, f"Illegal characters found in parameter '{name}'.")

    def wants(self, number: int, at_ns: int, first: str) -> bool:
        """Whether `startTime`, `endTime` and the least id, which is the parameter `first`, let a row pass."""
        return number >= self.integer(first) and self.within(at_ns)

    def market(self) -> Market:
        found = self.world.market("perp" if self.perp else "spot", self.text("symbol"))
        if found is None:
            raise BAD_SYMBOL
        return found

    def markets(self) -> list[Market]:
        """The one that `symbol` names, those of `symbols`, or all."""
        if self.params.get("symbol"):
            return [self.market()]
        every = self.world.of_kind("perp" if self.perp else "spot")
        named = self.params.get("symbols", "")
        if not named:
            return every
        wanted = re.findall(r"[A-Z0-9_-]+", named)
        chosen = [m for m in every if m.instrument.symbol in wanted]
        if len(chosen) != len(wanted):
            raise BAD_SYMBOL
        return chosen


Answer = Callable[[Call], object]


class Endpoint(msgspec.Struct, frozen=True):
    """What answers a path, who may ask, and what it weighs."""

    answer: Answer
    permission: Permission = ""
    weight: int = 1


Table = dict[tuple[str, str], Endpoint]
"""By (method, path)."""


def parameters(query: str, body: str) -> dict[str, str]:
    return dict(parse_qsl(query, keep_blank_values=True)) | dict(parse_qsl(body, keep_blank_values=True))


def admit(call: Call, permission: Permission, key: str, query: str, body: str) -> None:
    """Check a REST request; raises BinanceError. Sets `call.key`."""
    if not permission:
        return
    call.key = known_key(call.world, key, "read" if permission == "key" else permission)
    if permission == "key":
        return
    given = _SIGNATURE.search(query) or _SIGNATURE.search(body)
    if given is None:
        raise missing("signature")
    payload = _SIGNATURE.sub("", query) + _SIGNATURE.sub("", body)
    check_signature(call.key, payload, given[2])
    check_time(call)


def admit_socket(call: Call, permission: Permission) -> None:
    """The same for the WebSocket API, where key and signature stand among the parameters."""
    if not permission:
        return
    call.key = known_key(call.world, call.params.get("apiKey", ""), permission)
    given = call.params.get("signature", "")
    if not given:
        raise missing("signature")
    check_signature(call.key, socket_payload(call.params), given)
    check_time(call)


def socket_payload(params: Mapping[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(params.items()) if name != "signature")


def known_key(world: World, key: str, permission: str) -> ApiKey:
    if not key:
        raise NO_KEY
    found = world.keys.find(key)
    if found is None or not found.may("read" if permission == "key" else permission):
        raise BAD_KEY
    return found


def check_signature(key: ApiKey, payload: str, given: str) -> None:
    if not same(given.lower(), hmac_hex(key.secret, payload)):
        raise BAD_SIGNATURE


def check_time(call: Call) -> None:
    if not call.params.get("timestamp"):
        raise missing("timestamp")
    sent, window = call.integer("timestamp"), call.integer("recvWindow", 5000)
    now = call.world.now_ms()
    if sent > 10**14:
        sent //= 1000  # microseconds are allowed too
    if window > 60_000:
        raise BinanceError(-1131, "recvWindow must be less than 60000")
    if sent > now + 1000:
        raise AHEAD
    if sent < now - window:
        raise OLD


def cast(value: object) -> str:
    """A JSON parameter of the WebSocket API as REST would carry it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
