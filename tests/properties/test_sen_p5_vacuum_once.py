"""SEN-P5: vacuum positions open, converge and close exactly once, whatever their executions do and whenever
the process dies.
"""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies.sentinel.vacuum_world import CORE, S, Second, World
from titan.model.pair import PairIntent, PairOutcome, PairType
from titan.model.signal import Purpose, Signal
from titan.strategies.sentinel.params import SentinelParams

PARAMS = SentinelParams(window=64, warmup=60, vacuum_window_s=64.0, vacuum_hold_hours=0.02)
"""72 seconds of patience."""

seconds = st.builds(
    Second,
    bps=st.sampled_from([-160.0, -70.0, -60.0, -60.0, -55.0, -20.0, -3.0, 0.0]),
    forced=st.sampled_from([0.0, 0.0, 5e5, 2e6]),
    share=st.sampled_from([0.0, 0.3, 1.0, 1.0, 1.0]),
    lasts=st.sampled_from([0, 0, 1, 3, 10]),
    dies=st.sampled_from([False] * 5 + [True]),
    closes=st.sampled_from([False] * 20 + [True]),
)
FALL = [Second(-60.0, 2e6)]


@settings(deadline=None, max_examples=120)
@given(st.lists(seconds, max_size=60))
def test_sen_p5_every_vacuum_opens_and_closes_exactly_once(story: list[Second]) -> None:
    world = World(PARAMS)
    world.play([*FALL, *story])
    assert world.vacuums(), "both conditions held in the first second"
    for _ in range(4):
        world.tick(3601.0)
    for owner in world.vacuums():
        assert len(world.intents(owner, Purpose.ENTRY)) == 1
        entered = [e.units for e in world.ends(owner, Purpose.ENTRY)]
        assert len(entered) == 1
        closed = list(world.ends(owner, Purpose.EXIT))
        assert sum(e.units for e in closed) == entered[0], "closed whole, and not once more"
        whole = [e for e in closed if e.units == e.intent.units]
        assert len(whole) == (1 if entered[0] else 0), "one exit takes it to nothing"
        assert all(w.terms is not None for w in world.intents(owner, Purpose.ENTRY))
    left = [h.type for h in world.process.holdings.values()]
    assert PairType.VACUUM not in left
    if any(second.closes for second in story):
        assert world.held(CORE) == 0, "its coins came back, and then it was closed"
        assert left == []
    assert not world.flights


@settings(deadline=None, max_examples=60)
@given(st.lists(seconds, max_size=60))
def test_sen_p5_there_is_never_a_second_one_beside_it(story: list[Second]) -> None:
    world = World(PARAMS)
    world.play([*FALL, *story])
    held: Counter[str] = Counter()
    opening: set[str] = set()
    for e in world.journal:
        if isinstance(e, PairIntent) and e.type is PairType.VACUUM and e.purpose is Purpose.ENTRY:
            assert not opening
            assert not any(held.values())
            opening.add(e.position)
        elif isinstance(e, PairOutcome) and e.intent.type is PairType.VACUUM:
            opening.discard(e.intent.position)
            held[e.intent.position] += e.units if e.intent.purpose is Purpose.ENTRY else -e.units


def test_sen_p5_a_vacuum_converges_and_is_closed_by_one_order_each_way() -> None:
    world = World(PARAMS)
    world.play([*FALL, Second(-60.0), Second(-30.0), Second(-4.0), Second(0.0), Second(-49.0)])
    (owner,) = world.vacuums()
    (entry,) = world.intents(owner, Purpose.ENTRY)
    (exit_,) = world.intents(owner, Purpose.EXIT)
    assert entry.units == exit_.units
    assert "converged" in exit_.reason
    assert world.held(owner) == 0


def test_sen_p5_a_restart_knows_basis_target_and_time_and_goes_on() -> None:
    for die_at in range(5):
        story = [*FALL, Second(-58.0), Second(-30.0), Second(-25.0), Second(-20.0)]
        story[die_at] = Second(story[die_at].bps, story[die_at].forced, dies=True)
        world = World(PARAMS)
        world.play(story)
        (owner,) = world.vacuums()
        held = world.process.holdings[owner]
        assert held.terms is not None
        assert held.terms.target_bps == PARAMS.vacuum_target_bps
        assert held.terms.until_ns == world.intents(owner, Purpose.ENTRY)[0].terms.until_ns  # type: ignore[union-attr]
        assert held.terms.entry_bps == story[0].bps, "the basis it was filled at"
        world.play([Second(-4.0)])
        assert [s.name for s in signals(world)] == ["VACUUM_OPEN", "VACUUM_CLOSE"]
        assert world.held(owner) == 0


def test_sen_p5_time_ends_it_though_the_market_is_silent() -> None:
    world = World(PARAMS)
    world.play([*FALL, Second(-40.0)])
    (owner,) = world.vacuums()
    world.tick(60.0)
    assert world.intents(owner, Purpose.EXIT) == []
    world.tick(20.0)
    assert [i.reason for i in world.intents(owner, Purpose.EXIT)] == ["time limit: convergence 36%"]


def test_sen_p5_the_guard_looks_at_it_too() -> None:
    world = World(PARAMS)
    world.play([*FALL, Second(-40.0)])
    assert world.process.guard(world.situation) == []
    world.bps = -161.0
    (wish,) = world.process.guard(world.situation)
    assert isinstance(wish, PairIntent)
    assert (wish.purpose, wish.reason) == (Purpose.EXIT, "loss limit: basis -161.0 bps, in at -60.0")
    assert world.process.guard(world.situation) == [], "once"


def test_sen_p5_the_loss_limit_ends_it_and_it_is_not_opened_again_on_the_way_down() -> None:
    world = World(PARAMS)
    world.play(
        [*FALL, Second(-100.0), Second(-161.0, 2e6), Second(-170.0, 2e6), Second(-80.0), Second(-60.0, 2e6)]
    )
    assert len(world.vacuums()) == 1
    assert [i.reason for i in world.intents(world.vacuums()[0], Purpose.EXIT)] == [
        "loss limit: basis -161.0 bps, in at -60.0"
    ]
    world.now_ns += 3601 * S
    world.play([Second(-4.0), Second(-60.0, 2e6)])
    assert len(world.vacuums()) == 2, "only after it has been back at its target"


def signals(world: World) -> list[Signal]:
    return [e for e in world.journal if isinstance(e, Signal) and e.name.startswith("VACUUM")]


def test_a_kernel_that_begins_anew_does_not_open_what_stands() -> None:
    world = World(PARAMS)
    world.play([Second(-60.0, 2e6, dies=True), Second(-60.0, 2e6), Second(-60.0)])
    assert len(signals(world)) == 1
