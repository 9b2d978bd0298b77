"""What is known of the market at one moment, copied out for whoever looks on: quotes and ladders."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from titan.market.book import key_price
from titan.market.compiled import compiled
from titan.market.freshness import judge
from titan.market.grid import NO_PRICE
from titan.market.overflow import overflow_best, overflow_find
from titan.market.quotes import Quotes
from titan.market.walk import mid

DEPTH: Final = 10
"""Levels of a side."""

SHOWN = np.dtype(
    [
        ("bid", "f8"), ("bid_qty", "f8"), ("ask", "f8"), ("ask_qty", "f8"),
        ("mid", "f8"),            # NO_PRICE where there is no price
        ("mark", "f8"), ("index", "f8"), ("last", "f8"),
        ("funding", "f8"),        # the rate of one interval
        ("hours", "f8"),          # that interval; whoever knows it writes it here
        ("settles_ns", "i8"),     # 0 when unknown
        ("heard_ns", "i8"),       # our time of its last row, 0 before the first
        ("why", "i8"),            # 0, or the number of a `freshness.Reason`
    ]
)  # fmt: skip
"""One instrument, without gaps: 13 numbers of 8 bytes."""

LADDER = np.dtype([("counts", "i8", (2,)), ("levels", "f8", (2, DEPTH, 2))])
"""[0] bids, [1] asks; a level is (price, size), from the touch outwards; `counts` of them are there."""


_LAST_MS: Final = 9e12
"""A later moment, in ms UTC, is no moment in ns."""


@compiled
def _put(ladder: np.void, s: int, n: int, price: float, size: float) -> None:
    ladder["levels"][s, n, 0] = price
    ladder["levels"][s, n, 1] = size


@compiled
def _deep_side(book: np.void, ladder: np.void, s: int) -> int:
    """The window from its best level down, then the far table."""
    n = 0
    left = book["held"][s]
    i = book["top"][s]
    while left > 0 and n < DEPTH:
        size = book["qty"][s, i]
        if size > 0.0:
            _put(ladder, s, n, key_price(book, book["floor"][s] + i), size)
            n += 1
            left -= 1
        i -= 1
    if n == DEPTH or book["far"][s] == 0:
        return n
    key = overflow_best(book, s, book["floor"][s])
    while key != 0 and n < DEPTH:
        _put(ladder, s, n, key_price(book, key), book["far_qty"][s, overflow_find(book, s, key)])
        n += 1
        key = overflow_best(book, s, key)
    return n


@compiled
def _touch_side(ladder: np.void, s: int, price: float, size: float) -> int:
    if not (price > NO_PRICE and size > 0.0):
        return 0
    _put(ladder, s, 0, price, size)
    return 1


@compiled
def show(
    quotes: Quotes,
    books: NDArray[np.void],
    heard: NDArray[np.int64],
    now_ns: int,
    max_age_ns: int,
    shown: NDArray[np.void],
    ladders: NDArray[np.void],
) -> None:
    """Fill `shown` (SHOWN) and `ladders` (LADDER), one record an instrument. Where only the touch is known
    the ladder is that. `hours` is left as it is.
    """
    for n in range(len(quotes)):
        quote = quotes[n]
        one = shown[n]
        why = judge(quote, now_ns, max_age_ns)
        one["bid"], one["bid_qty"] = quote["bid"], quote["bid_qty"]
        one["ask"], one["ask_qty"] = quote["ask"], quote["ask_qty"]
        one["mid"] = NO_PRICE if why != 0 else mid(quote)
        one["mark"], one["index"], one["last"] = quote["mark"], quote["index"], quote["last"]
        one["funding"] = quote["funding_rate"]
        settles = quote["funding_ms"]
        one["settles_ns"] = int(settles) * 1_000_000 if 0.0 < settles < _LAST_MS else 0
        one["heard_ns"] = heard[n]
        one["why"] = why
        ladder = ladders[n]
        if quote["deep"] != 0:
            ladder["counts"][0] = _deep_side(books[n], ladder, 0)
            ladder["counts"][1] = _deep_side(books[n], ladder, 1)
        else:
            ladder["counts"][0] = _touch_side(ladder, 0, quote["bid"], quote["bid_qty"])
            ladder["counts"][1] = _touch_side(ladder, 1, quote["ask"], quote["ask_qty"])
