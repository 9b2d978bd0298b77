"""A batch gives out the rows of every message, in order, whatever was mixed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from titan.market.tape.rows import END, ESTIMATED, SNAPSHOT, Kind
from titan.venues.batch import Batch
from titan.venues.sink import NO_TS, Flow, Level

Row = tuple[int, int, int, int, int, int, float, float]
numbers = st.floats(0.5, 1e6)
levels = st.lists(st.tuples(numbers, st.floats(0, 10)), max_size=6)
messages = st.one_of(
    st.tuples(st.just("trade"), st.sampled_from([1, -1]), numbers, numbers),
    st.tuples(st.just("quote"), numbers, numbers, numbers, numbers),
    st.tuples(st.just("book"), levels, levels, st.booleans()),
    st.tuples(st.just("gap")),
    st.tuples(
        st.just("rows"), st.lists(st.tuples(st.just(Kind.MARK), st.just(0), numbers, numbers), min_size=1)
    ),
)


def plain(message: tuple, inst: int, ts: int, recv: int) -> list[Row]:
    """The rows of a message, written down one by one."""
    what, *rest = message
    made: list[tuple[int, int, int, float, float]] = []
    if what == "trade":
        made = [(Kind.TRADE, rest[0], 0, rest[1], rest[2])]
    elif what == "quote":
        made = [(Kind.BBO, 1, 0, rest[0], rest[1]), (Kind.BBO, -1, 0, rest[2], rest[3])]
    elif what == "gap":
        made = [(Kind.GAP, 0, 0, 0.0, 0.0), (Kind.CLEAR, 0, 0, 0.0, 0.0)]
    elif what == "rows":
        made = [(kind, side, 0, px, qty) for kind, side, px, qty in rest[0]]
    else:
        flag = SNAPSHOT if rest[2] else 0
        made = [(Kind.CLEAR, 0, flag, 0.0, 0.0)] if rest[2] else []
        for side, of in ((1, rest[0]), (-1, rest[1])):
            made += [(Kind.LEVEL, side, flag, px, qty) for px, qty in of]
    last = len(made) - 1
    return [
        (ts, recv, inst, kind, side, flags | (END if i == last else 0), px, qty)
        for i, (kind, side, flags, px, qty) in enumerate(made)
    ]


def put(batch: Batch, message: tuple, inst: int, ts: int, recv: int) -> None:
    what, *rest = message
    if what == "trade":
        batch.trade(inst, ts, 0, recv, 0, *rest)
    elif what == "quote":
        batch.quote(inst, ts, 0, recv, 0, *rest)
    elif what == "book":
        batch.book(inst, ts, 0, recv, 0, *rest)
    elif what == "gap":
        batch.gap(inst, ts, recv, 0)
    else:
        batch.rows(inst, Flow.MARKS, ts, 0, recv, 0, rest[0])


@given(st.lists(st.lists(messages, max_size=12), max_size=4))
def test_rows_are_those_of_the_messages(blocks: list[list[tuple]]) -> None:
    batch = Batch()
    at = 0
    for block in blocks:
        expected: list[Row] = []
        for message in block:
            at += 1
            put(batch, message, at % 5, at * 10, at * 10 + 3)
            expected += plain(message, at % 5, at * 10, at * 10 + 3)
        assert batch.waiting == len(expected)
        rows = batch.take()
        assert [tuple(c[i].item() for c in rows) for i in range(len(rows.ts))] == expected
        assert not batch


def test_it_grows_and_keeps_nothing(monkeypatch: object) -> None:
    batch = Batch()
    side: list[Level] = [(1.0, 2.0)]
    for n in range(9000):
        batch.trade(0, n, 0, n, 0, 1, 1.0, float(n))
        batch.book(1, n, 0, n, 0, side, [], False)
    rows = batch.take()
    assert len(rows.ts) == 18_000
    assert rows.qty[0::2].tolist() == [float(n) for n in range(9000)]
    assert len(batch.take().ts) == 0


def test_a_message_without_a_time_is_stamped_by_the_usual_latency_of_its_connection() -> None:
    batch = Batch()
    batch.trade(0, 100, 100, 150, 7, 1, 1.0, 1.0)
    batch.trade(0, 200, 200, 230, 7, 1, 1.0, 1.0)
    batch.quote(0, NO_TS, 0, 300, 7, 1.0, 1.0, 2.0, 1.0)
    batch.quote(0, NO_TS, 0, 300, 8, 1.0, 1.0, 2.0, 1.0)
    rows = batch.take()
    assert rows.ts.tolist() == [100, 200, 270, 270, 300, 300]
    assert [bool(flag & ESTIMATED) for flag in rows.flags.tolist()] == [False, False, True, True, True, True]
    assert batch.latency_ns(7) == 30
    assert batch.latency_ns(9) is None


def test_rows_that_were_taken_stay_as_they_were() -> None:
    """A block of one row is the usual one live: nothing of it may lie in the batch's own memory."""
    batch = Batch()
    batch.trade(3, 10, 0, 11, 1, 1, 5.0, 6.0)
    taken = batch.take()
    for i in range(10_000):  # beyond the first room: the memory must be free to grow
        batch.trade(4, 20 + i, 0, 21, 1, -1, 7.0, 8.0)
    assert [column.tolist() for column in taken] == [[10], [11], [3], [Kind.TRADE], [1], [END], [5.0], [6.0]]
