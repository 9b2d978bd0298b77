"""What is held of one instrument, what it cost, and what reducing it has earned so far.

The rule of average cost, the same for every room that keeps a position (ledger, simulated venue's accounts):

    growing     lots += d; cost += d * lot * price              (all signed: a short has a negative cost)
    reducing    by q of |lots|: released = cost * q / |lots|, rounded half to even to 1e-8;
                all of `cost` when q = |lots|. cost -= released; realised += q's proceeds - released.
    crossing    reduces to flat first, then opens the rest at the fill's price.

The remainder of the rounding stays in `cost`, so for any sequence of fills
`realised + (lots * lot * mark - cost) == sum(-d * lot * price) + lots * lot * mark` exactly.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from titan.model.instrument import Instrument
from titan.model.money import ZERO, exact, portion
from titan.model.order import Side


class Position(msgspec.Struct, frozen=True):
    """`lots` and `cost` are signed (short is negative); cost and realised P&L in the quote, before fees."""

    instrument: str
    lots: int = 0
    cost: Decimal = ZERO
    realised: Decimal = ZERO

    def filled(self, rules: Instrument, side: Side, ticks: int, lots: int) -> Position:
        """The position after a fill of `lots` > 0 at `ticks`; `self` stays as it is."""
        with exact():
            signed = side * lots
            value = rules.notional(ticks, signed)
            if self.lots * side >= 0:
                return Position(self.instrument, self.lots + signed, self.cost + value, self.realised)
            held = abs(self.lots)
            if lots >= held:
                closed = rules.notional(ticks, self.lots)
                earned = closed - self.cost
                return Position(self.instrument, self.lots + signed, closed + value, self.realised + earned)
            released = portion(self.cost, lots, held)
            return Position(
                self.instrument, self.lots + signed, self.cost - released, self.realised - value - released
            )

    def value(self, rules: Instrument, mark: Decimal) -> Decimal:
        """Signed value at `mark` in the quote asset; exact inside `titan.model.money.exact()`."""
        return self.lots * rules.lot * mark

    def unrealised(self, rules: Instrument, mark: Decimal) -> Decimal:
        """Value at `mark` less cost: what closing here would earn before fees."""
        return self.lots * rules.lot * mark - self.cost
