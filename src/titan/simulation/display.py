"""What is on display at the simulated exchange, in ticks and lots, and how a taker order consumes it.

Where a book is known (`deep`), its levels are the display; otherwise the touch is all there is. Prices of an
assumed touch (bars) lie off the grid and are rounded away from us: a bid down, an ask up. What we take stays
taken until the market itself speaks of that level again.
"""

from __future__ import annotations

import math

import numpy as np

from titan.market.book import best_key, key_qty, next_key, set_key
from titan.market.quotes import marked
from titan.simulation.kernel import kernel
from titan.simulation.records import State


@kernel
def whole_lots(qty: float, lot: float) -> int:
    """Whole lots in `qty` base units; forgives the float noise of the feed."""
    return math.floor(qty / lot + 1e-6)


@kernel
def to_ticks(px: float, tick: float) -> int:
    """Ticks of a price that stands on the grid."""
    return math.floor(px / tick + 0.5)


@kernel
def best(s: State, i: int, side: int) -> int:
    """Best displayed price of a side (+1 bids, -1 asks) in ticks; 0 when nothing is displayed."""
    quote = s.quotes[i]
    if quote["deep"] != 0:
        return abs(best_key(s.books[i], (1 - side) >> 1))
    tick = float(s.insts[i]["tick"])
    if side > 0:
        if quote["bid"] > 0.0 and quote["bid_qty"] > 0.0:
            return math.floor(float(quote["bid"]) / tick + 1e-6)
    elif quote["ask"] > 0.0 and quote["ask_qty"] > 0.0:
        return math.ceil(float(quote["ask"]) / tick - 1e-6)
    return 0


@kernel
def worse(s: State, i: int, side: int, ticks: int) -> int:
    """The next worse displayed price of a side; 0 at the end."""
    if s.quotes[i]["deep"] != 0:
        return abs(next_key(s.books[i], (1 - side) >> 1, ticks * side))
    return 0


@kernel
def displayed(s: State, i: int, side: int, ticks: int) -> float:
    """Base units displayed at a price of a side; 0 when there is nothing."""
    quote = s.quotes[i]
    if quote["deep"] != 0:
        return key_qty(s.books[i], (1 - side) >> 1, ticks * side)
    if best(s, i, side) != ticks or ticks == 0:
        return 0.0
    return float(quote["bid_qty"] if side > 0 else quote["ask_qty"])


@kernel
def take(s: State, i: int, side: int, ticks: int, lots: int) -> None:
    """Remove `lots` from what is displayed at a price of a side."""
    lot = s.insts[i]["lot"]
    left = displayed(s, i, side, ticks) - lots * lot
    if left < lot * 1e-6:
        left = 0.0
    if s.quotes[i]["deep"] != 0:
        set_key(s.books[i], (1 - side) >> 1, ticks * side, left)
    elif side > 0:
        s.quotes[i]["bid_qty"] = left
    else:
        s.quotes[i]["ask_qty"] = left


@kernel
def reference_of(quote: np.void) -> float:
    """The price that values a position: the mark while it keeps up with the touch (`quotes.MARK_LAG_NS`),
    else last, else the middle of the touch; 0 when none is known.
    """
    if marked(quote):
        return float(quote["mark"])
    if quote["last"] > 0.0:
        return float(quote["last"])
    if quote["bid"] > 0.0 and quote["ask"] > 0.0:
        return float(quote["bid"] + (quote["ask"] - quote["bid"]) * 0.5)
    return 0.0


@kernel
def valued(s: State, i: int) -> float:
    """As `reference_of`; the entry price of the position where the market has lost its price."""
    px = reference_of(s.quotes[i])
    return px if px > 0.0 else float(s.insts[i]["entry"])
