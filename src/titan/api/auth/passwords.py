"""Passwords: the rule that they keep, and their hashes (Argon2id).

One lane, so that a sign-in takes one core from whoever trades beside it, and one sign-in after another. An
unknown name costs the same work as a known one with a wrong password.
"""

from __future__ import annotations

import unicodedata
from typing import Final

import anyio
import anyio.to_thread
import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from titan.api.errors import ApiError, TooMany

SHORTEST: Final = 10
LONGEST: Final = 256
RULE: Final = (
    f"a password has {SHORTEST} characters at least and {LONGEST} at most, and is not the user's name"
)
WAITING: Final = 16
"""More than these are not kept waiting: each holds a connection."""


class Cost(msgspec.Struct, frozen=True):
    """What one guess costs: 2.5 times the least that OWASP asks of Argon2id (19 MiB, 2 passes, 1 lane)."""

    memory_kib: int = 48 * 1024
    passes: int = 2


class Passwords:
    def __init__(self, cost: Cost | None = None) -> None:
        cost = cost or Cost()
        self._hasher = PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=1)
        self._nobody = self._hasher.hash("nobody has this password")
        self._turn = anyio.CapacityLimiter(1)

    def hash(self, password: str, name: str) -> str:
        """Raises ApiError for one that does not keep the rule."""
        plain = _plain(password)
        if not SHORTEST <= len(plain) <= LONGEST or plain.casefold() == name.casefold():
            raise ApiError(
                RULE[0].upper() + RULE[1:],
                remedy="several words in a row are easy to keep in mind",
                code="weak_password",
            )
        return self._hasher.hash(plain)

    def verify(self, hashed: str | None, password: str) -> bool:
        """Whether it is the password. Without a hash (no such user) never, at the same cost."""
        plain = _plain(password)
        try:
            right = self._hasher.verify(hashed or self._nobody, plain[:LONGEST])
        except (VerificationError, InvalidHashError):
            return False
        return right and hashed is not None and len(plain) <= LONGEST

    def outdated(self, hashed: str) -> bool:
        """Whether it was made at another cost than is asked today."""
        return self._hasher.check_needs_rehash(hashed)

    async def verified(self, hashed: str | None, password: str) -> bool:
        """`verify` beside the event loop, when its turn comes. Raises TooMany where too many wait."""
        if self._turn.statistics().tasks_waiting >= WAITING:
            raise TooMany("too many sign-ins at once", retry_after_s=5, remedy="try again in some seconds")
        return await anyio.to_thread.run_sync(self.verify, hashed, password, limiter=self._turn)

    async def hashed(self, password: str, name: str) -> str:
        """`hash` beside the event loop, when its turn comes."""
        return await anyio.to_thread.run_sync(self.hash, password, name, limiter=self._turn)


def _plain(password: str) -> str:
    """The same text for the same keys pressed, whatever the machine composes them to."""
    return unicodedata.normalize("NFKC", password)
