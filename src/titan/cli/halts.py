"""`titan halts`: what is imposed on trading, by an operator or by the desk, and how it is lifted."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from titan.cli.looking import Json, StoreUrl, opened, table
from titan.cli.terminal import write_json
from titan.model.errors import ConfigError
from titan.risk.overrides import CLOSE, NO_TRADING, REDUCE_ONLY, Override, Scope, scale
from titan.risk.restraints import Restraints

if TYPE_CHECKING:
    from titan.runtime.trading.plan import Plan

app = typer.Typer(no_args_is_help=True, help="What is imposed on trading: shown, imposed, lifted.")

_MODES = {"reduce-only": REDUCE_ONLY, "close": CLOSE, "no-trading": NO_TRADING}

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
    from titan.runtime.trading.asking import ask
    from titan.runtime.trading.plan import read_plan

    plan, scope = read_plan(config, "live", os.environ, {}), Scope(strategy, venue, base, instrument, owner)
    _check(plan, venue, instrument)
    entry = imposed(
        name, scope, _override(mode), reason=reason, by=getpass.getuser(), local_ns=WallClock().now()
    )
    _said(ask(plan, entry), f"imposed '{name}': {_override(mode)} for {scope}")


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
    from titan.runtime.trading.asking import ask, check_lift
    from titan.runtime.trading.plan import read_plan

    plan = read_plan(config, "live", os.environ, {})
    check_lift(_standing(plan.store), name)
    _said(ask(plan, Lifted(name, getpass.getuser(), WallClock().now(), reason)), f"lifted '{name}'")


def _standing(url: str) -> Restraints:
    from titan.runtime.trading.asking import in_force

    with opened(url, quiet=True) as found:
        return in_force(found)


def _check(plan: Plan, venue: str, instrument: str) -> None:
    """A halt that covers nothing because of a slip would be believed in."""
    traded = {f"{one.venue}.{name}" for one in plan.venues for name in one.instruments}
    for asked, known in ((venue, {one.venue for one in plan.venues}), (instrument, traded)):
        if asked and asked not in known:
            raise ConfigError(f"this run does not trade {asked}", remedy="but " + ", ".join(sorted(known)))


def _override(mode: str) -> Override:
    if mode in _MODES:
        return _MODES[mode]
    try:
        return scale(mode)
    except (ValueError, ZeroDivisionError) as e:
        raise ConfigError(
            f"--mode {mode} is none of {', '.join(_MODES)} and no scale",
            remedy="a scale is as 0.5, at most 1",
        ) from e


def _said(done: bool, what: str) -> None:
    typer.echo(what if done else f"{what}: the run that is running was asked, and says so in its status")


def _plain(name: str, scope: Scope, override: Override, why: str, latch: bool) -> dict[str, object]:
    covers = {field: value for field in scope.__struct_fields__ if (value := getattr(scope, field))}
    return {"name": name, "allows": str(override), "covers": covers, "reason": why, "latch": latch}
