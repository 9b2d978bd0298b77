"""From the order of arrival to the order of time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from titan.market.tape.rows import END, ESTIMATED, Kind, Rows, concat, empty, length
from titan.runtime.record.sequence import Sequence

HOLD, MOST = 100, 300


def row(ts: int, recv: int, kind: Kind = Kind.TRADE, px: float = 1.0) -> Rows:
    made = empty(1)
    made.ts[0], made.recv[0], made.kind[0], made.px[0], made.flags[0] = ts, recv, kind, px, END
    return made


def test_a_row_waits_for_those_that_overtake_it() -> None:
    sequence = Sequence(HOLD, MOST)
    sequence.put(row(50, 60))
    assert length(sequence.take(100)) == 0
    sequence.put(row(40, 110))
    assert sequence.take(220).ts.tolist() == [40, 50]
    assert sequence.late == 0


def test_a_row_that_comes_too_late_takes_the_time_before_it_and_says_so() -> None:
    sequence = Sequence(HOLD, MOST)
    sequence.put(row(50, 60))
    sequence.take(200)
    sequence.put(row(40, 210))
    made = sequence.take(400)
    assert made.ts.tolist() == [50]
    assert made.flags[0] & ESTIMATED
    assert sequence.late == 1


def test_the_book_keeps_the_order_of_its_messages() -> None:
    sequence = Sequence(HOLD, MOST)
    for ts, kind, px in ((50, Kind.CLEAR, 0.0), (40, Kind.LEVEL, 2.0), (45, Kind.TRADE, 3.0)):
        sequence.put(row(ts, 60, kind, px))
    made = sequence.take(1000)
    assert made.kind.tolist() == [Kind.TRADE, Kind.CLEAR, Kind.LEVEL]


def test_no_row_waits_longer_than_allowed() -> None:
    """A younger row with an earlier time holds the older back, but not for ever."""
    sequence = Sequence(HOLD, MOST)
    sequence.put(row(1000, 0))
    for recv in range(50, 400, 50):
        sequence.put(row(recv, recv))
        made = sequence.take(recv)
        if recv < MOST:
            assert 1000 not in made.ts.tolist()
    assert sequence.take(400, everything=True).ts.tolist()[-1] >= 1000


@given(
    st.lists(
        st.tuples(
            st.integers(0, 400),
            st.integers(-150, 150),
            st.sampled_from([Kind.TRADE, Kind.LEVEL, Kind.CLEAR, Kind.BBO]),
        ),
        max_size=60,
    ),
    st.integers(1, 90),
)
def test_nothing_is_lost_time_never_falls_and_flows_keep_their_order(
    given_rows: list[tuple[int, int, Kind]], every: int
) -> None:
    sequence = Sequence(HOLD, MOST)
    out: list[Rows] = []
    arrivals = sorted(recv for recv, _, _ in given_rows)
    for n, (recv, (_, skew, kind)) in enumerate(zip(arrivals, given_rows, strict=True)):
        sequence.put(row(max(recv + skew, 0), recv, kind, float(n)))
        if n % every == 0:
            out.append(sequence.take(recv))
    out.append(sequence.take(10_000, everything=True))
    made = concat(out)
    assert sorted(made.px.tolist()) == [float(n) for n in range(len(given_rows))]
    assert bool((np.diff(made.ts) >= 0).all())
    for kinds in ((Kind.LEVEL, Kind.CLEAR), (Kind.BBO,)):
        of = made.px[np.isin(made.kind, kinds)]
        assert bool((np.diff(of) > 0).all())
