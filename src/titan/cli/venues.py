"""`titan venues`: what Titan can do at each venue."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from titan.cli.terminal import colourful, write_json
from titan.runtime.matrix import VenueRow, generic, matrix

_SHORT: Final = {"open_interest": "open interest"}
_DATA: Final = (
    "trades", "depth", "bbo", "mark", "index", "funding", "open_interest", "liquidations", "klines",
)  # fmt: skip
_GATEWAY: Final = (
    ("account streams", "streams"), ("positions", "positions"),
    ("leverage", "leverage"), ("margin mode", "margin_mode"), ("funding history", "funding"),
    ("fee tiers", "fee_tiers"), ("key rights", "rights"), ("transfers", "transfers"),
    ("withdrawals", "withdrawals"), ("deposit addresses", "deposits"), ("dead man's switch", "switch"),
)  # fmt: skip


def venues(
    venue: Annotated[
        str, typer.Option(help="One venue only, also one of ccxt's list: --venue ccxt:bitget.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say what can be done at each venue: market data, orders, accounts, and what is lacking.

    Example: titan venues --json
    """
    rows = [generic(venue)] if venue.startswith("ccxt:") else [r for r in matrix() if venue in ("", r.venue)]
    if as_json:
        write_json({"venues": [msgspec.to_builtins(row) for row in rows]})
        return
    console = Console(no_color=not colourful(sys.stdout), highlight=False, emoji=False)
    for table in (_market_data(rows), _trading(rows)):
        console.print(table)
    console.print("stream: s   polled: p   spot/perp where they differ   -: not there\n", style="dim")
    for row in rows:
        console.print(f"{row.venue} lacks" if row.lacks else f"{row.venue} lacks nothing", style="bold")
        for words in row.lacks:
            console.print(Padding(words, (0, 0, 0, 2)))


def _market_data(rows: Sequence[VenueRow]) -> Table:
    return _table("market data", rows, [(_SHORT.get(c, c), _channel(c)) for c in _DATA])


def _trading(rows: Sequence[VenueRow]) -> Table:
    lines: list[tuple[str, Callable[[VenueRow], str]]] = [
        ("spot", lambda row: _yes("spot" in row.gateway.kinds)),
        ("perpetuals", lambda row: _yes("perp" in row.gateway.kinds)),
        ("stop orders", lambda row: _kinds(row, row.gateway.stops)),
        ("amend in place", lambda row: _kinds(row, row.gateway.amends)),
        *((name.replace("_", "-"), _time(name)) for name in ("ioc", "fok", "post_only")),
    ]
    for words, name in _GATEWAY:
        lines.append((words, _flag(name)))
    return _table("trading", rows, lines)


def _table(
    title: str, rows: Sequence[VenueRow], lines: Sequence[tuple[str, Callable[[VenueRow], str]]]
) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 1))
    table.add_column("", no_wrap=True, min_width=18)
    for row in rows:
        table.add_column(row.venue, justify="center", min_width=7)
    for words, cell in lines:
        table.add_row(words, *(cell(row) for row in rows))
    return table


def _channel(name: str) -> Callable[[VenueRow], str]:
    def cell(row: VenueRow) -> str:
        ways = [carried.get(name, "-")[0] for carried in row.channels.values()]
        return ways[0] if len(set(ways)) == 1 else "/".join(ways) or "-"

    return cell


def _flag(name: str) -> Callable[[VenueRow], str]:
    return lambda row: _yes(bool(getattr(row.gateway, name)))


def _time(name: str) -> Callable[[VenueRow], str]:
    return lambda row: _yes(name in row.gateway.times_in_force)


def _kinds(row: VenueRow, there: tuple[str, ...]) -> str:
    return "yes" if there and set(there) == set(row.gateway.kinds) else " ".join(there) or "-"


def _yes(there: bool) -> str:
    return "yes" if there else "-"
