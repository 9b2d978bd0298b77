"""`titan halts`: what is imposed on trading, by an operator or by the desk, and how it is lifted."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

from titan.cli.looking import Json, StoreUrl, opened, table
from titan.cli.terminal import write_json
from titan.risk.overrides import Override, Scope

app = typer.Typer(no_args_is_help=True, help="What is imposed on trading: shown, imposed, lifted.")

Config = Annotated[Path, typer.Option(help="The config folder of the run.")]
Name = Annotated[str, typer.Argument(help="Its name; what has spaces in quotes.")]


@app.command()
def show(store: StoreUrl = "", as_json: Json = False) -> None:
    """Show what is in force: its name, what it allows, what it covers, and why.

    Example: titan halts show
    """
    from titan.runtime.trading.asking import in_force

    with opened(store, quiet=as_json) as found:
        standing = in_force(found)
    rows = standing.latches() | standing.standing()
    if as_json:
        write_json({"halts": [_plain(name, *row, name in standing.latches()) for name, row in rows.items()]})
    elif rows:
        lines = [(name, str(override), str(scope), why) for name, (scope, override, why) in rows.items()]
        table(("name", "allows", "covers", "reason"), lines, fold=("name", "covers", "reason"))
    else:
        typer.echo("nothing is imposed")


@app.command()
def impose(
    name: Name, config: Config,
    mode: Annotated[
        str, typer.Option(help="reduce-only, close, no-trading; or a scale of entries, as 0.5.")
    ] = "reduce-only",
    strategy: Annotated[str, typer.Option(help="Only for this strategy.")] = "",
    venue: Annotated[str, typer.Option(help="Only at this venue.")] = "",
    base: Annotated[str, typer.Option(help="Only for this coin, as BTC.")] = "",
    instrument: Annotated[str, typer.Option(help="Only for this one, as binance.spot.BTCUSDT.")] = "",
    owner: Annotated[str, typer.Option(help="Only for this holding, as BTC:core:1.")] = "",
    reason: Annotated[str, typer.Option(help="Why, for the journal.")] = "by hand",
) -> None:  # fmt: skip
    """Hold trading back from now on, until it is lifted. What is left out covers all; several that cover the
    same are all in force, and the most severe wins. A running run hears it at once.

    Example: titan halts impose "exchange upgrade" --config config/doubles --venue binance
    """
    from titan.risk.restraints import imposed
    from titan.runtime.clock import WallClock
    from titan.runtime.trading.asking import ask, check_covered, override_of
    from titan.runtime.trading.plan import read_plan

    plan, scope = read_plan(config, "live", os.environ, {}), Scope(strategy, venue, base, instrument, owner)
    check_covered(plan, venue, instrument)
    override = override_of(mode)
    entry = imposed(name, scope, override, reason=reason, by=getpass.getuser(), local_ns=WallClock().now())
    _said(ask(plan, entry), f"imposed '{name}': {override} for {scope}")


@app.command()
def lift(
    name: Name, config: Config,
    reason: Annotated[str, typer.Option(help="Why it may be taken back, for the journal.")] = "",
) -> None:  # fmt: skip
    """Take back what was imposed, by you or by the desk. Look first why it was: `titan halts show`.

    Example: titan halts lift "exchange upgrade" --config config/doubles --reason "it is over"
    """
    from titan.model.restraint import Lifted
    from titan.runtime.clock import WallClock
    from titan.runtime.trading.asking import ask, check_lift, standing_in
    from titan.runtime.trading.plan import read_plan

    plan = read_plan(config, "live", os.environ, {})
    check_lift(standing_in(plan), name)
    _said(ask(plan, Lifted(name, getpass.getuser(), WallClock().now(), reason)), f"lifted '{name}'")


def _said(done: bool, what: str) -> None:
    typer.echo(what if done else f"{what}: the run that is running was asked, and says so in its status")


def _plain(name: str, scope: Scope, override: Override, why: str, latch: bool) -> dict[str, object]:
    covers = {field: value for field in scope.__struct_fields__ if (value := getattr(scope, field))}
    return {"name": name, "allows": str(override), "covers": covers, "reason": why, "latch": latch}
