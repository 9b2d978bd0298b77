"""The slow, plain book that the compiled one is held against, and Binance's recorded depth messages."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from sortedcontainers import SortedDict

from titan.market import book as l2
from titan.market.grid import NO_PRICE

Change = tuple[int, float, float]
"""(side, price, quantity)"""


class OracleBook:
    """Two sorted dicts of ticks to quantity, best first on both sides."""

    def __init__(self, tick: float) -> None:
        self.tick = tick
        self.sides: dict[int, SortedDict] = {1: SortedDict(lambda t: -t), -1: SortedDict()}

    def ticks(self, px: float) -> int:
        return round(px / self.tick)

    def set_level(self, side: int, px: float, qty: float) -> None:
        if qty > 0:
            self.sides[side][self.ticks(px)] = (px, qty)
        else:
            self.sides[side].pop(self.ticks(px), None)

    def set_touch(self, side: int, px: float, qty: float) -> None:
        at = self.ticks(px)
        own, other = self.sides[side], self.sides[-side]
        while own and own.peekitem(0)[0] * side > at * side:
            own.popitem(0)
        while other and other.peekitem(0)[0] * side <= at * side:
            other.popitem(0)
        self.set_level(side, px, qty)

    def clear(self) -> None:
        for levels in self.sides.values():
            levels.clear()

    def top(self, side: int, n: int) -> list[tuple[float, float]]:
        levels = self.sides[side].values()
        return list(levels[:n])


def top_of(book: np.void, side: int, n: int) -> list[tuple[float, float]]:
    """The `n` best levels of a compiled book, through its public functions."""
    out: list[tuple[float, float]] = []
    px = l2.next_level(book, side, NO_PRICE)
    while px != NO_PRICE and len(out) < n:
        out.append((px, l2.level_qty(book, side, px)))
        px = l2.next_level(book, side, px)
    return out


def depth_messages(path: Path) -> Iterator[list[Change]]:
    """The level changes of each depthUpdate message of a recorded stream."""
    for is_depth, changes in book_messages(path):
        if is_depth:
            yield changes


def book_messages(path: Path) -> Iterator[tuple[bool, list[Change]]]:
    """What a recorded stream says of the book: (True, level changes) or (False, bid and ask of the touch)."""
    with gzip.open(path, "rb") as lines:
        for line in lines:
            body = msgspec.json.decode(line.partition(b" ")[2])
            message = body.get("data", body)
            if message.get("e") == "depthUpdate":
                yield (
                    True,
                    [
                        (side, float(px), float(qty))
                        for side, key in ((1, "b"), (-1, "a"))
                        for px, qty in message[key]
                    ],
                )
            elif "B" in message and "A" in message:
                bid, ask = (1, message["b"], message["B"]), (-1, message["a"], message["A"])
                yield False, [(side, float(px), float(qty)) for side, px, qty in (bid, ask)]
