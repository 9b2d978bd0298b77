"""Where profit and loss come from: running sums for one owner, beside the entries, never in place of them.

For one owner, with `size` what its fills, fees and transfer costs left it holding of each instrument:

    slippage  = sum of signed_size * (reference price - fill price)           negative when fills were worse
    basis     = sum of size * mark - outlay,   outlay = sum of signed_size * reference price
    fees      = - sum of fee * price of the fee's asset when it was paid
    transfers = - sum of cost * price of its asset when it was paid
    funding   = sum of payments

A fee or cost paid in a coin also reduces `size` and, at the same price, `outlay`: from then on the missing
coin's price is the basis' affair.

What is paid and earned in another stablecoin counts at the rate of its moment, so prices and outlay are in
the ledger's currency, and from then on its rate is an affair of its own: with `money` what all this left the
owner holding of stablecoins (a perp's notional is owed or lent in the stablecoin that it settles in),

    stablecoin = sum of money * rate now - sum of money * rate when it came or went

A pair whose legs settle differently has its basis in common terms, the perp's price times the rate, and what
the rate itself did to it stands beside. Each event changes NAV by exactly what it changes here, so the six
sum to NAV less deposits.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from titan.model.money import ZERO


class Sources(msgspec.Struct):
    """Amounts in the ledger's currency; `sizes` in base units by the instrument that prices them."""

    funding: Decimal = ZERO
    fees: Decimal = ZERO
    slippage: Decimal = ZERO
    transfers: Decimal = ZERO
    outlay: Decimal = ZERO
    sizes: dict[str, Decimal] = {}
    money: dict[str, Decimal] = {}
    """Other stablecoins, by the instrument that prices them."""
    money_outlay: Decimal = ZERO
    rates: frozenset[str] = frozenset()
    """The instruments that price stablecoins."""

    def trade(self, instrument: str, size: Decimal, reference: Decimal, price: Decimal) -> None:
        """`size` is signed, in base units; the prices are those decided on and those got."""
        self._add(instrument, size, reference)
        self.slippage += size * (reference - price)

    def earn(self, priced_by: str, amount: Decimal, price: Decimal) -> None:
        """Funding came in (or, negative, was paid), at `price` in the currency."""
        self.funding += amount * price
        self.shift(priced_by, amount, price)

    def pay_fee(self, priced_by: str, amount: Decimal, price: Decimal) -> None:
        """`priced_by` is "" for the ledger's currency."""
        self.fees -= amount * price
        self._give_away(priced_by, amount, price)

    def pay_transfer(self, priced_by: str, cost: Decimal, price: Decimal) -> None:
        self.transfers -= cost * price
        self._give_away(priced_by, cost, price)

    def shift(self, instrument: str, size: Decimal, price: Decimal) -> None:
        """Take over `size` at `price` with no profit or loss in the moment."""
        if instrument and size:
            self._add(instrument, size, price)

    def _add(self, instrument: str, size: Decimal, price: Decimal) -> None:
        if instrument in self.rates:
            self.money[instrument] = self.money.get(instrument, ZERO) + size
            self.money_outlay += size * price
        else:
            self.sizes[instrument] = self.sizes.get(instrument, ZERO) + size
            self.outlay += size * price

    def _give_away(self, priced_by: str, amount: Decimal, price: Decimal) -> None:
        self.shift(priced_by, -amount, price)
