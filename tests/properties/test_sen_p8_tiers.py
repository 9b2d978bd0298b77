"""SEN-P8: rebalance tiers fire in their order, each moves the wallets the way it should, and none asks for
more than there is.
"""

from __future__ import annotations

from decimal import Decimal as D

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies.sentinel.margin_world import World
from titan.model.guard import Tier
from titan.model.pair import PairEnd, PairIntent, TransferIntent
from titan.model.signal import Purpose
from titan.strategies.sentinel.capital import TRANSFER_STEP, utilisation
from titan.strategies.sentinel.margin import PATIENCE_NS
from titan.strategies.sentinel.params import SentinelParams
from titan.strategies.sentinel.tiers import ORDER, Figures, carried, step_of, target, tier_of, withdrawable

money = st.decimals(0, 10**6, places=2)
signed = st.decimals(-(10**5), 10**6, places=2)
CENT = D("0.01")


@st.composite
def params(draw: st.DrawFn) -> SentinelParams:
    floor, top_up, ceiling = sorted(draw(st.lists(st.integers(1, 99), min_size=3, max_size=3)))
    return SentinelParams(
        margin_floor=D(floor) / 100,
        margin_top_up=D(top_up) / 100,
        margin_ceiling=D(ceiling) / 100,
        leverage_limit=D(draw(st.integers(1, 3))),
        futures_share=D(draw(st.integers(10, 90))) / 100,
    )


@st.composite
def figures(draw: st.DrawFn) -> Figures:
    notional, equity = draw(money), draw(signed)
    held = notional > 0 or draw(st.booleans())
    return Figures(
        nav=draw(st.decimals(1, 10**6, places=2)),
        notional=notional,
        equity=equity,
        cash=draw(money),
        idle=draw(money),
        room=draw(money),
        held=held,
        busy=held and draw(st.booleans()),
    )


@settings(max_examples=400, deadline=None)
@given(params(), figures())
def test_sen_p8_the_tier_is_the_first_whose_condition_holds(p: SentinelParams, f: Figures) -> None:
    used = utilisation(p, f.notional, f.equity)
    holds = {
        Tier.REDUCE: used > p.margin_ceiling,
        Tier.TOP_UP: used > p.margin_top_up,
        Tier.SWEEP: 0 < used < p.margin_floor and f.held,
        Tier.SPLIT: not f.held,
    }
    first = next((tier for tier in ORDER if holds[tier]), None)
    assert tier_of(p, used, held=f.held) is first
    step = step_of(p, f)
    assert step is None or step.tier is first
    if used > p.margin_ceiling:
        assert step is not None, "a reduction is never left out"
        assert step.tier is Tier.REDUCE


@settings(max_examples=400, deadline=None)
@given(params(), figures())
def test_sen_p8_a_step_takes_only_what_is_there_and_does_what_it_is_for(
    p: SentinelParams, f: Figures
) -> None:
    step = step_of(p, f)
    if step is None:
        return
    used = utilisation(p, f.notional, f.equity)
    match step.tier:
        case Tier.REDUCE:
            assert step.to_perp == step.grow == 0, "the transfer waits for the close"
            assert 0 < step.close <= f.notional
            left, equity = f.notional - step.close, f.equity + step.close
            if step.close < f.notional:
                assert utilisation(p, left, equity) <= p.margin_top_up + D("1e-9")
        case Tier.TOP_UP:
            assert 0 < step.to_perp <= f.idle
            after = utilisation(p, f.notional, f.equity + step.to_perp)
            assert target(p) - D("1e-3") <= after < used
        case Tier.SWEEP:
            assert step.grow == -step.to_perp > 0
            assert step.grow <= min(f.room, withdrawable(p, f))
            after = utilisation(p, f.notional + step.grow, f.equity - step.grow)
            assert used < after <= target(p) + D("1e-9"), "it must not call for the quote again"
        case Tier.SPLIT:
            assert -withdrawable(p, f) <= step.to_perp <= f.idle
            share = p.futures_share * (f.equity + f.idle)
            assert abs(f.equity + step.to_perp - share) < abs(f.equity - share)
    if step.tier is not Tier.REDUCE:
        assert abs(step.to_perp) >= min(f.nav * TRANSFER_STEP, abs(step.to_perp))
        assert abs(step.to_perp) >= f.nav * TRANSFER_STEP


@given(params(), st.decimals(1, 10**6, places=2), st.decimals(1, 10**5, places=2))
def test_sen_p8_as_utilisation_rises_tiers_come_in_their_order(p: SentinelParams, equity: D, step: D) -> None:
    """SWEEP, nothing, TOP_UP, REDUCE: no tier comes back once a later one was passed."""
    order = [Tier.SWEEP, None, Tier.TOP_UP, Tier.REDUCE]
    seen = [order.index(tier_of(p, utilisation(p, equity * n / 20, equity), held=True)) for n in range(1, 80)]
    assert seen == sorted(seen)


@given(params(), money, st.decimals(1, 10**6, places=2), money)
def test_an_entry_that_can_be_carried_calls_for_no_reduction(
    p: SentinelParams, notional: D, equity: D, idle: D
) -> None:
    more = min(carried(p, notional, equity, idle), idle)
    moved = idle - more
    if more > 0:
        assert utilisation(p, notional + more, equity + moved) <= p.margin_top_up + D("1e-9")


looks = st.tuples(
    st.sampled_from([9_000, 18_000, 22_000, 30_000, 36_000, 60_000, 150_000, 400_000]),  # equity
    st.sampled_from([0, 500, 5_000, 40_000]),  # idle quote
    st.sampled_from([None, None, PairEnd.DONE, PairEnd.ABORTED]),  # of what is at work, if it ends
    st.sampled_from([2.0, 70.0, 3700.0]),  # seconds
    st.booleans(),  # the process dies
)


@settings(max_examples=150, deadline=None)
@given(st.lists(looks, min_size=1, max_size=25))
def test_sen_p8_sentinel_itself_takes_the_tier_that_is_due(
    story: list[tuple[int, int, PairEnd | None, float, bool]],
) -> None:
    """The strategy that trades, over ends and restarts: a reduction waits for nothing but another
    reduction; of one wallet's transfers one is under way.
    """
    world, flying, failed = World(), [], 0
    for equity, idle, end, after_s, dies in story:
        world.equity = world.cash = D(equity)
        world.idle = D(idle)
        if dies:
            world, failed = world.restarted(), 0
        p = world.sentinel.params
        had = len(world.steps)
        used = utilisation(p, world.perp_notional("", ""), world.equity)
        wishes = world.look(after_s)
        due = tier_of(p, used, held=bool(world.units))
        begun = world.steps[had:]
        assert all(step.tier is due for step in begun if step.begins or step.tier is not Tier.REDUCE)
        flying += [w for w in wishes if isinstance(w, TransferIntent | PairIntent)]
        exits = [w for w in flying if isinstance(w, PairIntent) and w.purpose is Purpose.EXIT]
        assert sum(isinstance(w, TransferIntent) for w in flying) <= 1
        assert len({w.position for w in exits}) == len(exits)
        growing = any(isinstance(w, PairIntent) and w.purpose is Purpose.ENTRY for w in flying)
        if due is Tier.REDUCE and world.units and not growing and world.now_ns >= failed:
            assert exits, "tier 2 wins over whatever else is under way"
        if end is not None and flying:
            one = flying.pop(0)
            if end is not PairEnd.DONE and one in exits:
                failed = world.now_ns + PATIENCE_NS
            flying += [w for w in world.end(one, end) if isinstance(w, TransferIntent | PairIntent)]
