"""`titan differences`: what the last reconciliation of each venue found, with every figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer

from titan.cli.looking import Json, Since, StoreUrl, opened, table
from titan.cli.terminal import write_json
from titan.cli.times import time_of
from titan.model.recovery import Reconciled
from titan.runtime.watching.written import when
from titan.storage.search import Wanted, search


def differences(
    every: Annotated[bool, typer.Option("--all", help="Every pass, not only each venue's last.")] = False,
    since: Since = "", store: StoreUrl = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Show where venues and the books differ, and what was done about it. A pass that found the same as the
    one before it is not written down again, so the time is when it was found first.

    Example: titan differences --all --since 2026-11-21
    """
    with opened(store, quiet=as_json) as found:
        wanted = Wanted(what="reconciled", since_ns=time_of("--since", since) or 0)
        passes = [msgspec.json.decode(one.body, type=Reconciled) for one in search(found, wanted)]
    if not every:
        passes = list({one.venue: one for one in passes}.values())
    if as_json:
        write_json({"passes": [msgspec.to_builtins(one) | {"opens": one.opens} for one in passes]})
        return
    if not passes:
        typer.echo("no venue was reconciled yet")
    for one in passes:
        show(one)


def show(one: Reconciled) -> None:
    """One pass: a sentence, and a table where anything differs."""
    typer.echo(sentence(one))
    if one.differences:
        heads = ("what", "of", "here", "there", "done", "")
        rows = [
            (str(d.kind), d.subject, d.ours, d.theirs, d.done, "entries closed" if d.blocks else "")
            for d in one.differences
        ]
        table(heads, rows, right=("here", "there"))


def sentence(one: Reconciled) -> str:
    """As "okx since 2026-11-21 08:00:00.000: agrees (2 open orders, 1 position, 3 balances)"."""
    counts: Sequence[tuple[int, str]] = (
        (one.orders, "open order"), (one.positions, "position"), (one.balances, "balance"),
    )  # fmt: skip
    compared = ", ".join(f"{n} {noun}{'' if n == 1 else 's'}" for n, noun in counts)
    if not one.complete:
        said = f"not answered completely: {one.why}"
    elif not one.differences:
        said = "agrees"
    else:
        n = len(one.differences)
        said = f"{n} difference{'' if n == 1 else 's'}" + ("" if one.opens else ", entries are closed")
    return f"{one.venue} since {when(one.local_ns)}: {said} ({compared})"
