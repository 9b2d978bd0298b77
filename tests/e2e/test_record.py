"""`titan sim` and `titan record` as processes: what was recorded survives kill -9, and is the double's."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.doubles.tapes import lively, write
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import Kind
from titan.model.errors import TapeError

TITAN = (sys.executable, "-m", "titan.cli.app")
INSTRUMENTS = ("--instrument", "spot.BTCUSDT")


@pytest.fixture
def addresses(tmp_path: Path) -> Iterator[Path]:
    """A running double's addresses, in a file."""
    tape = write(tmp_path / "tape", lively())
    sim = subprocess.Popen(
        [*TITAN, "sim", "--venue", "kraken", "--tape", str(tape), "--json"], stdout=subprocess.PIPE, text=True
    )
    assert sim.stdout is not None
    file = tmp_path / "addresses.json"
    file.write_text(sim.stdout.readline())
    yield file
    sim.send_signal(signal.SIGINT)
    assert sim.wait(20) == 0


def record(addresses: Path, out: Path) -> subprocess.Popen[str]:
    command = [*TITAN, "record", "--venue", "kraken", *INSTRUMENTS, "--url-file", str(addresses)]
    return subprocess.Popen(
        [*command, "--out", str(out), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def rows(out: Path) -> int:
    folders = [p for p in (out / "kraken").glob("*/*") if p.is_dir()]
    try:
        return sum(TapeReader(folder).rows for folder in folders)
    except TapeError:
        return 0


def until(true: Callable[[], bool], seconds: float = 240.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_recording_survives_kill_9_and_goes_on(addresses: Path, tmp_path: Path) -> None:
    out = tmp_path / "rec"
    first = record(addresses, out)
    until(lambda: rows(out) > 200)
    first.kill()
    killed = time.time_ns()
    first.wait()
    (folder,) = (out / "kraken" / "spot.BTCUSDT").iterdir()
    tape = TapeReader(folder)
    tape.verify()
    before = tape.load()
    assert killed - int(before.recv[-1]) < 1_000_000_000
    second = record(addresses, out)
    until(lambda: rows(out) > len(before.ts) + 200)
    second.send_signal(signal.SIGINT)
    said, problems = second.communicate(timeout=240)
    assert second.returncode == 0, problems
    (done,) = json.loads(said)["instruments"]
    after = TapeReader(folder).load()
    assert done["rows"] == len(after.ts) - len(before.ts)
    for a, b in zip(before, after, strict=True):
        assert np.array_equal(a, b[: len(a)])
    hole = len(before.ts)
    assert after.kind[hole : hole + 2].tolist() == [Kind.GAP, Kind.CLEAR]
    assert after.qty[hole] > 0
    assert {Kind.TRADE, Kind.LEVEL, Kind.BBO} <= set(after.kind[hole:].tolist())
    assert int((after.kind == Kind.GAP).sum()) == 1


def test_what_the_venue_has_not_is_said(addresses: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [*TITAN, "record", "--venue", "kraken", "--instrument", "spot.BTCUSDX", "--url-file", str(addresses),
         "--out", str(tmp_path / "rec")],
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "spot.BTCUSDT" in done.stderr
    assert not (tmp_path / "rec").exists()
