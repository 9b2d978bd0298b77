"""Marks, funding rates, open interest: each kind only goes forward in time, whatever comes twice or late."""

from __future__ import annotations

from collections.abc import Sequence

from titan.market.tape.rows import Kind
from titan.venues.sink import NO_TS, Flow, Row, Sink
from titan.venues.tally import Tally


class Marks:
    """Of all markets of a line."""

    def __init__(self, sink: Sink, tally: Tally) -> None:
        self._sink, self._tally = sink, tally
        self._said: dict[tuple[int, Kind], tuple[int, float, float]] = {}

    def say(self, inst: int, rows: Sequence[Row], ts: int, recv: int, connection: int) -> None:
        """One message, `ts` in ns. Rows not younger than what was said of their kind are left out; without a
        time (`NO_TS`) those that say the same again.
        """
        new = []
        for row in rows:
            kind, _, px, qty = row
            before = self._said.get((inst, kind))
            known = before is not None and (ts <= before[0] if ts >= 0 else (px, qty) == before[1:])
            if not known:
                self._said[inst, kind] = ts, px, qty
                new.append(row)
        if new:
            event = 0 if ts == NO_TS else ts
            self._sink.rows(inst, Flow.MARKS, ts, event, recv, connection, new)
        else:
            self._tally.noticed["known already"] += 1
