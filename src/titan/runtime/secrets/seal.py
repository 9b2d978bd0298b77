"""One encrypted document: AES-256-GCM under a key that Argon2id makes of a password.

Argon2id with 64 MiB, 3 passes and 4 lanes, the second recommended option of RFC 9106, section 4; salt and
nonce are new for every write. The cost parameters stand in the file and are bound to the content (additional
data), so they can be raised later and not lowered by somebody else.
"""

from __future__ import annotations

import os
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from titan.model.errors import ConfigError

FORMAT: Final = "titan.vault.1"
_KEY_BYTES: Final = 32
_MOST: Final = (4 * 1024 * 1024, 64, 64)
"""Larger costs are no vault of ours: a changed file must not make us work for hours."""


class Cost(msgspec.Struct, frozen=True):
    """What one guess at the password costs."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 4


class Sealed(msgspec.Struct, frozen=True):
    """The document as it stands in a file; `content` is ciphertext and tag."""

    format: str
    cost: Cost
    salt: bytes
    nonce: bytes
    content: bytes


def seal(plain: bytes, password: str, cost: Cost | None = None) -> bytes:
    """The file's bytes (JSON)."""
    cost = cost or Cost()
    salt, nonce = os.urandom(16), os.urandom(12)
    content = AESGCM(_key(password, salt, cost)).encrypt(nonce, plain, _bound(cost, salt))
    return msgspec.json.format(msgspec.json.encode(Sealed(FORMAT, cost, salt, nonce, content))) + b"\n"


def unseal(sealed: bytes, password: str, name: str) -> bytes:
    """The plain content. Raises ConfigError for a file that is no vault, and for a wrong password.

    A wrong password costs the same time as the right one, whatever it shares with it: the whole key
    derivation runs and the tag is compared by the cipher in constant time.
    """
    try:
        document = msgspec.json.decode(sealed, type=Sealed)
    except msgspec.DecodeError as e:
        raise ConfigError(f"{name} is no vault: {e}", remedy="restore it from a copy") from e
    cost = document.cost
    if document.format != FORMAT or not _bearable(cost) or len(document.nonce) != 12:
        raise ConfigError(f"{name} is no vault of a format that this version knows ({FORMAT})")
    try:
        key = _key(password, document.salt, cost)
        return AESGCM(key).decrypt(document.nonce, document.content, _bound(cost, document.salt))
    except (InvalidTag, ValueError) as e:
        raise ConfigError(
            f"the password does not open {name}, or the file was changed",
            remedy="try again; if the password is lost, remove the file and add the keys anew",
        ) from e


def _bearable(cost: Cost) -> bool:
    kib, passes, lanes = cost.memory_kib, cost.passes, cost.lanes
    return (
        all(1 <= n <= most for n, most in zip((kib, passes, lanes), _MOST, strict=True)) and kib >= 8 * lanes
    )


def _key(password: str, salt: bytes, cost: Cost) -> bytes:
    kdf = Argon2id(
        salt=salt, length=_KEY_BYTES, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory_kib
    )
    return kdf.derive(password.encode())


def _bound(cost: Cost, salt: bytes) -> bytes:
    return msgspec.json.encode((FORMAT, cost, salt))
