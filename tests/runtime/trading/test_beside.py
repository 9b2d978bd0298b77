"""What a panic wrote beside a run: left alone while it writes, taken up once, also when it died."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.storage.stores import Writing
from titan.model.errors import StorageError
from titan.model.recovery import Latched, PanicStep
from titan.runtime.trading.panicking import BESIDE, written_beside

LATCH = Latched("panic", "a drill", "somebody", 9)
STEP = PanicStep("panic-1", "", "began", 8)


def panic_in(place: Path) -> Writing:
    writing = Writing(f"sqlite:///{place / BESIDE}")
    writing.journal(STEP)
    writing.journal(LATCH)
    return writing


def test_what_still_writes_is_left_alone(tmp_path: Path) -> None:
    assert written_beside(tmp_path) is None
    panic_ = panic_in(tmp_path)
    assert written_beside(tmp_path) is None
    panic_.close()
    assert written_beside(tmp_path) is not None


def test_it_is_taken_up_once_and_stays_until_it_is_safe_elsewhere(tmp_path: Path) -> None:
    panic_in(tmp_path).close()
    found = written_beside(tmp_path)
    assert found is not None
    events, done = found
    assert events == [STEP, LATCH]
    assert (tmp_path / BESIDE).exists()
    assert written_beside(tmp_path) is None  # ours until it is done
    done()
    assert not (tmp_path / BESIDE).exists()
    assert not (tmp_path / f"{BESIDE}-wal").exists()
    assert written_beside(tmp_path) is None
    panic_in(tmp_path).close()  # another panic begins a file of its own
    again = written_beside(tmp_path)
    assert again is not None
    assert again[0] == [STEP, LATCH]


def test_what_cannot_be_read_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / BESIDE).write_bytes(b"no database at all" * 100)
    for _ in range(2):
        with pytest.raises(StorageError):
            written_beside(tmp_path)
