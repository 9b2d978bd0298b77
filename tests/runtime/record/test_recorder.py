"""The recorder brings rows to disk, each once, and says what it could not keep."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from tests.market.tape.making import instrument, trades
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import Kind, Rows, length
from titan.runtime.record import recorder as module
from titan.runtime.record.recorder import Recorder

BOTH = (instrument("BTCUSDT"), instrument("ETHUSDT"))
NOON = 1_700_000_000_000_000_000 // 86_400_000_000_000 * 86_400_000_000_000 + 43_200_000_000_000


class Clock:
    def __init__(self) -> None:
        self.ns = NOON

    def now(self) -> int:
        return self.ns


def made(out: Path, clock: Clock, said: list[str]) -> Recorder:
    return Recorder(out, BOTH, note="recorded", now=clock.now, tell=said.append)


def tapes(out: Path) -> dict[str, Rows]:
    return {
        folder.parent.name: TapeReader(folder).load()
        for folder in (out / "binance").glob("*/*")
        if folder.is_dir()
    }


async def test_every_row_stands_once_on_its_instruments_tape(tmp_path: Path) -> None:
    clock, said = Clock(), []
    recorder = made(tmp_path, clock, said)
    rows = trades(500, start=NOON)
    for at in range(0, 500, 50):
        recorder.on_rows(Rows(*(c[at : at + 50] for c in rows)))
        clock.ns += 1_000_000_000
        await recorder.flush()
    stop = asyncio.Event()
    stop.set()
    await recorder.run(stop)
    found = tapes(tmp_path)
    for inst, name in enumerate(("spot.BTCUSDT", "spot.ETHUSDT")):
        assert np.array_equal(found[name].px, rows.px[rows.inst == inst])
    assert sum(r.rows for r in recorder.recorded()) == 500
    assert not any(r.late or r.lost for r in recorder.recorded())


async def test_a_row_is_on_disk_within_a_second(tmp_path: Path) -> None:
    clock = Clock()
    recorder = made(tmp_path, clock, [])
    recorder.on_rows(trades(10, start=NOON))
    clock.ns += module.MOST_NS
    await recorder.flush()
    assert sum(length(rows) for rows in tapes(tmp_path).values()) == 10
    assert module.MOST_NS + module.FLUSH_NS <= 700_000_000


async def test_a_full_disk_is_told_once_and_what_no_longer_fits_is_a_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, said = Clock(), []
    recorder = made(tmp_path, clock, said)
    monkeypatch.setattr(module, "MOST_ROWS", 30)

    def full(_handle: int, _data: memoryview) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("titan.market.tape.log.os.write", full)
        for n in range(10):
            recorder.on_rows(trades(10, instruments=1, start=NOON + n * 1000))
            clock.ns += 1_000_000_000
            await recorder.flush()
    assert sum("No space left" in text for text in said) == 1
    recorder.on_rows(trades(5, instruments=1, start=NOON + 1_000_000))
    clock.ns += 1_000_000_000
    await recorder.flush()
    (rows,) = tapes(tmp_path).values()
    (btc, _) = recorder.recorded()
    assert btc.lost > 0
    assert btc.rows - int((rows.kind != Kind.TRADE).sum()) + btc.lost == 105
    assert Kind.GAP in rows.kind.tolist()
    assert any("takes rows again" in text for text in said)
