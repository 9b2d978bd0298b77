"""The text parameters of a request, read as what they must be. Binance and MEXC share it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from titan.doubles.market_text import MS
from titan.doubles.world import World

_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")
_LARGEST: Final = 10**10
"""So that whole ticks and lots stay within 64 bits."""
_FOREVER_MS: Final = 10**17


class Parameters(msgspec.Struct):
    """A venue says by `missing` and `illegal` what it answers."""

    world: World
    params: Mapping[str, str]

    def missing(self, name: str) -> Exception:
        raise NotImplementedError

    def illegal(self, name: str) -> Exception:
        raise NotImplementedError

    def text(self, name: str) -> str:
        """A parameter that must be there."""
        value = self.params.get(name, "")
        if not value:
            raise self.missing(name)
        return value

    def number(self, name: str) -> Decimal | None:
        """None for one that is not there."""
        try:
            value = Decimal(self.params[name]) if self.params.get(name) else None
        except InvalidOperation:
            raise self.illegal(name) from None
        if value is not None and not (value.is_finite() and abs(value) < _LARGEST):
            raise self.illegal(name)
        return value

    def integer(self, name: str, default: int = 0) -> int:
        given = self.params.get(name, "")
        if given and not _INTEGER.fullmatch(given):
            raise self.illegal(name)
        return int(given or default)

    def limit(self, default: int, most: int) -> int:
        """How many rows: 1 to `most`."""
        return min(max(self.integer("limit", default), 1), most)

    def within(self, at_ns: int) -> bool:
        """Whether a moment lies between `startTime` and `endTime`."""
        return self.integer("startTime") <= at_ns // MS <= self.integer("endTime", _FOREVER_MS)
