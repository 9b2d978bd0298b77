"""What opens an account at a venue. It shows itself masked, in case a log or an error takes it in."""

from __future__ import annotations

from typing import Final

import msgspec

_SHOWN: Final = 4
_LONG_ENOUGH: Final = 16


class Credentials(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """`name` is the user's own word for the key; `passphrase` is asked for by some venues only."""

    venue: str
    name: str
    key: str
    secret: str
    passphrase: str = ""

    def __repr__(self) -> str:
        return f"Credentials({self.venue}, {self.name}, {mask(self.key)})"

    __str__ = __repr__


def mask(key: str) -> str:
    """The first and last four characters of a key id that is long enough to stay unknown; else none."""
    return f"{key[:_SHOWN]}…{key[-_SHOWN:]}" if len(key) >= _LONG_ENOUGH else "…"
