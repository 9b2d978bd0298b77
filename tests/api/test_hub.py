"""What the hub sends is put together once for all who stand at the same version, and is never an old one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from titan.api.streams import Hub
from titan.api.tables import Tables
from titan.api.wire import frame

CHANNEL, TABLE = "fills", "fills"


class Ticking:
    """Another moment each time."""

    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        self.ns += 1_000_000
        return self.ns


def hub_of(tables: Tables, now: Callable[[], int] | None = None) -> Hub:
    return Hub(tables, None, now or Ticking(), lambda: 0.0)  # type: ignore[arg-type]


def put(tables: Tables, source_ns: int = 1, **rows: int) -> None:
    tables[CHANNEL].put({TABLE: {key: b"%d" % n for key, n in rows.items()}}, source_ns)


def test_two_at_the_same_version_get_the_same_frame() -> None:
    tables = Tables("e")
    hub = hub_of(tables)
    put(tables, a=1)
    (_, epoch, version) = first = hub.text(CHANNEL, "", None)
    assert hub.text(CHANNEL, "", None) == first
    put(tables, a=2)
    assert hub.text(CHANNEL, epoch, version) == hub.text(CHANNEL, epoch, version)
    assert hub.text(CHANNEL, epoch, version) != first


def test_nothing_new_is_told_with_its_moment() -> None:
    tables = Tables("e")
    hub = hub_of(tables)
    _, epoch, version = hub.text(CHANNEL, "", None)
    one, two = (json.loads(hub.text(CHANNEL, epoch, version)[0]) for _ in range(2))
    assert one["at_ms"] < two["at_ms"]
    assert one["set"] == two["set"] == {}


def test_whoever_asks_from_anywhere_makes_it_keep_no_more() -> None:
    tables = Tables("e")
    hub = hub_of(tables)
    put(tables, a=1)
    for n in range(50):
        hub.text(CHANNEL, f"other {n}", n)
        hub.text(CHANNEL, "e", 1_000 + n)
        hub.text(CHANNEL, "e", -1 - n)
    assert set(hub._made[CHANNEL].texts) == {None}


Step = tuple[str, Any]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.dictionaries(st.sampled_from("abc"), st.integers(0, 2))),
        st.tuples(st.just("moment"), st.integers(1, 5)),
        st.tuples(st.just("anew"), st.sampled_from("ef")),
        st.tuples(st.just("ask"), st.tuples(st.sampled_from("efg"), st.none() | st.integers(-1, 9))),
        st.tuples(st.just("ask"), st.none()),
    ),
    max_size=40,
)


@given(STEPS)
def test_it_is_what_would_be_put_together_now(steps: list[Step]) -> None:
    tables = Tables("e", graves=2)
    hub, rows, source = hub_of(tables, lambda: 7), {}, 1
    had: tuple[str, int | None] = "", None
    for what, value in steps:
        if what == "put":
            rows = value
            put(tables, source, **rows)
        elif what == "moment":
            source += value
            put(tables, source, **rows)
        elif what == "anew":
            tables.clear(value)
            rows = {}
        else:
            epoch, version = value or had
            table = tables[CHANNEL]
            part = table.whole() if version is None else table.since(epoch, version)
            wanted = frame(part, 7).decode(), part.epoch, part.version
            assert hub.text(CHANNEL, epoch, version) == wanted
            had = hub.text(CHANNEL, epoch, version)[1:]
