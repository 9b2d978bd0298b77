"""A pair's round trip as one record, read from the ledger: nothing can be missing or disagree (SEN-P20).

The ledger knows every fill, fee and payment of a holding. What it cannot know (how many clips, why it was
closed) is handed in; all the rest, and the whole of the P&L, is computed here. The five sources sum to
`total` exactly, and the totals of all trades plus the house's P&L are the run's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from titan.model.basis import Basis
from titan.model.errors import LedgerError
from titan.model.instrument import Instrument, InstrumentKind
from titan.model.money import ZERO, exact
from titan.model.pair import PairType
from titan.model.position import Position
from titan.portfolio.ledger import BookedFill, Ledger
from titan.portfolio.nav import Marks, pnl


class TradeRecord(msgspec.Struct, frozen=True):
    """One pair position. Sizes are the largest held of each leg, in base units; money in the currency.

    `closed_ns` is None while a lot is still held. `notional` is the largest cost of the spot leg, of the perp
    where the spot never filled. The basis is perp over spot in bps, in common terms, of the average prices at
    which both legs were built up (entry) and brought down (exit), as `model.basis` counts them; None where
    one of them was not (an aborted or open pair).
    """

    id: str
    pair: str
    type: PairType
    opened_ns: int
    closed_ns: int | None
    spot_size: Decimal
    perp_size: Decimal
    notional: Decimal
    entry_basis_bps: Decimal | None
    exit_basis_bps: Decimal | None
    funding: Decimal
    basis: Decimal
    fees: Decimal
    slippage: Decimal
    transfers: Decimal
    stablecoin: Decimal
    total: Decimal
    clips: int
    aborted: int
    reason: str

    def __post_init__(self) -> None:
        with exact():
            told = self.funding + self.basis + self.fees + self.slippage + self.transfers + self.stablecoin
        if told != self.total:
            raise LedgerError(f"trade {self.id}: its sources sum to {told}, its total is {self.total}")
        if self.closed_ns is not None and self.closed_ns < self.opened_ns:
            raise LedgerError(
                f"trade {self.id}: closed at {self.closed_ns}, before it opened at {self.opened_ns}"
            )
        if not (self.id and self.pair and self.notional > 0 and 0 <= self.aborted <= self.clips):
            raise LedgerError(
                f"trade {self.id!r}: pair {self.pair!r}, notional {self.notional},"
                f" {self.aborted} of {self.clips} clips aborted"
            )


class Story(msgspec.Struct, frozen=True):
    """What only the execution knows of a holding. `reason` is why it was closed, or "" while it is open."""

    clips: int
    aborted: int
    reason: str


def trade_record(ledger: Ledger, owner: str, marks: Marks, story: Story) -> TradeRecord:
    """The record of the holding `owner`, named `BASE:type:serial`; what is still held is valued at `marks`.

    Raises LedgerError for an owner that is no pair position or never had a fill.
    """
    pair, kind = _name(owner)
    fills = ledger.fills(owner)
    if not fills:
        raise LedgerError(f"{owner} never had a fill", remedy="only holdings that traded have a record")
    told = pnl(ledger, marks, owner=owner)
    spot = _Leg.of(fills, ledger.instruments, InstrumentKind.SPOT)
    perp = _Leg.of(fills, ledger.instruments, InstrumentKind.PERP)
    basis = _basis(fills, ledger.instruments)
    held = any(
        abs(size) >= ledger.instruments[key].lot for key, size in ledger.sources(owner).sizes.items() if size
    )
    return TradeRecord(
        id=owner,
        pair=pair,
        type=kind,
        opened_ns=min(row.fill.local_ns for row in fills),
        closed_ns=None if held else max(row.fill.local_ns for row in fills),
        spot_size=spot.size,
        perp_size=perp.size,
        notional=spot.cost or perp.cost,
        entry_basis_bps=basis.entry_bps,
        exit_basis_bps=basis.exit_bps,
        funding=told.funding,
        basis=told.basis,
        fees=told.fees,
        slippage=told.slippage,
        transfers=told.transfers,
        stablecoin=told.stablecoin,
        total=told.total,
        clips=story.clips,
        aborted=story.aborted,
        reason=story.reason,
    )


def trade_records(ledger: Ledger, marks: Marks, stories: Mapping[str, Story]) -> list[TradeRecord]:
    """All holdings of `stories` that ever had a fill, in the order of their opening."""
    found = [
        trade_record(ledger, owner, marks, story) for owner, story in stories.items() if ledger.fills(owner)
    ]
    return sorted(found, key=lambda trade: (trade.opened_ns, trade.id))


class _Leg(msgspec.Struct, frozen=True):
    size: Decimal
    cost: Decimal

    @classmethod
    def of(
        cls, fills: Sequence[BookedFill], instruments: Mapping[str, Instrument], kind: InstrumentKind
    ) -> _Leg:
        size = cost = ZERO
        position: Position | None = None
        with exact():
            for fill in (row.fill for row in fills):
                rules = instruments[fill.instrument]
                if rules.kind is not kind:
                    continue
                position = position or Position(rules.id)
                if position.instrument != rules.id:
                    raise LedgerError(f"a pair with two {kind} legs: {position.instrument} and {rules.id}")
                position = position.filled(rules, fill.side, fill.ticks, fill.lots)
                size = max(size, abs(rules.size(position.lots)))
                cost = max(cost, abs(position.cost) * fill.quote_rate)
        return cls(size, cost)


def _basis(fills: Sequence[BookedFill], instruments: Mapping[str, Instrument]) -> Basis:
    basis = Basis()
    with exact():
        for row in fills:
            fill, rules = row.fill, instruments[row.fill.instrument]
            price = rules.price(fill.ticks) * fill.quote_rate
            basis.filled(rules.kind, fill.side, price, rules.size(fill.lots), row.purpose, row.saga)
    return basis


def _name(owner: str) -> tuple[str, PairType]:
    parts = owner.split(":")
    kinds = {kind.value: kind for kind in PairType}
    if len(parts) != 3 or parts[1] not in kinds:
        raise LedgerError(f"{owner!r} is no pair position", remedy="they are named BASE:type:serial")
    return parts[0], kinds[parts[1]]
