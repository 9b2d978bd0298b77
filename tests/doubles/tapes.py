"""Small tapes for doubles: made by hand in memory, quick and always the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np

from titan.market.tape.file import TapeMeta
from titan.market.tape.rows import COLUMNS, END, SNAPSHOT, Kind, Rows, length, pack, take
from titan.market.tape.write import TapeWriter
from titan.model.instrument import HOUR_NS, FeeSchedule, Instrument, InstrumentKind

START_NS = 1_785_542_400_000_000_000
MS = 1_000_000
SECOND = 1_000 * MS

SPOT = Instrument(
    venue="binance", kind=InstrumentKind.SPOT, symbol="BTCUSDT", base="BTC", quote="USDT",
    tick=Decimal("0.01"),
    lot=Decimal("0.00001"), fees=FeeSchedule(Decimal("0.001"), Decimal("0.001")), min_qty=Decimal("0.00001"),
    min_notional=Decimal(5),
)  # fmt: skip
PERP = Instrument(
    venue="binance", kind=InstrumentKind.PERP, symbol="BTCUSDT", base="BTC", quote="USDT",
    tick=Decimal("0.1"),
    lot=Decimal("0.001"), fees=FeeSchedule(Decimal("0.0002"), Decimal("0.0005")), min_qty=Decimal("0.001"),
    min_notional=Decimal(50), funding_interval_ns=8 * HOUR_NS, max_leverage=100,
    initial_margin=Decimal("0.01"), maintenance_margin=Decimal("0.004"), liquidation_fee=Decimal("0.0125"),
)  # fmt: skip

Row = tuple[int, int, int, int, int, float, float]
"""ts, instrument, kind, side, flags, price, size."""


class MemoryTape:
    """A tape that is not on disk."""

    def __init__(self, instruments: Sequence[Instrument], rows: Rows) -> None:
        self.instruments = tuple(instruments)
        self.rows = rows
        self.start, self.end = int(rows.ts[0]), int(rows.ts[-1])

    def blocks(
        self, start: int | None = None, end: int | None = None,
        instruments: Sequence[str | int] | None = None, block_rows: int = 1 << 15,
    ) -> Iterator[Rows]:  # fmt: skip
        for at in range(0, length(self.rows), block_rows):
            block = take(self.rows, slice(at, at + block_rows))
            yield pack(column.copy() for column in block)


def rows_of(table: Sequence[Row]) -> Rows:
    """Rows sorted by time; `recv` is `ts`."""
    ts, inst, kind, side, flags, px, qty = zip(*sorted(table, key=lambda row: row[0]), strict=True)
    columns = dict(zip(COLUMNS, (ts, ts, inst, kind, side, flags, px, qty), strict=True))
    return pack(np.array(columns[name], dtype) for name, dtype in COLUMNS.items())


def lively(
    seconds: float = 60, *, every_ms: int = 50, kinds: Sequence[Instrument] = (SPOT, PERP),
    funding_s: float = 8 * 3600, prints: Sequence[tuple[float, float]] = (),
) -> MemoryTape:  # fmt: skip
    """Books of 50 levels a side around 30,000 that wander a little, with trades, marks and funding, which is
    due after `funding_s`. `prints` are more trades, and
    marks of perps: after so many seconds, at this price.

    The touch of each stays within 50 of where it began.
    """
    random = np.random.default_rng(11)
    table: list[Row] = []
    for inst, one in enumerate(kinds):
        table += _one(inst, one, random, seconds, every_ms, START_NS + round(funding_s * SECOND))
        lot = float(one.lot) * 10
        for second, px in prints:
            at = START_NS + round(second * SECOND)
            table.append((at, inst, Kind.TRADE, 1, END, px, lot))
            if one.kind is InstrumentKind.PERP:
                table.append((at, inst, Kind.MARK, 0, END, px, 0.0))
    return MemoryTape(kinds, rows_of(table))


def _one(
    inst: int, one: Instrument, random: np.random.Generator, seconds: float, every_ms: int, due_ns: int
) -> list[Row]:
    step, lot = float(one.tick) * 10, float(one.lot)
    out: list[Row] = [(START_NS, inst, Kind.CLEAR, 0, SNAPSHOT, 0.0, 0.0)]

    def price(level: int) -> float:
        return round(30_000 + level * step, 2)

    def size() -> float:
        return round(int(random.integers(10_000, 200_000)) * 1e-5 // lot * lot, 8)

    for k in range(1, 51):
        out.append((START_NS, inst, Kind.LEVEL, 1, SNAPSHOT, price(-k), size()))
        out.append((START_NS, inst, Kind.LEVEL, -1, SNAPSHOT | (END if k == 50 else 0), price(k), size()))
    for beat in range(1, round(seconds * 1000 / every_ms)):
        at = START_NS + beat * every_ms * MS
        side = 1 if random.random() < 0.5 else -1
        level = int(random.integers(1, 40))
        out.append((at, inst, Kind.LEVEL, side, 0, price(-side * level), size()))
        out.append((at, inst, Kind.LEVEL, -side, END, price(side * (level % 7 + 1)), size()))
        out.append((at, inst, Kind.TRADE, side, END, price(side), round(lot * int(random.integers(1, 9)), 8)))
        if one.kind is InstrumentKind.PERP and beat % 10 == 1:
            out.append((at, inst, Kind.MARK, 0, END, price(0), 0.0))
            out.append((at, inst, Kind.INDEX, 0, END, price(0) - 1, 0.0))
            out.append((at, inst, Kind.FUNDING, 0, END, 0.0001, due_ns / 1e6))
    return out


def write(path: Path, tape: MemoryTape) -> Path:
    """The tape on disk."""
    with TapeWriter(path, TapeMeta(instruments=tape.instruments)) as writer:
        writer.append(tape.rows)
    return path


def climbing(
    *, kinds: Sequence[Instrument] = (SPOT, PERP), steps: int = 150, every_ms: int = 400
) -> MemoryTape:
    """Prices that rise by a tenth of a percent at every step, from 30,000, as do books, trades and marks."""
    table: list[Row] = []
    for inst, one in enumerate(kinds):
        for step in range(steps):
            at, price = START_NS + step * every_ms * MS, 30_000 + 30 * step
            table.append((at, inst, Kind.CLEAR, 0, SNAPSHOT, 0.0, 0.0))
            for k in range(1, 11):
                flags = SNAPSHOT | (END if k == 10 else 0)
                table.append((at, inst, Kind.LEVEL, 1, SNAPSHOT, float(price - k), 2.0))
                table.append((at, inst, Kind.LEVEL, -1, flags, float(price + k), 2.0))
            table.append((at, inst, Kind.TRADE, 1, END, float(price + 1), 0.01))
            if one.kind is InstrumentKind.PERP:
                table.append((at, inst, Kind.MARK, 0, END, float(price), 0.0))
    return MemoryTape(kinds, rows_of(table))


def waving(
    seconds: float = 21, *, every_ms: int = 50, wave_s: float = 3.0, premium: float = 0.006
) -> MemoryTape:
    """A spot that stands still and a perp that is `premium` dearer in the last fifth of each wave."""
    table: list[Row] = []
    for inst, one in enumerate((SPOT, PERP)):
        for beat in range(round(seconds * 1000 / every_ms)):
            at = START_NS + beat * every_ms * MS
            high = one.kind is InstrumentKind.PERP and (beat * every_ms / 1000) % wave_s >= 0.8 * wave_s
            price = round(30_000 * (1 + premium * high)) + beat % 3
            table.append((at, inst, Kind.CLEAR, 0, SNAPSHOT, 0.0, 0.0))
            for k in range(1, 6):
                flags = SNAPSHOT | (END if k == 5 else 0)
                table.append((at, inst, Kind.LEVEL, 1, SNAPSHOT, float(price - k), 2.0))
                table.append((at, inst, Kind.LEVEL, -1, flags, float(price + k), 2.0))
            table.append((at, inst, Kind.TRADE, 1, END, float(price + 1), 0.01))
            if one.kind is InstrumentKind.PERP:
                table.append((at, inst, Kind.MARK, 0, END, float(price), 0.0))
    return MemoryTape((SPOT, PERP), rows_of(table))
