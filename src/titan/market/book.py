"""One L2 book an instrument: a cache-resident window of ticks a side, and a hash table for far levels.

A level is known by its *key*: the price in ticks for bids, minus that for asks, so that on both sides a
better price is a larger key and one code serves both. Each side keeps a window of `WINDOW` consecutive keys
that always holds its best level; whatever is worse than the window's floor lies in the overflow table
(`overflow.py`). When the touch leaves the window upwards, or sinks into its lowest quarter, the window moves,
and levels move between it and the table.

The two sides are independent: a venue's book may be crossed for a moment, and it is then crossed here too.
Sides are those of the tape: +1 bids, -1 asks. Quantities are base units; a quantity not above 0 deletes the
level. A price that is not above 0, or absurdly large, is not applied but counted in `refused`. A level for
which there is no room is counted in `dropped`: always the farthest one of its side, so the touch and what is
near it stay right.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from titan.market.compiled import compiled
from titan.market.grid import MAX_TICKS, NO_PRICE, tick_ratio
from titan.market.overflow import (
    SLOTS,
    overflow_best,
    overflow_find,
    overflow_put,
    overflow_remove,
    overflow_wipe,
)

WINDOW = 1 << 15
"""Ticks in the window of a side: 256 KiB, so that both sides stay in a core's second-level cache."""
ABOVE = WINDOW // 4
"""Room left above the best level when a window is placed: the market can improve by so many ticks before
it moves.
"""
LOW = WINDOW // 4
"""A best level below this index moves the window down."""
NOWHERE = 1 << 60
"""Floor of a window that was never placed: every key is below it."""
NOISE = 1e-12
"""Of a quantity: quantities are whole lots, so a smaller share of one can only be rounding."""

BOOK = np.dtype(
    [
        ("num", "f8"), ("den", "f8"),         # tick size = num / den
        ("per_price", "f8"),                  # ticks per unit of price
        ("floor", "i8", (2,)),                # key of index 0 of the window; [0] bids, [1] asks
        ("top", "i8", (2,)),                  # window index of the best level, -1 when the side is empty
        ("held", "i8", (2,)),                 # levels in the window
        ("far", "i8", (2,)),                  # levels in the overflow table
        ("moves", "i8", (2,)),                # times the window was placed anew
        ("dropped", "i8", (2,)),              # levels lost because the overflow table was full
        ("refused", "i8"),                    # prices that were no prices
        ("far_key", "i8", (2, SLOTS)),        # 0 marks a free slot (no price has 0 ticks)
        ("far_qty", "f8", (2, SLOTS)),
        ("qty", "f8", (2, WINDOW)),
    ],
    align=True,
)  # fmt: skip

Record = np.void
"""One record of a structured array, as kernels take it."""


def new_books(ticks: Sequence[float]) -> NDArray[np.void]:
    """One empty book for each tick size, as an array of BOOK records. Memory is touched only where levels
    come to lie.
    """
    books: NDArray[np.void] = np.zeros(len(ticks), BOOK)
    for book, tick in zip(books, ticks, strict=True):
        num, den = tick_ratio(tick)
        book["num"], book["den"], book["per_price"] = num, den, den / num
        book["floor"] = NOWHERE
        book["top"] = -1
    return books


@compiled
def _place(book: Record, s: int, key: int) -> None:
    """Move the window of side index `s` so that `key`, the best level to be, stands ABOVE ticks under its
    ceiling.
    """
    qty = book["qty"]
    floor = key - (WINDOW - 1 - ABOVE)
    shift = floor - book["floor"][s]
    left = book["held"][s]
    book["floor"][s] = floor
    book["top"][s] = -1
    book["moves"][s] += 1
    if left > 0 and shift > 0:
        i = 0
        while left > 0:
            q = qty[s, i]
            if q > 0.0:
                left -= 1
                qty[s, i] = 0.0
                if i >= shift:
                    qty[s, i - shift] = q
                    book["top"][s] = i - shift
                else:
                    book["held"][s] -= 1
                    overflow_put(book, s, floor - shift + i, q)
            i += 1
    elif left > 0:
        i = WINDOW - 1
        while left > 0:
            q = qty[s, i]
            if q > 0.0:
                left -= 1
                qty[s, i] = 0.0
                qty[s, i - shift] = q
                book["top"][s] = max(book["top"][s], i - shift)
            i -= 1
    if book["far"][s] > 0 and shift < 0:
        _gather(book, s, floor)


@compiled
def _gather(book: Record, s: int, floor: int) -> None:
    """Take the levels at or above `floor` out of the overflow table into the window."""
    i = 0
    while i < SLOTS:
        key = book["far_key"][s, i]
        if key != 0 and key >= floor:
            at = key - floor
            book["qty"][s, at] = book["far_qty"][s, i]
            book["held"][s] += 1
            book["top"][s] = max(book["top"][s], at)
            overflow_remove(book, s, i)  # may bring a later entry to slot i: look at it again
        else:
            i += 1


@compiled
def _sink(book: Record, s: int) -> None:
    """Find the best level again after the level at `top` went; the window follows when it is too low or
    empty.
    """
    if book["held"][s] > 0:
        i = book["top"][s] - 1
        while book["qty"][s, i] == 0.0:
            i -= 1
        book["top"][s] = i
        if i < LOW:
            _place(book, s, book["floor"][s] + i)
    elif book["far"][s] > 0:
        _place(book, s, overflow_best(book, s, NOWHERE))
    else:
        book["top"][s] = -1


@compiled
def set_key(book: Record, s: int, key: int, qty: float) -> None:
    """Set the level `key` of side index `s` (0 bids, 1 asks) to `qty`; not above 0 deletes it."""
    i = key - book["floor"][s]
    if 0 <= i < WINDOW:
        old = book["qty"][s, i]
        if qty > 0.0:
            book["qty"][s, i] = qty
            if old == 0.0:
                book["held"][s] += 1
                if i > book["top"][s]:
                    book["top"][s] = i
        elif old > 0.0:
            book["qty"][s, i] = 0.0
            book["held"][s] -= 1
            if i == book["top"][s]:
                _sink(book, s)
    elif qty > 0.0:
        if i >= 0 or book["top"][s] < 0:
            _place(book, s, key)
            set_key_placed(book, s, key, qty)
        else:
            overflow_put(book, s, key, qty)
    elif i < 0 and book["far"][s] > 0:
        slot = overflow_find(book, s, key)
        if slot >= 0:
            overflow_remove(book, s, slot)


@compiled
def set_key_placed(book: Record, s: int, key: int, qty: float) -> None:
    """Set a level that is new, the best of its side and within the window."""
    i = key - book["floor"][s]
    book["qty"][s, i] = qty
    book["held"][s] += 1
    book["top"][s] = i


@compiled
def trim(book: Record, s: int, key: int) -> None:
    """Remove every level of side index `s` at `key` or better."""
    while book["top"][s] >= 0 and book["floor"][s] + book["top"][s] >= key:
        book["qty"][s, book["top"][s]] = 0.0
        book["held"][s] -= 1
        _sink(book, s)


@compiled
def key_of(book: Record, side: int, px: float) -> int:
    """The key of a price, or 0 (and counted) when it is no price."""
    ticks = px * book["per_price"]
    if not 0.5 < ticks < MAX_TICKS:
        book["refused"] += 1
        return 0
    return int(np.rint(ticks)) * int(side)


@compiled
def set_level(book: Record, side: int, px: float, qty: float) -> None:
    """Set the level at `px` of a side to `qty` base units (absolute)."""
    key = key_of(book, side, px)
    if key != 0:
        set_key(book, (1 - int(side)) >> 1, key, qty)


@compiled
def set_touch(book: Record, side: int, px: float, qty: float) -> None:
    """A side's best price is `px` with `qty`: better levels of that side and levels crossed by it on the
    other side go.

    Not a price, or nothing at it, says that the side is empty.
    """
    s = (1 - int(side)) >> 1
    if not (px > 0.0 and qty > 0.0):
        clear_side(book, s)
        return
    key = key_of(book, side, px)
    if key != 0:
        trim(book, s, key + 1)
        trim(book, 1 - s, -key)
        set_key(book, s, key, qty)


@compiled
def clear_side(book: Record, s: int) -> None:
    """Remove every level of side index `s`."""
    i = book["top"][s]
    left = book["held"][s]
    while left > 0:
        if book["qty"][s, i] > 0.0:
            book["qty"][s, i] = 0.0
            left -= 1
        i -= 1
    book["held"][s] = 0
    book["top"][s] = -1
    book["floor"][s] = NOWHERE
    if book["far"][s] > 0:
        overflow_wipe(book, s)


@compiled
def clear(book: Record) -> None:
    """Remove every level of both sides. Counters stay."""
    for s in range(2):  # two calls with constants would be compiled twice
        clear_side(book, s)


@compiled
def best_key(book: Record, s: int) -> int:
    """The key of the best level of side index `s`; 0 when the side is empty."""
    top = book["top"][s]
    return 0 if top < 0 else int(book["floor"][s] + top)


@compiled
def next_key(book: Record, s: int, key: int) -> int:
    """The next worse level after `key`; 0 at the end. In the far table each step is a scan of it."""
    if book["top"][s] < 0:
        return 0
    i = min(key - 1 - book["floor"][s], book["top"][s])
    while i >= 0:
        if book["qty"][s, i] > 0.0:
            return int(book["floor"][s] + i)
        i -= 1
    return overflow_best(book, s, key) if book["far"][s] > 0 else 0


@compiled
def key_qty(book: Record, s: int, key: int) -> float:
    """Quantity at the level `key` of side index `s`; 0 when there is none."""
    i = key - book["floor"][s]
    if 0 <= i < WINDOW:
        return float(book["qty"][s, i])
    if i < 0 and book["far"][s] > 0:
        slot = overflow_find(book, s, key)
        if slot >= 0:
            return float(book["far_qty"][s, slot])
    return 0.0


@compiled
def key_price(book: Record, key: int) -> float:
    """The price of a key; NO_PRICE for 0."""
    return NO_PRICE if key == 0 else abs(key) * book["num"] / book["den"]


@compiled
def best_bid(book: Record) -> float:
    return key_price(book, best_key(book, 0))


@compiled
def best_ask(book: Record) -> float:
    return key_price(book, best_key(book, 1))


@compiled
def best_bid_qty(book: Record) -> float:
    """0 when there are no bids."""
    return 0.0 if book["top"][0] < 0 else float(book["qty"][0, book["top"][0]])


@compiled
def best_ask_qty(book: Record) -> float:
    """0 when there are no asks."""
    return 0.0 if book["top"][1] < 0 else float(book["qty"][1, book["top"][1]])


@compiled
def level_qty(book: Record, side: int, px: float) -> float:
    """Quantity at a price of a side; 0 when there is none."""
    ticks = px * book["per_price"]
    if not 0.5 < ticks < MAX_TICKS:
        return 0.0
    return key_qty(book, (1 - int(side)) >> 1, int(np.rint(ticks)) * int(side))


@compiled
def next_level(book: Record, side: int, px: float) -> float:
    """The price of the next worse level of a side after `px`; the best one for `px = NO_PRICE`. NO_PRICE
    at the end.
    """
    s = (1 - int(side)) >> 1
    ticks = px * book["per_price"]
    if not 0.5 < ticks < MAX_TICKS:
        return key_price(book, best_key(book, s))
    return key_price(book, next_key(book, s, int(np.rint(ticks)) * int(side)))


@compiled
def remainder(there: float, taken: float) -> float:
    """What is left at a level; a difference that is only float noise is nothing."""
    left = there - taken
    return left if left > there * NOISE else 0.0


@compiled
def consume(book: Record, side: int, px: float, qty: float) -> float:
    """Take up to `qty` from the level at `px`, as our own taker order would; returns what was taken.

    The venue's data do not know of our order, so the next update of that level restores it.
    """
    there = level_qty(book, side, px)
    taken = min(there, qty)
    if not taken > 0.0:
        return 0.0
    set_level(book, side, px, remainder(there, taken))
    return taken
