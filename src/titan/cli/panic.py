"""`titan panic`: everything cancelled, everything closed, and proof of it."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

from titan.cli.terminal import paint, write_json


def panic(
    config: Annotated[Path, typer.Option(help="The config folder of the run.")],
    reason: Annotated[str, typer.Option(help="Why, for the journal.")] = "by hand",
    rearm: Annotated[
        bool, typer.Option("--rearm", help="Take the latch of an earlier panic back instead.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document at the end.")] = False,
) -> None:
    """Cancel every order and close every position at every venue of a run, and prove it.

    Works beside a run, or where none runs any more, with the keys of the key store. A running run is asked
    to halt; it stays latched until it is re-armed by hand. Each venue must say twice that it is flat. Exit
    code 1 where one could not be brought to that.

    Examples:

    titan panic --config config/doubles --reason "wrong tick size"

    titan panic --config config/doubles --rearm
    """
    import asyncio

    import msgspec

    from titan.runtime.clock import WallClock
    from titan.runtime.trading import panicking
    from titan.runtime.trading.plan import read_plan

    plan, who = read_plan(config, "live", os.environ, {}), getpass.getuser()
    if rearm:
        found = panicking.rearm(plan, WallClock(), by=who)
        if as_json:
            write_json({"rearmed": found})
        else:
            typer.echo("re-armed: entries may leave again" if found else "no panic is latched")
        return
    ended = asyncio.run(
        panicking.panic(
            plan, WallClock(), reason=reason, by=who, env=os.environ, tell=_quiet if as_json else _say
        )
    )
    if as_json:
        write_json(msgspec.to_builtins(ended))
    else:
        for venue in ended.flat:
            typer.echo(f"{venue}: flat, by its own word, twice")
        for text in ended.dust:
            typer.echo(f"  left, too small to be sold: {text}")
        for venue, what in ended.unseen.items():
            typer.echo(f"  {venue}: nobody looked at {what}")
        for venue, why in ended.open.items():
            typer.echo(paint(f"{venue}: NOT FLAT: {why}", "red"))
        typer.echo(f"latched: `titan panic --config {config} --rearm` takes it back")
    if ended.open:
        raise typer.Exit(1)


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _quiet(text: str) -> None:
    del text
