"""What the ledger is worth at given prices, how it leans, and where its profit came from. All exact.

`marks` maps instrument ids to prices. Spot holdings are worth their spot price, a perp its unrealised P&L.
A missing mark for something that is held raises LedgerError: nothing is ever valued at a guess.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from decimal import Decimal

import msgspec

from titan.model.instrument import InstrumentKind
from titan.model.money import ZERO, exact
from titan.portfolio.entries import COUNTER_ACCOUNTS
from titan.portfolio.ledger import Ledger
from titan.portfolio.pricing import mark_of
from titan.portfolio.sources import Sources

Marks = Mapping[str, Decimal]


class PnL(msgspec.Struct, frozen=True):
    """Profit by source in the ledger's currency, negative when paid; `portfolio.sources` defines each."""

    funding: Decimal = ZERO
    basis: Decimal = ZERO
    fees: Decimal = ZERO
    slippage: Decimal = ZERO
    transfers: Decimal = ZERO
    stablecoin: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        with exact():
            return sum((getattr(self, name) for name in self.__struct_fields__), ZERO)

    def __add__(self, other: PnL) -> PnL:
        with exact():
            return PnL(*(getattr(self, n) + getattr(other, n) for n in self.__struct_fields__))


class Delta(msgspec.Struct, frozen=True):
    """How far the portfolio moves with prices: by base in base units and in currency, and in all."""

    base: dict[str, Decimal]
    usd: dict[str, Decimal]
    total_usd: Decimal


def nav(ledger: Ledger, marks: Marks) -> Decimal:
    """Wallets at spot prices plus the unrealised P&L of perps, in the ledger's currency."""
    total = ZERO
    with exact():
        for (wallet, asset), amount in ledger.balances().items():
            if amount and wallet not in COUNTER_ACCOUNTS:
                key = ledger.priced_by(wallet, asset)
                total += amount * ledger.worth(key, marks) if key else amount
        for position in ledger.positions():
            rules = ledger.instruments[position.instrument]
            if position.lots and rules.kind is InstrumentKind.PERP:
                gained = position.unrealised(rules, mark_of(marks, rules.id))
                total += gained * ledger.rate(rules.settle, marks)
    return total


def coin_worth(ledger: Ledger, base: str, marks: Marks) -> Decimal | None:
    """One price of a coin in the ledger's currency, for all that is held of it, so that a basis is no lean:
    the first there is, of a spot market where that has one; None where there is none.
    """
    rules = [i for i in ledger.instruments.values() if i.base == base and i.id in marks]
    rules.sort(key=lambda i: i.kind is not InstrumentKind.SPOT)
    for one in rules:
        key = ledger.rates.get(one.quote)
        if key is None or key in marks:
            with exact():
                return ledger.worth(one.id, marks)
    return None


def delta(ledger: Ledger, marks: Marks) -> Delta:
    """Coins held plus perp sizes, by base; in currency each leg at its own mark."""
    base: dict[str, Decimal] = {}
    usd: dict[str, Decimal] = {}
    with exact():
        for coin, size, mark in _exposures(ledger, marks):
            base[coin] = base.get(coin, ZERO) + size
            usd[coin] = usd.get(coin, ZERO) + size * mark
        return Delta(base, usd, sum(usd.values(), ZERO))


def gross_exposure(ledger: Ledger, marks: Marks) -> Decimal:
    """The sum of the absolute values of all coins and perp positions: the numerator of leverage."""
    with exact():
        return sum((abs(size) * mark for _, size, mark in _exposures(ledger, marks)), ZERO)


def pnl(ledger: Ledger, marks: Marks, *, owner: str | None = None) -> PnL:
    """By source, of one owner or of all; the whole sums exactly to NAV less deposits."""
    return _pnl(ledger, ledger.totals if owner is None else ledger.sources(owner), marks)


def pnl_by_owner(ledger: Ledger, marks: Marks) -> dict[str, PnL]:
    """Every owner's P&L; their sum is `pnl(ledger, marks)` exactly, source by source."""
    return {owner: _pnl(ledger, ledger.sources(owner), marks) for owner in ledger.owners()}


def _pnl(ledger: Ledger, sources: Sources, marks: Marks) -> PnL:
    with exact():
        value = money = ZERO
        for instrument, size in sources.sizes.items():
            if size:
                value += size * ledger.worth(instrument, marks)
        for key, amount in sources.money.items():
            if amount:
                money += amount * mark_of(marks, key)
        return PnL(
            funding=sources.funding,
            basis=value - sources.outlay,
            fees=sources.fees,
            slippage=sources.slippage,
            transfers=sources.transfers,
            stablecoin=money - sources.money_outlay,
        )


def _exposures(ledger: Ledger, marks: Marks) -> list[tuple[str, Decimal, Decimal]]:
    """(base, signed size, mark in the currency) of every coin and perp held; to be called inside `exact()`.
    Stablecoins are money: they neither lean nor count as exposure.
    """
    found: list[tuple[str, Decimal, Decimal]] = []
    for (wallet, asset), amount in ledger.balances().items():
        if amount and wallet not in COUNTER_ACCOUNTS and asset not in (ledger.currency, *ledger.rates):
            found.append((asset, amount, ledger.worth(ledger.priced_by(wallet, asset), marks)))
    for position in ledger.positions():
        rules = ledger.instruments[position.instrument]
        if position.lots and rules.kind is InstrumentKind.PERP:
            found.append((rules.base, rules.size(position.lots), ledger.worth(rules.id, marks)))
    return found


def paid_at(ledger: Ledger, but: Container[str] = ()) -> dict[str, Decimal]:
    """What each position that stands cost, a unit on average, to the tick; `but` those left out."""
    found = {}
    for one in ledger.positions():
        if one.lots and one.instrument not in but:
            rules = ledger.instruments[one.instrument]
            found[one.instrument] = rules.price(rules.nearest_ticks(one.cost / rules.size(one.lots)))
    return found
