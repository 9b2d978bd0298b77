"""`titan sweep`: how values are written, what is shown, and that Ctrl-C leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from titan.cli.sweep import axes, show, sweep
from titan.model.errors import ConfigError
from titan.runtime.sweep import Figures, Played
from titan.simulation.market.instruments import simulated_pairs
from titan.simulation.market.scenario import scenario_named
from titan.simulation.market.write import write_market


def test_values_are_read_as_toml_reads_them() -> None:
    assert axes(["entry_z=1.5, 2", "run.seed=7", "simulation.fill_on_touch=true,false"], "sentinel") == {
        "sentinel.entry_z": [1.5, 2],
        "run.seed": [7],
        "simulation.fill_on_touch": [True, False],
    }


def played(number: int, made: float) -> Played:
    figures = Figures(
        "h", made, 1.0, 0, 0, 0, 0, 0, 0, None, made * 10, None, -0.1, None, None, None, 3, 4, 5
    )
    return Played(number, {"sentinel.entry_z": number}, figures)


def test_the_best_come_first_and_the_bad_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    bad = Played(2, {"sentinel.entry_z": 99}, error="above 20")
    show([played(0, 0.01), played(1, 0.02), bad], "total_return", Path("x.parquet"))
    said = capsys.readouterr().out
    assert said.index("+2.00 %") < said.index("+1.00 %")
    assert "sentinel.entry_z=99" in said
    assert "above 20" in said


def test_sets_that_traded_alike_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    one = played(0, 0.01)
    assert one.figures is not None
    other = Played(1, {"sentinel.entry_z": 1}, replace(one.figures, run_hash="another"))
    show([one, other], "total_return", Path("x.parquet"))
    assert "All of them traded alike" in capsys.readouterr().out
    show([one, played(1, 0.02)], "total_return", Path("x.parquet"))
    assert "alike" not in capsys.readouterr().out


def test_a_sweep_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing is varied"):
        sweep("sentinel", tmp_path)


def test_no_figure_is_cut_on_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    names = ("forecast_halflife", "funding_hurdle_apr", "funding_exit_intervals", "vacuum_liquidations_usd")
    sets = [replace(played(n, 0.01 * n), values={f"sentinel.{k}": n for k in names}) for n in range(12)]
    show(sets, "total_return", Path("x.parquet"))
    said = capsys.readouterr().out
    assert said.index("11") < said.index("+11.00 %") < said.index("−10.00 %")
    assert "liquidations_" in said


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of it outlives the test, however that ends."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked")
def test_ctrl_c_ends_the_workers_and_writes_nothing(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    tape = tmp_path / "tape"
    write_market(
        tape, scenario_named("demo"), instruments=simulated_pairs(["BTC"]), start_ns=1_785_542_400 * 10**9,
        duration_ns=3600 * 10**9, seed=3,
    )  # fmt: skip
    out = tmp_path / "sweep.parquet"
    command = [
        sys.executable, "-m", "titan.cli.app", "sweep", "sentinel", "--tape", str(tape), "--out", str(out),
        "--workers", "2", "--set", "run.seed=" + ",".join(map(str, range(2000))),
    ]  # fmt: skip
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    request.addfinalizer(lambda: _end(process))
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    workers: list[str] = []
    deadline = time.monotonic() + 240  # kernels that were never compiled here, on a busy machine
    while len(workers) < 2 and process.poll() is None and time.monotonic() < deadline:
        workers = children.read_text().split() if children.exists() else []
        time.sleep(0.05)
    if len(workers) < 2:
        process.kill()
        raise AssertionError(f"no workers were started: {process.communicate()}")
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert not out.exists()
    assert not list(tmp_path.glob(".sweep*"))
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
