"""No window ever holds more than is allowed, and no time is wasted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from titan.venues.socket.pace import Doors, Pace


def test_so_many_at_once_then_one_by_one() -> None:
    pace = Pace(3, 60.0)
    assert [pace.take(0.0), pace.take(1.0), pace.take(2.0)] == [0.0, 0.0, 0.0]
    assert pace.take(3.0) == 57.0
    assert pace.take(60.0) == 0.0
    assert pace.take(60.5) == 0.5


def test_what_is_heavy_waits_for_room_and_what_is_too_heavy_for_an_empty_window() -> None:
    pace = Pace(100, 60.0)
    assert pace.take(0.0, 50) == 0.0
    assert pace.take(10.0, 40) == 0.0
    assert pace.take(20.0, 20) == 40.0
    assert pace.take(60.0, 20) == 0.0
    assert pace.wait(61.0, 1000) == 59.0


def test_a_closed_pace_lets_nothing_through_before_its_time() -> None:
    pace = Pace(10, 1.0)
    pace.close(until=30.0)
    pace.close(until=20.0)
    assert pace.take(5.0) == 25.0
    assert pace.take(30.0) == 0.0


def test_connections_to_one_host_share_the_lowest_limit_that_was_named() -> None:
    doors = Doors()
    assert doors.of("wss://a.example:443/x", 10) is doors.of("wss://a.example:443/y", 2)
    assert doors.of("wss://a.example:443", 5).most == 2
    assert doors.of("wss://b.example", 5).most == 5


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 5)), max_size=40), st.integers(1, 7))
def test_no_window_holds_more_and_waiting_as_told_is_enough(asks: list[tuple[float, int]], most: int) -> None:
    pace, at, taken = Pace(most, 10.0), 0.0, []
    for pause, units in asks:
        at += pause
        wait = pace.take(at, units)
        if wait > 0:
            at += wait + 1e-6
            assert pace.take(at, units) == 0.0
        taken.append((at, min(units, most)))
    for i, (start, _) in enumerate(taken):
        assert sum(u for when, u in taken[i:] if when < start + 10.0 - 1e-6) <= most
