"""Any books, fees, wallets and costs at two or three venues, and what their routes are worth by a second
count.
"""

from __future__ import annotations

from decimal import Decimal as D
from fractions import Fraction

from hypothesis import strategies as st

from tests.strategies.sentinel.route_world import Quoted, World, rules
from titan.model.instrument import Instrument, InstrumentKind
from titan.strategies.sentinel.params import SentinelParams

CLIP = D("0.5")
NOTIONAL = D(10_000)
SIZES = st.integers(10, 90)


@st.composite
def books(draw: st.DrawFn) -> dict[Instrument, Quoted]:
    """At each venue a spot and a perp around 10,000, their levels and fees drawn."""
    found: dict[Instrument, Quoted] = {}
    for venue in ("a", "b", "c")[: draw(st.integers(2, 3))]:
        for kind in InstrumentKind:
            taker = draw(st.sampled_from(["0", "0.0002", "0.0005", "0.001"]))
            mid = draw(st.integers(9_988, 10_012))
            found[rules(venue, kind, taker=taker)] = Quoted(
                draw(_levels(mid, -1)), draw(_levels(mid + draw(st.integers(1, 9)), 1))
            )
    return found


def _levels(first: int, step: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    gaps = st.lists(st.tuples(st.integers(1, 20), SIZES), min_size=1, max_size=5)

    def placed(drawn: list[tuple[int, int]]) -> list[tuple[int, int]]:
        px, levels = first, []
        for gap, size in drawn:
            levels.append((px, size))
            px += step * gap
        return levels

    return gaps.map(placed)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Wallets of two or three venues are full, or hold nothing."""
    quoted = draw(books())
    wallets = {
        (f"{one.venue}.{one.kind}", "USDT"): D(0)
        for one in quoted
        if one.venue != "a" and draw(st.integers(0, 5)) == 0
    }
    cost = st.decimals("0", "20", places=2, allow_nan=False)
    params = SentinelParams(
        cross_hurdle_bps=draw(st.sampled_from([0.0, 1.0, 5.0, 25.0])),
        withdrawal_cost=draw(cost),
        withdrawal_costs={"b USDT": draw(cost)},
        hold_hours=draw(st.sampled_from([1.0, 8.0, 400.0])),
        rebalance_days=draw(st.sampled_from([1.0, 7.0])),
    )
    hourly = {one.id: draw(st.floats(-1e-4, 1e-4)) for one in quoted if one.kind is InstrumentKind.PERP}
    known = hourly if draw(st.booleans()) else None
    world = World(quoted, wallets=wallets, params=params, hourly=known)
    world.quoted, world.hourly = quoted, hourly if known else {}  # type: ignore[attr-defined]
    world.empty = {name for name, _ in wallets}  # type: ignore[attr-defined]
    return world


def counted(world: World) -> dict[tuple[str, str], float]:
    """All-in bps by (spot, perp) of every route that can be had, counted from levels with fractions."""
    quoted: dict[Instrument, Quoted] = world.quoted  # type: ignore[attr-defined]
    hourly: dict[str, float] = world.hourly  # type: ignore[attr-defined]
    empty: set[str] = world.empty  # type: ignore[attr-defined]
    p = world.params
    reference = Fraction(next(iter(quoted.values())).asks[0][0])
    found = {}
    for spot, spot_book in quoted.items():
        for perp, perp_book in quoted.items():
            if (spot.kind, perp.kind) != (InstrumentKind.SPOT, InstrumentKind.PERP):
                continue
            buy, sell = _vwap(spot_book.asks), _vwap(perp_book.bids)
            if buy is None or sell is None or f"{spot.venue}.spot" in empty or f"{perp.venue}.perp" in empty:
                continue
            value = sell - buy - 2 * (Fraction(spot.fees.taker) * buy + Fraction(perp.fees.taker) * sell)
            bps = float(value / reference * 10_000)
            bps += hourly.get(perp.id, 0.0) * p.hold_hours * 1e4
            if spot.venue != perp.venue:
                costs = [
                    p.withdrawal_costs.get(f"{v} USDT", p.withdrawal_cost) for v in (spot.venue, perp.venue)
                ]
                times = max(1.0, p.hold_hours / 24 / p.rebalance_days)
                bps -= times * float(sum(costs)) / 2 / float(NOTIONAL) * 1e4
            found[spot.id, perp.id] = bps
    return found


def _vwap(levels: list[tuple[int, int]]) -> Fraction | None:
    left, paid = Fraction(CLIP), Fraction(0)
    for px, size in levels:
        part = min(left, Fraction(size, 100))
        paid += part * px
        left -= part
    return None if left else paid / Fraction(CLIP)


def is_cross(route: tuple[str, str]) -> bool:
    return route[0].split(".")[0] != route[1].split(".")[0]
