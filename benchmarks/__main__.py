"""`python -m benchmarks`: prepare, run all cases, print the tables, write RESULTS.md and
.bench/results.json.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import cases, machine, page, peers_venv, rounds, tables

REPO = rounds.REPO


def main(argv: Sequence[str] | None = None) -> int:
    asked = _arguments(argv)
    peers = peers_venv.ready(REPO / ".venv-peers", say)
    homes = rounds.Homes(
        titan=Path(sys.executable),
        peers=peers.python,
        inputs=asked.scratch.absolute() / f"inputs-{asked.quotes}",
        scratch=asked.scratch.absolute(),
    )
    inputs = prepare(homes, asked.data, asked.quotes, peers)
    wanted = [case for case in cases.of(asked.suites) if case.needs not in peers.missing]
    for name, why in peers.missing.items():
        say(f"{name} is left out: {why}")
    say(f"{len(wanted)} cases, {asked.rounds} rounds each, one at a time")
    warm(wanted, homes)
    outcomes = rounds.run_all(wanted, asked.rounds, homes, say)
    date = dt.datetime.now(dt.UTC).date().isoformat()
    described = machine.describe()
    text = page.write(outcomes, asked.rounds, described, inputs, peers.missing, peers.versions, date)
    sys.stdout.write(text)
    asked.out.write_text(text)
    document = {"date": date, "machine": described, "inputs": inputs, "results": tables.figures(outcomes)}
    (homes.scratch / "results.json").write_text(json.dumps(document, indent=1))
    say(f"written: {asked.out.name} and {asked.scratch.name}/results.json")
    return 1 if any(outcome.error for outcome in outcomes) else 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("-n", "--rounds", type=int, default=5, help="rounds of every case (default 5)")
    parser.add_argument("suites", nargs="*", default=list(cases.SUITES), help=f"of {', '.join(cases.SUITES)}")
    parser.add_argument("--quotes", type=int, default=1_000_000, help="quotes of the loop suite")
    parser.add_argument(
        "--data", type=Path, default=recorded_data(), help="folder of recorded data (TITAN_DATA)"
    )
    parser.add_argument(
        "--scratch", type=Path, default=REPO / ".bench", help="where inputs and caches are kept"
    )
    parser.add_argument("--out", type=Path, default=REPO / "benchmarks" / "RESULTS.md")
    asked = parser.parse_args(argv)
    unknown = [suite for suite in asked.suites if suite not in cases.SUITES]
    if unknown:
        parser.error(f"no suite {', '.join(unknown)}; there are {', '.join(cases.SUITES)}")
    if asked.rounds < 1 or asked.quotes < 1000:
        parser.error("at least 1 round and 1000 quotes")
    return asked


def recorded_data() -> Path:
    return Path(os.environ.get("TITAN_DATA", REPO.parent / "shared" / "data"))


def prepare(homes: rounds.Homes, data: Path, quotes: int, peers: peers_venv.Peers) -> dict[str, Any]:
    """The shared inputs, and each peer's own form of them; once for a given number of quotes."""
    ready = homes.inputs / "ready"
    say("preparing inputs")
    homes.scratch.mkdir(parents=True, exist_ok=True)
    arguments = ["--out", str(homes.inputs), "--data", str(data), "--quotes", str(quotes)]
    rounds.prepare("inputs", homes.titan, homes, *arguments)
    if not ready.is_file():
        for name, python in (("titan", homes.titan), ("hftbacktest", homes.peers), ("nautilus", homes.peers)):
            if not any(missing.startswith(name) for missing in peers.missing):
                rounds.prepare(f"drivers.prepare_{name}", python, homes, "--inputs", str(homes.inputs))
        ready.touch()
    inputs: dict[str, Any] = json.loads((homes.inputs / "inputs.json").read_text())
    if inputs["source"] != "recorded":
        say("no recorded data found: the inputs are SIMULATED (set TITAN_DATA to the folder)")
    return inputs


def warm(wanted: Sequence[cases.Case], homes: rounds.Homes) -> None:
    """Fill the kernel caches, so that the first round is like the others. Not measured."""
    say("filling kernel caches")
    current = {homes.kernels(home).name for home in (cases.TITAN, cases.PEERS, "prepare")}
    for old in (homes.scratch / "kernels").glob("*"):
        if old.name not in current:
            shutil.rmtree(old, ignore_errors=True)
    for case in dict.fromkeys(case for case in wanted if case.home == cases.TITAN and not case.cold):
        rounds.run(case, homes)


def say(text: str) -> None:
    """Progress, on stderr with the time of day."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say("interrupted; nothing was written")
        sys.exit(130)
