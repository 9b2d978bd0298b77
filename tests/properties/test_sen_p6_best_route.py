"""SEN-P6: the route chosen has the best all-in price, by the real view, ledger, kernels and router."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from tests.properties.route_books import CLIP, NOTIONAL, counted, is_cross, worlds
from tests.strategies.sentinel.route_world import World

EPS = 1e-6
"""bps: floats against fractions."""


@settings(max_examples=120, deadline=None)
@given(worlds())
def test_sen_p6_no_route_of_its_kind_is_better(world: World) -> None:
    choice = world.router.route(world.wanted(NOTIONAL, CLIP), world.present)
    worth = counted(world)
    for kind, said in ((False, choice.single), (True, choice.cross)):
        rivals = {route: bps for route, bps in worth.items() if is_cross(route) is kind}
        assert (said is None) == (not rivals)
        if said is not None:
            assert said.all_in_bps == pytest.approx(rivals[said.spot, said.perp], abs=EPS)
            assert said.all_in_bps >= max(rivals.values()) - EPS
    if choice.taken is not None and world.params.cross_hurdle_bps == 0.0:
        assert choice.taken.all_in_bps >= max(worth.values()) - EPS


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_every_route_is_either_priced_or_left_out_with_its_reason(world: World) -> None:
    choice = world.router.route(world.wanted(NOTIONAL, CLIP), world.present)
    worth = counted(world)
    venues = len(world.pairs)
    assert {(one.spot, one.perp) for one in choice.out}.isdisjoint(worth)
    assert len(choice.out) + len(worth) == venues * venues
    assert all(one.why for one in choice.out)


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_what_a_route_comes_to_is_the_sum_of_its_parts(world: World) -> None:
    choice = world.router.route(world.wanted(NOTIONAL, CLIP), world.present)
    for one in (choice.single, choice.cross):
        if one is not None:
            assert one.all_in_bps == pytest.approx(
                one.basis_bps - one.fees_bps + one.funding_bps - one.transfer_bps
            )
            assert (one.transfer_bps == 0.0) or one.cross
