"""One moment of a run, twenty times a second: quotes, ladders and what the run says of itself.

It lies in the file `frame` of the run's folder, written over again and again (`HEAD` before it), and is
shorter lived than `status.json`: whoever shows prices to a person reads it, nobody computes with it. Numbers
lie in it as the compiled kernel left them, so that writing one costs the run next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Any, Final
from zlib import crc32

import msgspec

from titan.views.status import Status

NAME: Final = "frame"
HEAD: Final = Struct("<8sQIIQ")
"""Magic with the version, sequence (odd while it is written), length and checksum of the body, 1 once the run
has ended. The body stands at `BODY`, the room for it is the rest of the file.
"""
MAGIC: Final = b"titanf01"
BODY: Final = 64
DEPTH: Final = 10
"""Levels of a side at most."""
QUOTE: Final = Struct("<10d3q")
LADDER: Final = Struct(f"<2q{4 * DEPTH}d")
WHY: Final = ("", "gapped", "empty", "one sided", "crossed", "stale")
"""Why there is no price, by its number."""

Level = tuple[float, float]


class QuoteLine(msgspec.Struct, frozen=True):
    """One instrument; 0 for what is not known. `why` is empty while there is a price, then `mid` is one.
    `funding` is the rate of an interval of `hours`, paid next at `settles_ns`; `heard_ns` our time of its
    last row. Quantities in base units.
    """

    instrument: str
    bid: float
    bid_qty: float
    ask: float
    ask_qty: float
    mid: float
    mark: float
    index: float
    last: float
    funding: float
    hours: float
    settles_ns: int
    heard_ns: int
    why: str


class LadderLine(msgspec.Struct, frozen=True):
    """(price, size) from the touch outwards; only the touch where no book is known."""

    instrument: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class Frame(msgspec.Struct, frozen=True, array_like=True):
    """`names` are the instruments, in the order of `packed` (a `QUOTE` each) and `books` (a `LADDER` each).
    `pulse` is what the run said of itself last: its `at_ns` may be older than the frame's, by an interval or
    two. New fields come last and have defaults.
    """

    at_ns: int
    run_id: str
    sequence: int
    every_s: float
    names: tuple[str, ...]
    packed: bytes
    books: bytes
    pulse: Status

    @property
    def quotes(self) -> tuple[QuoteLine, ...]:
        rows = zip(self.names, QUOTE.iter_unpack(self.packed), strict=True)
        return tuple(_quote(name, row) for name, row in rows)

    @property
    def ladders(self) -> tuple[LadderLine, ...]:
        rows = zip(self.names, LADDER.iter_unpack(self.books), strict=True)
        return tuple(LadderLine(name, tuple(_side(row, 0)), tuple(_side(row, 1))) for name, row in rows)


def _quote(name: str, row: tuple[Any, ...]) -> QuoteLine:
    return QuoteLine(*(name, *row[:-1], WHY[row[-1]]))


def _side(row: tuple[float, ...], side: int) -> Iterator[Level]:
    first = 2 + side * 2 * DEPTH
    for at in range(first, first + 2 * int(row[side]), 2):
        yield row[at], row[at + 1]


_READ: Final = msgspec.msgpack.Decoder(Frame)


def checksum(body: bytes, sequence: int) -> int:
    """Of a body as it belongs to its header: an older header never fits."""
    return crc32(body, sequence & 0xFFFFFFFF)


def decoded(body: bytes) -> Frame:
    """Raises msgspec.DecodeError for what is no frame of this version."""
    return _READ.decode(body)
