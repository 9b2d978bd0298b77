"""The columns of the tape and what each kind of row means.

A block of rows is a struct of arrays, all of one length:

    ts     int64    ns UTC at the venue
    recv   int64    ns UTC at our receiver; equal to `ts` where the source has no receive stamp
    inst   uint16   index into the tape's instruments
    kind   uint8    `Kind`
    side   int8     +1 bid or buyer, -1 ask or seller, 0 none
    flags  uint8    `END`, `SNAPSHOT`, `SETTLED`, `ESTIMATED`
    px     float64
    qty    float64

A tape is sorted by `ts`; rows of one message keep their order and stand together, the last of them carries
`END`. Strategies step at message ends only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Kind(IntEnum):
    TRADE = 1
    """A public trade: `side` is the taker's."""
    LEVEL = 2
    """A book level is set to `qty` (absolute; 0 deletes it)."""
    CLEAR = 3
    """The book of this instrument is emptied (before a snapshot, or because it can no longer be trusted)."""
    BBO = 4
    """Best price of one side: two rows a message, bid then ask."""
    MARK = 5
    INDEX = 6
    FUNDING = 7
    """`px`: the rate of one interval; `qty`: when it settles, ms UTC. With `SETTLED` it was paid at `ts`."""
    OPEN_INTEREST = 8
    """`qty` in base units."""
    LIQUIDATION = 9
    """`side` is the side of the liquidated position (+1 a long was closed)."""
    BAR_OPEN = 10
    BAR_HIGH = 11
    BAR_LOW = 12
    BAR_CLOSE = 13
    """The four parts of a bar; each carries a quarter of its volume, and only the close carries `END`."""
    GAP = 14
    """Data of this instrument was lost before this row; `qty` is the hole's length in seconds where known."""


END: Final = 1
SNAPSHOT: Final = 2
SETTLED: Final = 4
ESTIMATED: Final = 8
"""The venue sent no time with this message; `ts` was estimated from the receive stamp."""

COLUMNS: Final[dict[str, np.dtype[np.generic]]] = {
    "ts": np.dtype(np.int64),
    "recv": np.dtype(np.int64),
    "inst": np.dtype(np.uint16),
    "kind": np.dtype(np.uint8),
    "side": np.dtype(np.int8),
    "flags": np.dtype(np.uint8),
    "px": np.dtype(np.float64),
    "qty": np.dtype(np.float64),
}
ROW_BYTES: Final = sum(d.itemsize for d in COLUMNS.values())


class Rows(NamedTuple):
    """A block of the tape: columns of equal length. Kernels take it whole."""

    ts: NDArray[np.int64]
    recv: NDArray[np.int64]
    inst: NDArray[np.uint16]
    kind: NDArray[np.uint8]
    side: NDArray[np.int8]
    flags: NDArray[np.uint8]
    px: NDArray[np.float64]
    qty: NDArray[np.float64]


def pack(parts: Iterable[NDArray[np.generic]]) -> Rows:
    """Columns in the order of `COLUMNS`, as a block."""
    return Rows(*parts)  # type: ignore[arg-type]


def columns(rows: Rows) -> Sequence[NDArray[np.generic]]:
    """The columns in their order, for code that treats all alike."""
    return rows


def length(rows: Rows) -> int:
    """Rows in the block (`len` of a NamedTuple counts its columns)."""
    return len(rows.ts)


def empty(n: int) -> Rows:
    """A zeroed block of `n` rows."""
    return pack(np.zeros(n, dtype) for dtype in COLUMNS.values())


def take(rows: Rows, index: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Rows:
    """The rows at `index`, in its order. A slice gives views, an array copies."""
    return pack(column[index] for column in columns(rows))


def concat(blocks: Sequence[Rows]) -> Rows:
    """Blocks one after the other, as one block of contiguous columns."""
    if not blocks:
        return empty(0)
    return pack(np.concatenate(parts) for parts in zip(*map(columns, blocks), strict=True))
