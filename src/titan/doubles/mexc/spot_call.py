"""A request of spot's REST API as its answers see it, and what a path needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

import msgspec

from titan.doubles.keys import ApiKey
from titan.doubles.market_text import MarketText
from titan.doubles.mexc.errors import BAD_SYMBOL, illegal, missing
from titan.doubles.world import World

Body = dict[str, object]
Permission = Literal["", "read", "trade", "transfer", "withdraw"]
MS: Final = 1_000_000
_FOREVER: Final = 1 << 62


class Call(msgspec.Struct):
    """`listing` are the spot markets by symbol."""

    world: World
    listing: Mapping[str, MarketText]
    params: Mapping[str, str]
    key: ApiKey | None = None

    def text(self, name: str) -> str:
        """A parameter that must be there."""
        if not self.params.get(name):
            raise missing(name)
        return self.params[name]

    def number(self, name: str) -> Decimal | None:
        """None for one that is not there."""
        if not self.params.get(name):
            return None
        try:
            value = Decimal(self.params[name])
        except InvalidOperation:
            raise illegal(name) from None
        if not value.is_finite():
            raise illegal(name)
        return value

    def whole(self, name: str, default: int) -> int:
        """A number without sign or fraction."""
        given = self.params.get(name) or str(default)
        if not re.fullmatch(r"[0-9]{1,18}", given):
            raise illegal(name)
        return int(given)

    def limit(self, default: int, most: int) -> int:
        return max(min(self.whole("limit", default), most), 1)

    def within(self, at_ns: int) -> bool:
        """Whether a moment lies between `startTime` and `endTime`."""
        return self.whole("startTime", 0) <= at_ns // MS <= self.whole("endTime", _FOREVER // 10)

    def market(self) -> MarketText:
        return self._listed(self.text("symbol"))

    def markets(self) -> list[MarketText]:
        """Those of `symbol` or `symbols`, apart by commas; all when none is named."""
        named = self.params.get("symbol") or self.params.get("symbols")
        return [self._listed(one) for one in named.split(",")] if named else list(self.listing.values())

    def _listed(self, symbol: str) -> MarketText:
        if symbol not in self.listing:
            raise BAD_SYMBOL
        return self.listing[symbol]


class Endpoint(msgspec.Struct, frozen=True):
    """What answers a path, which permission of the key it needs ("" for none), and its weight."""

    answer: Callable[[Call], object]
    permission: Permission = ""
    weight: int = 1


Table = dict[tuple[str, str], Endpoint]
"""By (method, path)."""
