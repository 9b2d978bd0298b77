"""The `orders` suite: how many orders go through a desk in a second, each filled as it arrives.

An order buys or sells 0.01 BTC in turn at the price that stands, and whoever takes it fills it for a fee.
Counted is the whole way: decide, gates, journal, send, accept, fill, books.
"""

from __future__ import annotations

from typing import Final

ORDERS: Final = 20_000
PRICE: Final = 30_000.0
TICK: Final = 0.1
LOTS: Final = 10
LOT: Final = 0.001
TAKER: Final = 0.0004
CAPITAL: Final = 1_000_000


def fees() -> float:
    """What all of them cost: the same for every peer."""
    return ORDERS * LOTS * LOT * PRICE * TAKER
