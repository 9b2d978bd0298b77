"""Where lines put what they decoded: one call a message, times in ns, sizes in base units.

`ts` is the venue's time, `NO_TS` where it sent none; `event` is when the venue sent the message (0 where it
does not say), from which the usual latency is learned; `recv` is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from titan.market.tape.rows import Kind
from titan.venues.messages import NO_TS, Flow

__all__ = ["NO_TS", "Flow", "Level", "Nowhere", "Row", "Sink"]

Level = tuple[float, float]
"""Price and absolute size; size 0 deletes the level."""

Row = tuple[Kind, int, float, float]
"""kind, side, px, qty as in `market.tape.rows`."""


class Sink(Protocol):
    def trade(
        self, inst: int, ts: int, event: int, recv: int, connection: int, side: int, px: float, qty: float
    ) -> None:
        """`side` is the taker's."""
        ...

    def quote(
        self, inst: int, ts: int, event: int, recv: int, connection: int,
        bid: float, bid_qty: float, ask: float, ask_qty: float,
    ) -> None:  # fmt: skip
        """A stated touch."""
        ...

    def book(
        self, inst: int, ts: int, event: int, recv: int, connection: int,
        bids: Sequence[Level], asks: Sequence[Level], snapshot: bool,
    ) -> None:  # fmt: skip
        """Changed levels; a snapshot replaces the book."""
        ...

    def gap(self, inst: int, ts: int, recv: int, connection: int) -> None:
        """Data was lost: a GAP row and an emptied book. Between it and the next snapshot there is no book."""
        ...

    def rows(
        self, inst: int, flow: Flow, ts: int, event: int, recv: int, connection: int,
        rows: Sequence[Row], flags: int = 0,
    ) -> None:  # fmt: skip
        """Anything else, as one message: marks, funding, open interest, liquidations, bars."""
        ...


class Nowhere:
    """A `Sink` for a book that is followed only to be checked."""

    def trade(self, *_said: object, **_named: object) -> None:
        """Nothing is kept."""

    quote = book = gap = rows = trade
