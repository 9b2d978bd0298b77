"""A run that is started for the terminal: what it says meanwhile, and that it is stopped with it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.tui.pictures import text
from tests.views.scripts import NOW, STATUS
from titan.cli.app import main
from titan.tui.app import Terminal
from titan.tui.source import Source
from titan.tui.started import Started
from titan.views.status import encoded

RUN = """
import time
print('loading [kernels]', flush=True)
try:
    time.sleep(60)
except KeyboardInterrupt:
    print('over')
"""
"""Stops as a run does."""


@pytest.fixture
def started(tmp_path: Path) -> Started:
    return Started([sys.executable, "-c", RUN], tmp_path / "run" / "terminal.log")


async def test_it_is_shown_until_the_run_speaks_and_asked_about_at_the_end(
    tmp_path: Path, started: Started
) -> None:  # fmt: skip
    folder = tmp_path / "run"
    (folder / "status.json").write_bytes(encoded(replace(STATUS, at_ns=NOW - 10**12)))
    source = Source(folder, f"sqlite:///{folder / 'titan.db'}", lambda: NOW, since_ns=NOW - 10**9)
    app = Terminal(source, hz=0, started=started)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            while not started.lines():
                await pilot.pause(0.01)
            await app.look()
            await pilot.pause()
            assert "loading [kernels]" in text(app)  # and not the status of a run before it
            (folder / "status.json").write_bytes(encoded(STATUS))
            await app.look()
            await pilot.pause()
            assert "basis monitor" in text(app)
            await pilot.press("q")
            await pilot.pause()
            assert "leave?" in text(app)
            await pilot.press("n")
            await pilot.pause()
            assert not started.ended
            await pilot.press("q", "y")
            await app.workers.wait_for_complete()
        assert started.code == 0
        assert started.lines()[-1] == "over"
    finally:
        started.stop()


async def test_a_run_that_cannot_start_says_why(tmp_path: Path) -> None:
    broken = Started([sys.executable, "-c", "raise SystemExit('error: no config')"], tmp_path / "log")
    while not broken.ended:
        pass
    app = Terminal(Source(tmp_path, "sqlite:///none.db", lambda: NOW), hz=0, started=broken)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.look()
        await pilot.pause()
        assert "error: no config" in text(app)
        assert "ended with code 1" in text(app)
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running


def test_without_a_terminal_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tui"]) == 2
    assert "no terminal" in capsys.readouterr().err


def test_modes_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tui", "--mode", "live"]) == 2
    assert "only `demo`" in capsys.readouterr().err
