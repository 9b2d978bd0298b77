"""Wallets and positions of the simulated venue, exact, booked from its reports.

A perp position carries the cost of its lots. Closing part of it releases that part of the cost, rounded to
1e-8; the rest stays with the position, so over any sequence of fills the released costs and what is still
held sum exactly to what was paid. Fees are notional times rate, unrounded unless asked for; funding is
rounded to 1e-8, as venues do.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import msgspec

from titan.model.errors import VenueRefused
from titan.model.instrument import Instrument, InstrumentKind
from titan.simulation.models import Models
from titan.simulation.setup import initial_rate, wallet_of

CENT: Final = Decimal("1e-8")
ZERO: Final = Decimal(0)

Key = tuple[str, str]


class Position(msgspec.Struct):
    """`cost` is the notional at which the held lots were opened; `margin` is what isolated margin set
    aside.
    """

    lots: int = 0
    cost: Decimal = ZERO
    margin: Decimal = ZERO


class Accounts:
    """Balances by (wallet, asset); wallets are `<venue>.spot` and `<venue>.perp`. With `round_fees` a fee is
    what a venue can say of it: a whole number of 1e-8.
    """

    def __init__(
        self, instruments: Sequence[Instrument], models: Models, *, round_fees: bool = False
    ) -> None:  # fmt: skip
        self._round_fees = round_fees
        self._instruments = tuple(instruments)
        self._isolated = models.margin == "isolated"
        self._checked = models.margin != "none"
        self._initial = [initial_rate(one, models.leverage) for one in instruments]
        self._wallets = [wallet_of(one) for one in instruments]
        self._balances: dict[Key, Decimal] = {}
        self.positions = [Position() for _ in instruments]
        self.absorbed = ZERO
        """What the insurance fund paid for bankrupt positions."""

    def balances(self) -> dict[Key, Decimal]:
        """A copy of all balances, those at zero included once they were touched."""
        return dict(self._balances)

    def add(self, wallet: str, asset: str, amount: Decimal) -> None:
        """Change one balance."""
        self._balances[wallet, asset] = self._balances.get((wallet, asset), ZERO) + amount

    def restore(self, inst: int, lots: int, cost: Decimal) -> None:
        """A position of before a restart; a short's `cost` may be negative, as the ledger has it."""
        margin = abs(cost) * self._initial[inst] if self._isolated else ZERO
        self.positions[inst] = Position(lots, abs(cost), margin)

    def book_fill(self, inst: int, side: int, ticks: int, lots: int, rate: Decimal) -> Decimal:
        """Book one fill at a fee rate; returns the fee, in the quote asset."""
        instrument, wallet = self._instruments[inst], self._wallets[inst]
        notional = instrument.notional(ticks, lots)
        fee = notional * rate
        if self._round_fees:
            fee = fee.quantize(CENT, rounding=ROUND_HALF_EVEN)
        if instrument.kind is InstrumentKind.SPOT:
            self.positions[inst].lots += side * lots
            self.add(wallet, instrument.base, side * instrument.size(lots))
            self.add(wallet, instrument.quote, -side * notional - fee)
        else:
            self.add(wallet, instrument.settle, self._move(inst, side, ticks, lots) - fee)
        return fee

    def _move(self, inst: int, side: int, ticks: int, lots: int) -> Decimal:
        """Change a perp position; returns what was realised."""
        instrument, position = self._instruments[inst], self.positions[inst]
        gained = ZERO
        held = abs(position.lots)
        opened = lots
        if position.lots * side < 0:
            closed = min(lots, held)
            opened = lots - closed
            released = _part(position.cost, closed, held)
            position.cost -= released
            position.margin -= _part(position.margin, closed, held)
            gained = (instrument.notional(ticks, closed) - released) * -side
        if opened:
            notional = instrument.notional(ticks, opened)
            position.cost += notional
            if self._isolated:
                position.margin += notional * self._initial[inst]
        position.lots += side * lots
        return gained

    def book_liquidation(self, inst: int, side: int, ticks: int, lots: int, last: bool) -> Decimal:
        """Book a forced close; returns its fee less what the insurance fund absorbed of the loss.

        Isolated: the loss beyond the position's margin is absorbed. Cross: when `last` of its wallet, what is
        below 0.
        """
        instrument, wallet = self._instruments[inst], self._wallets[inst]
        key = (wallet, instrument.settle)
        before = self._balances.get(key, ZERO) - self.positions[inst].margin
        fee = self.book_fill(inst, side, ticks, lots, instrument.liquidation_fee)
        left = self._balances[key] - before if self._isolated else self._balances[key]
        short = max(-left, ZERO) if self._isolated or last else ZERO
        self._balances[key] += short
        self.absorbed += short
        return fee - short

    def book_funding(self, inst: int, lots: int, rate: float, mark: float) -> Decimal:
        """Book one settlement on `lots` held; returns the amount, positive when received."""
        instrument = self._instruments[inst]
        value = instrument.size(lots) * Decimal(repr(mark)) * Decimal(repr(rate))
        amount = -value.quantize(CENT, ROUND_HALF_EVEN)
        self.add(self._wallets[inst], instrument.settle, amount)
        return amount

    def transfer(self, asset: str, amount: Decimal, source: str, target: str) -> None:
        """Move money between wallets; raises VenueRefused when the source does not hold it."""
        self.pay_out(asset, amount, source)
        self.add(target, asset, amount)

    def pay_out(self, asset: str, amount: Decimal, source: str) -> None:
        """Take money out of a wallet; raises VenueRefused when it does not hold it."""
        if not amount.is_finite() or amount <= 0:
            raise VenueRefused(f"transfer of {amount} {asset}: the amount must be above zero")
        held = self._balances.get((source, asset), ZERO)
        if self._checked and amount > held:
            raise VenueRefused(f"transfer of {amount} {asset}: {source} holds {held}")
        self.add(source, asset, -amount)


def _part(whole: Decimal, part: int, of: int) -> Decimal:
    return whole if part == of else (whole * part / of).quantize(CENT, ROUND_HALF_EVEN)
