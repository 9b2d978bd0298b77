"""`titan replay`: run a recorded run again and compare every decision."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def replay(
    run: Annotated[Path, typer.Argument(help="A run's folder, as made by `titan backtest`.")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Fail with exit code 5 when one decision differs.")
    ] = False,
    tape: Annotated[Path | None, typer.Option(help="The tape, when it has moved since the run.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Run a recorded run again from its own settings and tape, and compare every decision, order and fill.

    Example: titan replay --verify runs/a
    """
    from titan.cli.progress import watch
    from titan.runtime.replay import replay_run

    with watch(quiet=as_json) as progress:
        verdict = replay_run(run, tape=tape, progress=progress)
    if as_json:
        typer.echo(json.dumps(verdict.as_dict(), indent=2))
    elif verdict.equal:
        typer.echo(
            f"{run}: {verdict.lines} decisions and events, every one equal. run hash {verdict.run_hash}"
        )
    else:
        typer.echo(verdict.explain())
    if verify and not verdict.equal:
        raise typer.Exit(5)
