"""The API keys of a double: made up at its start, with permissions, and how their signatures are reckoned."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random as randomness
import string
from typing import Final

import msgspec

ALL: Final = ("read", "trade", "transfer", "withdraw")
_SETS: Final = {"trader": ("read", "trade", "transfer"), "owner": ALL, "reader": ("read",)}
_SIZES: Final = {
    "binance": (64, 64),
    "bybit": (18, 36),
    "okx": (36, 32),
    "mexc": (17, 32),
    "kraken": (56, 88),
}
"""Letters of key and secret by venue."""


class ApiKey(msgspec.Struct):
    """`nonce` is the highest that was used (venues that want it to grow)."""

    name: str
    key: str
    secret: str
    passphrase: str
    permissions: tuple[str, ...]
    nonce: int = 0

    def may(self, permission: str) -> bool:
        return permission in self.permissions


class Keyring:
    """Three keys: `trader` (read, trade, transfer), `owner` (all) and `reader`."""

    def __init__(self, venue: str, random: randomness.Random) -> None:
        self.keys = {name: _key(venue, name, may, random) for name, may in _SETS.items()}
        self._by_key = {one.key: one for one in self.keys.values()}

    @property
    def trader(self) -> ApiKey:
        return self.keys["trader"]

    def find(self, key: str) -> ApiKey | None:
        return self._by_key.get(key)


def _key(venue: str, name: str, may: tuple[str, ...], random: randomness.Random) -> ApiKey:
    letters = string.ascii_letters + string.digits
    key_size, secret_size = _SIZES.get(venue, (64, 64))
    key = "".join(random.choices(letters, k=key_size))
    secret = "".join(random.choices(letters, k=secret_size))
    if venue == "kraken":
        secret = base64.b64encode(random.randbytes(64)).decode()
    phrase = "".join(random.choices(letters, k=12)) if venue == "okx" else ""
    return ApiKey(name, key, secret, phrase, may)


def hmac_hex(secret: str | bytes, text: str | bytes, digest: str = "sha256") -> str:
    return hmac.new(_bytes(secret), _bytes(text), getattr(hashlib, digest)).hexdigest()


def hmac_base64(secret: str | bytes, text: str | bytes, digest: str = "sha256") -> str:
    return base64.b64encode(
        hmac.new(_bytes(secret), _bytes(text), getattr(hashlib, digest)).digest()
    ).decode()


def same(given: str, wanted: str) -> bool:
    """Compares signatures in constant time; hex in either case must be lowered by the caller."""
    return hmac.compare_digest(given.encode(), wanted.encode())


def in_window(stamp_ms: int, now_ms: int, window_ms: int, ahead_ms: int = 1000) -> bool:
    """Whether a request's time is neither too old nor too far ahead."""
    return now_ms - window_ms <= stamp_ms < now_ms + ahead_ms


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
