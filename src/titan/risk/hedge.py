"""Which leg undoes a lean, and by how much. Pure.

A leg that reduces what its holding has comes before one that adds to it, a touch that carries the whole size
before one that does not, and then the cheaper one: half its spread and the taker's fee. Spot that is not held
is never sold, and never more than is held.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec

from titan.model.instrument import Instrument, InstrumentKind
from titan.model.order import OrderType, Side, TimeInForce
from titan.model.signal import Intent, Purpose

THROUGH: Final = 0.005
"""How far through the touch a hedge may trade; what it leaves is hedged at the next look."""


class Leg(msgspec.Struct, frozen=True):
    """An instrument of the base, its touch now, and what the holding that leans has of it (signed)."""

    rules: Instrument
    held: Decimal
    bid: float
    ask: float
    bid_qty: float
    ask_qty: float

    @property
    def mid(self) -> float:
        return self.bid + (self.ask - self.bid) / 2


class Hedge(msgspec.Struct, frozen=True):
    leg: Leg
    side: Side
    lots: int
    reduces: bool


def hedge_of(lean: Decimal, legs: Sequence[Leg]) -> Hedge | None:
    """What takes most of `lean` base units away, never more; None where no leg can take any."""
    side = Side.SELL if lean > 0 else Side.BUY
    found = [hedge for leg in legs if (hedge := _by(leg, side, abs(lean))) is not None]
    return min(found, key=lambda hedge: _rank(hedge, abs(lean)), default=None)


def _by(leg: Leg, side: Side, size: Decimal) -> Hedge | None:
    reduces = leg.held * side < 0
    if reduces:
        size = min(size, abs(leg.held))
    elif leg.rules.kind is InstrumentKind.SPOT and side is Side.SELL:
        return None
    lots = leg.rules.lots_within(size)
    if lots < 1 or leg.rules.accepts(leg.rules.nearest_ticks(leg.mid), lots) is not None:
        return None
    return Hedge(leg, side, lots, reduces)


def _rank(hedge: Hedge, size: Decimal) -> tuple[bool, bool, bool, Decimal, str]:
    leg, rules = hedge.leg, hedge.leg.rules
    shown, most = leg.bid_qty if hedge.side is Side.SELL else leg.ask_qty, rules.size(hedge.lots)
    cost = Decimal((leg.ask - leg.bid) / (leg.ask + leg.bid)) + rules.fees.taker
    return not hedge.reduces, size - most >= rules.lot, Decimal(shown) < most, cost, rules.id


def intent_of(hedge: Hedge, name: str, strategy: str, owner: str) -> Intent:
    """The order: filled at once within the bound, or gone."""
    rules, touch = hedge.leg.rules, hedge.leg
    worst = touch.bid * (1 - THROUGH) if hedge.side is Side.SELL else touch.ask * (1 + THROUGH)
    return Intent(
        id=name,
        strategy=strategy,
        owner=owner,
        instrument=rules.id,
        side=hedge.side,
        lots=hedge.lots,
        purpose=Purpose.HEDGE,
        reference_ticks=rules.nearest_ticks(touch.mid),
        type=OrderType.LIMIT,
        limit_ticks=rules.limit_ticks(worst, hedge.side),
        tif=TimeInForce.IOC,
        reduce_only=hedge.reduces and rules.kind is InstrumentKind.PERP,
    )
