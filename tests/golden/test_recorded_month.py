"""A month of recorded bars and minutes of captured books, traded to the cent as when this was written.

A change of these figures is a fault, or a decision that is written here with the change that made it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from titan.runtime.backtest import run_backtest
from titan.venues.recorded.assemble import import_recordings
from titan.venues.recorded.series import Hints

pytestmark = pytest.mark.data
JANUARY = 1_735_689_600_000_000_000, 1_738_368_000_000_000_000
"""2025-01-01 to 2025-02-01 UTC."""


def quiet(_what: str, _done: int, _total: int) -> None:
    return None


def traded(tape: Path, out: Path, **overrides: object) -> dict[str, object]:
    changes = {key.replace("__", "."): value for key, value in overrides.items()}
    run_backtest("sentinel", tape, out, config=None, overrides=changes, progress=quiet)
    return dict(json.loads((out / "report.json").read_text()))


def test_january_2025_of_three_pairs(data: Path, tmp_path: Path) -> None:
    tape = tmp_path / "tape"
    start, end = JANUARY
    import_recordings([data / "klines" / "binance-5m"], tape, Hints(start=start, end=end))
    found = traded(tape, tmp_path / "run")
    assert (found["events"], found["orders"], found["fills"], found["trades"]) == (216_783, 182, 182, 4)
    assert found["pnl"] == {
        "funding": 180.40270068, "basis": 8.33043, "fees": -66.24277986, "slippage": -9.38315,
        "transfers": 0.0,
        "stablecoin": 0.0,
    }  # fmt: skip
    assert found["ledger_matches_venue"] is True
    assert found["pnl_sums_to_nav_change"] is True


def test_seven_minutes_of_real_books(data: Path, tmp_path: Path) -> None:
    tape = tmp_path / "tape"
    folder = data / "l2" / "hftbacktest"
    captures = [folder / kind / "btcusdt_20230405.dat.gz" for kind in ("spot", "usdm")]
    import_recordings(captures, tape)
    calm = traded(tape, tmp_path / "calm")
    assert (calm["events"], calm["orders"]) == (394_464, 0)
    eager = traded(
        tape,
        tmp_path / "eager",
        sentinel__funding_hurdle_apr=0.01,
        sentinel__gap_seconds_min=1,
        sentinel__gap_seconds_max=3,
        simulation__latency__model="recorded",
    )
    assert (eager["orders"], eager["fills"], eager["trades"]) == (126, 126, 1)
    assert eager["pnl"] == {
        "funding": 0.0, "basis": -0.4039, "fees": -44.98218572, "slippage": -0.31282,
        "transfers": 0.0,
        "stablecoin": 0.0,
    }  # fmt: skip
    assert eager["ledger_matches_venue"] is True
