"""The keys that access tokens are signed with: `keys.json`, made at first use."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from titan.api.auth.state import Document
from titan.model.errors import StorageError

FORMAT: Final = "titan.keys.1"
LIFE_S: Final = 600
"""How long an access token is good."""
BYTES: Final = 64
S: Final = 1_000_000_000


class SigningKey(msgspec.Struct, frozen=True):
    """`retired_ns` is 0 for the one that signs; a retired one vouches until its last token has expired."""

    kid: str
    secret: bytes
    made_ns: int
    retired_ns: int = 0

    def __repr__(self) -> str:
        return f"SigningKey(kid={self.kid!r}, retired_ns={self.retired_ns})"


class _Keys(msgspec.Struct):
    """`realm` tells one gateway's tokens and cookies from another's; it stays as keys come and go."""

    format: str = FORMAT
    realm: str = ""
    keys: list[SigningKey] = []


class Keys:
    def __init__(self, folder: Path, now: Callable[[], int]) -> None:
        self._document = Document(folder / "keys.json", _Keys, _Keys)
        self._now = now

    @property
    def realm(self) -> str:
        return self._made().realm

    def signing(self) -> SigningKey:
        """The key that signs today."""
        return self._made().keys[-1]

    def of(self, kid: str) -> SigningKey | None:
        """The key of that name, while it vouches for anything."""
        oldest = self._now() - LIFE_S * S
        for key in self._made().keys:
            if key.kid == kid and (not key.retired_ns or key.retired_ns > oldest):
                return key
        return None

    def rotate(self, *, leaked: bool = False) -> SigningKey:
        """A new key from now on. Tokens of the one before run out, or with `leaked` end at once."""
        now = self._now()
        with self._document.changing() as document:
            kept = [replace(key, retired_ns=key.retired_ns or now) for key in document.keys if not leaked]
            fresh = _made(now)
            document.realm = document.realm or os.urandom(4).hex()
            document.keys = [*(key for key in kept if key.retired_ns > now - LIFE_S * S), fresh]
        return fresh

    def _made(self) -> _Keys:
        document = self._document.read()
        if document.keys:
            return document
        with self._document.changing() as changed:
            if not changed.keys:
                changed.realm = changed.realm or os.urandom(4).hex()
                changed.keys = [_made(self._now())]
        document = self._document.read()
        if not document.keys:
            raise StorageError(
                "the signing key went as soon as it was made", remedy="look at the state folder"
            )
        return document


def _made(now_ns: int) -> SigningKey:
    return SigningKey(os.urandom(4).hex(), os.urandom(BYTES), now_ns)
