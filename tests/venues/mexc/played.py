"""A line played by hand: its rows, and the books that they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np

from titan.market.tape.rows import Kind, Rows
from titan.model.instrument import InstrumentKind
from titan.venues.batch import Batch
from titan.venues.depth import Depth
from titan.venues.mexc.line import MexcLine
from titan.venues.sink import Sink
from titan.venues.stream import Event, Fetch, Market

L = TypeVar("L", bound=MexcLine)
RECV = 1_700_000_000_123_000_000


class Books:
    """Plain dictionaries, by instrument."""

    def __init__(self) -> None:
        self._sides: dict[tuple[int, int], dict[float, float]] = {}

    def set(self, inst: int, side: int, px: float, qty: float) -> None:
        levels = self._sides.setdefault((inst, side), {})
        levels[px] = qty
        if not qty:
            del levels[px]

    def clear(self, inst: int) -> None:
        self._sides[inst, 1], self._sides[inst, -1] = {}, {}

    def of(self, inst: int) -> tuple[dict[float, float], dict[float, float]]:
        return self._sides.get((inst, 1), {}), self._sides.get((inst, -1), {})

    def take(self, rows: Rows) -> None:
        for inst, kind, side, px, qty in zip(rows.inst, rows.kind, rows.side, rows.px, rows.qty, strict=True):
            if kind == Kind.CLEAR:
                self.clear(int(inst))
            elif kind == Kind.LEVEL:
                self.set(int(inst), int(side), float(px), float(qty))


class Played(Generic[L]):
    """One line with its batch. With `everything` each symbol that it meets is subscribed."""

    def __init__(self, make: Callable[[Sink], L], *, everything: bool = False, contract: float = 1.0) -> None:
        self.batch = Batch()
        self.line = make(self.batch)
        self.books = Books()
        self.rows: Counter[Kind] = Counter()
        self._found = 0
        self._contract = contract
        if everything:
            self.line.discover = self._discover

    def hear(self, frame: bytes, recv: int = RECV, connection: int = 1) -> Rows:
        self.line.hear(frame, recv, connection)
        return self._taken()

    def answer(self, fetch: Event, body: bytes, recv: int = RECV) -> Rows:
        assert isinstance(fetch, Fetch)
        self.line.answer(fetch, body, recv)
        return self._taken()

    def depth(self, symbol: str) -> Depth:
        """What the line knows of a book."""
        return self.line._books[symbol].depth

    def check(self, rows: Rows) -> None:
        """Nothing on the tape that cannot be."""
        assert np.isfinite(rows.px).all()
        assert np.isfinite(rows.qty).all()
        assert (rows.qty >= 0).all()
        priced = np.isin(rows.kind, [Kind.TRADE, Kind.LEVEL, Kind.BBO, Kind.MARK, Kind.INDEX])
        assert (rows.px[priced] > 0).all()

    def _discover(self, native: str, kind: InstrumentKind) -> Market:
        self._found += 1
        return Market(self._found - 1, native, kind, self._contract)

    def _taken(self) -> Rows:
        rows = self.batch.take()
        self.books.take(rows)
        self.rows.update(Kind(kind) for kind in rows.kind.tolist())
        return rows
