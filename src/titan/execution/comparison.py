"""The ledger beside a venue's own word, to the last unit. Pure: figures in, figures that differ out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from titan.model.account import Balance, VenuePosition
from titan.model.instrument import Instrument, InstrumentKind, venue_of
from titan.model.money import ZERO, exact
from titan.model.pair import TransferIntent
from titan.model.recovery import Baseline
from titan.portfolio.ledger import Ledger

Baselines = Mapping[tuple[str, str], Baseline]


class Gap(msgspec.Struct, frozen=True):
    """`theirs` and `ours` of one subject: signed lots of an instrument, or an amount of `wallet asset`."""

    subject: str
    ours: Decimal
    theirs: Decimal

    @property
    def size(self) -> Decimal:
        """What the venue has more than we thought."""
        return self.theirs - self.ours


def position_gaps(
    ledger: Ledger, venue: str, positions: Iterable[VenuePosition], baselines: Baselines
) -> list[Gap]:
    """Instruments whose net lots differ, those that the ledger does not know included."""
    theirs: dict[str, int] = {}
    for one in positions:  # long and short of one instrument are two, in a hedge mode
        theirs[one.instrument] = theirs.get(one.instrument, 0) + one.lots
    perps = [i.id for i in ledger.instruments.values() if i.venue == venue and i.kind is InstrumentKind.PERP]
    gaps = []
    for instrument in sorted({*theirs, *perps}):
        ours = ledger.position(instrument).lots if instrument in ledger.instruments else 0
        other = _of(baselines, venue, instrument)
        gap = Gap(instrument, Decimal(ours) + other, Decimal(theirs.get(instrument, 0)))
        if gap.size:
            gaps.append(gap)
    return gaps


def balance_gaps(
    ledger: Ledger,
    venue: str,
    balances: Sequence[Balance],
    baselines: Baselines,
    tolerance: Mapping[str, Decimal],
) -> list[Gap]:
    """`wallet asset` of every asset that the run trades or the ledger holds there, beyond its tolerance.

    Where the venue reports one wallet for all trading, our spot and perp wallets are compared with it as one.
    """
    with exact():
        theirs: dict[tuple[str, str], Decimal] = {}
        for one in balances:
            theirs[one.wallet, one.asset] = theirs.get((one.wallet, one.asset), ZERO) + one.total
        wallets = {one.wallet for one in balances}
        ours: dict[tuple[str, str], Decimal] = {}
        for (wallet, asset), amount in _held(ledger, venue).items():
            key = (wallet_there(venue, wallet, wallets), asset)
            ours[key] = ours.get(key, ZERO) + amount
        gaps = []
        for wallet, asset in sorted(ours):
            subject = f"{wallet} {asset}"
            mine = ours[wallet, asset] + _of(baselines, venue, subject)
            gap = Gap(subject, mine, theirs.get((wallet, asset), ZERO))
            if abs(gap.size) > tolerance.get(asset, tolerance.get("", ZERO)):
                gaps.append(gap)
    return gaps


def wallet_there(venue: str, wallet: str, told: Iterable[str]) -> str:
    """The venue's wallet in which ours is kept: itself, or the one that serves all."""
    names = set(told)
    for one in (wallet, f"{venue}.unified", venue):
        if one in names:
            return one
    return f"{venue}.unified" if wallet not in names and any("unified" in n for n in names) else wallet


def transfer_gaps(
    venue: str, wish: TransferIntent, gaps: Sequence[Gap], told: Iterable[str]
) -> tuple[Gap, Gap] | None:
    """The two gaps that this transfer alone explains: it was booked at the venue and not here. Else None."""
    names, amount = list(told), Decimal(wish.amount)
    source = f"{wallet_there(venue, wish.source, names)} {wish.asset}"
    target = f"{wallet_there(venue, wish.target, names)} {wish.asset}"
    by = {g.subject: g for g in gaps}
    out, into = by.get(source), by.get(target)
    if source == target or out is None or into is None:
        return None
    return (out, into) if out.size == -amount and into.size == amount else None


def withdrawal_gap(wish: TransferIntent, wallet: str, gap: Gap, *, left_books: bool) -> str:
    """What a gap in one of its wallets tells of a withdrawal under way; "" where it is not of it alone.
    `left_books`: in our books it has left its source.
    """
    amount = Decimal(wish.amount)
    if wallet == wish.target:
        return "it arrived, by the balances" if ZERO < gap.size <= amount else ""
    if left_books:
        return "it came back, by the balances" if gap.size == amount else ""
    return "it left, by the balances" if gap.size == -amount else ""


def _held(ledger: Ledger, venue: str) -> dict[tuple[str, str], Decimal]:
    """(wallet, asset) of the ledger at this venue; what is traded there counts with 0 where nothing is."""
    found: dict[tuple[str, str], Decimal] = {}
    for rules in ledger.instruments.values():
        if rules.venue == venue:
            for asset in _assets(rules):
                found[f"{venue}.{rules.kind}", asset] = ZERO
    for (account, asset), amount in ledger.balances().items():
        if venue_of(account) == venue and "." in account:
            found[account, asset] = amount
    return found


def _assets(rules: Instrument) -> tuple[str, ...]:
    return (rules.base, rules.quote) if rules.kind is InstrumentKind.SPOT else (rules.settle,)


def _of(baselines: Baselines, venue: str, subject: str) -> Decimal:
    known = baselines.get((venue, subject))
    return known.amount if known is not None else ZERO
