"""`titan tui`: a run in the terminal, as its files tell it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from titan.tui.source import Source
    from titan.tui.started import Started


NICE: Final = 10
"""Where the cores are full, whoever trades goes first."""


def tui(
    run: Annotated[
        str,
        typer.Argument(metavar="[RUN]", help="A run's folder, as runs/demo-live. Default: the newest here."),
    ] = "",
    mode: Annotated[
        str, typer.Option(help="demo: start a paper run on a simulated market, and look at that.")
    ] = "",
    config: Annotated[Path, typer.Option(help="What --mode demo runs.")] = Path("config/demo"),
    hz: Annotated[float, typer.Option(min=0.2, max=30, help="How often it looks, times a second.")] = 4.0,
) -> None:
    """Look at a run: NAV and delta, the basis of every pair, positions, yield, margin, alerts.

    It reads the run's status.json and journal in a process of its own and changes nothing: the run never
    waits for it. Start as many as you like, on a run that trades, is stopped, or was killed; what is old is
    shown as old.

    Keys: 1 to 5 panels, arrows or j k, enter opens a position and its transactions, escape goes back,
    / filters, s sorts, p pauses, ? explains all, q leaves. The mouse does the same. 80x24 is enough; at
    160x50 all is seen at once.

    Examples:

    titan tui

    titan tui runs/demo-live

    titan tui --mode demo
    """
    from titan.model.errors import ConfigError
    from titan.tui.app import Terminal

    if mode not in ("", "demo"):
        raise ConfigError(f"--mode {mode}: there is only `demo`", remedy="a run's folder is given by itself")
    if not sys.stdout.isatty():
        raise ConfigError(
            "this is no terminal", remedy="`titan positions` prints; status.json is for machines"
        )
    started: Started | None = None
    if mode == "demo":
        source, started = _demo(config)
    else:
        source = source_of(run)
    if hasattr(os, "nice"):
        os.nice(NICE)
    try:
        Terminal(source, hz, started).run()
    finally:
        if started is not None:
            started.stop()
        source.close()


def source_of(run: str, since_ns: int = 0, now: Callable[[], int] | None = None) -> Source:
    """Of a run's folder, a store's URL, or nothing: the newest run here. Raises StorageError for none."""
    from titan.cli.looking import url_of
    from titan.cli.story_words import label, words
    from titan.runtime.clock import WallClock
    from titan.tui.source import Source

    url = url_of(run)
    place = Path(url.removeprefix("sqlite:///"))
    folder = place.parent if url.startswith("sqlite:///") else Path(run)
    clock = now or WallClock().now
    return Source(folder, url, clock, since_ns, words=lambda e, known: (label(e), words(e, known)))


def _demo(config: Path) -> tuple[Source, Started]:
    """A run on paper, as a process of its own."""
    from titan.runtime.clock import WallClock
    from titan.runtime.trading.plan import read_plan
    from titan.tui.started import Started

    plan = read_plan(config, "paper", os.environ, {})
    command = [sys.executable, "-m", "titan.cli.app", "run", "--mode", "paper", "--config", str(config)]
    began_ns = WallClock().now()
    started = Started(command, plan.folder / "terminal.log")
    return source_of(plan.store, began_ns), started
