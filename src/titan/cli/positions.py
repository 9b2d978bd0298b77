"""`titan positions`: what is held, folded from the fills of the journal."""

from __future__ import annotations

from typing import Annotated

import typer

from titan.cli.looking import Json, Since, StoreUrl, fields, more, number, opened, price, size, table, when
from titan.cli.terminal import write_json
from titan.cli.times import time_of
from titan.storage.positions import Position
from titan.storage.positions import positions as folded
from titan.storage.views import Rules, every_fill, rules_of


def positions(
    is_open: Annotated[bool, typer.Option("--open", help="Only what is held now.")] = False,
    owners: Annotated[bool, typer.Option("--owners", help="Each holding by itself.")] = False,
    since: Since = "", store: StoreUrl = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Show what every fill of the journal adds up to, at average cost and before fees. Funding, marks and
    what was there before the journal are not in it: `titan run` shows the whole. With --since, only what
    the fills from then on add up to.

    Example: titan positions --open
    """
    from_ns = time_of("--since", since) or 0
    with opened(store, quiet=as_json) as found:
        rules = rules_of(found)
        rows = [p for p in folded(every_fill(found, from_ns), by_owner=owners) if p.lots or not is_open]
    if as_json:
        scaled = {"size": "lots", "average_price": "average_ticks"}
        write_json(
            {
                "positions": [
                    fields(p, rules, **scaled) | {"realised_quote": _realised(p, rules)} for p in rows
                ]
            }
        )
        return
    heads = ("instrument", *(("holding",) if owners else ()), "size", "average", "realised", "fees", "fills",
             "last fill (UTC)")  # fmt: skip
    lines = [
        (
            p.instrument, *((p.owner or "nobody's order",) if owners else ()),
            size(p.lots, p.instrument, rules), price(p.average_ticks, p.instrument, rules) if p.lots else "",
            _realised(p, rules) or "",
            ", ".join(f"{number(fee)} {asset}" for asset, fee in sorted(p.fees.items()) if fee),
            f"{p.fills:,}", when(p.last_ns),
        )
        for p in rows
    ]  # fmt: skip
    if lines:
        table(heads, lines, right=("size", "average", "realised", "fills"), dim=("last fill (UTC)",))
    more(len(rows), 0, "positions")


def _realised(one: Position, rules: dict[str, Rules]) -> str | None:
    """In the quote asset; None where the instrument's rules are not known."""
    known = rules.get(one.instrument)
    if known is None:
        return None
    value = one.realised * known.tick * known.lot
    return f"{number(round(value, 8))} {known.quote}"
