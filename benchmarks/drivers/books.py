"""What the drivers of the `book` suite share: the messages, the rounds within a process, the memory a book
takes.
 Every message is applied, then the best bid and ask are read and their sum is added to a check that all
peers must agree on. Messages before both sides are known add nothing.
"""

from __future__ import annotations

import itertools
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.drivers.task import Task

PASSES: Final = 5
"""Passes measured in one process, each on a fresh book, after a few that are not."""

TICKS: Final = {"perp": 0.1, "spot": 0.01, "eth": 0.01}
PRICE_DIGITS: Final = {"perp": 1, "spot": 2, "eth": 2}
QTY_DIGITS: Final = {"perp": 3, "spot": 5, "eth": 3}

Level = tuple[float, float]


class Stream(NamedTuple):
    name: str
    levels: NDArray[np.void]
    offsets: NDArray[np.int64]

    @property
    def messages(self) -> int:
        return len(self.offsets) - 1

    def as_lists(self) -> list[tuple[list[Level], list[Level]]]:
        """(bids, asks) of each message as Python floats: what a peer in plain Python is given."""
        bid = (self.levels["side"] > 0).tolist()
        rows = list(zip(self.levels["px"].tolist(), self.levels["qty"].tolist(), strict=True))
        out = []
        edges = self.offsets.tolist()
        for begin, end in itertools.pairwise(edges):
            bids = [rows[i] for i in range(begin, end) if bid[i]]
            asks = [rows[i] for i in range(begin, end) if not bid[i]]
            out.append((bids, asks))
        return out


def stream(inputs: Path, name: str) -> Stream:
    return Stream(
        name, np.load(inputs / f"diffs-{name}-levels.npy"), np.load(inputs / f"diffs-{name}-offsets.npy")
    )


def measure(
    task: Task,
    found: Stream,
    fresh: Callable[[], Any],
    apply: Callable[[Any], float],
    **more: float,
) -> None:
    """Time `apply` over fresh books and write the result; the median pass counts."""
    taken = grown_mb(fresh, apply)
    seconds, check = [], 0.0
    for _ in range(PASSES):
        book = fresh()
        started = time.perf_counter()
        check = apply(book)
        seconds.append(time.perf_counter() - started)
        close = getattr(book, "close", None)
        if close is not None:
            close()
    run = statistics.median(seconds)
    task.write(
        levels_per_s=len(found.levels) / run,
        messages_per_s=found.messages / run,
        run_s=run,
        check=round(check, 1),
        book_mb=taken,
        **more,
    )


def grown_mb(fresh: Callable[[], Any], apply: Callable[[Any], float], copies: int = 3) -> float:
    """Resident memory that one filled book adds, MB: the mean over a few kept alive together, after a first
    one.
    """
    kept = [fresh()]
    apply(kept[0])
    before = resident_mb()
    for _ in range(copies):
        kept.append(fresh())
        apply(kept[-1])
    grown = (resident_mb() - before) / copies
    return round(max(grown, 0.0), 3)


def resident_mb() -> float:
    """Resident memory now, MB; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
