"""Executable prices: what a taker order of a size would pay, from the book or else from the touch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from titan.market.book import best_key, key_price, key_qty, next_key
from titan.market.compiled import compiled
from titan.market.grid import NO_PRICE


class Taken(NamedTuple):
    """What a taker order would get: base units, their volume-weighted price, and whether that is all of it.
    `price` is 0 where nothing is there.
    """

    size: float
    price: float
    whole: bool


@compiled
def walk(quote: np.void, book: np.void, side: int, qty: float) -> tuple[float, float, float]:
    """`(filled_qty, vwap, worst_px)` of taking `qty` base units from a side.

    Side +1 sells into the bids, -1 buys from the asks.
    `filled_qty` below `qty` says that the side is too thin; with nothing there the prices are NO_PRICE.
    Nothing is changed. A book is walked level by level; without one the touch is all there is, with its
    displayed quantity.
    """
    if quote["deep"] == 0:
        px = quote["bid"] if side > 0 else quote["ask"]
        there = quote["bid_qty"] if side > 0 else quote["ask_qty"]
        if not (px > NO_PRICE and there > 0.0 and qty > 0.0):
            return 0.0, NO_PRICE, NO_PRICE
        return min(float(qty), float(there)), float(px), float(px)
    s = (1 - int(side)) >> 1
    key = best_key(book, s)
    first = key_price(book, key)
    left = float(qty)
    # Sizes times distances from the best price: sizes times prices would lose digits.
    excess = 0.0
    total = 0.0
    worst = NO_PRICE
    while key != 0 and left > 0.0:
        size = min(left, key_qty(book, s, key))
        worst = key_price(book, key)
        excess += size * (worst - first)
        total += size
        left -= size
        key = next_key(book, s, key)
    if not total > 0.0:
        return 0.0, NO_PRICE, NO_PRICE
    mean = first + excess / total
    filled = total if left > 0.0 else float(qty)
    return filled, max(min(mean, max(first, worst)), min(first, worst)), worst


@compiled
def mid(quote: np.void) -> float:
    """Half way between bid and ask; NO_PRICE when either is missing."""
    if quote["bid"] > NO_PRICE and quote["ask"] > NO_PRICE:
        return float(quote["bid"] + (quote["ask"] - quote["bid"]) * 0.5)
    return NO_PRICE


@compiled
def impact_bps(px: float, mid_px: float, side: int) -> float:
    """What executing at `px` costs against the mid, in bps of it; positive is a cost. Side as in `walk`."""
    if not mid_px > NO_PRICE:
        return 0.0
    return (mid_px - px) / mid_px * 1e4 * side
