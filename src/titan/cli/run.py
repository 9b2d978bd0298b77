"""`titan run`: a strategy on live market data, on paper, as an observer, or with real orders."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from titan.views.status import Status


def run(
    config: Annotated[
        Path, typer.Option(help="The config folder: what is run, where, and with which settings.")
    ],
    mode: Annotated[
        str,
        typer.Option(
            help="paper: orders go to a simulated exchange; observe: signals only; live: to the venues."
        ),
    ] = "paper",
    seconds: Annotated[float, typer.Option(min=0, help="Stop after so long; 0 runs until stopped.")] = 0.0,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change one setting, as sentinel.entry_z=2.5. May be repeated."),
    ] = None,
    new: Annotated[
        bool, typer.Option("--new", help="Begin a new run instead of going on with the last one.")
    ] = False,
    real_money: Annotated[
        bool, typer.Option("--real-money", help="Needed where --mode live means a venue's own addresses.")
    ] = False,
    tied: Annotated[
        bool, typer.Option("--tied", help="Stop when standard input ends: whoever started it is gone.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the last status as one JSON document.")
    ] = False,
) -> None:
    """Run a strategy on live market data. Ctrl-C stops it: entries stop, executions end, what stands is told.

    The same engine, desk, gates and ledger as in a backtest; only who brings the market and who takes the
    orders differs. What happens is journalled before it is done, so a run that was killed goes on when it is
    started again. The run's folder has the journal, and a status.json that is written anew every second.

    Nothing needs to be started by hand for a first look: config/demo brings its own venue.

    Examples:

    titan run --mode observe --config config/demo --seconds 20

    titan run --mode paper --config config/demo

    titan run --mode live --config config/doubles
    """
    import asyncio

    from titan.cli.run_view import View
    from titan.cli.running import settings
    from titan.model.errors import ConfigError
    from titan.runtime.modes import mode_named
    from titan.runtime.trading.life import trade
    from titan.runtime.trading.plan import read_plan

    if tied:
        from titan.runtime.supervising.lifeline import stopped_without_parent

        stopped_without_parent()
    parts = mode_named(mode)
    plan = read_plan(config, mode, os.environ, settings(set_))
    if parts.keys and plan.real and not real_money:
        raise ConfigError(
            f"this would trade real money at {', '.join(plan.real)}",
            remedy="say so with --real-money; or try `--mode paper`, or a double (venues.<name>.double)",
        )
    with View(quiet=as_json) as view, asyncio.Runner(loop_factory=parts.loop) as runner:
        last = runner.run(
            trade(
                plan, parts.clock(), seconds=seconds, new=new, env=dict(os.environ), tell=view.tell,
                show=view.show,
            )
        )  # fmt: skip
    if as_json:
        _print_json(last)
    else:
        view.end(last)


def _print_json(last: Status) -> None:
    import msgspec

    from titan.views.status import encoded

    sys.stdout.write(msgspec.json.format(encoded(last)).decode() + "\n")
