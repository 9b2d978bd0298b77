"""Public trades and polled quotes, as rows of the tape."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from titan.market.tape.rows import END, ESTIMATED, Kind, empty
from titan.model.errors import DataError
from titan.venues.recorded.order import in_order
from titan.venues.recorded.series import BadRows, Hints, Listing, Series, cut, nothing_left
from titan.venues.recorded.tables import NO_TIME, Table, to_ns

_Trade = tuple[int, str | None, str | None, str, float, float, float | None]
_DECODER: Final = msgspec.json.Decoder(_Trade)
_SIDES: Final = {"buy": 1, "sell": -1}


def read_trades_json(path: Path) -> Table:
    """A JSON list of [ms, id, type, side, price, amount, cost], as freqtrade keeps; `row` counts elements."""
    try:
        packed = path.read_bytes()
        content = gzip.decompress(packed) if path.name.endswith(".gz") else packed
        items = msgspec.json.decode(content, type=list[msgspec.Raw])
    except (OSError, EOFError, zlib.error, msgspec.DecodeError) as e:
        raise DataError(f"{path} is no list of trades: {e}", remedy="copy it again from where it came") from e
    n = len(items)
    times = np.full(n, NO_TIME, np.int64)
    price, amount = np.full(n, np.nan), np.full(n, np.nan)
    side = [""] * n
    for i, item in enumerate(items):
        try:
            ms, _, _, side[i], price[i], amount[i], _ = _DECODER.decode(item)
            times[i] = to_ns(ms)
        except msgspec.DecodeError:
            continue  # stays NaN, and is counted as bad below
    return Table(times, {"price": price, "amount": amount}, {"side": side}, np.arange(1, n + 1))


def trades(path: Path, table: Table, listing: Listing, hints: Hints) -> Series:
    """TRADE rows from columns price, amount and side (`buy` or `sell`, the taker's)."""
    bad = BadRows(str(path))
    bad.add_all(table.ragged, "another number of fields than the first line")
    px, qty = table.numbers["price"], table.numbers["amount"]
    side = np.array([_SIDES.get(s.lower(), 0) for s in table.text["side"]], np.int8)
    usable = np.ones(len(px), np.bool_)
    with np.errstate(invalid="ignore"):
        for reason, wrong in (
            ("not a trade", ~np.isfinite(px + qty)),
            ("a price of zero or less", px <= 0),
            ("a size of zero or less", qty <= 0),
            ("neither buy nor sell", side == 0),
        ):
            bad.add_all(table.row[usable & wrong], reason)
            usable &= ~wrong
    keep = in_order(table.times, usable, table.row, bad, strict=False)
    if not bool(keep.any()):
        raise nothing_left(path, bad)
    rows = empty(int(keep.sum()))
    rows.ts[:] = rows.recv[:] = table.times[keep]
    rows.kind[:] = Kind.TRADE
    rows.flags[:] = END
    rows.side[:] = side[keep]
    rows.px[:] = px[keep]
    rows.qty[:] = qty[keep]
    return Series(listing, "trades", cut(rows, hints), (path,), "trades", bad, rows.px, rows.qty)


def polls(path: Path, table: Table, listing: Listing, hints: Hints) -> Series:
    """BBO rows from columns best_bid, best_ask, bid_volume, ask_volume; the times are the poller's own."""
    bad = BadRows(str(path))
    bad.add_all(table.ragged, "another number of fields than the first line")
    names = ("best_bid", "best_ask", "bid_volume", "ask_volume")
    bid, ask, bid_qty, ask_qty = (table.numbers[n] for n in names)
    usable = np.ones(len(bid), np.bool_)
    with np.errstate(invalid="ignore"):
        for reason, wrong in (
            ("not a number", ~np.isfinite(bid + ask + bid_qty + ask_qty)),
            ("a price of zero or less", (bid <= 0) | (ask <= 0)),
            ("a negative size", (bid_qty < 0) | (ask_qty < 0)),
            ("the bid is above the ask", bid > ask),
        ):
            bad.add_all(table.row[usable & wrong], reason)
            usable &= ~wrong
    keep = in_order(table.times, usable, table.row, bad, strict=False)
    if not bool(keep.any()):
        raise nothing_left(path, bad)
    rows = empty(2 * int(keep.sum()))
    for offset, side, px, qty in ((0, 1, bid, bid_qty), (1, -1, ask, ask_qty)):
        at: NDArray[np.int64] = np.arange(offset, len(rows.ts), 2)
        rows.ts[at] = rows.recv[at] = table.times[keep]
        rows.side[at] = side
        rows.px[at] = px[keep]
        rows.qty[at] = qty[keep]
    rows.kind[:] = Kind.BBO
    rows.flags[:] = ESTIMATED
    rows.flags[1::2] |= END
    note = f"{path.name} was polled: times are the poller's clock, sizes are sums over its top levels"
    return Series(
        listing, "quotes", cut(rows, hints), (path,), "polls", bad, rows.px, rows.qty, notes=(note,)
    )
