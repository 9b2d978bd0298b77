"""The page in a real browser, where one is installed: its script runs without an error and draws all."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from titan.report import build_report

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OPTIONS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync"
    " --disable-component-update --enable-logging=stderr --v=0 --virtual-time-budget=4000 --dump-dom"
)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
@pytest.mark.parametrize(
    ("name", "canvases"), [("eight_months", 8), ("seven_minutes", 8), ("no_trades", 4), ("simulated", 8)]
)
def test_the_script_runs_and_draws(
    made: Callable[[str], Path], tmp_path: Path, name: str, canvases: int
) -> None:
    page = build_report(made(name), tmp_path / "page.html")
    command = [str(BROWSER), *OPTIONS.split(), f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    assert "could not be drawn" not in done.stdout.split("<script")[0].split("</main>")[0]
    assert done.stdout.count("<canvas") == canvases
