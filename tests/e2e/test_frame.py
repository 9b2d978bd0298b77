"""A run's frame beside its status: younger, and of the same run."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.doubles.tapes import PERP, SPOT, lively, write
from tests.e2e.test_run import SETTINGS, plan_of
from titan.runtime.clock import WallClock
from titan.runtime.trading import life
from titan.runtime.watching.frame import FrameReader
from titan.views.frame import NAME, Frame
from titan.views.status import Status, decoded


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write(tmp_path / "tape", lively())
    (tmp_path / "titan.toml").write_text(SETTINGS)
    return tmp_path


async def trade(place: Path, enough: list[bool], look: FrameReader, seen: list[tuple[Frame, Status]]) -> None:
    """Until all that is asked for was seen, at most for 200 s."""
    plan = plan_of(place, "paper")

    def show(_now: Status) -> None:
        file, frame = place / "run" / "status.json", look.read()
        if frame is not None and file.exists():
            seen.append((frame, decoded(file.read_bytes())))
            young = WallClock().now() - frame.at_ns < 4 * frame.every_s * 1e9
            if young and frame.pulse.fills >= 4 and frame.pulse.executions == 0 and frame.at_ns > 0:
                enough.append(True)
        if len(enough) >= 3:
            signal.raise_signal(signal.SIGTERM)

    await life.trade(
        plan, WallClock(), seconds=200, env={}, tell=lambda _text: None, show=show, made=lambda _run: None
    )


async def test_a_console_reads_young_frames_that_say_what_the_status_says(place: Path) -> None:
    look, enough, seen = (
        FrameReader(place / "run", WallClock().now),
        list[bool](),
        list[tuple[Frame, Status]](),
    )
    await trade(place, enough, look, seen)
    assert len(enough) >= 3, "no frame was younger than four intervals"
    numbers = [frame.sequence for frame, _ in seen]
    assert numbers == sorted(numbers)
    assert numbers[-1] > numbers[0]
    same = [
        (frame.pulse, said) for frame, said in seen
        if (frame.pulse.orders, frame.pulse.fills, frame.pulse.executions)
        == (said.orders, said.fills, said.executions)
    ]  # fmt: skip
    assert any(said.fills for _, said in same)
    for pulse, said in same:
        assert pulse.run_id == said.run_id
        assert [(p.instrument, p.size, p.entry) for p in pulse.positions] == [
            (p.instrument, p.size, p.entry) for p in said.positions
        ]
        assert [(h.id, h.size) for h in pulse.holdings] == [(h.id, h.size) for h in said.holdings]
        assert (pulse.closed, pulse.state) == (said.closed, said.state)
    last = seen[-1][0]
    quotes = {line.instrument: line for line in last.quotes}
    ladders = {line.instrument: line for line in last.ladders}
    assert list(quotes) == list(ladders) == [SPOT.id, PERP.id]
    for name, quote in quotes.items():
        assert quote.why or quote.bid < quote.mid < quote.ask
        assert 0 < quote.heard_ns <= last.at_ns
        if quote.bid:
            assert ladders[name].bids[0] == (quote.bid, quote.bid_qty)
    assert quotes[PERP.id].hours == 8.0
    assert look.read() is None, "the run has ended"
    assert (place / "run" / NAME).exists()


async def test_no_frames_are_written_where_none_are_wanted(place: Path) -> None:
    (place / "titan.toml").write_text(SETTINGS.replace("[live]", "[live]\nframe_seconds = 0"))
    look = FrameReader(place / "run", WallClock().now)
    plan = plan_of(place, "observe")
    found: list[Frame | None] = []

    def show(now: Status) -> None:
        found.append(look.read())
        if now.state == "trading" and len(found) > 2:
            signal.raise_signal(signal.SIGTERM)

    await life.trade(
        plan, WallClock(), seconds=200, env={}, tell=lambda _text: None, show=show, made=lambda _run: None
    )
    assert found[0] is None
    assert set(found) == {None}


def command(place: Path) -> list[str]:
    return [sys.executable, "-m", "titan.cli.app", "run", "--mode", "paper", "--config", str(place)]


def wait(condition: Callable[[], bool], running: subprocess.Popen[bytes] | None = None) -> None:
    end = time.monotonic() + 240.0
    while not condition():
        assert running is None or running.poll() is None, running.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_run_that_was_killed_leaves_no_frame_and_the_next_one_writes_its_own(place: Path) -> None:
    folder = SETTINGS.replace("[live]", f'[live]\nfolder = "{place / "run"}"')
    (place / "titan.toml").write_text(folder)
    look, numbers = FrameReader(place / "run", WallClock().now), list[int]()

    def framed() -> bool:
        frame = look.read()
        numbers.extend([frame.sequence] if frame is not None else [])
        return len(set(numbers)) > 3

    for _ in range(2):
        numbers.clear()
        with subprocess.Popen(command(place), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as running:
            wait(framed, running)
            running.send_signal(signal.SIGKILL)
        wait(lambda: look.read() is None)
    assert (place / "run" / NAME).stat().st_size > 0
