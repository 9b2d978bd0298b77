"""Turns Binance's stream messages of one instrument into rows, and refuses those that cannot be true.

One `Normaliser` an instrument; it remembers the depth sequence. `feed` gives None for a good message, or the
reason why it was left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import inf
from typing import Final

import msgspec

from titan.market.tape.rows import SNAPSHOT, Kind
from titan.venues.binance import streams
from titan.venues.binance.sequence import DepthSequence, Step
from titan.venues.messages import NO_TS, Flow, Messages

MS_NS: Final = 1_000_000
AHEAD_NS: Final = 2_000_000_000
BEHIND_NS: Final = 3_600_000_000_000
DAY_MS: Final = 86_400_000
_Message = streams.Trade | streams.BookTicker | streams.Depth | streams.MarkPrice


class Normaliser:
    """Rows of one instrument, in `messages`; what was noticed, in `counters`."""

    def __init__(self, symbol: str, *, perp: bool) -> None:
        self.messages = Messages()
        self.counters: Counter[str] = Counter()
        self.snapshots_ahead = 0
        """Snapshots still to come in this recording: depth is held back until then."""
        self._symbol = symbol
        self._latency_ns: float | None = None
        self._sequence = DepthSequence(perp=perp)
        self._held: list[tuple[int, int, streams.Depth]] = []
        self._waiting = True

    def feed(self, stream: str, data: bytes | msgspec.Raw, recv: int, connection: int = 0) -> str | None:
        """One message of `stream` (as `depth@100ms`). Raises msgspec.DecodeError when it is malformed."""
        kind = stream.partition("@")[0]
        if kind == "trade":
            trade = streams.TRADE.decode(data)
            return self._foreign(trade, trade.ms, recv) or self._trade(trade, recv, connection)
        if kind == "bookTicker":
            quote = streams.BOOK_TICKER.decode(data)
            return self._foreign(quote, quote.ms, recv) or self._quote(quote, recv, connection)
        if kind == "depth":
            depth = streams.DEPTH.decode(data)
            return self._foreign(depth, depth.ms, recv) or self._depth(depth, recv, connection)
        if kind == "markPrice":
            mark = streams.MARK_PRICE.decode(data)
            return self._foreign(mark, 0, recv) or self._mark(mark, recv, connection)
        self.counters[f"not read: {kind}"] += 1
        return None

    def snapshot(self, snap: streams.Snapshot, recv: int, connection: int = 0) -> str | None:
        """The REST answer. It is used when the book waits for one, else the running book is as good."""
        self.snapshots_ahead -= 1
        wrong = _wrong_levels(snap.bids, snap.asks)
        if wrong:
            return wrong
        if self._sequence.started and not self._waiting:
            self.counters["snapshots_not_needed"] += 1
            return None
        self._waiting = False
        self._sequence.snapshot(snap.last)
        ms = snap.ms or snap.event_ms
        self.messages.begin(Flow.DEPTH, ms * MS_NS if ms else NO_TS, 0, recv, connection)
        self.messages.row(Kind.CLEAR, 0, 0.0, 0.0, SNAPSHOT)
        self.messages.levels(1, snap.bids, SNAPSHOT)
        self.messages.levels(-1, snap.asks, SNAPSHOT)
        self._release(recv)
        return None

    def finish(self) -> None:
        """The recording ends: what waited for a snapshot that never came is taken without one."""
        self.snapshots_ahead = 0
        if self._held:
            self._start_without_snapshot()

    def _foreign(self, m: _Message, ms: int, recv: int) -> str | None:
        """Why a message cannot be of this instrument and this moment.

        A venue time far ahead of the others would hold up the book's clock until the others reach it, so it
        is compared with the usual latency, which follows slowly (clocks differ by seconds, and drift).
        """
        if m.symbol != self._symbol:
            return "the stream and its message name different symbols"
        if not m.event_ms:
            return None
        latency = float(recv - m.event_ms * MS_NS)
        usual = latency if self._latency_ns is None else self._latency_ns
        if latency < usual - AHEAD_NS or ms > m.event_ms + AHEAD_NS // MS_NS:
            return "the venue's time lies ahead of its neighbours'"
        if latency > usual + BEHIND_NS or 0 < ms < m.event_ms - BEHIND_NS // MS_NS:
            return "the venue's time lies long before its arrival"
        self._latency_ns = usual + (latency - usual) / 64
        return None

    def _trade(self, m: streams.Trade, recv: int, connection: int) -> str | None:
        if not 0 < m.px < inf or not 0 < m.qty < inf:
            return "a price or size that is not above zero"
        if m.fill != "MARKET":
            self.counters["trades_not_market"] += 1
            return None
        self.messages.begin(Flow.TRADES, m.ms * MS_NS, m.event_ms * MS_NS, recv, connection)
        self.messages.row(Kind.TRADE, -1 if m.sold else 1, m.px, m.qty)
        return None

    def _quote(self, m: streams.BookTicker, recv: int, connection: int) -> str | None:
        if wrong := _wrong_levels(((m.bid, m.bid_qty),), ((m.ask, m.ask_qty),)):
            return wrong
        if m.bid > m.ask:
            return "the bid is above the ask"
        ts = m.ms * MS_NS if m.ms else NO_TS
        self.messages.begin(Flow.QUOTES, ts, m.event_ms * MS_NS, recv, connection)
        self.messages.row(Kind.BBO, 1, m.bid, m.bid_qty)
        self.messages.row(Kind.BBO, -1, m.ask, m.ask_qty)
        return None

    def _mark(self, m: streams.MarkPrice, recv: int, connection: int) -> str | None:
        if not 0 < m.mark < inf or not 0 < m.index < inf:
            return "a price that is not above zero"
        if not -1 < m.rate < 1:
            return "a funding rate that is not between -1 and 1"
        # At the settlement itself the message still names the one that has just begun.
        if not -DAY_MS // 24 <= m.settles_ms - m.event_ms <= DAY_MS:
            return "a settlement that is not within a day"
        ts = m.event_ms * MS_NS
        self.messages.begin(Flow.MARKS, ts, ts, recv, connection)
        self.messages.row(Kind.MARK, 0, m.mark, 0.0)
        self.messages.row(Kind.INDEX, 0, m.index, 0.0)
        self.messages.row(Kind.FUNDING, 0, m.rate, float(m.settles_ms))
        return None

    def _depth(self, m: streams.Depth, recv: int, connection: int) -> str | None:
        wrong = _wrong_levels(m.bids, m.asks)
        if wrong:
            # Its changes are lost, so the update after it must not find the sequence unbroken.
            return wrong
        if self._waiting and self.snapshots_ahead > 0:
            self._held.append((recv, connection, m))
            return None
        if self._waiting:
            self._start_without_snapshot()
        self._apply(m, recv, connection)
        return None

    def _start_without_snapshot(self) -> None:
        self._waiting = False
        if not self._sequence.started:
            self.counters["depth_without_snapshot"] += 1
        self._release(0)

    def _apply(self, m: streams.Depth, recv: int, connection: int) -> None:
        step = self._sequence.step(m)
        if step is Step.STALE:
            self.counters["depth_before_snapshot"] += 1
            return
        ts = (m.ms or m.event_ms) * MS_NS
        if step is Step.BREAK:
            self.counters["gaps"] += 1
            self.messages.begin(Flow.DEPTH, ts, 0, recv, connection)
            self.messages.row(Kind.GAP, 0, 0.0, 0.0)
            self.messages.row(Kind.CLEAR, 0, 0.0, 0.0)
            if self.snapshots_ahead > 0:
                self._waiting = True
                self._held.append((recv, connection, m))
                return
        self.messages.begin(Flow.DEPTH, ts, m.event_ms * MS_NS, recv, connection)
        self.messages.levels(1, m.bids)
        self.messages.levels(-1, m.asks)

    def _release(self, not_before: int) -> None:
        """Apply what was held back; none of it could be used before the snapshot was here."""
        held, self._held = self._held, []
        for recv, connection, m in held:
            self._apply(m, max(recv, not_before), connection)


def _wrong_levels(bids: Sequence[streams.Level], asks: Sequence[streams.Level]) -> str | None:
    for side in (bids, asks):
        for px, qty in side:
            if not 0 < px < inf:
                return "a price that is not above zero"
            if not 0 <= qty < inf:
                return "a negative size"
    return None
