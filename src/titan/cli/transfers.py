"""`titan transfers`: money between wallets, as the journal has it, and what an operator says of it."""

from __future__ import annotations

import getpass
import os
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from titan.cli.looking import Json, Limit, Since, StoreUrl, more, opened, table
from titan.cli.terminal import write_json
from titan.cli.times import time_of
from titan.model.errors import ConfigError
from titan.model.instrument import venue_of
from titan.model.settled import Fate, Settled
from titan.runtime.watching.written import number, when
from titan.storage.courses import ASKED
from titan.storage.views import TransferView, transfers_in

FINEST: Final = 18
"""Decimals of the finest assets."""

app = typer.Typer(invoke_without_command=True, help="Money on its way between wallets.")


@app.callback()
def transfers(
    context: typer.Context,
    is_open: Annotated[bool, typer.Option("--open", help="Only those asked for and not booked.")] = False,
    since: Since = "", limit: Limit = 50, store: StoreUrl = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Show transfers between wallets, the newest last. `settle` says what became of one.

    Example: titan transfers --open
    """
    if context.invoked_subcommand is not None:
        return
    with opened(store, quiet=as_json) as found:
        rows = transfers_in(found, since_ns=time_of("--since", since) or 0, is_open=is_open, limit=limit)
    if as_json:
        write_json({"transfers": [msgspec.to_builtins(row) for row in rows]})
        return
    heads = ("asked (UTC)", "amount", "asset", "from", "to", "cost", "state", "reason", "id")
    lines = [
        (
            when(row.asked_ns), number(row.amount), row.asset, row.source, row.target,
            number(row.cost) if row.cost else "", row.state, row.reason, row.id,
        )
        for row in rows
    ]  # fmt: skip
    if lines:
        table(heads, lines, right=("amount", "cost"), dim=("asked (UTC)", "id"))
    more(len(rows), limit, "open transfers" if is_open else "transfers")


@app.command()
def settle(
    name: Annotated[str, typer.Argument(metavar="ID", help="Its name: `titan transfers --open` has it.")],
    config: Annotated[Path, typer.Option(help="The config folder of the run.")],
    why: Annotated[str, typer.Option(help="How you know it, for the journal.")],
    arrived: Annotated[str, typer.Option(metavar="AMOUNT", help="So much came to its target.")] = "",
    back: Annotated[bool, typer.Option("--back", help="It never left, or came back.")] = False,
    lost: Annotated[bool, typer.Option("--lost", help="It left, and will never arrive.")] = False,
) -> None:  # fmt: skip
    """Say what became of a transfer of which no venue tells, after a look at both venues' own pages. It is
    journalled with your name, and the books follow exactly: a running run does so at once, else the next one.

    Example: titan transfers settle 18f-sentinel.binance-7-withdrawal --config config/doubles2 --arrived 249
    --why "their support found it, ticket 4711"
    """
    from titan.runtime.clock import WallClock
    from titan.runtime.trading.asking import ask
    from titan.runtime.trading.plan import read_plan

    plan = read_plan(config, "live", os.environ, {})
    with opened(plan.store, quiet=True) as found:
        row = _one(transfers_in(found, is_open=True), name)
    fate = _fate(arrived, back=back, lost=lost)
    came = _checked(row, fate, arrived)
    said = Settled(row.id, fate, came, getpass.getuser(), why, WallClock().now())
    done = ask(plan, said)
    follows = "the books follow when the run starts" if done else "the run that is running was asked"
    typer.echo(f"{row.amount} {row.asset} from {row.source} to {row.target}: {said}; {follows}")


def _one(rows: list[TransferView], name: str) -> TransferView:
    found = [row for row in rows if row.id == name]
    if not found:
        names = ", ".join(row.id for row in rows) or "none"
        raise ConfigError(f"no open transfer {name}", remedy=f"those that are open: {names}")
    return found[0]


def _fate(arrived: str, *, back: bool, lost: bool) -> Fate:
    said = [fate for fate, is_so in ((Fate.ARRIVED, arrived), (Fate.BACK, back), (Fate.LOST, lost)) if is_so]
    if len(said) != 1:
        raise ConfigError("what became of it?", remedy="say one of --arrived AMOUNT, --back, --lost")
    return said[0]


def _checked(row: TransferView, fate: Fate, arrived: str) -> str:
    """What arrived, exact; empty for nothing. Raises ConfigError for what cannot be so."""
    within = venue_of(row.source) == venue_of(row.target)
    if within and row.state == ASKED:
        raise ConfigError(
            f"{row.id} is within a venue and still looked for", remedy="a run tells within two minutes"
        )
    if within and fate is Fate.LOST:
        raise ConfigError("within a venue nothing is lost", remedy=f"say --back or --arrived {row.amount}")
    if fate is not Fate.ARRIVED:
        return ""
    amount = _amount(arrived)
    if not 0 < amount <= row.amount or (within and amount != row.amount):
        raise ConfigError(
            f"--arrived {arrived}: {row.amount} {row.asset} were asked for",
            remedy=f"say what came: {row.amount}" + ("" if within else " or less"),
        )
    return str(amount)


def _amount(text: str) -> Decimal:
    """0 for what is none, or finer than any venue's."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return Decimal(0)
    exponent = amount.as_tuple().exponent
    return amount if isinstance(exponent, int) and exponent >= -FINEST else Decimal(0)
