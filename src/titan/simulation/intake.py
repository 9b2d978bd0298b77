"""One look at every row of a block before the exchange walks it, in a single pass."""

from __future__ import annotations

from typing import Final

from titan.market.compiled import compiled
from titan.market.tape.rows import SETTLED, Kind, Rows
from titan.simulation.records import Records

SOUND: Final = 0
UNSORTED: Final = 1
UNKNOWN_INSTRUMENT: Final = 2

_FUNDING: Final = int(Kind.FUNDING)


@compiled
def inspect(rows: Rows, insts: Records, last_ts: int) -> int:
    """SOUND, or what is wrong with a block that follows a row of `last_ts`. Instruments whose settlements
    stand in it are marked so.
    """
    before = last_ts
    known = len(insts)
    ts, inst, kinds = rows.ts, rows.inst, rows.kind
    for k in range(len(ts)):
        if ts[k] < before:
            return UNSORTED
        before = ts[k]
        if inst[k] >= known:
            return UNKNOWN_INSTRUMENT
        if kinds[k] == _FUNDING and rows.flags[k] & SETTLED != 0:
            insts[inst[k]]["settles"] = 1
    return SOUND
