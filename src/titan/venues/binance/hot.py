"""The quick ways for Binance's three hot streams: one compiled call reads a frame into a record of the batch,
a few comparisons decide whether it is what comes next, and anything else goes through the typed decoder.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from titan.model.instrument import InstrumentKind
from titan.venues.batch import LANE_NUMBERS, Batch
from titan.venues.binance import scan
from titan.venues.records import SIZE
from titan.venues.scan import direct

if TYPE_CHECKING:
    from titan.venues.binance.market import Kept

Reader = Callable[[bytes, int, int], None]
_laid: Final = struct.Struct("<2q").unpack_from


def reader(kept: Kept, batch: Batch, kind: str, stream: str, slow: Reader) -> Reader:
    """A compiled reader of combined frames of one stream, that leaves to `slow` what it cannot judge."""
    known = scan.Known(kept.market.inst, stream, kind, kept.market.native)
    kept.memory.append(known)
    return _MAKERS[kind](kept, batch, known.address, slow)


def _quotes(kept: Kept, batch: Batch, known: int, slow: Reader) -> Reader:
    read, latencies, ahead = direct(scan.quote, 6), batch.latencies, kept.quotes
    timed = kept.market.kind is not InstrumentKind.SPOT

    def quote(frame: bytes, recv: int, connection: int) -> None:
        at = batch.at
        if at == batch.end:
            batch.grow()
        behind = -1 if timed else (latencies.get(connection) or batch.latency(connection)).least
        update = read(id(frame), recv, batch.base + at, known, behind, kept.quoted)
        if update > 0:
            kept.quoted = update
            ahead.stale = 0
            batch.at = at + SIZE
            batch.waiting += 2
        else:
            slow(frame, recv, connection)

    return quote


def _trades(kept: Kept, batch: Batch, known: int, slow: Reader) -> Reader:
    read, ids, latencies = direct(scan.trade, 6), kept.trades, batch.latencies

    def trade(frame: bytes, recv: int, connection: int) -> None:
        at = batch.at
        if at == batch.end:
            batch.grow()
        latency = (latencies.get(connection) or batch.latency(connection)).address
        number = read(id(frame), recv, batch.base + at, known, ids.last, latency)
        if number > 0:
            ids.last = number
            ids.ahead.stale = 0
            batch.at = at + SIZE
            batch.waiting += 1
        else:
            slow(frame, recv, connection)

    return trade


def _depth(kept: Kept, batch: Batch, known: int, slow: Reader) -> Reader:
    read, book, latencies = direct(scan.depth, 8), kept.depth_book, batch.latencies

    def depth(frame: bytes, recv: int, connection: int) -> None:
        at = batch.at
        if at == batch.end:
            batch.grow()
        into, lane = batch.base + at, batch.lane
        latency = (latencies.get(connection) or batch.latency(connection)).address
        last = read(id(frame), recv, into, known, lane, LANE_NUMBERS, book.follower, latency)
        if last < 0:
            slow(frame, recv, connection)
            return
        event, numbers = _laid(batch.records, at + 48)
        book.followed(last, event, connection)
        if numbers:
            batch.lane = lane + 8 * numbers
            if batch.lane > batch.lane_end:
                batch.widen()
            batch.at = at + SIZE
            batch.waiting += numbers // 2

    return depth


_MAKERS: Final = {"bookTicker": _quotes, "trade": _trades, "depthUpdate": _depth}
KINDS: Final = frozenset(_MAKERS)
