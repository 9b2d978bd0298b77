"""Messages become rows: sorted by time, whole, with END on the last, whatever order they came in."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from titan.market.tape.rows import END, ESTIMATED, Kind
from titan.venues.messages import NO_TS, Flow, Messages

MS = 1_000_000


@given(
    st.lists(
        st.tuples(st.integers(1, 50), st.integers(0, 5), st.sampled_from([Flow.TRADES, Flow.MARKS])),
        max_size=60,
    )
)
@settings(max_examples=150)
def test_messages_stay_whole_and_sort_stably(sent: list[tuple[int, int, Flow]]) -> None:
    messages = Messages()
    for number, (ts, rows, flow) in enumerate(sent):
        messages.begin(flow, ts * MS, ts * MS, number)
        for part in range(rows):
            messages.row(Kind.TRADE, 1, float(number + 1), float(part))
    laid = messages.lay()
    expected = [
        (ts * MS, number, float(number + 1), float(part), END if part == rows - 1 else 0)
        for ts, number, rows in sorted((ts, n, rows) for n, (ts, rows, _) in enumerate(sent))
        for part in range(rows)
    ]
    columns = (laid.rows.ts, laid.rows.recv, laid.rows.px, laid.rows.qty, laid.rows.flags)
    assert list(zip(*(c.tolist() for c in columns), strict=True)) == expected
    high = 0
    late = 0
    for ts, _, _ in sent:
        late += ts < high
        high = max(high, ts)
    assert laid.out_of_order == late
    assert laid.messages == len(sent)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=60), st.sampled_from([Flow.DEPTH, Flow.QUOTES]))
@settings(max_examples=100)
def test_books_and_quotes_never_go_back(times: list[int], flow: Flow) -> None:
    messages = Messages()
    for number, ts in enumerate(times):
        messages.begin(flow, ts * MS, ts * MS, number)
        messages.row(Kind.LEVEL, 1, 1.0, float(number))
    rows = messages.lay().rows
    assert rows.qty.tolist() == list(range(len(times)))
    assert np.all(np.diff(rows.ts) >= 0)


def test_a_time_that_was_not_sent_is_estimated_near_the_least_latency() -> None:
    rng = np.random.default_rng(3)
    messages = Messages()
    truth = []
    for step in range(2000):
        sent = step * MS
        slow = int(rng.exponential(3 * MS))
        if step % 2:
            messages.begin(Flow.TRADES, sent, sent, sent + 5 * MS + slow)
            messages.row(Kind.TRADE, 1, 1.0, 1.0)
        else:
            messages.begin(Flow.QUOTES, NO_TS, 0, sent + 5 * MS)
            messages.row(Kind.BBO, 1, 1.0, 1.0)
            truth.append(sent)
    laid = messages.lay()
    guessed = laid.rows.ts[laid.rows.kind == Kind.BBO]
    assert laid.estimated == 1000
    assert set(laid.rows.flags[laid.rows.kind == Kind.BBO]) == {END | ESTIMATED}
    assert np.all(np.diff(guessed) >= 0)
    assert np.abs(guessed - np.array(truth))[100:].max() < MS


def test_connections_do_not_share_their_latency() -> None:
    messages = Messages()
    for connection, latency in ((0, 5 * MS), (1, 500 * MS)):
        for step in range(100):
            at = (connection * 1000 + step) * MS
            messages.begin(Flow.TRADES, at, at, at + latency, connection)
            messages.row(Kind.TRADE, 1, 1.0, 1.0)
        messages.begin(Flow.QUOTES, NO_TS, 0, at + latency, connection)
        messages.row(Kind.BBO, 1, 1.0, 1.0)
    rows = messages.lay().rows
    assert rows.ts[rows.kind == Kind.BBO].tolist() == [99 * MS, 1099 * MS]


def test_nothing_is_nothing() -> None:
    assert len(Messages().lay().rows.ts) == 0
