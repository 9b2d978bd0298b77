"""Which spot and which perp a pair is opened with, by all-in price (SEN-5). Pure.

    all-in [bps] = (perp - spot) / reference - fees + funding - withdrawals

where both prices are what walking the books for one clip would get, in the ledger's currency; fees are four
taker fees, for what is opened is closed again; funding is what the short is expected to receive while the
pair is held; and withdrawals are what moving quote between two venues costs in that time. The reference is
the spot price of the pair that gave the signal, so that all routes of a decision are measured with one rule.

A pair over two venues drifts: when prices rise, spot gains at one venue what the short loses at the other,
and no internal transfer can even that out. So a cross route pays for withdrawals, at least one for each
holding, and has to be better than the best single venue by a hurdle; else the single venue is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec

from titan.model.instrument import Instrument
from titan.model.routing import Route

BPS: Final = 10_000.0


class Leg(msgspec.Struct, frozen=True):
    """One instrument as it could be traded now: the volume-weighted price of a clip, in the ledger's
    currency. `why` says why it cannot be, and is empty where it can.
    """

    rules: Instrument
    price: float = 0.0
    funding_bps: float = 0.0
    """Of a perp: expected while the pair is held, positive when a short receives it."""
    why: str = ""


class Economics(msgspec.Struct, frozen=True):
    """What a route costs beside its prices. Amounts in the ledger's currency, `notional` that of one leg."""

    notional: Decimal
    hold_hours: float
    rebalance_hours: float
    """How long a pair over two venues is expected to stand until quote has to be moved."""
    hurdle_bps: float
    withdrawal: Decimal
    """What one withdrawal costs where `withdrawals` says nothing."""
    withdrawals: Mapping[str, Decimal] = {}
    """By `venue ASSET`."""

    def withdrawal_of(self, rules: Instrument) -> Decimal:
        return self.withdrawals.get(f"{rules.venue} {rules.quote}", self.withdrawal)

    def transfer_bps(self, spot: Instrument, perp: Instrument) -> float:
        """Withdrawals over the expected holding: as many as rebalancing takes, at least one, half of them in
        each direction; 0 at one venue.
        """
        if spot.venue == perp.venue:
            return 0.0
        times = max(1.0, self.hold_hours / self.rebalance_hours)
        mean = float(self.withdrawal_of(spot) + self.withdrawal_of(perp)) / 2.0
        return times * mean / float(self.notional) * BPS


class Choice(NamedTuple):
    """`taken` is `single`, `cross` or None."""

    taken: Route | None
    single: Route | None
    cross: Route | None
    out: tuple[Route, ...]
    reason: str


def priced(spot: Leg, perp: Leg, reference: float, economics: Economics, missing: str = "") -> Route:
    """The all-in price of one route. `missing` is what the wallets lack for it."""
    why = spot.why or perp.why or missing
    if why:
        return Route(spot.rules.id, perp.rules.id, why=why)
    basis = (perp.price - spot.price) / reference * BPS
    fees = 2.0 * float(spot.rules.fees.taker) * spot.price + 2.0 * float(perp.rules.fees.taker) * perp.price
    costs = fees / reference * BPS
    transfer = economics.transfer_bps(spot.rules, perp.rules)
    all_in = basis - costs + perp.funding_bps - transfer
    return Route(spot.rules.id, perp.rules.id, basis, costs, perp.funding_bps, transfer, all_in)


def choose(routes: Iterable[Route], hurdle_bps: float) -> Choice:
    """The best single venue, unless two venues are better by at least the hurdle."""
    known = list(routes)
    single = best([r for r in known if not r.why and not r.cross])
    cross = best([r for r in known if not r.why and r.cross])
    out = tuple(r for r in known if r.why)
    if single is None:
        # Nothing to fall back on is nothing to beat: the hurdle could not be judged.
        return Choice(None, None, cross, out, "no single venue can carry it")
    if cross is None:
        return Choice(single, single, None, out, "no route over two venues")
    gain = cross.all_in_bps - single.all_in_bps
    if gain >= hurdle_bps and gain > 0.0:
        return Choice(cross, single, cross, out, f"two venues are {gain:.2f} bps better")
    return Choice(single, single, cross, out, f"two venues are {gain:+.2f} bps, which is below the hurdle")


def best(routes: Sequence[Route]) -> Route | None:
    """The highest all-in price; of equal ones the first by name."""
    return min(routes, key=lambda r: (-r.all_in_bps, r.spot, r.perp), default=None)
