"""One tape from several: rows by venue time, as a stream in bounded memory.

Rows of equal time keep the order of the feeds they come from, and within a feed their own order, so messages
stay whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from titan.market.tape.file import GROUP_ROWS, TapeMeta
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import Rows, concat, length, take
from titan.model.errors import TapeError
from titan.model.instrument import Instrument

_HUGE: Final = int(np.iinfo(np.int64).max)


class _Head:
    """What of one feed has been read and not yet given out."""

    def __init__(self, blocks: Iterator[Rows], to: NDArray[np.uint16] | None) -> None:
        self._blocks, self._to = blocks, to
        self.rows: Rows | None = None
        self.done = False
        self.read()

    @property
    def last(self) -> int:
        return int(self.rows.ts[-1]) if self.rows is not None else _HUGE

    def read(self) -> None:
        """Hold one more block."""
        for block in self._blocks:
            if length(block) == 0:
                continue
            if self._to is not None:
                block = block._replace(inst=self._to[block.inst])
            self.rows = block if self.rows is None else concat([self.rows, block])
            return
        self.done = True

    def give(self, before: int) -> Rows | None:
        """Take out the rows with ts < `before`."""
        if self.rows is None:
            return None
        n = length(self.rows)
        cut = n if before == _HUGE else int(np.searchsorted(self.rows.ts, before))
        given = take(self.rows, slice(0, cut)) if cut else None
        self.rows = take(self.rows, slice(cut, n)) if cut < n else None
        return given


def merge_blocks(
    feeds: Sequence[Iterator[Rows]],
    maps: Sequence[NDArray[np.uint16] | None] | None = None,
    block_rows: int = GROUP_ROWS,
) -> Iterator[Rows]:
    """Blocks of all feeds (each sorted by ts) as one sorted stream; at equal ts the earlier feed comes first.

    `maps[i]` turns feed i's instrument indices into the result's. Memory: a block of each feed, and one
    block; more only where a whole block of a feed has one and the same time.
    """
    heads = [_Head(feed, maps[i] if maps else None) for i, feed in enumerate(feeds)]
    held: list[Rows] = []
    have = 0
    while any(head.rows is not None for head in heads):
        # What comes later can only be at or after the earliest end of a feed that still has blocks.
        horizon = min((head.last for head in heads if not head.done and head.rows is not None), default=_HUGE)
        pieces = [piece for head in heads if (piece := head.give(horizon)) is not None]
        for head in heads:
            if not head.done and (head.rows is None or head.last == horizon):
                head.read()
        if not pieces:
            continue
        joined = concat(pieces)
        block = take(joined, np.argsort(joined.ts, kind="stable")) if len(pieces) > 1 else joined
        at, n = 0, length(block)
        while n - at + have >= block_rows:
            yield concat([*held, take(block, slice(at, at + block_rows - have))])
            at += block_rows - have
            held, have = [], 0
        if at < n:
            held.append(take(block, slice(at, n)))
            have += n - at
    if have:
        yield concat(held)


class MergedTapes:
    """Several tapes as one feed. Implements `ports.MarketFeed`.

    The same instrument in several tapes becomes one; raises TapeError when they disagree about its rules.
    """

    def __init__(self, tapes: Sequence[TapeReader]) -> None:
        self.tapes = tuple(tapes)
        self.meta = merge_meta([tape.meta for tape in tapes], [str(tape.path) for tape in tapes])
        self.rows: int = sum(tape.rows for tape in tapes)

    @property
    def instruments(self) -> Sequence[Instrument]:
        return self.meta.instruments

    def blocks(
        self, start: int | None = None, end: int | None = None, block_rows: int = GROUP_ROWS
    ) -> Iterator[Rows]:
        """Rows with start <= ts < end (ns)."""
        index = {instrument.id: i for i, instrument in enumerate(self.instruments)}
        maps = [np.array([index[i.id] for i in tape.instruments], np.uint16) for tape in self.tapes]
        feeds = [tape.blocks(start, end) for tape in self.tapes]
        return merge_blocks(feeds, maps, block_rows)


def merge_meta(metas: Sequence[TapeMeta], names: Sequence[str]) -> TapeMeta:
    """What the merged tape says about itself; `names` are for the error message."""
    instruments: dict[str, tuple[Instrument, str]] = {}
    bars: dict[str, int] = {}
    quality: dict[str, dict[str, int]] = {}
    measured: dict[str, dict[str, int]] = {}
    for meta, name in zip(metas, names, strict=True):
        for instrument in meta.instruments:
            had, where = instruments.setdefault(instrument.id, (instrument, name))
            if had != instrument:
                raise TapeError(
                    f"{where} and {name} have different rules for {instrument.id}",
                    remedy="import the recordings together, so that one set of rules is chosen",
                )
        for of, interval in meta.bar_intervals.items():
            if bars.setdefault(of, interval) != interval:
                raise TapeError(f"{name}: bars of {of} last {interval} ns, and {bars[of]} ns in another tape")
        for of, counters in meta.quality.items():
            _add(quality.setdefault(of, {}), counters)
        for of, figures in meta.measured.items():
            _add(measured.setdefault(of, {}), figures)
    return TapeMeta(
        instruments=tuple(i for i, _ in instruments.values()),
        sources=tuple(source for meta in metas for source in meta.sources),
        simulated=any(meta.simulated for meta in metas),
        scenario=", ".join(dict.fromkeys(meta.scenario for meta in metas if meta.scenario)),
        bar_intervals=bars,
        quality=quality,
        measured=measured,
        notes=tuple(dict.fromkeys(note for meta in metas for note in meta.notes)),
    )


def _add(total: dict[str, int], more: Mapping[str, int]) -> None:
    for name, count in more.items():
        # A latency does not add up; of two recordings the smaller one is kept.
        total[name] = min(total.get(name, count), count) if "latency" in name else total.get(name, 0) + count
