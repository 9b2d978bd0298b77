"""What a run heard, in its order: on disk and back, by any cut into blocks, damaged, and in venue order."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.doubles.tapes import PERP, SPOT
from titan.market.tape.file import TapeMeta
from titan.market.tape.grow import GrowingTape
from titan.market.tape.heard import Digest, Heard, HeardTape, as_heard, as_local, in_venue_order
from titan.market.tape.local import LocalBlock
from titan.market.tape.rows import END, Kind, Rows, columns, concat, empty, length, take
from titan.model.errors import TapeError

HEARD = TapeMeta((SPOT, PERP), heard=True)


def rows(n: int, seed: int = 3) -> Rows:
    """As heard: our time rises, the venues' wanders."""
    random = np.random.default_rng(seed)
    made = empty(n)
    made.ts[:] = 1_000 + np.cumsum(random.integers(0, 5, n))
    made.recv[:] = made.ts - random.integers(0, 40, n)
    made.inst[:] = random.integers(0, 2, n)
    made.kind[:] = Kind.LEVEL
    made.side[:] = 1
    made.flags[:] = END
    made.px[:] = random.integers(1, 1000, n)
    return made


def same(one: Rows, other: Rows) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(columns(one), columns(other), strict=True))


def on_disk(folder: Path, *blocks: Rows, meta: TapeMeta = HEARD) -> Path:
    tape = GrowingTape(folder, meta)
    for block in blocks:
        tape.append(block)
    tape.close()
    return folder


def test_a_block_comes_back_as_it_was_heard() -> None:
    heard = rows(10)
    block = LocalBlock(heard._replace(ts=heard.recv, recv=heard.ts), heard.ts, np.arange(10, dtype=np.int64))
    again = as_local(as_heard(block), 0)
    assert same(again.rows._replace(recv=block.rows.recv), block.rows)
    assert np.array_equal(again.local, block.local)
    assert np.array_equal(again.row, block.row)


@pytest.mark.parametrize("cuts", [(), (1,), (3, 4, 5), (9,)])
def test_the_digest_is_of_rows_and_not_of_blocks(cuts: tuple[int, ...]) -> None:
    heard = rows(10)
    whole, parts = Digest(), Digest()
    whole.add(heard)
    for start, end in zip((0, *cuts), (*cuts, 10), strict=True):
        parts.add(take(heard, slice(start, end)))
    assert parts.value == whole.value


@pytest.mark.parametrize("column", Rows._fields)
def test_one_bit_of_any_column_changes_the_digest(column: str) -> None:
    heard, changed = rows(10), rows(10)
    getattr(changed, column)[4:5].view(np.uint8)[0] ^= 1
    one, other = Digest(), Digest()
    one.add(heard)
    other.add(changed)
    assert one.value != other.value


def test_rows_are_given_out_up_to_a_place_each_once() -> None:
    heard = rows(20)
    tape = Heard([take(heard, slice(0, 7)), take(heard, slice(7, 20))])
    given = [list(tape.until(n)) for n in (0, 5, 5, 12, 30)]
    assert [sum(len(block.local) for block in part) for part in given] == [0, 5, 0, 7, 8]
    assert tape.rows == 20
    assert [int(n) for part in given for block in part for n in block.row] == list(range(20))
    whole = Digest()
    whole.add(heard)
    assert tape.digest.value == whole.value


def test_a_damaged_frame_is_named_and_given_out_all_the_same(tmp_path: Path) -> None:
    first, second, third = (take(rows(30), slice(at, at + 10)) for at in (0, 10, 20))
    log = on_disk(tmp_path / "tape", first, second, third) / "rows.log"
    content = bytearray(log.read_bytes())
    at = content.index(np.ascontiguousarray(second.px).tobytes())
    content[at + 6] ^= 1
    log.write_bytes(content)
    tape = HeardTape(tmp_path / "tape")
    assert "row 10 " in tape.damage
    found = concat(list(tape.blocks()))
    assert length(found) == 30
    assert [int(n) for n in np.flatnonzero(found.px != rows(30).px)] == [10]
    assert length(concat(list(tape.whole()))) == 10


def test_a_torn_end_is_no_damage(tmp_path: Path) -> None:
    log = on_disk(tmp_path / "tape", rows(10), take(rows(40), slice(30, 40))) / "rows.log"
    os.truncate(log, log.stat().st_size - 5)
    tape = HeardTape(tmp_path / "tape")
    assert (tape.damage, tape.rows) == ("", 10)


def test_a_row_that_a_kernel_cannot_take_is_not_given_out(tmp_path: Path) -> None:
    one = rows(10)
    log = on_disk(tmp_path / "tape", one) / "rows.log"
    content = bytearray(log.read_bytes())
    at = content.index(one.inst.tobytes())
    content[at + 1] = 0xFF
    log.write_bytes(content)
    assert list(HeardTape(tmp_path / "tape").blocks()) == []


def test_an_ordinary_tape_is_not_taken_for_one_that_was_heard(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match="not in the order"):
        HeardTape(on_disk(tmp_path / "tape", rows(3), meta=TapeMeta((SPOT, PERP))))


def test_in_venue_order_instruments_meet_by_time_and_each_keeps_its_own_order() -> None:
    heard = rows(200)
    made = in_venue_order([take(heard, slice(0, 90)), take(heard, slice(90, 200))])
    assert bool((np.diff(made.ts) >= 0).all())
    for inst in (0, 1):
        mine, theirs = take(made, made.inst == inst), take(heard, heard.inst == inst)
        assert np.array_equal(mine.px, theirs.px)
        assert np.array_equal(mine.recv, theirs.ts)
        assert np.array_equal(mine.ts, np.maximum.accumulate(theirs.recv))


def test_in_venue_order_messages_stay_whole() -> None:
    heard = empty(5)
    heard.ts[:] = (10, 10, 11, 11, 12)
    heard.recv[:] = (5, 9, 6, 6, 7)  # the first message ends after both others happened
    heard.inst[:] = (0, 0, 1, 1, 1)
    heard.kind[:] = Kind.TRADE
    heard.flags[:] = (0, END, 0, END, END)
    heard.px[:] = (1, 2, 3, 4, 5)
    assert list(in_venue_order([heard]).px) == [3, 4, 5, 1, 2]
    assert length(in_venue_order([])) == 0
