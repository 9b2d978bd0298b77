"""Small markets for tests: a deep instrument from levels, and one of which only the touch is known."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from titan.market import book as l2
from titan.market import quotes as q
from titan.market.tape.rows import END, Kind

Level = tuple[float, float]


def deep(bids: Iterable[Level], asks: Iterable[Level], tick: float = 0.1) -> tuple[np.void, np.void]:
    """The quote and the book after one message with these levels."""
    quote = q.new_quotes([tick], half_spread=0.0, bar_share=0.1)[0]
    book = l2.new_books([tick])[0]
    for side, levels in ((1, bids), (-1, asks)):
        for px, qty in levels:
            q.apply(quote, book, 1, Kind.LEVEL, side, END, px, qty)
    return quote, book


def shallow(bid: Level, ask: Level, tick: float = 0.1) -> tuple[np.void, np.void]:
    """The quote after one best bid/offer message, and a book that nothing was written to."""
    quote = q.new_quotes([tick], half_spread=0.0, bar_share=0.1)[0]
    book = l2.new_books([tick])[0]
    q.apply(quote, book, 1, Kind.BBO, 1, 0, *bid)
    q.apply(quote, book, 1, Kind.BBO, -1, END, *ask)
    return quote, book
