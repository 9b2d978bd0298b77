"""Times a whole backtest as a user pays it: the first of a process, compiling and all, and later ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.drivers.task import Stopwatch, Task, median_seconds

Parts = dict[str, Stopwatch]


def measure(task: Task, whole: Callable[[Parts], dict[str, Any]]) -> None:
    """`whole` runs one backtest from files to result figures and returns its facts; it times its parts by
    name. Variants that end in `-once` stop after the first. `total_s` and `<part>_s` are the first's,
    `again_s` the median of three more.
    """
    parts: Parts = {}
    with Stopwatch() as first:
        facts = whole(parts)
    figures = {"total_s": first.seconds} | {f"{name}_s": part.seconds for name, part in parts.items()}
    if not task.variant.endswith("-once"):
        figures["again_s"] = median_seconds(lambda: whole({}))
    task.write(**figures, **facts)
