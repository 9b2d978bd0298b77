"""What a panic has to do at one venue, from one answer of the venue. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from titan.model.account import Balance, VenueOrder, VenuePosition
from titan.model.fill import Fill
from titan.model.instrument import Instrument, InstrumentKind
from titan.model.money import ZERO, exact
from titan.model.order import Side


class Word(msgspec.Struct, frozen=True):
    """What a venue said of itself in one go."""

    orders: Sequence[VenueOrder]
    positions: Sequence[VenuePosition]
    balances: Sequence[Balance]


class Reduction(msgspec.Struct, frozen=True):
    """A market order that makes something smaller. `ticks` is a price to think of, 0 where none is known."""

    instrument: str
    side: Side
    lots: int
    ticks: int


class Plan(msgspec.Struct, frozen=True):
    """`dust` names what is too small for the venue to take; `strange` what cannot be traded here at all."""

    cancels: Sequence[VenueOrder]
    reductions: Sequence[Reduction]
    dust: Sequence[str]
    strange: Sequence[str]

    @property
    def flat(self) -> bool:
        return not self.cancels and not self.reductions and not self.strange


def plan(
    venue: str,
    word: Word,
    instruments: Mapping[str, Instrument],
    owned: Mapping[str, Decimal],
    prices: Mapping[str, Decimal],
) -> Plan:
    """Cancel everything that rests, close every position, sell what is `owned` of spot coins (base units by
    instrument), as far as it is there. Whatever else is in the wallets is not ours to sell. `prices` by
    instrument are a last resort: a position's mark is better.
    """
    reductions, dust, strange = [], list[str](), list[str]()
    marks = {p.instrument: p.mark for p in word.positions}
    for position in word.positions:
        rules = instruments.get(position.instrument)
        if rules is None or rules.kind is not InstrumentKind.PERP:
            strange.append(f"{position.lots} of {position.instrument}: not traded here, close it by hand")
            continue
        side = Side.SELL if position.lots > 0 else Side.BUY
        reductions.append(_reduction(rules, side, abs(position.lots), position.mark or position.entry))
    free = _free(venue, word.balances)
    for rules in _spots(instruments, owned):
        size = min(owned[rules.id], free.get(rules.base, ZERO))
        price = _price(rules, instruments, marks) or prices.get(rules.id, ZERO)
        lots = rules.lots_within(max(size, ZERO))
        if lots:
            reductions.append(_reduction(rules, Side.SELL, lots, price))
            free[rules.base] -= rules.size(lots)
    takes = []
    for one in reductions:
        rules = instruments[one.instrument]
        small = rules.accepts(one.ticks, one.lots) if one.ticks else _too_few(rules, one.lots)
        if small is not None and rules.kind is InstrumentKind.SPOT:
            dust.append(f"{rules.size(one.lots)} of {rules.id}: {small}")
        else:
            takes.append(one)  # a position may be closed below the minimum: the venue says whether
    return Plan(list(word.orders), takes, dust, strange)


def owned_by(fills: Iterable[Fill], instruments: Mapping[str, Instrument]) -> dict[str, Decimal]:
    """Base units that fills of spot bought and did not sell again, fees in the coin taken off: of each coin
    at a venue under the first of its instruments. What lay in the wallets before is not among them; fills
    of what is not among the `instruments` are passed over.
    """
    sizes: dict[tuple[str, str], Decimal] = {}
    first: dict[tuple[str, str], str] = {}
    for name, rules in sorted(instruments.items()):
        if rules.kind is InstrumentKind.SPOT:
            first.setdefault((rules.venue, rules.base), name)
    with exact():
        for fill in fills:
            found = instruments.get(fill.instrument)
            if found is not None and found.kind is InstrumentKind.SPOT:
                coin = found.venue, found.base
                fee = fill.fee if fill.fee_asset == found.base else ZERO
                sizes[coin] = sizes.get(coin, ZERO) + int(fill.side) * found.size(fill.lots) - fee
    return {first[coin]: size for coin, size in sizes.items() if size > 0}


def is_dust(rules: Instrument, lots: int, ticks: int) -> bool:
    """Whether the venue's minimum alone is why it does not take this."""
    return (rules.accepts(ticks, lots) if ticks else _too_few(rules, lots)) is not None


def _too_few(rules: Instrument, lots: int) -> str | None:
    return None if rules.size(lots) >= rules.min_qty else f"size {rules.size(lots)} is below {rules.min_qty}"


def _reduction(rules: Instrument, side: Side, lots: int, price: Decimal) -> Reduction:
    return Reduction(rules.id, side, lots, rules.nearest_ticks(price) if price > 0 else 0)


def _spots(instruments: Mapping[str, Instrument], owned: Mapping[str, Decimal]) -> list[Instrument]:
    """Each coin through one market, so that it is not sold twice."""
    spots = [i for i in instruments.values() if i.kind is InstrumentKind.SPOT and i.id in owned]
    return sorted(spots, key=lambda i: i.id)


def _free(venue: str, balances: Sequence[Balance]) -> dict[str, Decimal]:
    free: dict[str, Decimal] = {}
    for one in balances:
        if one.wallet in (f"{venue}.spot", f"{venue}.unified", venue):
            free[one.asset] = free.get(one.asset, ZERO) + one.free
    return free


def _price(rules: Instrument, instruments: Mapping[str, Instrument], marks: Mapping[str, Decimal]) -> Decimal:
    """The mark of a perp of the same coin; 0 where there is none."""
    found = (m for i, m in marks.items() if i in instruments and instruments[i].base == rules.base)
    return next(found, ZERO)
