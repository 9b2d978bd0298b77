"""What a run hears is on disk before its decisions are, and a disk that is full loses nothing of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.doubles.tapes import PERP, SPOT
from tests.market.tape.test_heard import rows, same
from titan.market.tape.grow import GrowingTape
from titan.market.tape.heard import Digest, HeardTape, as_heard
from titan.market.tape.local import LocalBlock
from titan.market.tape.rows import Rows, concat, take
from titan.model.errors import StorageError
from titan.runtime.record.heard import HeardRecorder


def block(heard: Rows) -> LocalBlock:
    return LocalBlock(
        heard._replace(ts=heard.recv, recv=heard.ts), heard.ts, np.arange(len(heard.ts), dtype=np.int64)
    )


def cut(n: int, size: int) -> list[LocalBlock]:
    return [block(take(rows(n), slice(at, at + size))) for at in range(0, n, size)]


class Recording:
    def __init__(self, folder: Path) -> None:
        self.folder, self.told = folder, list[str]()
        self.recorder = HeardRecorder(folder, (SPOT, PERP), tell=self.told.append)

    def hear(self, *blocks: LocalBlock) -> None:
        for one in blocks:
            self.recorder.on_rows(one, 0)

    def on_disk(self) -> Rows:
        return concat(list(HeardTape(self.folder).blocks()))


def test_what_was_heard_is_on_disk_before_a_commit_returns(tmp_path: Path) -> None:
    one = Recording(tmp_path / "tape")
    blocks = cut(20, 4)
    one.hear(*blocks)
    one.recorder.before_commit()
    assert same(one.on_disk(), concat([as_heard(b) for b in blocks]))
    one.recorder.before_commit()
    assert one.recorder.rows == 20


def test_a_commit_does_not_wait_for_who_is_writing(tmp_path: Path) -> None:
    one = Recording(tmp_path / "tape")
    one.hear(*cut(4, 4))
    with one.recorder._writing:
        one.recorder.before_commit()
    assert one.recorder.rows == 0
    one.recorder.flush()
    assert one.recorder.rows == 4


def test_a_commit_does_not_make_a_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("titan.market.tape.grow.GROUP_ROWS", 10)
    one = Recording(tmp_path / "tape")
    one.hear(*cut(20, 4))
    one.recorder.before_commit()
    assert one.recorder.rows == 0
    one.recorder.flush()
    assert one.recorder.rows == 20
    assert same(one.on_disk(), rows(20))


def test_a_full_disk_is_told_once_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Recording(tmp_path / "tape")
    append = GrowingTape.append

    def full(self: GrowingTape, block: Rows) -> None:
        append(self, take(block, slice(0, 2)))
        raise StorageError("no room")

    first, second, third, *_ = cut(20, 4)
    monkeypatch.setattr(GrowingTape, "append", full)
    one.hear(first)
    one.recorder.flush()
    one.hear(second)
    one.recorder.before_commit()
    assert len(one.told) == 1
    monkeypatch.setattr(GrowingTape, "append", append)
    one.hear(third)
    one.recorder.flush()
    assert "again" in one.told[1]
    assert same(one.on_disk(), take(rows(20), slice(0, 12)))


def test_rows_that_no_tape_may_hold_end_the_tape_and_not_the_run(tmp_path: Path) -> None:
    one = Recording(tmp_path / "tape")
    good, bad, later, *_ = cut(20, 4)
    bad.rows.px[1] = float("nan")
    one.hear(good)
    one.recorder.flush()
    one.hear(bad, later)
    one.recorder.flush()
    one.hear(later)
    one.recorder.before_commit()
    assert "cannot be replayed any further" in one.told[0]
    assert one.recorder.rows == 4
    whole = Digest()
    for each in (good, bad, later, later):
        whole.add(as_heard(each))
    assert one.recorder.digest == whole.value
