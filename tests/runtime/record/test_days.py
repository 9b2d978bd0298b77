"""Tapes by day: each stands alone, none is broken, a hole is a row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.market.tape.making import instrument
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import END, SNAPSHOT, Kind, Rows, empty, length
from titan.model.errors import StorageError
from titan.runtime.record.days import DAY_NS, Days, Standing

MIDNIGHT = 20_000 * DAY_NS
SECOND = 1_000_000_000


def rows(*given: tuple[int, Kind, int, float, float, int]) -> Rows:
    """(ts, kind, side, px, qty, flags)"""
    made = empty(len(given))
    for i, (ts, kind, side, px, qty, flags) in enumerate(given):
        made.ts[i] = made.recv[i] = ts
        made.kind[i], made.side[i], made.px[i], made.qty[i], made.flags[i] = kind, side, px, qty, flags
    return made


def snapshot(ts: int) -> Rows:
    return rows(
        (ts, Kind.CLEAR, 0, 0.0, 0.0, SNAPSHOT),
        (ts, Kind.LEVEL, 1, 99.0, 2.0, SNAPSHOT),
        (ts, Kind.LEVEL, -1, 101.0, 3.0, SNAPSHOT | END),
    )


def trade(ts: int) -> Rows:
    return rows((ts, Kind.TRADE, 1, 100.0, 1.0, END))


def days(out: Path, said: list[str] | None = None) -> Days:
    return Days(out, instrument(), "recorded", (said if said is not None else []).append)


def write(into: Days, *blocks: Rows) -> None:
    for block in blocks:
        into.put(block)
        into.flush()


def tape(out: Path, day: str) -> Rows:
    return TapeReader(out / "binance" / "spot.BTCUSDT" / day).load()


def test_a_day_begins_with_the_book_of_midnight(tmp_path: Path) -> None:
    made = days(tmp_path)
    change = rows((MIDNIGHT - 1, Kind.LEVEL, 1, 99.0, 0.0, 0), (MIDNIGHT - 1, Kind.LEVEL, 1, 98.0, 5.0, END))
    write(made, snapshot(MIDNIGHT - 2 * SECOND), change, trade(MIDNIGHT + 5))
    made.close()
    names = sorted(p.name for p in (tmp_path / "binance" / "spot.BTCUSDT").iterdir())
    assert names == ["2024-10-03", "2024-10-04"]
    first, second = tape(tmp_path, names[0]), tape(tmp_path, names[1])
    assert int(first.ts[-1]) == MIDNIGHT - 1
    assert second.kind.tolist() == [Kind.CLEAR, Kind.LEVEL, Kind.LEVEL, Kind.TRADE]
    assert second.ts.tolist() == [MIDNIGHT, MIDNIGHT, MIDNIGHT, MIDNIGHT + 5]
    assert second.px.tolist() == [0.0, 98.0, 101.0, 100.0]
    assert second.flags.tolist() == [SNAPSHOT, SNAPSHOT, SNAPSHOT | END, END]


def test_one_block_may_cross_midnight_twice(tmp_path: Path) -> None:
    block = [trade(MIDNIGHT - 1), trade(MIDNIGHT), trade(MIDNIGHT + DAY_NS)]
    made = days(tmp_path)
    write(made, Rows(*(np.concatenate(c) for c in zip(*block, strict=True))))
    made.close()
    assert len(list((tmp_path / "binance" / "spot.BTCUSDT").iterdir())) == 3
    assert made.rows == 3


def test_a_book_that_is_no_book_does_not_begin_a_day(tmp_path: Path) -> None:
    gap = rows((MIDNIGHT - 1, Kind.GAP, 0, 0.0, 0.0, 0), (MIDNIGHT - 1, Kind.CLEAR, 0, 0.0, 0.0, END))
    made = days(tmp_path)
    write(made, snapshot(MIDNIGHT - 5), gap, trade(MIDNIGHT))
    made.close()
    assert tape(tmp_path, "2024-10-04").kind.tolist() == [Kind.TRADE]
    assert made.gaps == 1


def test_a_restart_says_how_long_the_hole_is(tmp_path: Path) -> None:
    one = days(tmp_path)
    write(one, snapshot(MIDNIGHT))
    one.close()
    said: list[str] = []
    two = days(tmp_path, said)
    write(two, trade(MIDNIGHT + 3 * SECOND))
    two.close()
    made = tape(tmp_path, "2024-10-04")
    assert made.kind.tolist()[3:] == [Kind.GAP, Kind.CLEAR, Kind.TRADE]
    assert made.qty[3] == 3.0
    assert any("3.0 s" in text for text in said)


def test_a_clock_that_ran_ahead_before_the_restart_does_not_stop_the_recording(tmp_path: Path) -> None:
    one = days(tmp_path)
    write(one, trade(MIDNIGHT + 10))
    one.close()
    two = days(tmp_path)
    write(two, trade(MIDNIGHT + 5))
    two.close()
    assert tape(tmp_path, "2024-10-04").ts.tolist() == [MIDNIGHT + 10] * 4


def test_what_could_not_be_written_is_written_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = days(tmp_path)
    write(made, trade(MIDNIGHT))

    def full(_handle: int, _data: memoryview) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("titan.market.tape.log.os.write", full)
        with pytest.raises(StorageError):
            write(made, trade(MIDNIGHT + 1))
        with pytest.raises(StorageError):
            write(made, trade(MIDNIGHT + 2))
    write(made, trade(MIDNIGHT + 3))
    made.close()
    assert tape(tmp_path, "2024-10-04").ts.tolist() == [MIDNIGHT + i for i in range(4)]


def test_the_standing_book_is_that_of_a_plain_dictionary() -> None:
    rng = np.random.default_rng(5)
    book, plain = Standing(), {}
    book.apply(snapshot(0))
    plain = {(1, 99.0): 2.0, (-1, 101.0): 3.0}
    for ts in range(300):
        side, px, qty = int(rng.choice([-1, 1])), float(rng.integers(1, 9)), float(rng.integers(0, 3))
        book.apply(rows((ts, Kind.LEVEL, side, px, qty, END)))
        plain[side, px] = qty
    made = book.rows(7)
    found = {
        (int(s), float(p)): float(q) for s, p, q in zip(made.side[1:], made.px[1:], made.qty[1:], strict=True)
    }
    assert found == {k: q for k, q in plain.items() if q > 0}
    assert length(made) == len(found) + 1
