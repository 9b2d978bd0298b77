"""A progress line with rate and time left, for every command that takes a while."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

Progress = Callable[[str, int, int], None]
"""(what is being done, units done, units in all). Its first word names the phase; a new phase starts anew."""

_EVERY_S: Final = 0.1


@contextmanager
def watch(*, quiet: bool) -> Iterator[Progress]:
    """A line on stderr with the rate and the time left, where somebody looks."""
    if quiet or not sys.stderr.isatty():
        yield lambda _stage, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(complete_style="green_yellow", finished_style="green_yellow"),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("[dim]{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True, emoji=False), transient=True) as bar:
        task = bar.add_task("starting", total=None, rate="")
        began = last = time.monotonic()
        phase = ""

        def progress(stage: str, done: int, total: int) -> None:
            nonlocal began, last, phase
            now = time.monotonic()
            word = stage.partition(" ")[0]
            if word != phase:
                phase, began = word, now
                bar.reset(task, description=stage, total=total or None, rate="")
            elif done < total and now - last < _EVERY_S:
                return
            last = now
            unit = {"reading": "MB/s", "downloading": "MB/s", "decoding": "M lines/s"}.get(word, "M rows/s")
            rate = f"{done / max(now - began, 1e-3) / 1e6:.2f} {unit}"
            bar.update(task, description=stage, completed=done, total=total or None, rate=rate)

        yield progress
