"""Kraken's public channels of WebSocket v2. Numbers are written with the pair's decimals, as checksums need.

Source: docs.kraken.com/api/docs/websocket-v2 (book, trade, ticker, ohlc, instrument), read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from titan.doubles.kraken.bodies import stamp
from titan.doubles.kraken.pairs import Pair, checksum
from titan.doubles.market import Candle, Levels, Trade
from titan.doubles.publish import DepthView, Tick

DEPTHS: Final = (10, 25, 100, 500, 1000)
INTERVALS: Final = (1, 5, 15, 30, 60, 240, 1440, 10080, 21600)
PUBLIC: Final = ("book", "trade", "ticker", "ohlc", "instrument")
_SNAPSHOT_TRADES: Final = 50
_MINUTE_NS: Final = 60_000_000_000
Spoil = Callable[[str], bool]


class Book:
    """The book of a pair to a depth. `spoilt` asks whether to send a wrong checksum."""

    numbered = True

    def __init__(self, pair: Pair, depth: int, topic: str, spoilt: Spoil) -> None:
        self._pair, self._topic, self._spoilt = pair, topic, spoilt
        self._view = DepthView(pair.market, depth)

    def greet(self, now_ns: int) -> Iterable[str]:
        """What the others were told so far: later changes count from there."""
        bids, asks = sorted(self._view.bids.items(), reverse=True), sorted(self._view.asks.items())
        yield self._frame("snapshot", bids, asks, bids, asks, now_ns)

    def tell(self, tick: Tick) -> Iterable[str]:
        """A tick's changes of the levels in view."""
        if not tick.has_levels:
            return
        change = self._view.changes()
        if change is not None:
            bids, asks = sorted(self._view.bids.items(), reverse=True), sorted(self._view.asks.items())
            yield self._frame("update", change.bids, change.asks, bids, asks, tick.time_ns)

    def _frame(
        self, kind: str, told_bids: Levels, told_asks: Levels, bids: Levels, asks: Levels, ns: int
    ) -> str:
        pair = self._pair
        crc = checksum(pair, bids, asks)
        if kind == "update" and self._spoilt(self._topic):
            crc ^= 1
        sides = [
            ",".join(f'{{"price":{pair.price(t)},"qty":{pair.size(lots)}}}' for t, lots in levels)
            for levels in (told_bids, told_asks)
        ]
        return (
            f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{pair.symbol}","bids":[{sides[0]}],'
            f'"asks":[{sides[1]}],"checksum":{crc},"timestamp":"{stamp(ns)}"}}]}}'
        )


class Trades:
    """Trades as they happen, after the last fifty where a subscriber wants them."""

    numbered = False

    def __init__(self, pair: Pair) -> None:
        self._pair = pair

    def greet(self, now_ns: int) -> Iterable[str]:
        del now_ns
        yield self._frame("snapshot", list(self._pair.market.trades)[-_SNAPSHOT_TRADES:])

    def tell(self, tick: Tick) -> Iterable[str]:
        if tick.trades:
            yield self._frame("update", tick.trades)

    def _frame(self, kind: str, trades: Iterable[Trade]) -> str:
        pair = self._pair
        data = ",".join(
            f'{{"symbol":"{pair.symbol}","side":"{"buy" if t.side > 0 else "sell"}",'
            f'"price":{pair.price(t.ticks)},"qty":{pair.size(t.lots)},"ord_type":"market",'
            f'"trade_id":{t.id},"timestamp":"{stamp(t.time_ns)}"}}'
            for t in trades
        )
        return f'{{"channel":"trade","type":"{kind}","data":[{data}]}}'


class Ticker:
    """The touch and the day, whenever the touch (`bbo`) or the last trade (`trades`) changes."""

    numbered = False

    def __init__(self, pair: Pair, on_bbo: bool) -> None:
        self._pair, self._on_bbo = pair, on_bbo
        self._told: tuple[object, ...] = ()

    def greet(self, now_ns: int) -> Iterable[str]:
        yield self._frame("snapshot", now_ns)

    def tell(self, tick: Tick) -> Iterable[str]:
        market = self._pair.market
        touch = (market.bid, market.ask)
        changed = touch != self._told if self._on_bbo else bool(tick.trades)
        self._told = touch
        if changed:
            yield self._frame("update", tick.time_ns)

    def _frame(self, kind: str, ns: int) -> str:
        pair, market = self._pair, self._pair.market
        (bid, bid_lots), (ask, ask_lots) = market.bid, market.ask
        last, day = market.last_ticks, market.day
        first = day.open if day else last
        mean = day.value // day.lots if day and day.lots else last
        change = 100 * (last - first) / first if first else 0.0
        return (
            f'{{"channel":"ticker","type":"{kind}","data":[{{"symbol":"{pair.symbol}","bid":{pair.price(bid)},'
            f'"bid_qty":{pair.size(bid_lots)},"ask":{pair.price(ask)},"ask_qty":{pair.size(ask_lots)},'
            f'"last":{pair.price(last)},"volume":{pair.size(day.lots if day else 0)},'
            f'"vwap":{pair.price(mean)},'
            f'"low":{pair.price(day.low if day else last)},"high":{pair.price(day.high if day else last)},'
            f'"change":{pair.price(abs(last - first)) if last >= first else "-" + pair.price(first - last)},'
            f'"change_pct":{change:.2f},"timestamp":"{stamp(ns)}"}}]}}'
        )


class Candles:
    """The growing candle of an interval, with each trade."""

    numbered = False

    def __init__(self, pair: Pair, minutes: int) -> None:
        self._pair, self._minutes = pair, minutes

    def greet(self, now_ns: int) -> Iterable[str]:
        spans = list(self._pair.market.spans(self._minutes * _MINUTE_NS))
        yield self._frame("snapshot", spans[-10:], now_ns)

    def tell(self, tick: Tick) -> Iterable[str]:
        """Every candle in which it traded: the last trades of one that has ended are told too."""
        for one in self._pair.market.spans(self._minutes * _MINUTE_NS) if tick.trades else ():
            if one.last_id >= tick.trades[0].id:
                yield self._frame("update", [one], tick.time_ns)

    def _frame(self, kind: str, spans: list[Candle], ns: int) -> str:
        pair = self._pair
        data = ",".join(
            f'{{"symbol":"{pair.symbol}","open":{pair.price(c.open)},"high":{pair.price(c.high)},'
            f'"low":{pair.price(c.low)},"close":{pair.price(c.close)},"trades":{c.count},'
            f'"volume":{pair.size(c.lots)},"vwap":{pair.price(c.value // c.lots if c.lots else c.close)},'
            f'"interval_begin":"{stamp(c.open_ns)[:-1]}000Z","interval":{self._minutes},'
            f'"timestamp":"{stamp(c.open_ns + self._minutes * _MINUTE_NS)}"}}'
            for c in spans
        )
        return f'{{"channel":"ohlc","type":"{kind}","timestamp":"{stamp(ns)}","data":[{data}]}}'


Channel = Book | Trades | Ticker | Candles
