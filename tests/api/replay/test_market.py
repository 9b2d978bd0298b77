"""The market of a moment: the tape's own books, whatever was asked before."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.replay.tapes import BEGAN, INSTRUMENTS, MS, by_hand, market, top, write_tape
from titan.api.replay.market import Market, Seen, Terms
from titan.api.replay.reel import HeardReel
from titan.market.tape.rows import Rows, length, take
from titan.model.errors import TapeError
from titan.runtime.config import Config
from titan.runtime.trading.run import live_setting
from titan.views.frame import Frame
from titan.views.status import Status

MESSAGES = 600
END_NS = BEGAN + MESSAGES * 100 * MS


def terms() -> Terms:
    return Terms.of(live_setting(Config(), "run1", INSTRUMENTS, ()))


@pytest.fixture(scope="module")
def rows() -> Rows:
    return market(5, MESSAGES)


@pytest.fixture(scope="module")
def place(rows: Rows, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tape") / "001"
    write_tape(made, rows)
    return made


def ladders(seen: Seen) -> list[tuple[list[tuple[float, float]], list[tuple[float, float]]]]:
    frame = Frame(0, "", 0, 0.0, seen.names, seen.shown.tobytes(), seen.ladders.tobytes(), _pulse())
    return [(list(one.bids), list(one.asks)) for one in frame.ladders]


def _pulse() -> Status:
    from tests.views.scripts import STATUS

    return STATUS


def told(seen: Seen) -> tuple[bytes, bytes, object, object]:
    return seen.shown.tobytes(), seen.ladders.tobytes(), seen.pairs, seen.marks


@given(data=st.data())
@settings(max_examples=40)
def test_any_moment_in_any_order_is_the_tapes_own_book(rows: Rows, place: Path, data: st.DataObject) -> None:
    step = data.draw(st.sampled_from([16, 100, 1 << 17]))
    room = data.draw(st.sampled_from([1, 1 << 20]))
    near = Market(HeardReel(place), terms(), step=step, room=room)
    moments = st.integers(BEGAN - 10 * MS, END_NS + 10 * MS)
    for at_ns in data.draw(st.lists(moments, min_size=1, max_size=6)):
        assert near.at(at_ns)
        seen = near.seen(at_ns)
        assert ladders(seen) == [top(book) for book in by_hand(rows, at_ns)]
        scratch = Market(HeardReel(place), terms())
        scratch.at(at_ns)
        assert told(seen) == told(scratch.seen(at_ns))


def test_a_tape_that_grows_is_followed(rows: Rows, tmp_path: Path) -> None:
    half = length(rows) // 2
    write_tape(tmp_path / "001", take(rows, slice(0, half)))
    near = Market(HeardReel(tmp_path / "001"), terms(), step=64)
    near.at(END_NS)
    assert near.rows == half
    write_tape(tmp_path / "001", take(rows, slice(half, None)))
    near.at(END_NS)
    assert near.rows == length(rows)
    assert ladders(near.seen(END_NS)) == [top(book) for book in by_hand(rows, END_NS)]


def test_a_log_that_becomes_a_part_is_the_same_tape(rows: Rows, tmp_path: Path) -> None:
    half = length(rows) // 2
    write_tape(tmp_path / "001", take(rows, slice(0, half)))
    near = Market(HeardReel(tmp_path / "001"), terms(), step=64)
    near.at(END_NS)
    write_tape(tmp_path / "001", take(rows, slice(half, None)), finish=True)
    near.at(END_NS)
    assert near.rows == length(rows)
    near.at(BEGAN + 2_000 * MS)
    assert ladders(near.seen(0)) == [top(book) for book in by_hand(rows, BEGAN + 2_000 * MS)]


def test_what_is_not_reached_in_time_is_gone_on_with(place: Path) -> None:
    near = Market(HeardReel(place), terms(), step=16)
    tries = 1
    while not near.at(END_NS, iter([False, True]).__next__):
        tries += 1
    assert tries > 3
    scratch = Market(HeardReel(place), terms())
    scratch.at(END_NS)
    assert told(near.seen(END_NS)) == told(scratch.seen(END_NS))


def test_what_is_no_heard_tape_is_said(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match="no tape"):
        HeardReel(tmp_path / "gone")
