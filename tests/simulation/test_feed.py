"""When rows reach us: never early, never overtaking within an instrument, and in one order over all
blocks.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation.scenes import blocks_of, rows_of
from titan.market.tape.rows import Kind, concat
from titan.simulation.feed import FeedState, LocalBlocks, local_times
from titan.simulation.models import Latency

MODELS = [
    Latency(feed_ns=30),
    Latency(kind="lognormal", feed_ns=30, feed_sigma=1.0),
    Latency(kind="recorded", feed_ns=2, feed_scale=1.5, shift_ns=4),
]


def feed(gaps, insts, delays):
    ts = np.cumsum(gaps)
    rows = rows_of(
        [(int(t), i, Kind.TRADE, 1, 1, 1.0, float(k)) for k, (t, i) in enumerate(zip(ts, insts, strict=True))]
    )
    rows.recv[:] = rows.ts + delays
    return rows


@settings(max_examples=80, deadline=None)
@given(
    given_rows=st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 2), st.integers(-4, 90)), min_size=1, max_size=60
    ),
    cuts=st.lists(st.integers(1, 50), max_size=4),
    model=st.sampled_from(MODELS),
)
def test_local_order_is_the_sorted_whole_whatever_the_blocks(given_rows, cuts, model):
    rows = feed(*zip(*given_rows, strict=True))
    local = local_times(rows, model, FeedState(3, seed=9))
    assert (local >= rows.ts).all()
    for inst in range(3):
        assert (np.diff(local[rows.inst == inst]) >= 0).all()
    out = list(LocalBlocks(blocks_of(rows, [c for c in cuts if c < len(rows.ts)]), model, 3, seed=9))
    order = np.argsort(local, kind="stable")
    assert np.concatenate([b.row for b in out]).tolist() == order.tolist()
    assert np.concatenate([b.local for b in out]).tolist() == local[order].tolist()
    assert concat([b.rows for b in out]).qty.tolist() == rows.qty[order].tolist()


def test_constant_latency_leaves_the_tape_as_it_is():
    rows = feed([5, 5, 5], [0, 1, 0], [0, 0, 0])
    (block,) = LocalBlocks([rows], Latency(feed_ns=7), 2, seed=1)
    assert block.rows is rows
    assert block.local.tolist() == [12, 17, 22]


def test_recorded_latency_is_shifted_scaled_and_never_negative():
    rows = feed([100, 100, 100], [0, 1, 2], [-10, -2, 20])
    local = local_times(
        rows, Latency(kind="recorded", feed_ns=1, feed_scale=2.0, shift_ns=5), FeedState(3, 1)
    )
    assert (local - rows.ts).tolist() == [1, 7, 51]


def test_a_message_shares_one_draw():
    rows = feed([10] + [0] * 9 + [10] * 40, [0] * 50, [0] * 50)
    local = local_times(rows, MODELS[1], FeedState(1, 3))
    assert len(set(local[:10].tolist())) == 1
    assert np.median(local_times(feed([10_000] * 999, [0] * 999, [0] * 999), MODELS[1], FeedState(1, 3))
                     - np.arange(1, 1000) * 10_000) == pytest.approx(30, rel=0.15)  # fmt: skip
