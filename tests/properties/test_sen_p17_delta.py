"""SEN-P17: delta thresholds warn and act; a hedge takes lean away, never more than there is, and never out of
thin air.
"""

from __future__ import annotations

from decimal import Decimal as D

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.doubles.tapes import PERP, SPOT
from tests.engine.test_guard import OWNER, World
from tests.strategies.sentinel import margin_world
from titan.model.guard import Band, DeltaReached
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.order import Side
from titan.model.signal import Purpose
from titan.risk.delta import DeltaLimits, band_of, judged, share_of, steps, unexplained
from titan.risk.hedge import Leg, hedge_of, intent_of
from titan.runtime.config import load_config
from titan.runtime.sentinel import sentinel_params

LIMITS = DeltaLimits()
leans = st.dictionaries(st.sampled_from(["BTC", "ETH", "SOL"]), st.decimals(-10_000, 10_000, places=2))
navs = st.decimals(1, 10**6, places=2)


def rules(kind: InstrumentKind, venue: str, lot: str, taker: str) -> Instrument:
    return Instrument(
        venue, kind, "BTCUSDT", "BTC", "USDT", D("0.1"), D(lot), FeeSchedule(maker=D(0), taker=D(taker))
    )


@settings(max_examples=300, deadline=None)
@given(leans, leans, navs, st.sampled_from(list(Band)))
def test_sen_p17_warns_above_the_first_and_acts_above_the_second_threshold(
    lean: dict[str, D], clips: dict[str, D], nav: D, was: Band
) -> None:
    explained = {base: abs(value) for base, value in clips.items()}
    beyond = unexplained(lean, explained)
    for base, value in lean.items():
        rest = abs(value) - explained.get(base, D(0))
        assert abs(beyond.get(base, D(0))) == max(rest, D(0))
        assert beyond.get(base, D(0)) * value >= 0
    share = share_of(beyond, nav)
    band = band_of(share, was, LIMITS)
    if share >= LIMITS.hedge:
        assert band is Band.HEDGE
    elif share >= LIMITS.warn:
        assert band is (Band.HEDGE if was is Band.HEDGE else Band.WARN)
    elif share < LIMITS.calm:
        assert band is Band.INSIDE
    told = [entry.band for entry in judged(beyond, nav, was, LIMITS, 1)]
    assert told == list(steps(was, band))
    if was is Band.INSIDE and band is Band.HEDGE:
        assert told == [Band.WARN, Band.HEDGE], "the warning is not skipped"


@given(st.lists(st.decimals(0, "0.2", places=4), max_size=30))
def test_sen_p17_hedging_lasts_until_it_is_calm(shares: list[D]) -> None:
    band = Band.INSIDE
    for share in shares:
        before, band = band, band_of(share, band, LIMITS)
        if before is Band.HEDGE and band is not Band.HEDGE:
            assert share < LIMITS.calm


sizes = st.decimals(-5, 5, places=3)


@st.composite
def legs(draw: st.DrawFn) -> list[Leg]:
    found = []
    for venue in draw(st.sampled_from([["a"], ["a", "b"]])):
        for kind in InstrumentKind:
            mid = draw(st.integers(100, 1000))
            half = draw(st.integers(1, 5)) / 10
            quantity = float(draw(st.decimals("0.001", 10, places=3)))
            one = rules(kind, venue, draw(st.sampled_from(["0.001", "0.01", "1"])), draw(
                st.sampled_from(["0.0001", "0.0005", "0.001"])
            ))  # fmt: skip
            held = draw(sizes)
            held = abs(held) if kind is InstrumentKind.SPOT else held
            found.append(Leg(one, held, mid - half, mid + half, quantity, quantity))
    return found


@settings(max_examples=400, deadline=None)
@given(sizes, legs())
def test_sen_p17_a_hedge_reduces_the_lean_and_nothing_else(lean: D, found: list[Leg]) -> None:
    hedge = hedge_of(lean, found)
    if hedge is None:
        return
    change = hedge.leg.rules.size(hedge.lots) * hedge.side
    assert abs(lean + change) < abs(lean)
    assert (lean + change) * lean >= 0, "never to the other side"
    after = hedge.leg.held + change
    if hedge.reduces:
        assert abs(after) < abs(hedge.leg.held)
        assert after * hedge.leg.held >= 0
    if hedge.leg.rules.kind is InstrumentKind.SPOT:
        assert after >= 0, "coins that are not held are not sold"
    side = Side.SELL if lean > 0 else Side.BUY
    could = [
        leg for leg in found if leg.held * side < 0 and leg.rules.lots_within(min(abs(lean), abs(leg.held)))
    ]
    assert hedge.reduces or not could, "a reduction comes first"
    order = intent_of(hedge, "name", "sentinel", "BTC:core:1")
    assert order.purpose is Purpose.HEDGE
    assert order.reduce_only is (hedge.reduces and hedge.leg.rules.kind is InstrumentKind.PERP)
    touch = hedge.leg.bid if side is Side.SELL else hedge.leg.ask
    assert (float(hedge.leg.rules.price(order.limit_ticks)) - touch) * side >= 0, "it reaches the touch"


def test_the_deeper_and_then_the_cheaper_leg_is_taken() -> None:
    dear, cheap = (rules(InstrumentKind.PERP, v, "0.001", t) for v, t in (("a", "0.001"), ("b", "0.0005")))
    held = D(-1)
    both = [Leg(r, held, 99.9, 100.1, 5.0, 5.0) for r in (dear, cheap)]
    chosen = hedge_of(D("-0.5"), both)
    assert chosen is not None
    assert chosen.leg.rules is cheap
    thin = [both[0], Leg(cheap, held, 99.9, 100.1, 5.0, 0.1)]
    chosen = hedge_of(D("-0.5"), thin)
    assert chosen is not None
    assert chosen.leg.rules is dear


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(-120, 120)), min_size=1, max_size=15))
def test_sen_p17_the_guard_warns_above_two_percent_and_hedges_above_five_at_once(
    fills: list[tuple[bool, int]],
) -> None:
    """The guard that watches a run, over real books of some 100,000; fills of up to 0.12 BTC at 30,000."""
    world, delta = World(), D(0)
    for spot, lots in fills:
        size = D(lots) / 1000
        if not size:
            continue
        held = sum(world.ledger.sources(OWNER).sizes.values(), D(0)) if delta else D(0)
        assert held == delta
        world.trade(SPOT if spot else PERP, Side.BUY if size > 0 else Side.SELL, str(abs(size)))
        delta += size
        world.wishes.clear()
        world.look()
        share = abs(delta) * world.mark / world.nav()
        bands = [entry.band for entry in world.of(DeltaReached)]
        if share >= D("0.02"):
            assert bands[-1] is not Band.INSIDE, "it warned"
            assert world.pages
        if share >= D("0.05"):
            assert bands[-1] is Band.HEDGE
            (hedge,) = world.wishes
            rules = SPOT if hedge.instrument == SPOT.id else PERP
            after = delta + rules.size(hedge.lots) * hedge.side
            assert hedge.purpose is Purpose.HEDGE
            assert abs(after) < abs(delta)
            assert after * delta >= 0
        elif share < LIMITS.calm:
            assert world.wishes == []


@given(
    st.decimals(1, 500, places=2), st.decimals(100, 10**6, places=2), st.decimals(1_000, 200_000, places=2)
)
def test_sen_p17_a_clip_without_its_other_leg_stays_below_the_warning(clip: D, nav: D, price: D) -> None:
    """As Sentinel plans it, at the price of now; one unit is the least there is."""
    world = margin_world.World()
    world.mid = price
    world.equity, world.idle, world.units = nav, D(0), 0
    params = sentinel_params(load_config(None, {}, {"sentinel.clip_usd": clip}), (SPOT, PERP), 1.0)["BTC"]
    world.sentinel.pairing._params["BTC"] = world.sentinel.pairing._account = params
    (close,) = world.take(world.sentinel.flatten("enough", world.now))
    leans = close.clip_units * margin_world.UNIT * price
    assert leans <= min(clip, nav * LIMITS.warn) or close.clip_units == 1
