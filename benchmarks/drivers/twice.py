"""Times a whole backtest as its user pays it: the first in a process, with everything it compiles, and a
second one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.drivers.task import Stopwatch, Task

Parts = dict[str, Stopwatch]


def measure(task: Task, whole: Callable[[Parts], dict[str, Any]]) -> None:
    """`whole` runs one backtest from files to result figures and returns its facts; it times its parts by
    name. Variants that end in `-once` stop after the first. `total_s` and `<part>_s` are the first's,
    `again_s` the second's.
    """
    parts: Parts = {}
    with Stopwatch() as first:
        facts = whole(parts)
    figures = {"total_s": first.seconds} | {f"{name}_s": part.seconds for name, part in parts.items()}
    if not task.variant.endswith("-once"):
        with Stopwatch() as second:
            whole({})
        figures["again_s"] = second.seconds
    task.write(**figures, **facts)
