"""The first user of a gateway: no password comes with Titan, whoever started it reads a one-time word."""

from __future__ import annotations

import hmac
import secrets

from titan.api.errors import Forbidden


class FirstWord:
    """A word that is good for one set-up, in memory only; it goes with its process."""

    def __init__(self) -> None:
        self._word = secrets.token_urlsafe(24)

    def __repr__(self) -> str:
        return "FirstWord()"

    @property
    def word(self) -> str:
        """As the address has it that the server prints; empty once it was used."""
        return self._word

    def check(self, given: str) -> None:
        """Raises Forbidden for another one, and where there is none any more."""
        if not self._word or not hmac.compare_digest(self._word.encode(), given.encode()):
            raise Forbidden(
                "this is not the word that the server printed",
                remedy="open the address that `titan up` or `titan api` printed when it started",
                code="setup_token",
            )

    def used(self) -> None:
        self._word = ""
