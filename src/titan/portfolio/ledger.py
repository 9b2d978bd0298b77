"""The double-entry ledger: what happened to our money, exactly, and why.

Spot fills exchange base for quote between a wallet and the trading account. Perp fills move no principal:
the position keeps lots and cost (`titan.model.position` states the rule of average cost, the same as the
venue's), and what a reduction realises goes to the perp wallet. Fees leave the wallet in their own asset.
Slippage is no account: it is a memo of what the fill's price was worth against the price decided on
(`portfolio.sources`).

What settles in another stablecoin than the ledger's currency is kept in it, and valued at its rate: the price
of the spot instrument of the two, one for all venues.

The ledger records what venues say happened; it does not forbid. A wallet may be overdrawn for a moment when
two reports cross on their way. A booking that makes no sense raises LedgerError and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, Literal

import msgspec

from titan.model.errors import LedgerError
from titan.model.events import Transfer
from titan.model.fill import Fill, FundingPayment
from titan.model.instrument import Instrument, InstrumentKind
from titan.model.money import ONE, STABLECOINS, ZERO, exact, shares
from titan.model.position import Position
from titan.model.signal import Purpose
from titan.portfolio.checks import Event, check_amount, check_fill, economics
from titan.portfolio.entries import (
    CAPITAL,
    FEES,
    FUNDING,
    TRADING,
    TRANSFERS,
    Entries,
    Entry,
    Move,
)
from titan.portfolio.pricing import PriceSources, mark_of, wallet_of
from titan.portfolio.sources import Sources

HOUSE: Final = ""
"""The owner of what belongs to no pair position: deposits, treasury transfers, handed-over dust."""


class BookedFill(msgspec.Struct, frozen=True):
    """A fill as booked: for whom, and the price it had been decided on. `purpose` and `saga` are its order's,
    None and empty where nobody ordered it.
    """

    fill: Fill
    reference_ticks: int
    owner: str
    purpose: Purpose | None = None
    saga: str = ""


class Ledger:
    """Books events and answers what they add up to. `currency` is the asset in which NAV and P&L are told."""

    def __init__(self, instruments: Mapping[str, Instrument], *, currency: str | None = None) -> None:
        quotes = sorted({rules.quote for rules in instruments.values()})
        if currency is None and len(quotes) > 1:
            raise LedgerError(
                f"instruments are quoted in {', '.join(quotes)}", remedy="name the ledger's currency"
            )
        for rules in instruments.values():
            check_amount(rules.tick, f"{rules.id}: tick", positive=True)
            check_amount(rules.lot, f"{rules.id}: lot", positive=True)
        self.instruments: Final = dict(instruments)
        self.currency: Final = currency or (quotes[0] if quotes else "USDT")
        self.priced_by: Final = PriceSources(self.instruments, self.currency)
        self.rates: Final = {
            quote: self.priced_by.rate(quote)
            for quote in quotes
            if quote in STABLECOINS and quote != self.currency
        }
        """By stablecoin other than the currency that instruments are quoted in: what prices it."""
        self.totals: Final = self._no_sources()
        self.rated_at: Final[dict[str, Decimal]] = {}
        """What stablecoins were taken into the books at, by what prices them: that until it speaks."""
        self.deposits = ZERO
        """What was deposited, valued when it came."""
        self.ignored = 0
        """Events that came again under an id already booked."""
        self._entries: Final = Entries()
        self._positions: dict[str, Position] = {}
        self._owners: dict[str, Sources] = {}
        self._holders: dict[str, None] = {}
        self._fills: dict[str, list[BookedFill]] = {}
        self._fill_order: list[BookedFill] = []
        self._booked: dict[tuple[str, str], Event] = {}
        self._deposit_count = 0
        self.version = 0
        """Another after every booking: what was added up at one stays true while it lasts."""

    # -- what happened

    def deposit(
        self, wallet: str, asset: str, amount: Decimal, at_ns: int, *, price: Decimal | None = None
    ) -> None:
        """Capital comes in. A coin needs the `price` at which it is taken into the books."""
        key = self.priced_by(wallet, asset)
        if price is None:
            if key:
                raise LedgerError(f"deposit of {asset}: no price", remedy="give the price it is booked at")
            price = ONE
        check_amount(amount, "deposit", positive=True)
        check_amount(price, "price of the deposit", positive=True)
        if not key and price != ONE:
            raise LedgerError(
                f"deposit of {asset} at price {price}: the ledger's currency is worth 1 of itself"
            )
        moves: list[Move] = [(wallet, asset, amount, HOUSE), (CAPITAL, asset, -amount, HOUSE)]
        with exact():
            self._entries.append(f"deposit:{self._deposit_count + 1}", at_ns, moves)
            self._deposit_count += 1
            self.version += 1
            self.deposits += amount * price
            if key in self.rates.values():
                self.rated_at[key] = price
            for sources in self._shares(HOUSE):
                sources.shift(key, amount, price)
        self._note_holder(HOUSE)

    def book_fill(
        self, fill: Fill, *, reference_ticks: int, owner: str = HOUSE, fee_price: Decimal | None = None,
        purpose: Purpose | None = None, saga: str = "",
    ) -> bool:  # fmt: skip
        """Book one fill; False when it was booked before. `fee_price` only for fees in a third asset."""
        rules = self._rules(fill.instrument)
        if self._again("fill", fill.id, fill):
            return False
        check_fill(fill, rules, reference_ticks)
        wallet = wallet_of(rules)
        paid_by, rate = self._rate(rules, fill.quote_rate)
        fee_key, fee_price = self._fee(fill, rules, wallet, fee_price)
        before = self._positions.get(rules.id) or Position(rules.id)
        with exact():
            after = before.filled(rules, fill.side, fill.ticks, fill.lots)
            size = rules.size(fill.lots * fill.side)
            price = rules.price(fill.ticks)
            moves: list[Move]
            held_as = rules.id
            if rules.kind is InstrumentKind.SPOT:
                base, quote, paid = rules.base, rules.quote, size * price
                held_as = self.held_as(rules)
                moves = [
                    (wallet, base, size, owner), (TRADING, base, -size, owner),
                    (wallet, quote, -paid, owner), (TRADING, quote, paid, owner),
                ]  # fmt: skip
            else:
                earned = after.realised - before.realised
                moves = [(wallet, rules.settle, earned, owner), (TRADING, rules.settle, -earned, owner)]
            if fill.fee:
                moves += [(wallet, fill.fee_asset, -fill.fee, owner), (FEES, fill.fee_asset, fill.fee, owner)]
            self._entries.append(f"fill:{fill.id}", fill.local_ns, moves)
            self.version += 1
            self._positions[rules.id] = after
            reference = rules.price(reference_ticks)
            for sources in self._shares(owner):
                sources.trade(held_as, size, reference * rate, price * rate)
                sources.shift(paid_by, -size * price, rate)
                if fill.fee:
                    sources.pay_fee(fee_key, fill.fee, fee_price)
        self._note_holder(owner)
        booked = BookedFill(fill, reference_ticks, owner, purpose, saga)
        self._booked["fill:" + rules.id, fill.id] = fill
        self._fill_order.append(booked)
        self._fills.setdefault(owner, []).append(booked)
        return True

    def book_funding(self, payment: FundingPayment, *, owner: str | None = None) -> bool:
        """Book one settlement; False when it was booked before.

        Without an `owner` it is shared among those who hold the perp, in proportion to their sizes, each
        share rounded half to even to 1e-8 and the remainder given to the last in alphabetical order.
        """
        rules = self._rules(payment.instrument)
        if self._again("funding", payment.id, payment):
            return False
        check_amount(payment.amount, "funding")
        if rules.kind is not InstrumentKind.PERP or payment.asset != rules.settle:
            raise LedgerError(
                f"funding {payment.id}: {payment.amount} {payment.asset} on {rules.id} is not a perp's"
            )
        wallet = wallet_of(rules)
        key, rate = self._rate(rules, payment.quote_rate)
        with exact():
            dues = [(owner, payment.amount)] if owner is not None else self._split(rules.id, payment.amount)
            moves: list[Move] = []
            for who, share in dues:
                moves += [(wallet, payment.asset, share, who), (FUNDING, payment.asset, -share, who)]
            self._entries.append(f"funding:{payment.id}", payment.local_ns, moves)
            self.version += 1
            for who, share in dues:
                for sources in self._shares(who):
                    sources.earn(key, share, rate)
        self._booked["funding:" + rules.id, payment.id] = payment
        return True

    def book_transfer(self, transfer: Transfer, *, owner: str = HOUSE, price: Decimal | None = None) -> bool:
        """Book one transfer; False when it was booked before.

        The source pays `amount + cost`, the target gets `amount`: 0 where all was lost on the way. A cost in
        a coin needs that coin's `price`, here or in the event.
        """
        if self._again("transfer", transfer.id, transfer):
            return False
        source, target, asset = transfer.source, transfer.target, transfer.asset
        keys = self.priced_by(source, asset), self.priced_by(target, asset)
        check_amount(transfer.amount, "transfer", positive=not transfer.cost)
        check_amount(transfer.cost, "transfer cost")
        if source == target or min(transfer.amount, transfer.cost) < 0:
            said = f"{transfer.amount} from {source} to {target} at cost {transfer.cost}"
            raise LedgerError(f"transfer {transfer.id}: {said}")
        price = transfer.price if price is None else price
        if price is None:
            if keys[0] and transfer.cost:
                raise LedgerError(
                    f"transfer {transfer.id}: cost in {asset}, no price", remedy="give its price"
                )
            price = ONE
        check_amount(price, "price of the transfer", positive=True)
        with exact():
            moves: list[Move] = [
                (source, asset, -transfer.amount - transfer.cost, owner),
                (target, asset, transfer.amount, owner),
                (TRANSFERS, asset, transfer.cost, owner),
            ]
            self._entries.append(f"transfer:{transfer.id}", transfer.local_ns, moves)
            self.version += 1
            for sources in self._shares(owner):
                if keys[0] != keys[1]:
                    sources.shift(keys[0], -transfer.amount, price)
                    sources.shift(keys[1], transfer.amount, price)
                if transfer.cost:
                    sources.pay_transfer(keys[0], transfer.cost, price)
        self._note_holder(owner)
        self._booked["transfer:", transfer.id] = transfer
        return True

    def hand_over(self, owner: str, marks: Mapping[str, Decimal], *, to: str = HOUSE) -> None:
        """Give what `owner` still holds (dust below a lot, a fee taken in the coin) to another, at the marks.

        No money moves and no P&L arises; from here on the owner's P&L is final.
        """
        giver = self._owners.get(owner)
        if giver is None or owner == to:
            return
        left = {key: size for key, size in (*giver.sizes.items(), *giver.money.items()) if size}
        priced = {key: (size, self.worth(key, marks)) for key, size in left.items()}
        taker = self._owners.setdefault(to, self._no_sources())
        self.version += 1
        with exact():
            for key, (size, mark) in priced.items():
                giver.shift(key, -size, mark)
                taker.shift(key, size, mark)
        self._note_holder(owner)
        self._note_holder(to)

    # -- what it adds up to

    @property
    def entries(self) -> Sequence[Entry]:
        return self._entries.lines

    def balance(self, wallet: str, asset: str) -> Decimal:
        return self._entries.balance(wallet, asset)

    def balances(self) -> dict[tuple[str, str], Decimal]:
        """Every wallet and counter account, by (account, asset)."""
        return self._entries.balances()

    def trial_balance(self) -> dict[str, Decimal]:
        return self._entries.trial_balance()

    def position(self, instrument: str) -> Position:
        """The venue's view: net lots and average cost over all owners."""
        return self._positions.get(instrument) or Position(self._rules(instrument).id)

    def positions(self) -> Sequence[Position]:
        return list(self._positions.values())

    def fills(self, owner: str | None = None) -> Sequence[BookedFill]:
        """In the order of booking; of one owner, or of all."""
        return self._fill_order if owner is None else self._fills.get(owner, [])

    def has(self, kind: Literal["fill", "funding", "transfer"], name: str, instrument: str = "") -> bool:
        """Whether this event is in the books; ids of fills and of funding are unique within an instrument."""
        return (f"{kind}:{instrument}", name) in self._booked

    def owners(self) -> Sequence[str]:
        return list(self._owners)

    def holders(self) -> Sequence[str]:
        """Owners that hold anything now: far fewer than `owners()` late in a run."""
        return list(self._holders)

    def sources(self, owner: str) -> Sources:
        """The running sums of one owner; to be read, not written."""
        return self._owners.get(owner) or self._no_sources()

    def holding(self, owner: str, instrument: str) -> Decimal:
        """Signed base units that an owner holds, after fees taken in the coin. Of a spot: of its coin, by
        whatever instrument it was bought.
        """
        return self.sources(owner).sizes.get(self.held_as(self.instruments[instrument]), ZERO)

    def held_as(self, rules: Instrument) -> str:
        """The instrument that prices what this one leaves us with: itself, or for a coin what prices that."""
        if rules.kind is InstrumentKind.SPOT:
            return self.priced_by(wallet_of(rules), rules.base)
        return rules.id

    def worth(self, instrument: str, marks: Mapping[str, Decimal]) -> Decimal:
        """The mark of an instrument in the ledger's currency: times the rate of what it is quoted in."""
        mark = mark_of(marks, instrument)
        key = self.rates.get(self.instruments[instrument].quote)
        return mark * mark_of(marks, key) if key else mark

    def rate(self, asset: str, marks: Mapping[str, Decimal]) -> Decimal:
        """What one unit of a stablecoin is worth in the ledger's currency."""
        key = self.priced_by.rate(asset)
        return mark_of(marks, key) if key else ONE

    # -- within

    def _rules(self, instrument: str) -> Instrument:
        rules = self.instruments.get(instrument)
        if rules is None:
            raise LedgerError(
                f"no instrument {instrument} in this ledger", remedy="give it its rules when it is made"
            )
        if rules.quote != self.currency and rules.quote not in self.rates:
            raise LedgerError(
                f"{instrument} is quoted in {rules.quote}, the ledger in {self.currency}",
                remedy="a currency that is no stablecoin needs a ledger of its own",
            )
        return rules

    def _rate(self, rules: Instrument, rate: Decimal) -> tuple[str, Decimal]:
        """What prices an instrument's quote, and the rate to book it at; "" and 1 for the currency itself."""
        key = self.rates.get(rules.quote, "")
        if key:
            check_amount(rate, f"rate of {rules.quote}", positive=True)
        return key, rate if key else ONE

    def _no_sources(self) -> Sources:
        return Sources(rates=frozenset(self.rates.values()))

    def _shares(self, owner: str) -> tuple[Sources, Sources]:
        if owner not in self._owners:
            self._owners[owner] = self._no_sources()
        return self.totals, self._owners[owner]

    def _note_holder(self, owner: str) -> None:
        if any(self._owners[owner].sizes.values()):
            self._holders[owner] = None
        else:
            self._holders.pop(owner, None)

    def _again(self, kind: str, key: str, event: Event) -> bool:
        where = "" if isinstance(event, Transfer) else event.instrument
        booked = self._booked.get((f"{kind}:{where}", key))
        if booked is None:
            return False
        if economics(booked) != economics(event):
            raise LedgerError(f"{kind} {key} came twice with different contents: {booked} and {event}")
        self.ignored += 1
        return True

    def _split(self, instrument: str, amount: Decimal) -> list[tuple[str, Decimal]]:
        holders = sorted(who for who in self._holders if self.holding(who, instrument))
        parts = shares(amount, [self.holding(who, instrument) for who in holders])
        return list(zip(holders, parts, strict=True)) if parts else [(HOUSE, amount)]

    def _fee(
        self, fill: Fill, rules: Instrument, wallet: str, fee_price: Decimal | None
    ) -> tuple[str, Decimal]:
        key = self.priced_by(wallet, fill.fee_asset)
        if not key:
            return key, ONE
        if fill.fee_asset == rules.quote:
            return key, fill.quote_rate
        if fill.fee_asset == rules.base:
            with exact():
                return key, rules.price(fill.ticks) * self._rate(rules, fill.quote_rate)[1]
        if fee_price is None:
            raise LedgerError(
                f"fill {fill.id}: fee in {fill.fee_asset} without its price", remedy="give `fee_price`"
            )
        check_amount(fee_price, "fee price", positive=True)
        return key, fee_price
