"""What the commands that run something share: settings from the command line, the progress line, the
ending.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from titan.model.errors import ConfigError

Progress = Callable[[str, int, int], None]
"""(what is being done, rows done, rows in all)."""

_EVERY_S: Final = 0.1


def settings(pairs: Sequence[str] | None) -> dict[str, object]:
    """`key=value` texts as overrides; numbers, true and false are read as TOML reads them, all else is
    text.
    """
    import tomllib

    found: dict[str, object] = {}
    for pair in pairs or ():
        key, equals, text = pair.partition("=")
        if not equals:
            raise ConfigError(
                f"--set {pair}: expected key=value", remedy="for example --set sentinel.entry_z=2.5"
            )
        try:
            value: object = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            value = text
        found[key.strip()] = value
    return found


@contextmanager
def watch(*, quiet: bool) -> Iterator[Progress]:
    """A progress line on stderr with rate and time left; silent where nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield lambda _what, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(complete_style="green_yellow", finished_style="green_yellow"),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("[dim]{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("[dim]left"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None, rate="")
        began = last = time.monotonic()

        def progress(what: str, done: int, total: int) -> None:
            nonlocal last
            now = time.monotonic()
            if done < total and now - last < _EVERY_S:
                return
            last = now
            rate = done / max(now - began, 1e-9)
            bar.update(
                task, description=what, completed=done, total=total or None, rate=f"{rate / 1e6:.2f} M rows/s"
            )

        yield progress


def print_result(folder: Path, *, as_json: bool) -> None:
    """The run's summary, or its report.json as the one document on stdout."""
    if as_json:
        sys.stdout.write(json.dumps(json.loads((folder / "report.json").read_text()), indent=2) + "\n")
        return
    from titan.report.summary import print_summary

    print_summary(folder)
