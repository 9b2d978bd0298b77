"""Public streams of both markets: which names exist, and what is sent on each.

developers.binance.com, "WebSocket Streams" of spot and "Websocket Market Streams" of USD-M futures with their
entry points /public, /market and /private (read 2026-11-21). A raw connection gets the bare event, a combined
one {"stream": ..., "data": ...}.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import msgspec

from titan.doubles.binance.calls import MS
from titan.doubles.binance.market_data import INTERVALS, aggregate_body, day_figures, kline_body
from titan.doubles.binance.numbers import Words, fixed
from titan.doubles.market import MINUTE_NS, Candle, Liquidation, Market, Trade
from titan.doubles.outlet import Frame
from titan.doubles.publish import Tick
from titan.doubles.world import World

Body = dict[str, object]
Publish = Callable[[str, Frame, bool], None]

_OF_SYMBOL: Final = re.compile(
    r"([a-z0-9_]+)@(trade|aggTrade|bookTicker|ticker|miniTicker|forceOrder|markPrice(@1s)?|avgPrice"
    r"|depth(5|10|20)?(@(0|100|250|500|1000)ms)?|kline_(\w+))"
)
_OF_ALL: Final = re.compile(r"!(ticker@arr|miniTicker@arr|bookTicker|markPrice@arr(@1s)?|forceOrder@arr)")
_SECOND: Final = 1_000_000_000


def exists(stream: str) -> bool:
    """Whether the venue has a stream of this name (for any symbol)."""
    found = _OF_SYMBOL.fullmatch(stream)
    if found is not None and found[7]:
        return found[7] in INTERVALS
    return found is not None or _OF_ALL.fullmatch(stream) is not None


class _Diff:
    """Changes of one depth stream since its last event."""

    def __init__(self, first_id: int, now: int) -> None:
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self.first_id, self.last_id, self.before_id = first_id, first_id - 1, first_id - 1
        self.told_ns = now


class Streams:
    """The public streams of one kind of market; topics are `<kind>|raw|<name>` and `<kind>|combined|...`."""

    def __init__(
        self, world: World, kind: str, *, wanted: Callable[[str], bool],
        publish: Callable[[str, str, bool], None],
    ) -> None:  # fmt: skip
        self._world, self._kind = world, kind
        self._wanted, self._publish = wanted, publish
        self._markets = world.of_kind(kind)
        self._words = {m.index: Words(m) for m in self._markets}
        self._diffs: dict[str, _Diff] = {}
        self._touch: dict[int, tuple[int, int, int, int]] = {}
        self._beats: dict[str, int] = {}
        self._bars: dict[str, int] = {}

    def _needs(self, stream: str) -> bool:
        return self._wanted(f"{self._kind}|raw|{stream}") or self._wanted(f"{self._kind}|combined|{stream}")

    def _send(self, stream: str, data: object, *, numbered: bool = False) -> None:
        text = msgspec.json.encode(data).decode()
        self._publish(f"{self._kind}|raw|{stream}", text, numbered)
        combined = f"{self._kind}|combined|{stream}"
        if self._wanted(combined):
            self._publish(combined, f'{{"stream":"{stream}","data":{text}}}', numbered)

    def on_tick(self, tick: Tick) -> None:
        """Everything that is sent as it happens; depth is gathered for its next beat."""
        m = tick.market
        name = m.instrument.symbol.lower()
        for stream, to_send in ((f"{name}@trade", self._trade), (f"{name}@aggTrade", self._aggregate)):
            if tick.trades and self._needs(stream):
                for trade in tick.trades:
                    self._send(stream, to_send(m, trade))
        self._klines(m, name, traded=bool(tick.trades))
        if tick.has_levels:
            self._gather(tick, name)
            self._book_ticker(m, name)
        for one in tick.liquidations:
            for stream in (f"{name}@forceOrder", "!forceOrder@arr"):
                if self._needs(stream):
                    self._send(stream, self._forced(m, one))

    def _gather(self, tick: Tick, name: str) -> None:
        for speed in ("", "@0ms", "@100ms", "@250ms", "@500ms", "@1000ms"):
            stream = f"{name}@depth{speed}"
            if not self._needs(stream):
                self._diffs.pop(stream, None)
                continue
            diff = self._diffs.get(stream)
            if diff is None:
                diff = self._diffs[stream] = _Diff(tick.first_id, tick.time_ns)
            diff.bids.update(tick.bids)
            diff.asks.update(tick.asks)
            diff.last_id = tick.last_id

    def beat(self, now: int) -> None:
        """Everything that is sent at intervals."""
        for m in self._markets:
            name = m.instrument.symbol.lower()
            self._klines(m, name, traded=False)
            for speed in ("", "@0ms", "@100ms", "@250ms", "@500ms", "@1000ms"):
                every = int(speed[1:-2] or 100) if speed else (250 if self._kind == "perp" else 1000)
                diff = self._diffs.get(f"{name}@depth{speed}")
                if diff is not None and diff.last_id >= diff.first_id and now - diff.told_ns >= every * MS:
                    self._depth(m, f"{name}@depth{speed}", diff, now)
                for depth in (5, 10, 20):
                    stream = f"{name}@depth{depth}{speed}"
                    if self._needs(stream) and self._due(stream, every * MS, now):
                        self._partial(m, stream, depth, now)
        self._each_second(now)

    def _due(self, stream: str, every: int, now: int) -> bool:
        if now - self._beats.get(stream, 0) < every:
            return False
        self._beats[stream] = now
        return True

    def _depth(self, m: Market, stream: str, diff: _Diff, now: int) -> None:
        words = self._words[m.index]
        body: Body = {"e": "depthUpdate", "E": now // MS}
        if m.is_perp:
            body["T"] = m.book_ns // MS
        body |= {"s": m.instrument.symbol, "U": diff.first_id, "u": diff.last_id}
        if m.is_perp:
            body["pu"] = diff.before_id
        body |= {"b": words.levels(list(diff.bids.items())), "a": words.levels(list(diff.asks.items()))}
        following = _Diff(diff.last_id + 1, now)
        following.before_id = diff.last_id
        self._diffs[stream] = following
        self._send(stream, body, numbered=True)

    def _partial(self, m: Market, stream: str, depth: int, now: int) -> None:
        words = self._words[m.index]
        bids, asks = (words.levels(side) for side in m.top(depth))
        if not m.is_perp:
            self._send(stream, {"lastUpdateId": m.update_id, "bids": bids, "asks": asks})
            return
        ids = {"U": m.update_id, "u": m.update_id, "pu": m.update_id - 1}
        head = {"e": "depthUpdate", "E": now // MS, "T": m.book_ns // MS, "s": m.instrument.symbol}
        self._send(stream, head | ids | {"b": bids, "a": asks})

    def _book_ticker(self, m: Market, name: str) -> None:
        touch = (*m.bid, *m.ask)
        if self._touch.get(m.index) == touch:
            return
        self._touch[m.index] = touch
        for stream in (f"{name}@bookTicker", "!bookTicker"):
            if not self._needs(stream):
                continue
            words = self._words[m.index]
            body: Body = {
                "u": m.update_id, "s": m.instrument.symbol, "b": words.px(touch[0]), "B": words.qty(touch[1]),
                "a": words.px(touch[2]), "A": words.qty(touch[3]),
            }  # fmt: skip
            if m.is_perp:
                at = m.book_ns // MS
                body = {"e": "bookTicker"} | body | {"T": at, "E": at}
            self._send(stream, body)

    def _trade(self, m: Market, t: Trade) -> Body:
        words, at = self._words[m.index], t.time_ns // MS
        body: Body = {
            "e": "trade", "E": at, "s": m.instrument.symbol, "t": t.id, "p": words.px(t.ticks),
            "q": words.qty(t.lots), "T": at, "m": t.side < 0,
        }  # fmt: skip
        return body | ({"X": "MARKET"} if m.is_perp else {"M": True})

    def _aggregate(self, m: Market, t: Trade) -> Body:
        head: Body = {"e": "aggTrade", "E": t.time_ns // MS, "s": m.instrument.symbol}
        return head | aggregate_body(m, self._words[m.index], t)

    def _forced(self, m: Market, one: Liquidation) -> Body:
        words, at = self._words[m.index], one.time_ns // MS
        order: Body = {
            "s": m.instrument.symbol, "S": "SELL" if one.side > 0 else "BUY", "o": "LIMIT", "f": "IOC",
            "q": words.qty(one.lots), "p": words.px(one.ticks), "ap": words.px(one.ticks), "X": "FILLED",
            "l": words.qty(one.lots), "z": words.qty(one.lots), "T": at,
        }  # fmt: skip
        return {"e": "forceOrder", "E": at, "o": order}

    def _klines(self, m: Market, name: str, *, traded: bool) -> None:
        """The whole bar once its time has passed, and the running one after every trade."""
        for label, minutes in INTERVALS.items():
            stream, span = f"{name}@kline_{label}", minutes * MINUTE_NS
            if not self._needs(stream):
                self._bars.pop(stream, None)
                continue
            begin = self._world.reached_ns // span * span
            before = self._bars.setdefault(stream, begin)
            self._bars[stream] = begin
            for at in (before,) * (before < begin) + (begin,) * traded:
                self._kline(m, stream, minutes, at, whole=at < begin)

    def _kline(self, m: Market, stream: str, minutes: int, at: int, *, whole: bool) -> None:
        candles = [c for c in m.spans(minutes * MINUTE_NS) if c.open_ns <= at]
        if not candles:
            return  # there was no price yet
        c, name = candles[-1], m.instrument.symbol
        if c.open_ns < at:  # nothing was traded in it
            c = Candle(at, c.close, c.close, c.close, c.close)
        inner = kline_body(m, c, minutes) | {"s": name, "i": stream.rpartition("_")[2], "x": whole}
        self._send(stream, {"e": "kline", "E": self._world.now_ms(), "s": name, "k": inner})

    def _each_second(self, now: int) -> None:
        tickers: list[tuple[str, str, Callable[[Market, int], Body], int]] = [
            ("ticker", "!ticker@arr", self._day, 1),
            ("miniTicker", "!miniTicker@arr", self._mini, 1),
        ]
        if self._kind == "perp":
            tickers += [
                ("markPrice@1s", "!markPrice@arr@1s", self._mark, 1),
                ("markPrice", "!markPrice@arr", self._mark, 3),
            ]
        for single, whole, write, seconds in tickers:
            for m in self._markets:
                stream = f"{m.instrument.symbol.lower()}@{single}"
                if self._needs(stream) and self._due(stream, seconds * _SECOND, now):
                    self._send(stream, write(m, now // MS))
            if self._needs(whole) and self._due(whole, seconds * _SECOND, now):
                self._send(whole, [write(m, now // MS) for m in self._markets])

    def _day(self, m: Market, now_ms: int) -> Body:
        f, words, day = day_figures(m), self._words[m.index], m.day
        (bid, bid_lots), (ask, ask_lots) = m.bid, m.ask
        body: Body = {
            "e": "24hrTicker", "E": now_ms, "s": m.instrument.symbol, "p": f["change"], "P": f["percent"],
            "w": f["average"], "c": f["last"], "Q": words.qty(m.trades[-1].lots if m.trades else 0),
            "o": f["open"], "h": f["high"], "l": f["low"], "v": f["volume"], "q": f["value"],
            "O": now_ms - 86_400_000, "C": now_ms, "F": day.first_id if day else -1,
            "L": day.last_id if day else -1, "n": day.count if day else 0,
        }  # fmt: skip
        if m.is_perp:
            return body
        touch = {"b": words.px(bid), "B": words.qty(bid_lots), "a": words.px(ask), "A": words.qty(ask_lots)}
        return body | {"x": f["open"]} | touch

    def _mini(self, m: Market, now_ms: int) -> Body:
        whole = self._day(m, now_ms)
        return {"e": "24hrMiniTicker"} | {name: whole[name] for name in "Escohlvq"}

    def _mark(self, m: Market, now_ms: int) -> Body:
        return {
            "e": "markPriceUpdate", "E": now_ms, "s": m.instrument.symbol, "p": fixed(m.mark_price),
            "ap": fixed(m.mark_price), "P": fixed(m.index_mark), "i": fixed(m.index_mark),
            "r": fixed(m.funding_rate), "T": m.next_funding_ms(self._world.now()),
        }  # fmt: skip
