"""What every driver shares: its arguments, a stopwatch, the memory it peaked at, and where the result goes.

Standard library only, because peers' environments import it too.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple


class Task(NamedTuple):
    """`variant` chooses what of the suite is run; `inputs` holds the prepared arrays."""

    variant: str
    inputs: Path
    result: Path

    def write(self, **figures: object) -> None:
        """Write the result: plain numbers and strings. Adds the peak memory so far."""
        figures.setdefault("peak_mb", round(peak_mb(), 1))
        self.result.write_text(json.dumps(figures))


def from_command_line(argv: Sequence[str] | None = None) -> Task:
    parser = argparse.ArgumentParser(description="one benchmark case in this process")
    parser.add_argument("variant")
    parser.add_argument("--inputs", type=Path, required=True)
    parser.add_argument("--result", type=Path, required=True)
    found = parser.parse_args(argv)
    return Task(found.variant, found.inputs, found.result)


class Stopwatch:
    """`with Stopwatch() as load: ...` then `load.seconds`."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __enter__(self) -> Stopwatch:
        self._from = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._from


def median_seconds(once: Callable[[], object], passes: int = 3) -> float:
    """The median time of a few passes over the same."""
    taken = []
    for _ in range(passes):
        with Stopwatch() as watch:
            once()
        taken.append(watch.seconds)
    return statistics.median(taken)


def peak_mb() -> float:
    """Peak resident memory of this process alone, MB (10^6 bytes).
     `ru_maxrss` of a child started by vfork begins with its parent's figure, so Linux' own high-water mark is
    read first.
    """
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass  # not Linux
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
