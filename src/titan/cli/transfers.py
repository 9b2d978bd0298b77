"""`titan transfers`: money on its way between wallets, as the journal has it."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from titan.cli.looking import Json, Limit, Since, StoreUrl, more, number, opened, table, when
from titan.cli.terminal import write_json
from titan.cli.times import time_of
from titan.storage.views import transfers_in


def transfers(
    is_open: Annotated[bool, typer.Option("--open", help="Only those asked for and not booked.")] = False,
    since: Since = "", limit: Limit = 50, store: StoreUrl = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Show transfers between wallets, the newest last.

    Example: titan transfers --open
    """
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
