"""Finds the recordings among paths and folders, and gives each file to the reader that understands it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from titan.market.tape.file import is_tape
from titan.market.tape.rows import Kind
from titan.model.errors import DataError
from titan.venues.recorded import bars as bar_rows
from titan.venues.recorded.archive import is_archive, read_archive
from titan.venues.recorded.names import TABLE_ENDS, listing_of, parse_name
from titan.venues.recorded.raw_files import RAW_ENDS
from titan.venues.recorded.series import Hints, Series
from titan.venues.recorded.tables import Table, read_table
from titan.venues.recorded.trades import polls, read_trades_json, trades

IMPORTABLE: Final = (
    "bars, mark prices and funding of freqtrade (Feather, Parquet, CSV, CSV.gz; BTC_USDT-5m.feather, "
    "BTC_USDT_USDT-1h-funding_rate.feather), files of Binance's public archive (.zip, .csv), trades "
    "(BTC_USDT-trades.json.gz), "
    "polled quotes (best_bid, best_ask ... as CSV), raw captures of the sockets of all five venues "
    "(hftbacktest, cryptofeed, JSON lines), "
    "minute closes (SOL_minute_*.csv.gz)"
)
_MAYBE: Final = (*TABLE_ENDS, *RAW_ENDS, "-trades.json", "-trades.json.gz", ".gz", ".dat", ".zip")
_NUMBERED: Final = re.compile(r"\.\d+\Z")
"""cryptofeed numbers its files, as KRAKEN.ws.48.0."""


class Found(NamedTuple):
    """A file to import. `name` is how the tape calls it: from the folder that was asked for downwards."""

    path: Path
    name: str
    inside: bool
    """Found in a folder, not named by the user: what cannot be read may then be left out."""


class Skipped(NamedTuple):
    """A file or a series that was left out, and why."""

    name: str
    reason: str


def find(paths: Sequence[Path]) -> tuple[list[Found], list[Skipped]]:
    """All files of `paths`, folders searched to the bottom, each file once, in a fixed order."""
    found: dict[Path, Found] = {}
    skipped: list[Skipped] = []
    for path in paths:
        if path.is_dir():
            if is_tape(path):
                raise DataError(f"{path} is a tape already", remedy="join tapes with `titan tape merge`")
            for child in sorted(p for p in path.rglob("*") if p.is_file()):
                name = f"{path.absolute().name}/{child.relative_to(path).as_posix()}"
                if child.name.lower().endswith(_MAYBE) or _NUMBERED.search(child.name):
                    found.setdefault(child.absolute(), Found(child, name, True))
                else:
                    skipped.append(Skipped(name, "not a recording"))
        elif path.is_file():
            found[path.absolute()] = Found(path, path.name, False)
        else:
            raise DataError(f"there is no file or folder {path}", remedy="check the path")
    if not found:
        raise DataError(
            f"no recordings in {', '.join(map(str, paths))}", remedy=f"importable are: {IMPORTABLE}"
        )
    return list(found.values()), skipped


def read_file(path: Path, hints: Hints) -> Series:
    """The series of one file that is no capture. Raises DataError when it cannot be imported."""
    if is_archive(path):
        return read_archive(path, hints)
    name = parse_name(path)
    if name.content == "trades" and "json" in path.name:
        return trades(path, read_trades_json(path), listing_of(path, name, hints), hints)
    if not path.name.lower().endswith(TABLE_ENDS):
        raise DataError(f"{path} is nothing that can be imported", remedy=f"importable are: {IMPORTABLE}")
    table = read_table(path)
    content = name.content or _content(table)
    if not content:
        columns = ", ".join([*table.numbers, *table.text])
        raise DataError(
            f"{path}: nothing can be made of its columns {columns}", remedy=f"importable are: {IMPORTABLE}"
        )
    series = _read_table(path, table, content, hints)
    if name.note and not hints.symbol:
        series.notes = (*series.notes, name.note)
    return series


def _read_table(path: Path, table: Table, content: str, hints: Hints) -> Series:
    name = parse_name(path)
    listing = listing_of(path, name, hints)
    if content in ("mark", "index"):
        return bar_rows.marks(path, table, listing, hints, Kind.MARK if content == "mark" else Kind.INDEX)
    if content == "funding":
        return bar_rows.funding(path, table, listing, hints)
    if content == "polls":
        return polls(path, table, listing, hints)
    if content == "trades":
        return trades(path, table, listing, hints)
    if "open" not in table.numbers and "close" in table.numbers:
        return bar_rows.closes(path, table, listing, hints)
    return bar_rows.bars(path, table, listing, hints, name.interval_ns)


def _content(table: Table) -> str:
    numbers = table.numbers.keys()
    if {"best_bid", "best_ask", "bid_volume", "ask_volume"} <= numbers:
        return "polls"
    if {"price", "amount"} <= numbers and "side" in table.text:
        return "trades"
    if "close" in numbers:
        return "bars"
    return "funding" if "rate" in numbers else ""
