"""From when to when the tape knows each instrument, and so what of it can be played.

A hedge is worth nothing certain while one of its legs has no price. Rows before both legs of some pair are
known, or after
the last such moment, are not played; and a pair whose data end earlier than the run is closed before they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from titan.market.tape.read import TapeReader
from titan.market.tape.rows import Kind, Rows
from titan.model.errors import ConfigError
from titan.strategies.sentinel.params import Pair

_PRICED: Final = np.array([Kind.TRADE, Kind.LEVEL, Kind.BBO, Kind.BAR_OPEN, Kind.BAR_CLOSE], np.uint8)
LEAD_NS: Final = 6 * 3_600_000_000_000
"""How long before its data end a pair is closed: clip by clip takes an hour or two."""
SLACK_NS: Final = 600_000_000_000
"""Series that end this close to each other end together."""


class Coverage:
    """First and last venue time of a price row of each instrument; add every block once, in order."""

    def __init__(self, instruments: int) -> None:
        self.first: NDArray[np.int64] = np.full(instruments, np.iinfo(np.int64).max, np.int64)
        self.last: NDArray[np.int64] = np.full(instruments, np.iinfo(np.int64).min, np.int64)

    def add(self, block: Rows) -> None:
        priced = np.isin(block.kind, _PRICED)
        for inst in np.unique(block.inst[priced]):
            times = block.ts[priced & (block.inst == inst)]
            self.first[inst] = min(self.first[inst], times[0])
            self.last[inst] = max(self.last[inst], times[-1])


class Span(msgspec.Struct, frozen=True):
    """What is played, ns, both ends included, and when each pair is closed (None: it lasts to the end)."""

    start_ns: int
    end_ns: int
    closing_ns: dict[str, int | None]


def coverage_of(reader: TapeReader) -> Coverage:
    found = Coverage(len(reader.instruments))
    for block in reader.blocks():
        found.add(block)
    return found


def span_of(coverage: Coverage, pairs: Sequence[Pair], bounds: tuple[int, int]) -> Span:
    """The part of the tape in which some pair has both legs. `bounds` are the tape's first and last row, and
    are kept where they lie close. Raises ConfigError when no pair ever has both legs.
    """
    overlaps: dict[str, tuple[int, int]] = {}
    for pair in pairs:
        legs = [pair.spot_index, pair.perp_index]
        start, end = int(coverage.first[legs].max()), int(coverage.last[legs].min())
        if start < end:
            overlaps[pair.name] = (start, end)
    if not overlaps:
        raise ConfigError(
            "the tape never knows both legs of a pair at the same time",
            remedy="`titan tape info` shows from when to when each series runs",
        )
    first = min(start for start, _ in overlaps.values())
    last = max(end for _, end in overlaps.values())
    first = bounds[0] if first - bounds[0] <= SLACK_NS else first
    last = bounds[1] if bounds[1] - last <= SLACK_NS else last
    closing: dict[str, int | None] = {}
    for pair in pairs:
        if pair.name not in overlaps:
            closing[pair.name] = first  # one leg is never known: never opened
            continue
        start, end = overlaps[pair.name]
        early = last - end > SLACK_NS
        closing[pair.name] = end - min(LEAD_NS, (end - start) // 4) if early else None
    return Span(first, last, closing)
