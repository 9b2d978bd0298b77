"""The zipped CSV files of Binance's public archive, as `titan data download` fetches them.

The folder says the market (`spot`, `futures/um`) and the kind, the name the symbol. Older files have no
header. Source of the columns: the archive's own description (github.com/binance/binance-public-data, README,
read November 2026).
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple, TextIO

import numpy as np

from titan.market.tape.rows import END, Kind, empty
from titan.model.errors import DataError
from titan.model.instrument import InstrumentKind
from titan.venues.binance.archive import KINDS
from titan.venues.catalogue import split_symbol
from titan.venues.recorded import bars
from titan.venues.recorded.names import pair_of
from titan.venues.recorded.order import in_order
from titan.venues.recorded.series import BadRows, Hints, Listing, Series, cut, nothing_left
from titan.venues.recorded.tables import Table, from_csv
from titan.venues.recorded.trades import trades

_NAME: Final = re.compile(r"^(?P<symbol>[A-Z0-9]{5,})-(?P<what>[A-Za-z0-9]+)-\d{4}-\d{2}(-\d{2})?\.zip$")
_BARS: Final = (
    "open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume", "count",
    "taker_buy_volume", "taker_buy_quote_volume", "ignore",
)  # fmt: skip
_COLUMNS: Final = {
    "klines": _BARS,
    "markPriceKlines": _BARS,
    "indexPriceKlines": _BARS,
    "aggTrades": (
        "agg_trade_id", "price", "quantity", "first_trade_id", "last_trade_id", "transact_time",
        "is_buyer_maker", "is_best_match",
    ),
    "trades": ("id", "price", "qty", "quote_qty", "time", "is_buyer_maker", "is_best_match"),
    "fundingRate": ("calc_time", "funding_interval_hours", "last_funding_rate"),
    "metrics": (
        "create_time", "symbol", "sum_open_interest", "sum_open_interest_value",
        "count_toptrader_long_short_ratio", "sum_toptrader_long_short_ratio", "count_long_short_ratio",
        "sum_taker_long_short_vol_ratio",
    ),
    "liquidationSnapshot": (
        "time", "side", "order_type", "time_in_force", "original_quantity", "price", "average_price",
        "order_status", "last_fill_quantity", "accumulated_fill_quantity",
    ),
}  # fmt: skip
_OURS: Final = {
    "transact_time": "time", "calc_time": "time", "create_time": "time", "quantity": "amount",
    "qty": "amount", "last_funding_rate": "rate", "is_buyer_maker": "side",
}  # fmt: skip
"""The importer's own words for the archive's columns."""


class Inside(NamedTuple):
    """What an archive file is about."""

    kind: str
    listing: Listing


def is_archive(path: Path) -> bool:
    """Whether the name is one of the archive's."""
    return _NAME.match(path.name) is not None


def read_archive(path: Path, hints: Hints) -> Series:
    """The series of one file. Raises DataError for a damaged file and for kinds that give no rows."""
    inside = _inside(path, hints)
    with _opened(path) as file:
        table = from_csv(path, _with_header(file, _COLUMNS[inside.kind]))
    if inside.kind == "klines":
        return bars.bars(path, table, inside.listing, hints, bars.usual_step(table.times))
    if inside.kind in ("markPriceKlines", "indexPriceKlines"):
        kind = Kind.MARK if inside.kind.startswith("mark") else Kind.INDEX
        return bars.marks(path, table, inside.listing, hints, kind)
    if inside.kind == "fundingRate":
        return bars.funding(path, table, inside.listing, hints)
    if inside.kind in ("aggTrades", "trades"):
        # The buyer was the maker: the taker sold.
        side = ["sell" if maker.lower() == "true" else "buy" for maker in table.text["side"]]
        return trades(path, table._replace(text={**table.text, "side": side}), inside.listing, hints)
    return _figures(path, table, inside, hints)


def _figures(path: Path, table: Table, inside: Inside, hints: Hints) -> Series:
    """Open interest, or liquidations: rows with a quantity of their own."""
    interest = inside.kind == "metrics"
    bad = BadRows(str(path))
    bad.add_all(table.ragged, "another number of fields than the first line")
    qty = table.numbers["sum_open_interest" if interest else "accumulated_fill_quantity"]
    px = np.zeros(len(qty)) if interest else table.numbers["average_price"]
    usable = np.isfinite(qty) & (qty > 0) & np.isfinite(px) & ((px > 0) | interest)
    bad.add_all(table.row[~usable], "no quantity, or no price, above zero")
    keep = in_order(table.times, usable, table.row, bad, strict=False)
    if not bool(keep.any()):
        raise nothing_left(path, bad)
    rows = empty(int(keep.sum()))
    rows.ts[:] = rows.recv[:] = table.times[keep]
    rows.kind[:] = Kind.OPEN_INTEREST if interest else Kind.LIQUIDATION
    rows.flags[:] = END
    rows.px[:], rows.qty[:] = px[keep], qty[keep]
    if not interest:
        # The side is the closing order's: a sale closed a long.
        long = np.array([side.upper() == "SELL" for side in table.text["side"]])
        rows.side[:] = np.where(long, 1, -1)[keep]
    group = "interest" if interest else "liquidations"
    return Series(inside.listing, group, cut(rows, hints), (path,), "archive", bad)


def _inside(path: Path, hints: Hints) -> Inside:
    match = _NAME.match(path.name)
    folders = [part for part in path.absolute().parts if part in KINDS]
    kind = folders[-1] if folders else (match["what"] if match and match["what"] in KINDS else "klines")
    if match is None or kind not in _COLUMNS:
        raise DataError(f"{path}: no rows can be made of {kind}", remedy=f"of these: {', '.join(_COLUMNS)}")
    symbol, quote = split_symbol(match["symbol"])
    base, quote = pair_of(path, symbol if quote else "", quote, hints)
    perp_only = not KINDS[kind].spot
    perp = hints.market == "perp" or (not hints.market and (perp_only or "um" in path.absolute().parts))
    market = InstrumentKind.PERP if perp else InstrumentKind.SPOT
    return Inside(kind, Listing(hints.venue or "binance", market, base, quote))


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    try:
        with zipfile.ZipFile(path) as packed:
            name = next(n for n in packed.namelist() if n.endswith(".csv"))
            with packed.open(name) as file:
                yield io.TextIOWrapper(file, encoding="utf-8", newline="")
    except (OSError, zipfile.BadZipFile, StopIteration, UnicodeDecodeError, csv.Error) as e:
        raise DataError(
            f"{path} cannot be unpacked, it is damaged or cut short: {e}",
            remedy="remove it and fetch it again with `titan data download`",
        ) from e


def _with_header(file: TextIO, names: tuple[str, ...]) -> Iterator[str]:
    """The lines with a header in the importer's words, whether the file has one or not."""
    first = file.readline()
    cells = first.strip().split(",")
    headed = not cells[0][:1].isdigit()
    known = [c.strip() for c in cells] if headed else list(names[: len(cells)])
    return chain([",".join(_OURS.get(n, n) for n in known)], [] if headed else [first], file)
