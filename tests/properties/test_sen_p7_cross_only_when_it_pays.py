"""SEN-P7: two venues only when what they are better by exceeds their costs and the hurdle; else one."""

from __future__ import annotations

from decimal import Decimal as D

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.properties.route_books import CLIP, NOTIONAL, counted, is_cross, worlds
from tests.properties.test_sen_p6_best_route import EPS
from tests.strategies.sentinel.route_world import World
from titan.model.routing import Route
from titan.strategies.sentinel.routing import choose


@settings(max_examples=120, deadline=None)
@given(worlds())
def test_sen_p7_two_venues_only_when_they_pay(world: World) -> None:
    choice = world.router.route(world.wanted(NOTIONAL, CLIP), world.present)
    worth = counted(world)
    single = max((bps for route, bps in worth.items() if not is_cross(route)), default=None)
    cross = max((bps for route, bps in worth.items() if is_cross(route)), default=None)
    if single is None:
        assert choice.taken is None, "without a single venue there is nothing to be better than"
        return
    assert choice.taken is not None
    gain = cross - single if cross is not None else float("-inf")
    hurdle = world.params.cross_hurdle_bps
    if choice.taken.cross:
        assert gain >= hurdle - EPS
        assert gain > -EPS
    elif cross is not None:
        assert gain <= hurdle + EPS


routes = st.lists(
    st.builds(
        Route,
        st.sampled_from(["a.spot.X", "b.spot.X", "c.spot.X"]),
        st.sampled_from(["a.perp.X", "b.perp.X", "c.perp.X"]),
        all_in_bps=st.floats(-1e3, 1e3),
        why=st.sampled_from(["", "", "", "thin"]),
    ),
    max_size=12,
)


@given(routes, st.floats(0, 1000))
def test_sen_p7_what_is_taken_is_the_single_venue_or_clears_the_hurdle(
    known: list[Route], hurdle: float
) -> None:
    choice = choose(known, hurdle)
    had = [one for one in known if not one.why]
    single = max((one.all_in_bps for one in had if not one.cross), default=None)
    cross = max((one.all_in_bps for one in had if one.cross), default=None)
    pays = single is not None and cross is not None and cross - single >= hurdle and cross > single
    assert (choice.taken is None) == (single is None)
    assert choice.taken is None or choice.taken.all_in_bps == (cross if pays else single)


@given(routes, st.floats(0, 100), st.floats(0, 100))
def test_a_higher_hurdle_never_makes_a_cross_route(known: list[Route], low: float, more: float) -> None:
    loose, strict = choose(known, low), choose(known, low + more)
    if strict.taken is not None and strict.taken.cross:
        assert loose.taken == strict.taken


@settings(max_examples=40, deadline=None)
@given(worlds(), st.integers(1, 1000))
def test_dearer_withdrawals_never_make_a_cross_route(world: World, more: int) -> None:
    before = world.router.route(world.wanted(NOTIONAL, CLIP), world.present)
    assume(before.taken is not None and not before.taken.cross)
    dearer = msgspec.structs.replace(
        world.params,
        withdrawal_cost=world.params.withdrawal_cost + more,
        withdrawal_costs={k: v + D(more) for k, v in world.params.withdrawal_costs.items()},
    )
    world.router._params = dearer
    after = world.router.route(world.wanted(NOTIONAL, CLIP), world.present)
    assert after.taken == before.taken
