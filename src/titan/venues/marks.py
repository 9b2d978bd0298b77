"""Marks, funding rates, open interest: each kind only goes forward in time, whatever comes twice or late."""

from __future__ import annotations

from collections.abc import Sequence

from titan.market.tape.rows import Kind
from titan.venues.ahead import Latest
from titan.venues.sink import NO_TS, Flow, Row, Sink
from titan.venues.tally import Tally


class Marks:
    """Of all markets of a line."""

    def __init__(self, sink: Sink, tally: Tally) -> None:
        self._sink, self._tally = sink, tally
        self._latest: dict[tuple[int, Kind], Latest] = {}
        self._said: dict[tuple[int, Kind], tuple[float, float]] = {}

    def say(self, inst: int, rows: Sequence[Row], ts: int, recv: int, connection: int) -> None:
        """One message, `ts` in ns. Rows not younger than what was said of their kind are left out; without a
        time (`NO_TS`) those that say the same again.
        """
        new = []
        for row in rows:
            key = inst, row[0]
            if ts >= 0:
                latest = self._latest.get(key)
                if latest is None:
                    latest = self._latest[key] = Latest()
                known = latest.place(ts, recv) <= 0
            else:
                known = self._said.get(key) == row[2:]
            if not known:
                self._said[key] = row[2:]
                new.append(row)
        if new:
            event = 0 if ts == NO_TS else ts
            self._sink.rows(inst, Flow.MARKS, ts, event, recv, connection, new)
        else:
            self._tally.noticed["known already"] += 1
