"""A tape that grows is whole to any reader at any moment, whatever happens to its writer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.market.tape.making import meta, trades
from titan.market.tape import grow
from titan.market.tape.file import is_tape
from titan.market.tape.grow import GrowingTape
from titan.market.tape.log import LOG_NAME, TapeLog
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import Rows, concat, length, take
from titan.market.tape.write import TapeWriter
from titan.model.errors import StorageError, TapeError

META = meta()


def equal(a: Rows, b: Rows) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> int:
    """Parts of 100 rows, so that a test meets many."""
    for module in ("titan.market.tape.grow", "titan.market.tape.write"):
        monkeypatch.setattr(f"{module}.GROUP_ROWS", 100)
    return 100


def grown(path: Path, rows: Rows, step: int) -> GrowingTape:
    tape = GrowingTape(path, META)
    for at in range(0, length(rows), step):
        tape.append(take(rows, slice(at, at + step)))
    return tape


@pytest.mark.parametrize("step", [1, 7, 100, 450])
def test_what_was_appended_can_be_read_at_once(tmp_path: Path, small_groups: int, step: int) -> None:
    rows = trades(333)
    tape = grown(tmp_path / "t", rows, step)
    reader = TapeReader(tmp_path / "t")
    reader.verify()
    assert equal(reader.load(), rows)
    assert reader.rows == tape.rows == 333
    assert sum(sum(of.values()) for of in reader.counts.values()) == 333
    tape.close()


def test_a_finished_tape_is_the_one_that_a_writer_makes(tmp_path: Path, small_groups: int) -> None:
    rows = trades(333)
    growing = grown(tmp_path / "a", rows, 13)
    before = TapeReader(tmp_path / "a").fingerprint
    growing.finish()
    with TapeWriter(tmp_path / "b", META) as writer:
        writer.append(rows)
    a, b = TapeReader(tmp_path / "a"), TapeReader(tmp_path / "b")
    assert before == a.fingerprint == b.fingerprint
    assert equal(a.load(), rows)
    assert not (tmp_path / "a" / LOG_NAME).exists()
    assert is_tape(tmp_path / "a")


def test_it_grows_on_where_it_was_left(tmp_path: Path, small_groups: int) -> None:
    rows = trades(250)
    grown(tmp_path / "t", take(rows, slice(0, 130)), 9).close()
    again = GrowingTape(tmp_path / "t", META)
    assert (again.rows, again.last_ts) == (130, int(rows.ts[129]))
    again.append(take(rows, slice(130, 250)))
    again.finish()
    assert equal(TapeReader(tmp_path / "t").load(), rows)


@pytest.mark.parametrize("cut", [1, 5, 15, 16, 17, 40, 200, 339])
def test_a_torn_end_is_passed_over_and_then_overwritten(tmp_path: Path, cut: int) -> None:
    rows = trades(30)
    grown(tmp_path / "t", rows, 10).close()
    log = tmp_path / "t" / LOG_NAME
    log.write_bytes(log.read_bytes()[:-cut])
    assert equal(TapeReader(tmp_path / "t").load(), take(rows, slice(0, 20)))
    again = GrowingTape(tmp_path / "t", META)
    again.append(take(rows, slice(20, 30)))
    again.close()
    assert equal(TapeReader(tmp_path / "t").load(), rows)


def test_a_changed_byte_ends_the_rows_before_it(tmp_path: Path) -> None:
    rows = trades(30)
    grown(tmp_path / "t", rows, 10).close()
    log = tmp_path / "t" / LOG_NAME
    content = bytearray(log.read_bytes())
    content[-100] ^= 1
    log.write_bytes(content)
    assert equal(TapeReader(tmp_path / "t").load(), take(rows, slice(0, 20)))


def test_a_log_whose_rows_became_a_part_counts_once(tmp_path: Path, small_groups: int) -> None:
    """The moment between the part's new name and the new log."""
    rows = trades(100)
    tape = grown(tmp_path / "t", take(rows, slice(0, 99)), 99)
    log = tmp_path / "t" / LOG_NAME
    tape.append(take(rows, slice(99, 100)))
    fresh = log.read_bytes()
    tape.close()
    assert b'"after":1' in fresh
    TapeLog.begin(log, META, 0).close()
    assert equal(TapeReader(tmp_path / "t").load(), rows)
    again = GrowingTape(tmp_path / "t", META)
    assert again.rows == 100
    again.finish()
    assert equal(TapeReader(tmp_path / "t").load(), rows)


def test_two_processes_do_not_write_one_tape(tmp_path: Path) -> None:
    tape = GrowingTape(tmp_path / "t", META)
    with pytest.raises(TapeError, match="another process"):
        GrowingTape(tmp_path / "t", META)
    tape.close()


def test_a_complete_tape_does_not_grow(tmp_path: Path) -> None:
    grown(tmp_path / "t", trades(5), 5).finish()
    with pytest.raises(TapeError, match="complete"):
        GrowingTape(tmp_path / "t", META)


def test_a_full_disk_loses_nothing_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = trades(20)
    tape = grown(tmp_path / "t", take(rows, slice(0, 10)), 10)
    write = os.write

    def full(handle: int, data: memoryview) -> int:
        if len(data) > 100:
            return write(handle, data[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("titan.market.tape.log.os.write", full)
    with pytest.raises(StorageError, match="rows before are safe"):
        tape.append(take(rows, slice(10, 20)))
    assert equal(TapeReader(tmp_path / "t").load(), take(rows, slice(0, 10)))
    monkeypatch.setattr("titan.market.tape.log.os.write", write)
    tape.append(take(rows, slice(10, 20)))
    tape.close()
    assert equal(TapeReader(tmp_path / "t").load(), rows)


CHILD = """
import sys, numpy as np
from tests.market.tape.making import meta, trades
from titan.market.tape import grow, write
from titan.market.tape.rows import take
grow.GROUP_ROWS = write.GROUP_ROWS = 64
rows = trades(20000)
tape = grow.GrowingTape(__import__("pathlib").Path(sys.argv[1]), meta())
for at in range(tape.rows, 20000, 3):
    tape.append(take(rows, slice(at, at + 3)))
    sys.stdout.write(f"{tape.rows}\\n"); sys.stdout.flush()
"""


@pytest.mark.parametrize("after", [3, 40, 111])
def test_kill_9_loses_nothing_that_was_appended(tmp_path: Path, after: int) -> None:
    rows = trades(20000)
    said = 0
    for _ in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path / "t")], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for _ in range(after):
            said = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read().split()
        said = int(rest[-1]) if rest and rest[-1].isdigit() else said
        child.wait()
        reader = TapeReader(tmp_path / "t")
        reader.verify()
        assert reader.rows >= said
        assert equal(reader.load(), take(rows, slice(0, reader.rows)))


def test_blocks_of_a_growing_tape_are_the_readers_own(tmp_path: Path) -> None:
    rows = trades(10)
    grown(tmp_path / "t", rows, 10).close()
    reader = TapeReader(tmp_path / "t")
    first = concat(list(reader.blocks()))
    first.px[:] = 0.0
    assert equal(reader.load(), rows)
    assert grow.GROUP_ROWS == 1 << 20
