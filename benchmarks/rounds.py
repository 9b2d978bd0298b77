"""Runs cases, one process at a time, round by round: A B C, A B C, and so on."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.cases import TITAN, Case

REPO: Final = Path(__file__).resolve().parent.parent
LONGEST_S: Final = 600


class Homes(NamedTuple):
    """Who runs what, and where things lie."""

    titan: Path
    peers: Path
    inputs: Path
    scratch: Path

    def python(self, home: str) -> Path:
        return self.titan if home == TITAN else self.peers

    def kernels(self, home: str) -> Path:
        """Where compiled kernels are kept from case to case: another folder whenever a source changes.

        Numba itself looks at the file of the outermost function only.
        """
        h = hashlib.blake2b(digest_size=6)
        for folder in ("src", "benchmarks"):
            for source in sorted((REPO / folder).rglob("*.py")):
                h.update(source.read_bytes())
        return self.scratch / "kernels" / f"{home}-{h.hexdigest()}"


class Outcome(NamedTuple):
    """What one process gave: its figures, or why there are none. `load` is the machine's 1-minute load
    before it.
    """

    case: Case
    figures: dict[str, Any]
    error: str
    load: float


def run_all(cases: Sequence[Case], rounds: int, homes: Homes, say: Callable[[str], None]) -> list[Outcome]:
    """Run every case `rounds` times, interleaved; a case that fails twice is not tried again."""
    outcomes: list[Outcome] = []
    failures: dict[Case, int] = {}
    total, done, started = rounds * len(cases), 0, time.monotonic()
    for turn in range(rounds):
        for case in cases:
            done += 1
            if failures.get(case, 0) >= 2:
                continue
            outcome = run(case, homes)
            outcomes.append(outcome)
            failures[case] = failures.get(case, 0) + bool(outcome.error)
            left = (time.monotonic() - started) / done * (total - done)
            what = f"{case.suite} {case.subject}: {case.peer}"
            state = "failed: " + outcome.error.splitlines()[-1] if outcome.error else "ok"
            say(f"[{done}/{total}, round {turn + 1} of {rounds}, {left / 60:.1f} min left] {what}: {state}")
    return outcomes


def run(case: Case, homes: Homes) -> Outcome:
    """One case in a fresh process. The whole process' time, interpreter start included, is `process_s`."""
    homes.scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=homes.scratch, ignore_cleanup_errors=True) as folder:
        result = Path(folder) / "result.json"
        cache = Path(folder) / "cold" if case.cold else homes.kernels(case.home)
        module = f"benchmarks.drivers.{case.module}"
        command = [str(homes.python(case.home)), "-m", module, case.variant]
        command += ["--inputs", str(homes.inputs), "--result", str(result)]
        load = os.getloadavg()[0]
        started = time.perf_counter()
        error = execute(command, cache)
        elapsed = time.perf_counter() - started
        if case.cold:
            shutil.rmtree(cache, ignore_errors=True)
        if error or not result.is_file():
            return Outcome(case, {}, error or "the driver wrote no result", load)
        return Outcome(case, json.loads(result.read_text()) | {"process_s": elapsed}, "", load)


def execute(command: list[str], kernel_cache: Path) -> str:
    """Run a driver and wait; the empty string, or its last words."""
    paths = [str(REPO), str(REPO / "src")]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONWARNINGS": "ignore",
        "NUMBA_CACHE_DIR": str(kernel_cache),
        # Otherwise NumPy's pool of threads spins beside the one thread that is measured.
        "OPENBLAS_NUM_THREADS": "1",
    }
    try:
        ended = subprocess.run(
            command, env=environment, cwd=REPO, capture_output=True, text=True, timeout=LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"not finished after {LONGEST_S} s"
    return "" if ended.returncode == 0 else (ended.stderr.strip()[-2000:] or f"exit code {ended.returncode}")


def prepare(module: str, python: Path, homes: Homes, *more: str) -> None:
    """Run a preparing module; raises SystemExit with its words when it fails."""
    command = [str(python), "-m", f"benchmarks.{module}", *more]
    error = execute(command, homes.kernels("prepare"))
    if error:
        sys.exit(f"benchmarks: {module} failed\n{error}")
