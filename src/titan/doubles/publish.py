"""From rows to what the public is told: one `Tick` an instrument whenever the world advances."""

from __future__ import annotations

from math import ceil, floor
from typing import Final

import msgspec

from titan.doubles.market import Levels, Liquidation, Market, Trade
from titan.market.tape.rows import Kind

_TRADE, _LEVEL, _CLEAR, _MARK, _INDEX = Kind.TRADE, Kind.LEVEL, Kind.CLEAR, Kind.MARK, Kind.INDEX
_FUNDING, _INTEREST, _LIQUIDATION, _GAP = Kind.FUNDING, Kind.OPEN_INTEREST, Kind.LIQUIDATION, Kind.GAP
_BARS: Final = (Kind.BAR_OPEN, Kind.BAR_HIGH, Kind.BAR_LOW, Kind.BAR_CLOSE)


class Tick(msgspec.Struct, frozen=True):
    """What changed of one instrument. `bids` and `asks` are ticks -> lots, absolute, 0 for a level that is
    gone; applied to the last published book they always give the present one, also after a `reset` (the tape
    cleared the book), which a venue may rather answer with a new snapshot.

    `first_id` is one above the `last_id` before it. Without changed levels both are the book's present id.
    """

    market: Market
    time_ns: int
    reset: bool
    bids: dict[int, int]
    asks: dict[int, int]
    first_id: int
    last_id: int
    trades: tuple[Trade, ...]
    liquidations: tuple[Liquidation, ...]
    marked: bool
    """Mark, index, funding or open interest changed."""

    @property
    def has_levels(self) -> bool:
        return bool(self.bids or self.asks)


class Changes:
    """Gathers what rows do to one market until it is told."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._forget()

    def _forget(self) -> None:
        self.time_ns = 0
        self.reset = self.marked = False
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self.trades: list[Trade] = []
        self.liquidations: list[Liquidation] = []

    def row(self, ts: int, kind: int, side: int, px: float, qty: float) -> None:
        """Take one row of the tape."""
        self.time_ns = ts
        m = self.market
        if kind == _LEVEL:
            m.deep = True
            self._set(side, round(px / self.tick), qty)
        elif kind == _TRADE or kind in _BARS:
            lots = max(round(qty / self.lot), 1 if qty > 0 else 0)
            if lots and px > 0:
                self.trades.append(m.add_trade(ts, round(px / self.tick), lots, side))
        elif kind in (_CLEAR, _GAP):
            self._clear()
        elif kind == _MARK:
            m.mark, self.marked = px, True
        elif kind == _INDEX:
            m.index_price, self.marked = px, True
        elif kind == _FUNDING:
            m.rate, m.funding_ms, self.marked = px, int(qty), True
        elif kind == _INTEREST:
            m.interest, self.marked = qty, True
        elif kind == _LIQUIDATION:
            lots = max(round(qty / self.lot), 1)
            self.forced(Liquidation(ts, round(px / self.tick), lots, side))

    def forced(self, one: Liquidation) -> None:
        """Take a forced closing."""
        self.time_ns = max(self.time_ns, one.time_ns)
        self.liquidations.append(one)

    @property
    def tick(self) -> float:
        return float(self.market.instrument.tick)

    @property
    def lot(self) -> float:
        return float(self.market.instrument.lot)

    def touch(self, bid: float, bid_qty: float, ask: float, ask_qty: float, ts: int) -> None:
        """The touch of a market of which no levels are known is its whole book."""
        m = self.market
        for side, book, px, qty in ((1, m.bids, bid, bid_qty), (-1, m.asks, ask, ask_qty)):
            scaled = px / self.tick
            at = floor(scaled + 1e-6) if side > 0 else ceil(scaled - 1e-6)
            lots = max(round(qty / self.lot), 1) if px > 0 and qty > 0 else 0
            for old in [t for t in book if t != at or not lots]:
                self._set(side, old, 0.0)
            if lots and book.get(at) != lots:
                self._set(side, at, lots * self.lot)
        self.time_ns = max(self.time_ns, ts)

    def _set(self, side: int, ticks: int, qty: float) -> None:
        m = self.market
        book, told = (m.bids, self.bids) if side > 0 else (m.asks, self.asks)
        lots = max(round(qty / self.lot), 1) if qty > 0 else 0
        if lots:
            book[ticks] = lots
        else:
            book.pop(ticks, None)
        told[ticks] = lots

    def _clear(self) -> None:
        m = self.market
        for book, told in ((m.bids, self.bids), (m.asks, self.asks)):
            told.update(dict.fromkeys(book, 0))
            book.clear()
        self.reset = True

    def tell(self, skew_ns: int) -> Tick | None:
        """What was gathered, or None when nothing was."""
        if not (self.bids or self.asks or self.trades or self.liquidations or self.marked or self.reset):
            return None
        m = self.market
        count = len(self.bids) + len(self.asks)
        first = m.update_id + 1 if count else m.update_id
        m.update_id += count
        m.book_ns = self.time_ns + skew_ns
        tick = Tick(
            m, self.time_ns + skew_ns, self.reset, self.bids, self.asks, first, m.update_id,
            tuple(self.trades), tuple(self.liquidations), self.marked,
        )  # fmt: skip
        self._forget()
        return tick


class DepthChange(msgspec.Struct, frozen=True):
    """Levels to set (0 lots removes), and the view after them."""

    bids: Levels
    asks: Levels
    first_id: int
    last_id: int


class DepthView:
    """The best `depth` levels of a market as a stream of differences: a level that leaves the view is
    removed, one that enters it is told, as venues with limited depth do.
    """

    def __init__(self, market: Market, depth: int) -> None:
        self.market = market
        self.depth = depth
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self.last_id = 0
        self.sequence = 0
        """Changes told so far."""
        self.snapshot()

    def snapshot(self) -> tuple[Levels, Levels]:
        """The view now; later changes count from here."""
        bids, asks = self.market.top(self.depth)
        self.bids, self.asks = dict(bids), dict(asks)
        self.last_id = self.market.update_id
        return bids, asks

    def changes(self) -> DepthChange | None:
        """What differs from what was told last; None when nothing does."""
        bids, asks = self.market.top(self.depth)
        now_bids, now_asks = dict(bids), dict(asks)
        told_bids, told_asks = _difference(self.bids, now_bids), _difference(self.asks, now_asks)
        first, self.last_id = self.last_id + 1, self.market.update_id
        if not told_bids and not told_asks:
            return None
        self.bids, self.asks = now_bids, now_asks
        self.sequence += 1
        told_bids.sort(reverse=True)
        told_asks.sort()
        return DepthChange(told_bids, told_asks, first, self.last_id)


def _difference(before: dict[int, int], now: dict[int, int]) -> Levels:
    changed = [(ticks, lots) for ticks, lots in now.items() if before.get(ticks) != lots]
    return changed + [(ticks, 0) for ticks in before if ticks not in now]
