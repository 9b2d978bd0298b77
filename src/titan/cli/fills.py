"""`titan fills`: fills as the journal has them."""

from __future__ import annotations

from typing import Annotated

import typer

from titan.cli.looking import Json, Limit, Since, StoreUrl, fields, more, opened, table
from titan.cli.terminal import write_json
from titan.cli.times import time_of
from titan.runtime.watching.written import number, price, size
from titan.runtime.watching.written import when as at
from titan.storage.views import fills_in, rules_of


def fills(
    is_open: Annotated[bool, typer.Option("--open", help="Only of orders that have not ended.")] = False,
    since: Since = "", limit: Limit = 50, store: StoreUrl = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Show fills, the newest last.

    Example: titan fills --since 2026-11-21
    """
    with opened(store, quiet=as_json) as found:
        rules = rules_of(found)
        rows = fills_in(found, since_ns=time_of("--since", since) or 0, is_open=is_open, limit=limit)
    if as_json:
        write_json({"fills": [fields(row, rules, size="lots", price="ticks") for row in rows]})
        return
    heads = ("heard (UTC)", "instrument", "side", "size", "price", "fee", "asset", "as", "holding", "order")
    lines = [
        (
            at(row.local_ns), row.instrument, row.side, size(row.lots, row.instrument, rules),
            price(row.ticks, row.instrument, rules), number(row.fee), row.fee_asset,
            row.liquidity if row.finality == "final" else f"{row.liquidity}, {row.finality}",
            row.owner or "no holding", row.client_id,
        )
        for row in rows
    ]  # fmt: skip
    if lines:
        table(heads, lines, right=("size", "price", "fee"), dim=("heard (UTC)", "order"))
    more(len(rows), limit, "fills")
