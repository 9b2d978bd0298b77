"""What is known of each instrument now: one record an instrument, fed row by row.

The same kernel keeps the strategy's view (rows as they reach us) and the simulated exchange's (rows as they
happen). Where only bars are known the touch is *assumed*: half a spread around the last price, with a share
of the bar's volume on display. The record carries these assumptions, so the report can print them.

A price of 0 (`NO_PRICE`) is none. Once book levels were seen the instrument is *deep*: its book is the truth
of the touch, and the quote follows it at message ends. A gap empties touch and book: what was known before a
hole is no price.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from titan.market import book as l2
from titan.market.book import clear, consume, set_level, set_touch
from titan.market.compiled import compiled, inlined
from titan.market.grid import ENDLESS, NO_PRICE, tick_ratio
from titan.market.tape.rows import END, Kind, Rows

QUOTE = np.dtype(
    [
        ("bid", "f8"), ("bid_qty", "f8"), ("ask", "f8"), ("ask_qty", "f8"),
        ("last", "f8"), ("last_qty", "f8"),
        ("mark", "f8"), ("index", "f8"),
        ("mark_ts", "i8"),        # venue time of the last MARK row
        ("funding_rate", "f8"),   # of one interval, as last forecast or settled
        ("funding_ms", "f8"),     # when that rate settles, ms UTC; 0 when unknown
        ("interest", "f8"),       # open interest, base units
        ("ts", "i8"),             # venue time of the last row of any kind
        ("touch_ts", "i8"),       # venue time of the last row that stated bid or ask, changed or not
        ("gap_ts", "i8"),         # venue time of the last GAP row, 0 when there was none
        ("gaps", "i8"),           # GAP rows seen
        ("tick", "f8"),           # tick size
        ("num", "f8"), ("den", "f8"),  # the same as an exact fraction, see grid.py
        ("half_spread", "f8"),    # assumed, as a fraction of the price (bars only)
        ("bar_share", "f8"),      # assumed share of a bar part's volume on display (bars only)
        ("deep", "i8"),           # 1 once LEVEL rows were seen: the book is then the truth of the touch
        ("bars", "i8"),           # 1 while the touch is assumed from BAR rows
    ],
    align=True,
)  # fmt: skip

Quotes = NDArray[np.void]

# Kinds as plain ints: what the compiler folds into its comparisons.
_TRADE, _LEVEL, _CLEAR, _BBO = int(Kind.TRADE), int(Kind.LEVEL), int(Kind.CLEAR), int(Kind.BBO)
_MARK, _INDEX, _FUNDING = int(Kind.MARK), int(Kind.INDEX), int(Kind.FUNDING)
_INTEREST, _GAP = int(Kind.OPEN_INTEREST), int(Kind.GAP)
_BAR_OPEN, _BAR_CLOSE = int(Kind.BAR_OPEN), int(Kind.BAR_CLOSE)
MARK_LAG_NS = 60_000_000_000
"""A mark further behind the touch than this values nothing."""
_NOISE = 1e-6
"""In ticks: a price that close to the grid stands on it. Float noise is below it for prices under 1e9
ticks.
"""


def new_quotes(ticks: Sequence[float], *, half_spread: float, bar_share: float) -> Quotes:
    """One empty quote for each tick size.

    `half_spread` (fraction of the price) and `bar_share` (fraction of a bar part's volume) are the
    assumptions used for instruments of which only bars are known.
    """
    quotes: Quotes = np.zeros(len(ticks), QUOTE)
    for quote, tick in zip(quotes, ticks, strict=True):
        quote["tick"] = tick
        quote["num"], quote["den"] = tick_ratio(tick)
        quote["half_spread"], quote["bar_share"] = half_spread, bar_share
    return quotes


@compiled
def follow_book(quote: np.void, book: np.void) -> None:
    """Take the touch from the book."""
    quote["bid"], quote["bid_qty"] = l2.best_bid(book), l2.best_bid_qty(book)
    quote["ask"], quote["ask_qty"] = l2.best_ask(book), l2.best_ask_qty(book)


@compiled
def _no_touch(quote: np.void, book: np.void) -> None:
    quote["bid"] = quote["bid_qty"] = quote["ask"] = quote["ask_qty"] = NO_PRICE
    if quote["deep"] != 0:
        clear(book)


@compiled
def _assume_touch(quote: np.void, px: float, qty: float) -> None:
    """Half a spread around a bar part's price, rounded outward to the grid, with a share of its volume."""
    ticks = px * quote["den"] / quote["num"]
    half = ticks * quote["half_spread"]
    bid = max(np.floor(ticks - half + _NOISE), 1.0)
    ask = max(np.ceil(ticks + half - _NOISE), 1.0)
    quote["bid"] = bid * quote["num"] / quote["den"]
    quote["ask"] = ask * quote["num"] / quote["den"]
    quote["bid_qty"] = quote["ask_qty"] = qty * quote["bar_share"]
    quote["bars"] = 1


@compiled
def _apply_rare(quote: np.void, book: np.void, ts: int, kind: int, px: float, qty: float) -> None:
    if kind == _MARK:
        quote["mark_ts"] = ts
        quote["mark"] = px
    elif kind == _INDEX:
        quote["index"] = px
    elif kind == _FUNDING:
        quote["funding_rate"] = px
        quote["funding_ms"] = qty
    elif kind == _INTEREST:
        quote["interest"] = qty
    elif _BAR_OPEN <= kind <= _BAR_CLOSE and NO_PRICE < px < ENDLESS:
        quote["last"] = px
        quote["last_qty"] = qty
        if quote["deep"] == 0:
            _assume_touch(quote, px, qty)
            quote["touch_ts"] = ts
    elif kind == _CLEAR:
        _no_touch(quote, book)
    elif kind == _GAP:
        _no_touch(quote, book)
        quote["gaps"] += 1
        quote["gap_ts"] = ts


@inlined
def _set_touch_side(quote: np.void, ts: int, side: int, px: float, qty: float) -> None:
    known = NO_PRICE < px < ENDLESS and qty > 0.0
    if side > 0:
        quote["bid"] = px if known else NO_PRICE
        quote["bid_qty"] = qty if known else NO_PRICE
    else:
        quote["ask"] = px if known else NO_PRICE
        quote["ask_qty"] = qty if known else NO_PRICE
    quote["touch_ts"] = ts
    quote["bars"] = 0


@compiled
def apply(
    quote: np.void, book: np.void, ts: int, kind: int, side: int, flags: int, px: float, qty: float
) -> bool:
    """Apply one row to its instrument's quote and book; True at message end.

    A BBO row without a price or a quantity says that its side is empty. A trade or bar part without a price
    is passed over, and a level without one is counted in the book's `refused`.
    """
    quote["ts"] = ts
    if kind == _LEVEL:
        quote["deep"] = 1
        set_level(book, side, px, qty)
        quote["touch_ts"] = ts
    elif kind == _BBO:
        _set_touch_side(quote, ts, side, px, qty)
        if quote["deep"] != 0:
            set_touch(book, side, px if NO_PRICE < px < ENDLESS else NO_PRICE, qty)
    elif kind == _TRADE:
        if NO_PRICE < px < ENDLESS:
            quote["last"] = px
            quote["last_qty"] = qty
    else:
        _apply_rare(quote, book, ts, kind, px, qty)
    if flags & END == 0:
        return False
    if quote["deep"] != 0:
        follow_book(quote, book)
    return True


@inlined
def update(quotes: Quotes, books: NDArray[np.void], rows: Rows, k: int) -> bool:
    """Apply row `k` of a block to its instrument's quote and book; True at message end (flag END)."""
    i = rows.inst[k]
    quote = quotes[i]
    if rows.kind[k] == _BBO and quote["deep"] == 0:  # as `apply` does, without the call: the commonest row
        quote["ts"] = rows.ts[k]
        _set_touch_side(quote, rows.ts[k], rows.side[k], rows.px[k], rows.qty[k])
        return bool(rows.flags[k] & END != 0)
    return apply(
        quotes[i], books[i], rows.ts[k], rows.kind[k], rows.side[k], rows.flags[k], rows.px[k], rows.qty[k]
    )


@compiled
def marked(quote: np.void) -> bool:
    """Whether there is a mark price that keeps up with the touch."""
    return bool(quote["mark"] > NO_PRICE and quote["mark_ts"] + MARK_LAG_NS >= quote["touch_ts"])


@compiled
def fair(quote: np.void) -> float:
    """What a position is valued at: the mark price while it keeps up with the touch, else the mid, else
    the last price.

    A mark that stands more than `MARK_LAG_NS` behind the touch (recorded series often hold one an hour)
    would value one
    leg of a hedge at an old price and the other at a new one. NO_PRICE when nothing is known.
    """
    if marked(quote):
        return float(quote["mark"])
    if quote["bid"] > NO_PRICE and quote["ask"] > NO_PRICE:
        return float(quote["bid"] + (quote["ask"] - quote["bid"]) * 0.5)
    return float(quote["last"])


@compiled
def take(quote: np.void, book: np.void, side: int, px: float, qty: float) -> float:
    """Our own taker order eats up to `qty` at `px` of a side (+1 the bids); returns what it got.

    The next market update of that level, or of the touch, restores it: recorded data do not know of our
    orders.
    """
    if quote["deep"] != 0:
        taken = consume(book, side, px, qty)
        follow_book(quote, book)
        return taken
    if side > 0 and quote["bid"] == px:
        taken = min(qty, float(quote["bid_qty"]))
        quote["bid_qty"] = l2.remainder(float(quote["bid_qty"]), taken)
        return taken
    if side < 0 and quote["ask"] == px:
        taken = min(qty, float(quote["ask_qty"]))
        quote["ask_qty"] = l2.remainder(float(quote["ask_qty"]), taken)
        return taken
    return 0.0
