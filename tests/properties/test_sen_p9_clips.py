"""SEN-P9: clips sum to the order, none is above the clip, gaps are in range; for one leg and for a pair."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.execution.scripted import PERP, SPOT, Answer, Stage, pair_intent, twap_intent
from tests.strategies.sentinel.margin_world import UNIT, World
from titan.model.pair import PairEnd, PairIntent
from titan.model.signal import Purpose

S = 1_000_000_000
TAKES_S = 1
"""A clip lasts at most this long at a venue that answers within 20 ms."""

sizes = st.integers(1, 40)
clips = st.integers(1, 9)
gaps = st.tuples(st.integers(1, 60), st.integers(0, 120)).map(lambda g: (g[0] * S, (g[0] + g[1]) * S))
seeds = st.integers(0, 2**32)


def in_range(times: list[int], low: int, high: int) -> bool:
    return all(low <= b - a <= high + TAKES_S * S for a, b in pairwise(times))


@given(sizes, clips, gaps, seeds)
def test_sen_p9_a_pairs_clips(units: int, clip: int, gap: tuple[int, int], seed: int) -> None:
    stage = Stage(seed=seed)
    _, outcome = stage.pair(pair_intent(units, clip, gap_min_ns=gap[0], gap_max_ns=gap[1]))
    assert outcome.end is PairEnd.DONE
    assert outcome.clips == -(-units // clip)
    for rules, lots_a_unit in ((SPOT, 100), (PERP, 1)):
        sent = [i.lots for _, i in stage.venue.sent if i.instrument == rules.id]
        assert sum(sent) == units * lots_a_unit
        assert max(sent) <= clip * lots_a_unit
    assert in_range([at for at, _ in stage.venue.sent][::2], *gap)


@given(sizes, clips, gaps, seeds)
def test_sen_p9_one_legs_slices(lots: int, most: int, gap: tuple[int, int], seed: int) -> None:
    stage = Stage(seed=seed)
    outcome = stage.twap(twap_intent(lots, most, gap_min_ns=gap[0], gap_max_ns=gap[1]))
    assert outcome.end is PairEnd.DONE
    assert sum(i.lots for _, i in stage.venue.sent) == outcome.lots == lots
    assert max(i.lots for _, i in stage.venue.sent) <= most
    assert in_range([at for at, _ in stage.venue.sent], *gap)


@given(st.lists(st.sampled_from([0.0, 0.34, 0.5, 1.0]), max_size=30), sizes, clips)
def test_sen_p9_slices_that_fill_in_part_still_sum_to_no_more_than_the_order(
    shares: list[float], lots: int, most: int
) -> None:
    stage = Stage([Answer(share=share) for share in shares])
    outcome = stage.twap(twap_intent(lots, most))
    filled = sum(t.order.filled_lots for t in stage.desk.tickets)
    assert outcome.end is PairEnd.DONE
    assert filled == outcome.lots == lots
    assert all(i.lots <= most and i.purpose is Purpose.ENTRY for _, i in stage.venue.sent)


@given(st.integers(1_000, 1_000_000), st.sampled_from(["close", "grow", "reduce"]))
def test_sen_p9_a_clip_is_so_much_money_of_today_however_long_the_pair_was_held(mid: int, why: str) -> None:
    world = World()
    world.mid = Decimal(mid)
    holding = next(iter(world.sentinel.holdings.values()))
    if why == "close":
        wishes = world.sentinel.close_all("why", world.now)
    elif why == "grow":
        wishes = world.sentinel.pairing.grow(holding, 50, "why", world.now)
    else:
        world.equity, world.idle = world.mid / 2, Decimal(100_000)
        wishes = world.sentinel.guard(world.now)
    (clip,) = (wish.clip_units for wish in wishes if isinstance(wish, PairIntent))
    most = world.sentinel.params.clip
    assert clip == 1 or clip * UNIT * mid <= most
    assert (clip + 1) * UNIT * mid > most
