"""A journal folded up to a place is the same from wherever it was folded, whatever was asked before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.replay.journals import lines_of, told
from titan.api.replay import rolls
from titan.api.replay.past import Past
from titan.storage.lines import FileLines

ROUNDS = 12


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileLines]:
    found = lines_of(tmp_path_factory.mktemp("journal"), ROUNDS)
    yield found
    found.close()


class Scratch:
    """What a fold from the beginning says at each place, made when it is asked for."""

    def __init__(self, lines: FileLines) -> None:
        self._lines, self._known = lines, dict[int, object]()

    def __getitem__(self, place: int) -> object:
        if place not in self._known:
            self._known[place] = told(Past(self._lines, step=1 << 20).at(place))
        return self._known[place]


@pytest.fixture(scope="module")
def scratch(lines: FileLines) -> Scratch:
    return Scratch(lines)


@given(data=st.data())
@settings(max_examples=30)
def test_the_order_of_asking_changes_nothing(lines: FileLines, scratch: Scratch, data: st.DataObject) -> None:
    size = len(lines.index)
    step = data.draw(st.sampled_from([7, 16, 64]))
    room = data.draw(st.sampled_from([1, 20_000, 1 << 30]))
    past = Past(lines, step=step, room=room)
    near = st.one_of(st.integers(0, size), st.sampled_from([0, 1, size - 1, size]))
    for place in data.draw(st.lists(near, min_size=1, max_size=6)):
        assert told(past.at(place)) == scratch[place]


def test_long_parts_are_kept_once(
    lines: FileLines, scratch: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolls, "LONG", 4)
    past = Past(lines, step=32)
    size = len(lines.index)
    past.at(size)
    for place in (size, 5, size // 2, 33, size - 1, 64, size // 3):
        assert told(past.at(place)) == scratch[place]


def test_memory_is_bounded(lines: FileLines) -> None:
    size = len(lines.index)
    wide = Past(lines, step=8)
    wide.at(size)
    narrow = Past(lines, step=8, room=30_000)
    narrow.at(size)
    assert 1 < narrow.copies < wide.copies
    assert narrow.bytes <= 30_000 < wide.bytes
    assert narrow.folded > size // 2


def test_one_thing_in_two_places_stays_one(lines: FileLines) -> None:
    """An order stands among those that ended and in its execution: a late fill changes it in both."""
    past = Past(lines, step=16)
    past.at(len(lines.index))
    replica = past.at(100)
    ended = {id(sent) for sent in replica.ended}
    held = [sent for work in replica.works.ended for sent in work.orders]
    assert held
    assert {id(sent) for sent in held} <= ended


def test_going_on_makes_no_copy_and_going_back_one(lines: FileLines) -> None:
    past = Past(lines, step=64)
    assert past.at(10) is past.at(30) is past.at(70)
    last = past.at(70)
    assert past.at(60) is not last


def test_what_is_folded_ahead_is_near(lines: FileLines) -> None:
    past = Past(lines, step=64)
    while past.ahead():
        pass
    assert past.folded == len(lines.index) // 64 * 64
