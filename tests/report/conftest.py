"""Made-up runs, written once for all tests that only read them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.report import made_runs

SPECS = {
    "seven_minutes": made_runs.SEVEN_MINUTES,
    "no_trades": made_runs.NO_TRADES,
    "eight_months": made_runs.EIGHT_MONTHS,
    "simulated": made_runs.SIMULATED,
}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a made-up run by name. Read it; do not write into it."""
    base, written = tmp_path_factory.mktemp("runs"), dict[str, Path]()

    def folder(name: str) -> Path:
        if name not in written:
            written[name] = made_runs.write_run(base / name, SPECS[name])
        return written[name]

    return folder
