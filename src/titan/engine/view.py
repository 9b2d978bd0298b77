"""What we know of the market at this moment: rows up to now in local time, and not one more.

Strategies' kernels run ahead; sagas, gates and valuation must not. They read here. The view moves only
when it is asked, so
a stretch of tape in which nobody decides costs it nothing but one pass at the end of each block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from titan.execution.sagas.saga import Touch
from titan.market.book import new_books
from titan.market.compiled import compiled
from titan.market.freshness import NoPrice, Price, price_of
from titan.market.ladder import LADDER, SHOWN, show
from titan.market.quotes import fair, new_quotes, update
from titan.market.tape.local import LocalBlock
from titan.market.tape.rows import Rows
from titan.market.walk import Taken, walk
from titan.model.instrument import Instrument
from titan.model.order import Side


@compiled
def _follow(
    quotes: NDArray[np.void],
    books: NDArray[np.void],
    heard: NDArray[np.int64],
    rows: Rows,
    local: NDArray[np.int64],
    start: int,
    until_ns: int,
) -> int:
    """Apply rows whose local time is at most `until_ns`; returns the next index. `heard` is that of the last
    row of each instrument.
    """
    k = start
    n = len(local)
    while k < n and local[k] <= until_ns:
        update(quotes, books, rows, k)
        heard[rows.inst[k]] = local[k]
        k += 1
    return k


@compiled
def _fair(quotes: NDArray[np.void], n: int) -> float:
    return fair(quotes[n])


@compiled
def _walk(
    quotes: NDArray[np.void], books: NDArray[np.void], n: int, side: int, size: float
) -> tuple[float, float, float]:
    return walk(quotes[n], books[n], side, size)


class MarketView:
    def __init__(
        self,
        instruments: Sequence[Instrument],
        blocks: Iterator[LocalBlock],
        *,
        assumed: tuple[float, float],
        max_age_ns: int,
    ) -> None:
        self._index = {i.id: n for n, i in enumerate(instruments)}
        self._instruments = list(instruments)
        ticks = [float(i.tick) for i in instruments]
        self.quotes = new_quotes(ticks, half_spread=assumed[0], bar_share=assumed[1])
        self._books = new_books(ticks)
        self._heard = np.zeros(len(ticks), np.int64)
        self._records = list(self.quotes)
        self._blocks, self._max_age_ns = blocks, max_age_ns
        self._block: LocalBlock | None = None
        self._next = 0
        self._due_ns = -1
        self._now_ns = -1
        self.changes = 0
        """How often rows have changed what is known. What was made of it stays true until they do again."""
        self._prices: dict[str, tuple[int, Price | NoPrice]] = {}
        self._touches: dict[str, tuple[Price, Touch]] = {}
        self._marks: dict[str, Decimal | None] = {}

    def prepare(self, nothing: Rows) -> None:
        """Have the kernels compiled; `nothing` is an empty block."""
        _follow(self.quotes, self._books, self._heard, nothing, nothing.ts, 0, 0)
        _fair(self.quotes, 0)
        _walk(self.quotes, self._books, 0, 1, 1.0)
        price_of(self.quotes[0], 0, 0)
        n = len(self.quotes)
        show(self.quotes, self._books, self._heard, 0, 0, np.zeros(n, SHOWN), np.zeros(n, LADDER))

    @property
    def now_ns(self) -> int:
        """The latest moment that anybody asked about."""
        return self._now_ns

    def look_again(self) -> None:
        """Rows may have come since, stamped with this very moment."""
        self._now_ns -= 1

    def advance_to(self, now_ns: int) -> None:
        if now_ns <= self._now_ns:
            return
        self._now_ns = now_ns
        if now_ns < self._due_ns:
            return
        while True:
            if self._block is None or self._next >= len(self._block.local):
                self._block, self._next, self._due_ns = next(self._blocks, None), 0, -1
                if self._block is None:
                    return
            self._next = _follow(
                self.quotes, self._books, self._heard, self._block.rows, self._block.local, self._next, now_ns
            )  # fmt: skip
            self._changed()
            if self._next < len(self._block.local):
                self._due_ns = int(self._block.local[self._next])
                return

    def _changed(self) -> None:
        self.changes += 1
        self._prices.clear()
        self._marks.clear()

    def price(self, instrument: str, now_ns: int) -> Price | NoPrice:
        self.advance_to(now_ns)
        known = self._prices.get(instrument)
        if known is not None and known[0] == now_ns:
            return known[1]
        found = price_of(self._records[self._index[instrument]], now_ns, self._max_age_ns)
        self._prices[instrument] = now_ns, found
        return found

    def touch(self, instrument: str, now_ns: int) -> Touch | None:
        price = self.price(instrument, now_ns)
        if isinstance(price, NoPrice):
            return None
        known = self._touches.get(instrument)
        if known is not None and known[0] is price:
            return known[1]
        rules = self._instruments[self._index[instrument]]
        touch = Touch(price.bid, price.ask, rules.nearest_ticks((price.bid + price.ask) / 2))
        self._touches[instrument] = price, touch
        return touch

    def walk(self, instrument: str, side: Side, size: float, now_ns: int) -> Taken | NoPrice:
        """What a taker order of `size` base units on `side` would get of what is on display."""
        price = self.price(instrument, now_ns)
        if isinstance(price, NoPrice):
            return price
        n = self._index[instrument]
        filled, vwap, _ = _walk(self.quotes, self._books, n, -int(side), size)
        return Taken(float(filled), max(float(vwap), 0.0), filled >= size > 0.0)

    def mark(self, instrument: str, now_ns: int) -> Decimal | None:
        """What a position is valued at (`quotes.fair`); None before anything is known. Age does not matter
        here.
        """
        self.advance_to(now_ns)
        if instrument not in self._marks:
            n = self._index[instrument]
            rules, value = self._instruments[n], _fair(self.quotes, n)
            self._marks[instrument] = rules.price(rules.nearest_ticks(value)) if value > 0.0 else None
        return self._marks[instrument]

    def show(self, shown: NDArray[np.void], ladders: NDArray[np.void], now_ns: int) -> None:
        """Copy out what is known at `now_ns` (`market.ladder`): a record an instrument, in their order."""
        self.advance_to(now_ns)
        show(self.quotes, self._books, self._heard, now_ns, self._max_age_ns, shown, ladders)
