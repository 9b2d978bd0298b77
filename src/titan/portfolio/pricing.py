"""Which instrument says what a coin in a wallet is worth, and the marks that are read for it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from titan.model.errors import LedgerError
from titan.model.instrument import Instrument, InstrumentKind, venue_of
from titan.model.money import STABLECOINS
from titan.portfolio.entries import COUNTER_ACCOUNTS


def wallet_of(rules: Instrument) -> str:
    """`venue.kind`: the wallet that an instrument's fills and fees are paid from."""
    return f"{rules.venue}.{rules.kind}"


def mark_of(marks: Mapping[str, Decimal], instrument: str) -> Decimal:
    """The mark of something that is held; LedgerError when there is none: nothing is valued at a guess."""
    mark = marks.get(instrument)
    if mark is None or not mark.is_finite() or mark <= 0:
        raise LedgerError(f"no mark for {instrument}: {mark}", remedy="give a price for all that is held")
    return mark


class PriceSources:
    """Called with (wallet, asset): the id of the spot instrument that prices it, "" for the currency itself.

    The wallet's own venue first, then the others in alphabetical order; at each, what is quoted in the
    currency before what is quoted in another stablecoin. A stablecoin has one price for all wallets.
    """

    def __init__(self, instruments: Mapping[str, Instrument], currency: str) -> None:
        self._instruments, self._currency = instruments, currency
        self._known: dict[tuple[str, str], str] = {}

    def __call__(self, wallet: str, asset: str) -> str:
        known = self._known.get((wallet, asset))
        if known is None:
            known = self._known[wallet, asset] = self._find(wallet, asset)
        return known

    def _find(self, wallet: str, asset: str) -> str:
        if not wallet or wallet in COUNTER_ACCOUNTS:
            raise LedgerError(
                f"'{wallet}' is not a wallet", remedy="wallets are named venue.kind, as binance.spot"
            )
        if asset == self._currency or asset in STABLECOINS:
            return self.rate(asset)
        venue = venue_of(wallet)
        candidates = [
            (rules.venue != venue, rules.quote != self._currency, rules.id)
            for rules in self._instruments.values()
            if rules.kind is InstrumentKind.SPOT
            and rules.base == asset
            and (rules.quote == self._currency or rules.quote in STABLECOINS)
        ]
        if not candidates:
            raise LedgerError(
                f"nothing prices {asset} in {wallet}",
                remedy=f"add a spot instrument {asset}/{self._currency} to the ledger",
            )
        return min(candidates)[2]

    def rate(self, asset: str) -> str:
        """The spot instrument whose price is that of one unit of the currency `asset`; "" for the ledger's
        own. Raises LedgerError where there is none.
        """
        if asset == self._currency:
            return ""
        found = [
            rules.id
            for rules in self._instruments.values()
            if rules.kind is InstrumentKind.SPOT and rules.base == asset and rules.quote == self._currency
        ]
        if asset not in STABLECOINS or not found:
            raise LedgerError(
                f"nothing says what {asset} is worth in {self._currency}",
                remedy=f"add the spot instrument {asset}{self._currency}, whose price is the rate",
            )
        return min(found)
