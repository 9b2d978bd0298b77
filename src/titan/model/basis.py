"""What a pair was opened and closed at: perp over spot, of the lots that both legs have.

A saga sends legs and repairs. A leg's order builds the pair up (entry) or brings it down (exit); a repair
completes the leg that lags, or gives back what the other one had too much. So a fill is told apart by what it
was for and by its side, never by its side alone:

    order was for     side as meant            against it
    entry             adds to the entry        gives entry lots back
    exit              adds to the exit         gives exit lots back
    hedge             either of these, of the way its saga goes; without one, of the leg's last fill
    nobody            adds to the entry        adds to the exit (a forced close)

What is given back are the newest lots. Those of one leg that the other does not have yet (a clip under way, a
residual) are passed over too, the newest first: prices of different moments are never compared.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Final

import msgspec

from titan.model.instrument import InstrumentKind
from titan.model.money import ZERO, exact
from titan.model.order import Side
from titan.model.signal import Purpose

BASIS_STEP: Final = Decimal("0.0001")
"""Basis in a record is a measure, not money: rounded to this part of a bps."""


class _Lots(msgspec.Struct):
    """Of one leg, one way: (price, size) of its fills, the newest last."""

    rows: list[tuple[Decimal, Decimal]] = []
    value: Decimal = ZERO
    size: Decimal = ZERO

    def add(self, price: Decimal, size: Decimal) -> None:
        self.value, self.size = self.value + price * size, self.size + size
        if self.rows and self.rows[-1][0] == price:
            size += self.rows.pop()[1]
        self.rows.append((price, size))

    def give_back(self, size: Decimal) -> Decimal:
        """The newest `size` never was; returns how much of it there was not."""
        while size and self.rows:
            price, had = self.rows.pop()
            if had > size:
                self.rows.append((price, had - size))
            taken = min(had, size)
            self.value, self.size, size = self.value - price * taken, self.size - taken, size - taken
        return size

    def first(self, size: Decimal) -> Decimal:
        """The value of the oldest `size`."""
        value, beyond = self.value, self.size - size
        for price, had in reversed(self.rows):
            if beyond <= 0:
                break
            value, beyond = value - price * min(had, beyond), beyond - had
        return value


class Basis(msgspec.Struct):
    """Of one pair position, fill by fill, in the order in which they were heard."""

    opens: Side | None = None
    """The side on which its spot leg is opened: that of the first fill."""
    sagas: dict[str, Purpose] = {}
    last: dict[InstrumentKind, Purpose] = {}
    lots: dict[tuple[InstrumentKind, Purpose], _Lots] = {}

    def filled(
        self, leg: InstrumentKind, side: Side, price: Decimal, size: Decimal, purpose: Purpose | None,
        saga: str = "",
    ) -> None:  # fmt: skip
        """`price` in terms common to both legs, `size` in base units; `purpose` and `saga` of the order, None
        where nobody ordered it.
        """
        way = self._way(leg, side, purpose, saga)
        with exact():
            if side != self._side(leg, way):
                size = self._of(leg, way).give_back(size) if purpose is not None else size
                way = Purpose.EXIT if way is Purpose.ENTRY else Purpose.ENTRY
            if size:
                self._of(leg, way).add(price, size)

    @property
    def entry_bps(self) -> Decimal | None:
        """None where no lot was built up on both legs."""
        return self._bps(Purpose.ENTRY)

    @property
    def exit_bps(self) -> Decimal | None:
        """None where no lot was brought down on both legs."""
        return self._bps(Purpose.EXIT)

    def _way(self, leg: InstrumentKind, side: Side, purpose: Purpose | None, saga: str) -> Purpose:
        if self.opens is None:
            first = side if leg is InstrumentKind.SPOT else side.other
            self.opens = first.other if purpose is Purpose.EXIT else first
        way = purpose or Purpose.ENTRY
        if way is Purpose.HEDGE:
            way = self.sagas.get(saga) or self.last.get(leg, Purpose.ENTRY)
        elif saga:
            self.sagas[saga] = way
        if purpose is not None:
            self.last[leg] = way
        return way

    def _side(self, leg: InstrumentKind, way: Purpose) -> Side:
        assert self.opens is not None
        spot = self.opens if way is Purpose.ENTRY else self.opens.other
        return spot if leg is InstrumentKind.SPOT else spot.other

    def _of(self, leg: InstrumentKind, way: Purpose) -> _Lots:
        return self.lots.setdefault((leg, way), _Lots())

    def _bps(self, way: Purpose) -> Decimal | None:
        spot, perp = (
            self.lots.get((leg, way), _Lots()) for leg in (InstrumentKind.SPOT, InstrumentKind.PERP)
        )
        with exact():
            both = min(spot.size, perp.size)
            paid, got = spot.first(both), perp.first(both)
        if not (paid and got):
            return None
        with localcontext(prec=60, rounding=ROUND_HALF_EVEN):
            return ((got / paid - 1) * 10_000).quantize(BASIS_STEP)
