"""What a reader gives back: rows of one instrument, and an account of what it could not use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from titan.market.tape.rows import Rows, take
from titan.model.errors import DataError
from titan.model.instrument import Instrument, InstrumentKind

SHOWN: Final = 3
"""How many bad rows of each kind and file are kept with their line."""


class BadRow(msgspec.Struct, frozen=True):
    """A row that was left out. `row` counts lines from 1 in text files, data rows from 1 in tables."""

    file: str
    row: int
    reason: str


@dataclass
class BadRows:
    """Counts by reason, and the first few of each with their place."""

    file: str
    counts: dict[str, int] = field(default_factory=dict)
    first: list[BadRow] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def add(self, row: int, reason: str, detail: str = "") -> None:
        """One bad row; `reason` groups, `detail` is only shown."""
        seen = self.counts.get(reason, 0)
        self.counts[reason] = seen + 1
        if seen < SHOWN:
            self.first.append(BadRow(self.file, row, f"{reason}: {detail}" if detail else reason))

    def add_all(self, rows: Iterable[int], reason: str) -> None:
        """Many bad rows of one reason."""
        for row in rows:
            self.add(int(row), reason)


class Listing(NamedTuple):
    """Which instrument at which venue."""

    venue: str
    kind: InstrumentKind
    base: str
    quote: str

    @property
    def id(self) -> str:
        return f"{self.venue}.{self.kind}.{self.base}{self.quote}"


@dataclass
class Series:
    """Rows of one instrument from one or more files, sorted by ts, with `inst` 0.

    `group` names what the rows are (`bars`, `mark`, `funding`, `trades`, `quotes`, `stream`): two series of
    one instrument and group that overlap in time would say everything twice. `prices` and `sizes` are what
    the grid of ticks and lots may be inferred from.
    """

    listing: Listing
    group: str
    rows: Rows
    files: tuple[Path, ...]
    format: str
    bad: BadRows
    prices: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    sizes: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    interval_ns: int = 0
    """Length of a bar, or the usual time between two settlements; 0 where neither applies."""
    counters: dict[str, int] = field(default_factory=dict)
    """What was wrong, apart from bad rows."""
    measured: dict[str, int] = field(default_factory=dict)
    """Figures that are no fault."""
    notes: tuple[str, ...] = ()
    rules: Callable[[Instrument], Instrument] | None = None
    """Puts the venue's own rules into the instrument, where the recording has them."""

    def count(self, name: str, n: int = 1) -> None:
        self.counters[name] = self.counters.get(name, 0) + n

    @property
    def start(self) -> int:
        return int(self.rows.ts[0]) if len(self.rows.ts) else 0

    @property
    def end(self) -> int:
        return int(self.rows.ts[-1]) if len(self.rows.ts) else 0


class Hints(NamedTuple):
    """What the user says about files that do not say it themselves; times are ns, half open."""

    venue: str = ""
    symbol: str = ""
    market: str = ""
    start: int | None = None
    end: int | None = None

    def window(self, times: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of `times` (ns) are wanted."""
        wanted = np.ones(len(times), np.bool_)
        if self.start is not None:
            wanted &= times >= self.start
        if self.end is not None:
            wanted &= times < self.end
        return wanted


def cut(rows: Rows, hints: Hints) -> Rows:
    """The rows inside the hints' window of time."""
    return take(rows, hints.window(rows.ts)) if hints.start is not None or hints.end is not None else rows


def nothing_left(path: Path, bad: BadRows) -> DataError:
    """The error for a file all of whose rows are bad."""
    listed = "; ".join(f"row {b.row}: {b.reason}" for b in bad.first[:SHOWN])
    return DataError(
        f"{path}: none of its {bad.total:,} rows can be used ({listed})", remedy="check the file"
    )


VENUES: Final = ("binance", "bybit", "okx")


def venue_of(path: Path, hints: Hints) -> str:
    """The venue by the user's word, else by the nearest folder named after one, as `binance-5m`."""
    if hints.venue:
        return hints.venue.lower()
    for part in reversed(path.absolute().parts[:-1]):
        for venue in VENUES:
            if part.lower().startswith(venue):
                return venue
    raise DataError(
        f"{path}: neither the file nor its folders name a venue", remedy="say it, as --venue binance"
    )
