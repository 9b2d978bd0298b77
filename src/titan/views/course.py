"""A pair position as the journal tells it: why it was opened, what was done for it, what it holds."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from titan.model.basis import Basis
from titan.model.fill import Fill
from titan.model.instrument import Instrument, InstrumentKind
from titan.model.money import ZERO, exact
from titan.model.pair import PairEnd, PairIntent, PairOutcome
from titan.model.position import Position
from titan.model.signal import Purpose, Signal

_WISHES: Final = 99
"""The last so many are remembered by their ids, and one more."""


class Course(msgspec.Struct):
    """One holding. `units` are matched ones, by its outcomes; `flight` the intent without an outcome, empty
    for none. `signal` is what raised the wish that opened it; `paid` counts payments of funding.
    """

    id: str
    pair: str
    type: str
    spot: str
    perp: str
    opened_ns: int
    reason: str
    signal: Signal | None = None
    closed_ns: int = 0
    closing: str = ""
    units: int = 0
    planned: int = 0
    flight: str = ""
    purpose: Purpose = Purpose.ENTRY
    clips: int = 0
    aborted: int = 0
    stuck: bool = False
    orders: int = 0
    fills: int = 0
    legs: dict[str, Position] = {}
    basis: Basis = msgspec.field(default_factory=Basis)
    fees: dict[str, Decimal] = {}
    funding: Decimal = ZERO
    paid: int = 0
    reverse: bool = False
    wishes: list[str] = []

    @property
    def seen(self) -> int:
        """Another number once the journal tells more of it."""
        counts = self.orders + self.fills + self.clips + self.aborted + self.paid
        return counts + len(self.wishes) + bool(self.flight) + 2 * bool(self.closed_ns)

    def wished(self, wish: PairIntent) -> None:
        if wish.id not in self.wishes:
            self.wishes = [*self.wishes[-_WISHES:], wish.id]
        self.flight, self.purpose, self.planned = wish.id, wish.purpose, wish.units
        self.reverse = wish.reverse
        if wish.purpose is not Purpose.ENTRY:
            self.closing = wish.reason

    def ended(self, outcome: PairOutcome) -> None:
        entry = outcome.intent.purpose is Purpose.ENTRY
        self.units += outcome.units if entry else -outcome.units
        self.flight = ""
        self.clips += outcome.clips
        self.aborted += outcome.aborted_clips
        self.stuck = self.stuck or outcome.end is PairEnd.NEEDS_OPERATOR
        if self.units == 0:
            self.closed_ns = outcome.at_ns
            self.closing = self.closing or outcome.reason

    def filled(
        self, fill: Fill, rules: Instrument | None, purpose: Purpose | None = None, saga: str = ""
    ) -> None:
        """`purpose` and `saga` are of its order, None and empty where nobody ordered it."""
        self.fills += 1
        self.fees[fill.fee_asset] = self.fees.get(fill.fee_asset, ZERO) + fill.fee
        if rules is None:
            return
        before = self.legs.get(fill.instrument) or Position(fill.instrument)
        self.legs[fill.instrument] = before.filled(rules, fill.side, fill.ticks, fill.lots)
        with exact():
            price = rules.price(fill.ticks) * fill.quote_rate
        self.basis.filled(rules.kind, fill.side, price, rules.size(fill.lots), purpose, saga)

    @property
    def built(self) -> tuple[Decimal, Decimal]:
        """Size and value, at its prices then, of the leg that was built up: of spot, else of the perp."""
        for kind in (InstrumentKind.SPOT, InstrumentKind.PERP):
            lots = self.basis.lots.get((kind, Purpose.ENTRY))
            if lots is not None and lots.size:
                return lots.size, lots.value
        return ZERO, ZERO

    @property
    def entry_basis_bps(self) -> float | None:
        """As a trade's record has it (`model.basis`)."""
        return _told(self.basis.entry_bps)

    def realised(self, quote: str) -> dict[str, Decimal] | None:
        """By source, of one that ended: what its fills made (slippage among it), fees and its share of the
        funding; None where a fee was paid in another asset, whose price no fill tells.
        """
        if any(fee for asset, fee in self.fees.items() if asset != quote):
            return None
        with exact():
            earned = sum((leg.realised for leg in self.legs.values()), ZERO)
            return {"funding": self.funding, "basis": earned, "fees": -self.fees.get(quote, ZERO)}

    @property
    def exit_basis_bps(self) -> float | None:
        return _told(self.basis.exit_bps)


def _told(bps: Decimal | None) -> float | None:
    return None if bps is None else float(bps)
