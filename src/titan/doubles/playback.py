"""A tape as a venue's own history: relabelled, on the double's clock, and from the start again at its end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final, Protocol

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from titan.market.tape.rows import COLUMNS, END, SNAPSHOT, Kind, Rows, empty, length, take
from titan.model.errors import ConfigError, TapeError
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind

BLOCK_ROWS: Final = 1 << 15
LONGEST_LEAD_NS: Final = 30_000_000_000
PAUSE_NS: Final = 1_000_000_000
"""Between the tape's end and its next beginning."""

_BPS: Final = Decimal(10_000)
FEES_BPS: Final[dict[str, tuple[tuple[str, str], tuple[str, str] | None]]] = {
    "binance": (("10", "10"), ("2", "5")),
    "bybit": (("10", "10"), ("2", "5.5")),
    "okx": (("8", "10"), ("2", "5")),
    "mexc": (("0", "5"), ("0", "2")),
    "kraken": (("25", "40"), None),
}
"""By venue: (maker, taker) of spot and of perps in basis points, lowest tier; None where there are no perps.
The venues' published fee pages as of 2025 and 2026."""


class TapeSource(Protocol):
    """What of a tape a double needs; `TapeReader` is one."""

    start: int
    end: int

    @property
    def instruments(self) -> Sequence[Instrument]: ...

    def blocks(
        self,
        start: int | None = None,
        end: int | None = None,
        instruments: Sequence[str | int] | None = None,
        block_rows: int = ...,
    ) -> Iterator[Rows]: ...


def relabel(
    instruments: Sequence[Instrument], venue: str
) -> tuple[tuple[Instrument, ...], NDArray[np.int32]]:
    """The venue's instruments, and for each of the tape's its index among them or -1.

    Where several of the tape's would become one, the venue's own is taken, else the first. Raises ConfigError
    for a venue without a double or when nothing is left.
    """
    if venue not in FEES_BPS:
        raise ConfigError(f"there is no double of {venue}", remedy=f"one of {', '.join(sorted(FEES_BPS))}")
    spot, perp = FEES_BPS[venue]
    chosen: dict[str, int] = {}
    for at, one in enumerate(instruments):
        if one.kind is InstrumentKind.PERP and perp is None:
            continue
        name = f"{one.kind}.{one.symbol}"
        if name not in chosen or (one.venue == venue != instruments[chosen[name]].venue):
            chosen[name] = at
    if not chosen:
        raise ConfigError(
            f"{venue} has none of the tape's markets: {', '.join(i.id for i in instruments)}",
            remedy="take a tape with spot instruments, or another venue",
        )
    index = np.full(len(instruments), -1, np.int32)
    cast = []
    for new, at in enumerate(chosen.values()):
        index[at] = new
        one = instruments[at]
        pair = spot if one.kind is InstrumentKind.SPOT else perp or spot
        fees = FeeSchedule(Decimal(pair[0]) / _BPS, Decimal(pair[1]) / _BPS)
        cast.append(replace(one, venue=venue, fees=fees))
    return tuple(cast), index


class Playback:
    """Blocks of rows in double time: start + (tape time - tape start) / speed. Every block that is given out
    also stands in `handed`, for whoever publishes the same rows.

    Rows before every book has begun (at most 30 s of tape) are given at the start itself, so that a double
    has books from its first moment.
    """

    def __init__(
        self, tape: TapeSource, index: NDArray[np.int32], *, start_ns: int, speed: float, once: bool
    ) -> None:
        if not 0 < speed <= 10_000:
            raise ConfigError(f"speed {speed:g}: it must be above 0 and at most 10000")
        self._tape = tape
        self._index = index
        self._speed = speed
        self._once = once
        self._base = self._ready()
        self.start_ns = start_ns
        self.laps = 0
        self.handed: deque[Rows] = deque()

    def _ready(self) -> int:
        """Tape time at which every book has begun."""
        first = next(iter(self._tape.blocks(block_rows=BLOCK_ROWS)), empty(0))
        if not length(first):
            raise TapeError("the tape has no rows", remedy="import it again")
        begun = (first.kind == Kind.LEVEL) | (first.kind == Kind.BBO) | (first.kind >= Kind.BAR_OPEN)
        seen, at = np.unique(first.inst[begun], return_index=True)
        starts = [int(first.ts[begun][k]) for one, k in zip(seen, at) if self._index[one] >= 0]
        return min(max(starts, default=self._tape.start), self._tape.start + LONGEST_LEAD_NS)

    def __iter__(self) -> Iterator[Rows]:
        begin = self.start_ns
        while True:
            if self.laps:
                yield self._hand(self._cleared(begin))
            for block in self._tape.blocks(block_rows=BLOCK_ROWS):
                rows = self._mapped(block, begin)
                if length(rows):
                    yield self._hand(rows)
            self.laps += 1
            if self._once:
                return
            begin += max(round((self._tape.end - self._base) / self._speed), 0) + PAUSE_NS

    def _hand(self, rows: Rows) -> Rows:
        self.handed.append(rows)
        return rows

    def _cleared(self, at: int) -> Rows:
        """Every book empty, before the tape begins again."""
        count = int(self._index.max()) + 1
        rows = empty(count)
        rows.ts[:], rows.recv[:] = at, at
        rows.inst[:] = np.arange(count)
        rows.kind[:], rows.flags[:] = Kind.CLEAR, SNAPSHOT | END
        return rows

    def _mapped(self, block: Rows, begin: int) -> Rows:
        index = self._index[block.inst]
        kept = take(block, index >= 0)
        ts = begin + self._scaled(np.maximum(kept.ts - self._base, 0))
        qty = kept.qty.copy()
        due = (kept.kind == Kind.FUNDING) & (qty > 0)
        if due.any():
            qty[due] = (begin + self._scaled(qty[due].astype(np.int64) * 1_000_000 - self._base)) / 1e6
        inst = index[index >= 0].astype(COLUMNS["inst"])
        return kept._replace(ts=ts, recv=ts, inst=inst, qty=qty)

    def _scaled(self, span: NDArray[np.int64]) -> NDArray[np.int64]:
        return span if self._speed == 1.0 else (span / self._speed).astype(np.int64)
