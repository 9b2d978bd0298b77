"""`titan replay`: run a recorded run again and compare every decision."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def replay(
    run: Annotated[Path, typer.Argument(help="A run's folder, of `titan backtest` or of `titan run`.")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Fail with exit code 5 when one decision differs.")
    ] = False,
    tape: Annotated[Path | None, typer.Option(help="The tape, when it has moved since the run.")] = None,
    store: Annotated[str, typer.Option(help="The journal's store, when it is not in the run's folder.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Run a recorded run again from its own settings and tape, and compare.

    Of a backtest every decision, order and fill is made again. Of a run on paper or live every signal, every
    call of the strategy and every wish is; what venues said is taken from the run's journal. The first entry
    that differs is named, with its likely cause.

    Example: titan replay --verify runs/a
    """
    from titan.cli.progress import watch
    from titan.runtime.replay import replay_run

    with watch(quiet=as_json) as progress:
        verdict = replay_run(run, tape=tape, store=store, progress=progress)
    if as_json:
        typer.echo(json.dumps(verdict.as_dict(), indent=2))
    else:
        typer.echo(f"{run}: {verdict.explain()}")
    if verify and not verdict.equal:
        raise typer.Exit(5)
