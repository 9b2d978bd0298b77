"""`titan orders`: orders as the journal has them."""

from __future__ import annotations

from typing import Annotated

import typer

from titan.cli.looking import Json, Limit, Since, StoreUrl, fields, more, opened, table
from titan.cli.terminal import write_json
from titan.cli.times import time_of
from titan.runtime.watching.written import price, size, when
from titan.storage.views import OrderView, orders_in, rules_of


def orders(
    is_open: Annotated[bool, typer.Option("--open", help="Only those that have not ended.")] = False,
    since: Since = "", limit: Limit = 50, store: StoreUrl = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Show orders, the newest last. It reads the journal's tables: a running `titan run` is not disturbed.

    Example: titan orders --open
    """
    with opened(store, quiet=as_json) as found:
        rules = rules_of(found)
        rows = orders_in(found, since_ns=time_of("--since", since) or 0, is_open=is_open, limit=limit)
    if as_json:
        scaled = {"size": "lots", "filled_size": "filled_lots", "average_price": "average_ticks"}
        scaled |= {"limit_price": "limit_ticks", "stop_price": "stop_ticks"}
        write_json({"orders": [fields(row, rules, **scaled) for row in rows]})
        return
    heads = (
        "sent (UTC)",
        "instrument",
        "side",
        "size",
        "type",
        "limit",
        "filled",
        "average",
        "state",
        "order",
    )
    lines = [
        (
            when(row.sent_ns), row.instrument, row.side, size(row.lots, row.instrument, rules), kind(row),
            price(row.limit_ticks or row.stop_ticks, row.instrument, rules)
            if row.limit_ticks or row.stop_ticks else "",
            size(row.filled_lots, row.instrument, rules) if row.filled_lots else "",
            "" if row.average_ticks is None else price(row.average_ticks, row.instrument, rules),
            row.state, row.client_id,
        )
        for row in rows
    ]  # fmt: skip
    if lines:
        table(heads, lines, right=("size", "limit", "filled", "average"), dim=("sent (UTC)", "order"))
    for row in rows:
        if row.reason and row.state in ("rejected", "unknown"):
            typer.echo(f"{row.client_id} {row.state}: {row.reason}")
    more(len(rows), limit, "open orders" if is_open else "orders")


def kind(row: OrderView) -> str:
    """As "limit ioc", "stop reduce"."""
    words = [row.type, "" if row.type == "market" or row.tif == "gtc" else row.tif]
    return " ".join([w for w in words if w] + (["reduce"] if row.reduce_only else []))
