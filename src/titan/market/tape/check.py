"""The few things no tape may hold, checked on every block written and read: cheap enough to be always on."""

from __future__ import annotations

import numpy as np

from titan.market.tape.rows import COLUMNS, Kind, Rows, columns
from titan.model.errors import RowError


def check_block(name: str, rows: Rows, instruments: int, last_ts: int, offset: int) -> None:
    """Raise RowError for shapes, order, unknown instruments and kinds, numbers not finite.

    Rows are counted from `offset`; `last_ts` is the venue time of the row before this block. About
    4 ms for a million rows.
    """
    n = len(rows.ts)
    for (column, dtype), values in zip(COLUMNS.items(), columns(rows), strict=True):
        if values.dtype != dtype or values.shape != (n,):
            raise RowError(
                name, offset, f"column {column} is {values.dtype}{list(values.shape)}, not {dtype}[{n}]",
                remedy="build blocks with titan.market.tape.rows",
            )  # fmt: skip
    if n == 0:
        return
    falls = rows.ts[1:] < rows.ts[:-1]
    if int(rows.ts[0]) < last_ts or bool(falls.any()):
        at = 0 if int(rows.ts[0]) < last_ts else int(np.argmax(falls)) + 1
        reason = f"ts {int(rows.ts[at])} comes after {last_ts if at == 0 else int(rows.ts[at - 1])}"
        raise RowError(name, offset + at, reason, remedy="sort the rows by ts before writing them")
    if int(rows.kind.min()) < Kind.TRADE or int(rows.kind.max()) > Kind.GAP:
        at = int(np.argmax((rows.kind < Kind.TRADE) | (rows.kind > Kind.GAP)))
        reason = f"kind {int(rows.kind[at])} is unknown"
        raise RowError(name, offset + at, reason, remedy="kinds are those of titan.market.tape.rows.Kind")
    if int(rows.inst.max()) >= instruments:
        at = int(np.argmax(rows.inst >= instruments))
        reason = f"instrument {int(rows.inst[at])} is unknown, the tape has {instruments}"
        raise RowError(name, offset + at, reason, remedy="name every instrument in the tape's meta")
    for column, values in (("px", rows.px), ("qty", rows.qty)):
        finite = np.isfinite(values)
        if not bool(finite.all()):
            at = int(np.argmin(finite))
            reason = f"{column} is {float(values[at])}"
            raise RowError(name, offset + at, reason, remedy="leave out or repair rows that are not numbers")
