"""The levels outside a book's window: an open-addressing hash table a side, inside the book's record.

Linear probing; a removal closes the gap by moving later entries of the probe run back (Knuth, The Art of
Computer Programming vol. 3, 6.4, algorithm R), so there are no tombstones and nothing ever has to be rebuilt.
At seven eighths full the worst level of the side makes room or, being worse itself, the new one is not taken;
either is counted.
"""

from __future__ import annotations

import numpy as np

from titan.market.compiled import compiled

_BITS = 13
SLOTS = 1 << _BITS
"""Slots a side."""
FULL = SLOTS - SLOTS // 8
"""Levels a side at most: probe runs stay short below this load."""
_MASK = SLOTS - 1
_SHIFT = 32 - _BITS
_SPREAD = 2654435769
"""2^32 over the golden ratio: multiples of any round number of ticks fall far apart (Knuth, same section)."""


@compiled
def _home(key: int) -> int:
    """The slot where the search for `key` begins. Masked first, so that the product cannot overflow."""
    return (((key & 0x7FFFFFFF) * _SPREAD) >> _SHIFT) & _MASK


@compiled
def overflow_find(book: np.void, s: int, key: int) -> int:
    """The slot of `key` on side index `s`, or -1."""
    i = _home(key)
    while True:
        at = book["far_key"][s, i]
        if at == key:
            return i
        if at == 0:
            return -1
        i = (i + 1) & _MASK


@compiled
def overflow_remove(book: np.void, s: int, slot: int) -> None:
    """Free `slot`, and move back those later entries whose search would now stop too early."""
    hole = slot
    i = slot
    while True:
        i = (i + 1) & _MASK
        key = book["far_key"][s, i]
        if key == 0:
            break
        if ((i - _home(key)) & _MASK) >= ((i - hole) & _MASK):
            book["far_key"][s, hole] = key
            book["far_qty"][s, hole] = book["far_qty"][s, i]
            hole = i
    book["far_key"][s, hole] = 0
    book["far_qty"][s, hole] = 0.0
    book["far"][s] -= 1


@compiled
def _worst_slot(book: np.void, s: int) -> int:
    """The slot of the smallest key; only asked of a full table."""
    slot = -1
    worst = 0
    for i in range(SLOTS):
        key = book["far_key"][s, i]
        if key != 0 and (slot < 0 or key < worst):
            slot = i
            worst = key
    return slot


@compiled
def overflow_put(book: np.void, s: int, key: int, qty: float) -> None:
    """Set `key` to `qty` (above 0), making room by dropping the worst level when full."""
    i = _home(key)
    while book["far_key"][s, i] != 0 and book["far_key"][s, i] != key:
        i = (i + 1) & _MASK
    if book["far_key"][s, i] == 0:
        if book["far"][s] >= FULL:
            book["dropped"][s] += 1
            slot = _worst_slot(book, s)
            if book["far_key"][s, slot] > key:
                return
            overflow_remove(book, s, slot)
            i = _home(key)
            while book["far_key"][s, i] != 0:
                i = (i + 1) & _MASK
        book["far_key"][s, i] = key
        book["far"][s] += 1
    book["far_qty"][s, i] = qty


@compiled
def overflow_best(book: np.void, s: int, below: int) -> int:
    """The best key under `below`; 0 when there is none. Scans the table."""
    best = 0
    left = book["far"][s]
    i = 0
    while left > 0:
        key = book["far_key"][s, i]
        if key != 0:
            left -= 1
            if key < below and (best == 0 or key > best):
                best = key
        i += 1
    return best


@compiled
def overflow_wipe(book: np.void, s: int) -> None:
    """Empty the table of side index `s`."""
    for i in range(SLOTS):
        book["far_key"][s, i] = 0
        book["far_qty"][s, i] = 0.0
    book["far"][s] = 0
