"""What a route asks of who calls it, and who vouches for the caller.

Every route declares `opt={"scope": Scope.READ}`. One guard reads that; a route that declares nothing is
refused to everybody.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Protocol

import msgspec


class Scope(StrEnum):
    """`OPEN` needs no token. A user has scopes by name; one does not bring another with it."""

    OPEN = "open"
    READ = "read"
    TRADE = "trade"
    ADMIN = "admin"


SCOPE: Final = "scope"
"""The key of a route's `opt`."""
LOOPBACK: Final = "loopback"
"""Another: set where processes of this machine may ask without a token (not through a proxy)."""


class Who(msgspec.Struct, frozen=True):
    """Whom a token names, until when (ms UTC) and what for; `session` is the sign-in that it goes back to.

    Without a confirmed TOTP code in that session `ADMIN` is not among the scopes, and `held_back` is set.
    """

    name: str
    scopes: frozenset[Scope]
    expires_ms: float
    session: str = ""
    held_back: bool = False


class Gatekeeper(Protocol):
    def check(self, token: str) -> Who:
        """Raises `errors.Unauthorised` for a token that is forged, spent or of nobody (any more)."""
        ...
