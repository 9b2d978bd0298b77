"""The record of one decoded message, and records as rows of the tape.

A record is 64 bytes, one line of the processor's cache, so that a compiled reader writes one in a few stores
and Python one by a single call into C.
"""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from titan.market.compiled import compiled
from titan.market.tape.rows import END, Kind, Rows

RECORD: Final = np.dtype(
    [
        ("ts", "<i8"), ("recv", "<i8"), ("inst", "<u2"), ("what", "u1"), ("side", "i1"), ("flags", "<i4"),
        ("bids", "<i4"), ("asks", "<i4"), ("a", "<f8"), ("b", "<f8"), ("c", "<f8"), ("d", "<f8"),
    ]
)  # fmt: skip
"""`what` is a `Kind` for one row of price `a` and size `b`, or one of the following."""
HEAD: Final = struct.Struct("<qqHBbiiidddd")
SIZE: Final = HEAD.size
assert RECORD.itemsize == SIZE

SINGLE: Final = 199
QUOTE: Final = 200
"""Two rows: the bid `a` of size `b`, the ask `c` of size `d`."""
UPDATE: Final = 201
"""As many levels of each side as `bids` and `asks` say, taken from a list."""
SNAPSHOT: Final = 202
"""As UPDATE, after an emptied book."""
LOST: Final = 203
"""A gap and an emptied book."""
SCANNED: Final = 204
"""As UPDATE, with the levels that a compiled reader wrote."""

_LEVEL, _CLEAR, _BBO, _GAP = (int(k) for k in (Kind.LEVEL, Kind.CLEAR, Kind.BBO, Kind.GAP))


@compiled
def spread(
    records: NDArray[np.void], listed: NDArray[np.float64], scanned: NDArray[np.float64], rows: Rows
) -> int:
    """Write the rows of `records`, in their order, into `rows`, which must have room for all; gives how many
    they are. `listed` and `scanned` hold price and size of each level of the two kinds of update."""
    at = 0
    one = two = 0
    for i in range(len(records)):
        record = records[i]
        what, flags = int(record["what"]), int(record["flags"])
        first = at
        if what <= SINGLE:
            _row(rows, at, what, int(record["side"]), record["a"], record["b"], flags)
            at += 1
        elif what == QUOTE:
            _row(rows, at, _BBO, 1, record["a"], record["b"], flags)
            _row(rows, at + 1, _BBO, -1, record["c"], record["d"], flags | END)
            at += 2
        elif what == LOST:
            _row(rows, at, _GAP, 0, 0.0, 0.0, flags)
            _row(rows, at + 1, _CLEAR, 0, 0.0, 0.0, flags | END)
            at += 2
        else:
            if what == SNAPSHOT:
                _row(rows, at, _CLEAR, 0, 0.0, 0.0, flags)
                at += 1
            bids = int(record["bids"])
            for j in range(bids + int(record["asks"])):
                side = 1 if j < bids else -1
                if what == SCANNED:
                    _row(rows, at, _LEVEL, side, scanned[two], scanned[two + 1], flags)
                    two += 2
                else:
                    _row(rows, at, _LEVEL, side, listed[one], listed[one + 1], flags)
                    one += 2
                at += 1
            rows.flags[at - 1] |= END
        for j in range(first, at):
            rows.ts[j] = record["ts"]
            rows.recv[j] = record["recv"]
            rows.inst[j] = record["inst"]
    return at


@compiled
def _row(rows: Rows, at: int, kind: int, side: int, px: float, qty: float, flags: int) -> None:
    rows.kind[at] = kind
    rows.side[at] = side
    rows.flags[at] = flags
    rows.px[at] = px
    rows.qty[at] = qty
