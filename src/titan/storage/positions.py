"""Positions, folded from every fill of the journal: what is held, at which average price, and what was
realised.

These are the fills' own words. What a ledger adds (funding, fees in other assets at their prices, marks) is
not here.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from titan.storage.views import FillView

ZERO = Decimal(0)


class Position(msgspec.Struct):
    """`lots` is signed (+ long), `average_ticks` what the open lots cost each. `realised` is ticks times
    lots, before fees; `fees` by asset, positive when paid."""

    instrument: str
    owner: str
    lots: int = 0
    average_ticks: Decimal = ZERO
    realised: Decimal = ZERO
    bought_lots: int = 0
    sold_lots: int = 0
    fees: dict[str, Decimal] = {}
    fills: int = 0
    last_ns: int = 0

    def add(self, fill: FillView) -> None:
        """By average cost; a fill through zero closes what is held and opens the rest at its own price."""
        signed = fill.lots if fill.side == "buy" else -fill.lots
        price = Decimal(fill.ticks)
        if self.lots * signed < 0:
            closed = min(abs(self.lots), fill.lots)
            sign = 1 if self.lots > 0 else -1
            self.realised += (price - self.average_ticks) * closed * sign
            if fill.lots > closed:
                self.average_ticks = price
            elif self.lots + signed == 0:
                self.average_ticks = ZERO
        else:
            held = abs(self.lots)
            self.average_ticks = (self.average_ticks * held + price * fill.lots) / (held + fill.lots)
        self.lots += signed
        self.bought_lots += max(signed, 0)
        self.sold_lots += max(-signed, 0)
        self.fees[fill.fee_asset] = self.fees.get(fill.fee_asset, ZERO) + fill.fee
        self.fills += 1
        self.last_ns = max(self.last_ns, fill.local_ns)


def positions(fills: Iterable[FillView], *, by_owner: bool = False) -> list[Position]:
    """Of fills in their order, reversed ones left out. By instrument; where asked, by who holds it too."""
    found: dict[tuple[str, str], Position] = {}
    for fill in fills:
        if fill.finality == "reversed":
            continue
        key = fill.instrument, fill.owner if by_owner else ""
        one = found.get(key)
        if one is None:
            one = found[key] = Position(*key, fees={})
        one.add(fill)
    return [found[key] for key in sorted(found)]
