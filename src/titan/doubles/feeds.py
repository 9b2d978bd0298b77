"""What a stream tells: one feed for each topic, shared by all who subscribed to it.

Sharing is what makes two connections see the same update ids, as at the venues.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from titan.doubles.market import Levels
from titan.doubles.market_text import SECOND_NS, CandleText, MarketText
from titan.doubles.publish import DepthChange, DepthView, Tick

Body = dict[str, object]
NOTHING: Final[tuple[Body, ...]] = ()


class Feed(Protocol):
    """`greet` is for one who has just subscribed, `tell` for all when the market moved."""

    def greet(self) -> Sequence[Body]: ...

    def tell(self, tick: Tick) -> Sequence[Body]: ...


class BookView:
    """A depth-limited view with the number of what was told last."""

    def __init__(self, market: MarketText, depth: int) -> None:
        self.market = market
        self._view = DepthView(market.market, depth)
        self._first = 1_000 + market.update_id

    @property
    def number(self) -> int:
        """Grows by one with every change told."""
        return self._first + self._view.sequence

    def told(self) -> tuple[Levels, Levels]:
        """The book as all subscribers have it now."""
        bids = sorted(self._view.bids.items(), reverse=True)
        return bids, sorted(self._view.asks.items())

    def change(self) -> DepthChange | None:
        return self._view.changes()


class Changed:
    """Tells messages made from rows of a tick: trades, liquidations."""

    def __init__(self, make: Callable[[Tick], Sequence[Body]], first: Callable[[], Sequence[Body]]) -> None:
        self._make = make
        self._first = first

    def greet(self) -> Sequence[Body]:
        return self._first()

    def tell(self, tick: Tick) -> Sequence[Body]:
        return self._make(tick)


def silent() -> Sequence[Body]:
    """For feeds that say nothing until something happens."""
    return NOTHING


class CandleFeed:
    """The running candle after every trade, and each that ended."""

    def __init__(self, market: MarketText, seconds: int, write: Callable[[CandleText], Body]) -> None:
        self._market = market
        self._seconds = seconds
        self._write = write
        self._running: CandleText | None = None

    def greet(self) -> Sequence[Body]:
        return NOTHING

    def tell(self, tick: Tick) -> Sequence[Body]:
        if not tick.trades:
            return NOTHING
        rows = self._market.candles(self._seconds, "last", None, None, 2)
        before, self._running = self._running, rows[0]
        told = [self._write(rows[0])]
        if before is not None and before.start_ms != rows[0].start_ms and len(rows) > 1:
            told.insert(0, self._write(rows[1]._replace(done=True)))
        return told


def span_ms(seconds: int) -> int:
    return seconds * SECOND_NS // 1_000_000
