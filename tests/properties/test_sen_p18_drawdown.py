"""SEN-P18: drawdown responses escalate and never skip; they end with the UTC day, but flat stays flat."""

from __future__ import annotations

from decimal import Decimal as D

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.test_guard import World
from titan.model.guard import DayOpened, DrawdownReached, Rung
from titan.risk.drawdown import DAY_NS, LADDER, Drawdown, DrawdownLimits, day_of, name_of, response_of

HOUR = DAY_NS // 24
START = 1_785_542_400_000_000_000
limits = st.lists(st.integers(1, 40), min_size=3, max_size=3).map(
    lambda x: DrawdownLimits(*(D(n) / 100 for n in sorted(x)))
)
moments = st.lists(
    st.tuples(st.integers(0, 20 * HOUR), st.decimals(1, 200_000, places=2), st.sampled_from([0, 0, 0, 5000])),
    min_size=1,
    max_size=40,
)


def live(ladder: Drawdown, nav: D, deposits: D, now: int) -> list[DayOpened | DrawdownReached]:
    new = list(ladder.judge(nav, deposits, now))
    for entry in new:
        assert ladder.hear(entry)
    return new


@settings(max_examples=300, deadline=None)
@given(limits, moments)
def test_sen_p18_every_rung_in_its_order_once_a_day(
    limit: DrawdownLimits, story: list[tuple[int, D, int]]
) -> None:
    ladder, now, deposits = Drawdown(limit), START, D(0)
    days: dict[str, list[Rung]] = {}
    journal: list[msgspec.Struct] = []
    for wait, nav, paid in story:
        now, deposits = now + wait, deposits + paid
        new = live(ladder, nav + deposits, deposits, now)
        journal += new
        assert ladder.opened is not None
        assert ladder.opened.day == day_of(now)
        had = days.setdefault(day_of(now), [])
        for entry in new:
            if isinstance(entry, DayOpened):
                assert had == []
            else:
                assert entry.rung is LADDER[len(had)], "none is skipped and none comes twice"
                assert entry.drawdown >= limit.of(entry.rung)
                had.append(entry.rung)
        depth = ladder.depth(nav + deposits, deposits)
        due = [rung for rung in LADDER if depth >= limit.of(rung)]
        assert set(due) <= set(had), "what is due has come"
        assert list(ladder.reached) == had
    again = Drawdown(limit)
    for heard in journal:
        again.hear(heard)
    assert (again.opened, again.reached) == (ladder.opened, ladder.reached), "a restart knows as much"


@given(limits, st.decimals(1000, 10**6, places=2), st.integers(0, 100), st.integers(0, 100))
def test_sen_p18_a_recovery_within_the_day_takes_nothing_back(
    limit: DrawdownLimits, nav: D, lost: int, left: int
) -> None:
    ladder = Drawdown(limit)
    live(ladder, nav, D(0), START)
    live(ladder, nav * (100 - lost) / 100, D(0), START + HOUR)
    reached = ladder.reached
    assert live(ladder, nav * 2, D(0), START + 2 * HOUR) == []
    assert ladder.reached == reached
    live(ladder, nav * 2, D(0), START + DAY_NS)
    assert ladder.reached == (), "the next UTC day begins with none"
    assert len(live(ladder, nav * 2 * left / 100, D(0), START + DAY_NS + HOUR)) <= 3


def test_a_jump_from_one_to_seven_percent_is_three_entries() -> None:
    ladder = Drawdown(DrawdownLimits())
    live(ladder, D(100_000), D(0), START)
    assert live(ladder, D(99_000), D(0), START + HOUR) == []
    new = live(ladder, D(93_000), D(0), START + 2 * HOUR)
    assert [e.rung for e in new if isinstance(e, DrawdownReached)] == list(LADDER)
    assert {e.drawdown for e in new if isinstance(e, DrawdownReached)} == {D("0.07")}


def test_money_paid_in_or_out_is_neither_gain_nor_loss() -> None:
    ladder = Drawdown(DrawdownLimits())
    live(ladder, D(100_000), D(100_000), START)
    assert live(ladder, D(150_000), D(150_000), START + HOUR) == []
    assert [str(e.rung) for e in live(ladder, D(147_000), D(150_000), START + HOUR) if isinstance(
        e, DrawdownReached
    )] == ["halve sizes"]  # fmt: skip


def test_a_day_that_begins_with_nothing_ends_flat() -> None:
    ladder = Drawdown(DrawdownLimits())
    new = live(ladder, D(-1), D(0), START)
    assert [e.rung for e in new if isinstance(e, DrawdownReached)] == list(LADDER)


days = st.lists(
    st.tuples(st.integers(-1500, 3000), st.sampled_from([1.0, 1.0, 3600.0, 90_000.0]), st.booleans()),
    min_size=1, max_size=15,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(days)
def test_sen_p18_the_guard_imposes_each_response_and_flattens(story: list[tuple[int, float, bool]]) -> None:
    """The guard that watches a run of 100,000; money is lost and won, and processes die between two looks."""
    world = World()
    world.look()
    first = {day_of(world.now_ns): world.nav()}
    deepest: dict[str, D] = {}
    flat = False
    for lost, after_s, dies in story:
        world.lose(str(lost))
        if dies:
            books, now = world.ledger, world.now_ns
            world = World(world.journal)
            world.ledger = world.guard._ledger = books
            world.now_ns = now
        world.look(after_s)
        day = day_of(world.now_ns)
        opened = first.setdefault(day, world.nav())
        deepest[day] = max(deepest.get(day, D(0)), (opened - world.nav()) / opened)
        standing = world.halts.restraints.standing()
        due = [r for r in LADDER if deepest[day] >= DrawdownLimits().of(r)]
        for rung in due:
            assert standing[name_of(rung, day)][1] == response_of(rung)
        assert [e.rung for e in world.of(DrawdownReached) if e.day == day] == due
        flat = flat or LADDER[-1] in due
        if flat:
            assert any(name.startswith("drawdown flatten") for name in standing), "until an operator lifts it"
            assert world.strategy.flattened, "this process asked for it"
