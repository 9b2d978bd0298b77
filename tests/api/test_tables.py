"""Keyed tables: whoever applies a snapshot and deltas has the tables, whatever he missed on the way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from titan.api.tables import Channel, Part

KEYS = st.sampled_from("abcdef")
TABLE = st.dictionaries(KEYS, st.integers(0, 3).map(lambda n: str(n).encode()))
PUT = st.fixed_dictionaries({}, optional={"one": TABLE, "two": TABLE})
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), PUT), st.tuples(st.just("read"), st.just({})),
        st.tuples(st.just("forget"), st.just({})), st.tuples(st.just("begin"), st.just({})),
    ),
    max_size=60,
)  # fmt: skip


class Reader:
    """A client: his tables, and the one number that he has."""

    def __init__(self) -> None:
        self.epoch, self.version = "", 0
        self.rows: dict[str, dict[str, bytes]] = {}

    def take(self, part: Part) -> None:
        if part.since is None:
            self.rows = {name: dict(rows) for name, rows in part.rows.items()}
        else:
            assert (part.epoch, part.since) == (self.epoch, self.version)
            for table, rows in part.rows.items():
                self.rows[table].update(rows)
            for table, keys in part.gone.items():
                for key in keys:
                    self.rows[table].pop(key, None)
        self.epoch, self.version = part.epoch, part.version


@given(STEPS, st.integers(0, 4))
def test_a_reader_who_misses_any_looks_has_the_tables(
    steps: list[tuple[str, dict[str, dict[str, bytes]]]], graves: int
) -> None:
    """Also where tombstones were forgotten, versions began anew, or he himself did."""
    channel, reader, epoch = Channel("c", "0", ("one", "two"), graves), Reader(), 0
    kept: dict[str, dict[str, bytes]] = {"one": {}, "two": {}}
    for what, rows in [*steps, ("read", {})]:
        if what == "put":
            channel.put(rows, 0)
            kept |= {name: dict(table) for name, table in rows.items()}
        elif what == "forget":
            reader = Reader()
        elif what == "begin":
            epoch += 1
            channel.clear(str(epoch))
            kept = {"one": {}, "two": {}}
        else:
            reader.take(channel.since(reader.epoch, reader.version))
            assert reader.rows == kept
            assert channel.whole().rows == kept


@given(PUT)
def test_an_equal_row_changes_nothing(rows: dict[str, dict[str, bytes]]) -> None:
    channel = Channel("c", "e", ("one", "two"))
    channel.put(rows, 1)
    before = channel.version
    assert not channel.put(rows, 2)
    assert (channel.version, channel.source_ns) == (before, 2)
    assert channel.since("e", before).empty


def test_of_what_went_a_bounded_number_is_remembered() -> None:
    channel = Channel("c", "e", ("one",), graves=2)
    channel.put({"one": dict.fromkeys("abcde", b"1")}, 0)
    had = channel.version
    channel.put({"one": {"a": b"1", "b": b"1", "c": b"1"}}, 0)
    assert channel.since("e", had).gone == {"one": ["d", "e"]}
    channel.put({"one": {"a": b"1"}}, 0)
    assert channel.since("e", had).since is None
    assert channel.since("e", channel.version).since == channel.version
    assert channel.since("e", channel.version + 1).since is None, "a version that never was"
