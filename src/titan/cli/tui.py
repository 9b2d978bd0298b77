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
        typer.Argument(
            metavar="[RUN]",
            help="A run's or a backtest's folder, as runs/demo-live. Default: the newest here.",
        ),
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
    if os.environ.get("TERM") == "dumb":
        raise ConfigError(
            "TERM=dumb: this terminal cannot place text on a screen",
            remedy="set TERM to what it is, as xterm-256color; `titan positions` prints",
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


def source_of(
    run: str, since_ns: int = 0, now: Callable[[], int] | None = None, store: str = ""
) -> Source:  # fmt: skip
    """Of a run's folder, a backtest's, a store's URL, or nothing: the newest run here. `store` is where the
    journal is when it is not in the folder. Raises StorageError for what is none of them.
    """
    from titan.cli.looking import FILE, url_of
    from titan.runtime.clock import WallClock
    from titan.runtime.watching.words import label, words
    from titan.storage.finished import finished
    from titan.storage.store import look_into
    from titan.tui.source import Source

    found = run or _newest()
    place, backtest = Path(found), not store and _is_backtest(found)
    if not store and not backtest and found and place.is_dir() and not (place / FILE).exists():
        store = os.environ.get("TITAN_STORE", "")
    url = store or (found if backtest else url_of(found))
    if url.startswith("sqlite:///") and not store:
        place = Path(url.removeprefix("sqlite:///")).parent
    return Source(
        place, url, now or WallClock().now, since_ns, words=lambda e, known: (label(e), words(e, known)),
        opens=(lambda _: finished(place)) if backtest else look_into,
    )  # fmt: skip


def _is_backtest(run: str) -> bool:
    """Whether it is the folder of a finished one; of a run on live data not."""
    from titan.cli.looking import FILE
    from titan.model.errors import StorageError
    from titan.runtime.run_folder import RUN_FILE, STATUS_FILE

    place = Path(run)
    if not run or "://" in run or place.is_file() or (place / FILE).exists():
        return False
    if not place.exists():
        raise StorageError(f"there is no {run}", remedy=f"name the folder of a run; here: {_here()}")
    found = {one.name for one in place.iterdir()}
    if RUN_FILE in found and STATUS_FILE not in found:
        raise StorageError(
            f"{run} is a backtest of an earlier version, which left no {STATUS_FILE} to look at",
            remedy=f"run it again with `titan backtest`, or open {place / 'report.html'}",
        )
    if found and STATUS_FILE not in found:
        raise StorageError(
            f"{run} is no run: it has neither {FILE} nor {RUN_FILE}",
            remedy=f"name the folder of a run; here: {_here()}",
        )
    return RUN_FILE in found


def _runs() -> list[Path]:
    """Folders of runs and backtests here, the one that changed last at the end."""
    from titan.runtime.run_folder import STATUS_FILE

    return [
        one.parent for one in sorted(Path("runs").glob(f"*/{STATUS_FILE}"), key=lambda p: p.stat().st_mtime)
    ]


def _newest() -> str:
    """The newest backtest where there is no other run; empty where `url_of` says which, or what to do."""
    from titan.cli.looking import FILE

    live = [one for one in _runs() if (one / FILE).exists()]
    every = [] if Path(FILE).exists() or live else _runs()
    return str(every[-1]) if every else ""


def _here() -> str:
    return ", ".join(map(str, _runs()[-5:])) or "none yet; `titan tui --mode demo` starts one"


def _demo(config: Path) -> tuple[Source, Started]:
    """A run on paper, as a process of its own."""
    from titan.runtime.clock import WallClock
    from titan.runtime.trading.plan import read_plan
    from titan.tui.started import Started

    plan = read_plan(config, "paper", os.environ, {})
    command = [sys.executable, "-m", "titan.cli.app", "run", "--mode", "paper", "--config", str(config)]
    began_ns = WallClock().now()
    started = Started(command, plan.folder / "terminal.log")
    return source_of(str(plan.folder), began_ns, store=plan.store), started
