"""When the market's rows reach us: feed latency, and the tape in the order of our own clock.

Latency never lets rows of one instrument overtake each other, and no row arrives before it happened. All rows
of one message (same instrument, same venue time) share one draw, so messages stay whole. Random draws are a
hash of seed, instrument and venue time (the finaliser of Steele, Lea and Flood, "Fast splittable pseudorandom
number generators", OOPSLA 2014), so they do not depend on how the tape is cut into blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from titan.market.tape.local import LocalBlock
from titan.market.tape.rows import Rows, concat, length, take
from titan.simulation.models import Latency

_LONGEST: Final = 3_600e9
"""An hour in ns: a draw beyond it is cut."""


class FeedState:
    """What a feed remembers: when the last row of each instrument arrived."""

    def __init__(self, instruments: int, seed: int) -> None:
        self.last = np.full(instruments, np.iinfo(np.int64).min, np.int64)
        self.seed = seed


def local_times(block: Rows, model: Latency, state: FeedState) -> NDArray[np.int64]:
    """Arrival of each row of a block sorted by `ts`, ns; same order as the rows. Advances `state`."""
    local: NDArray[np.int64]
    if model.kind == "constant":
        local = block.ts + model.feed_ns
        return local
    if model.kind == "lognormal":
        delay = np.minimum(model.feed_ns * np.exp(model.feed_sigma * _normal(block, state.seed)), _LONGEST)
        local = block.ts + delay.astype(np.int64)
    else:
        seen = np.minimum(np.maximum(block.recv - block.ts + model.shift_ns, 0) * model.feed_scale, _LONGEST)
        local = block.ts + seen.astype(np.int64) + model.feed_ns
    for inst in np.unique(block.inst):
        of_one = np.flatnonzero(block.inst == inst)
        arrived = np.maximum.accumulate(np.maximum(local[of_one], state.last[inst]))
        local[of_one] = arrived
        state.last[inst] = arrived[-1]
    return local


class Arrivals(NamedTuple):
    """What is on its way between two blocks: a value, so that a tape can be gone on with from there again."""

    last: NDArray[np.int64]
    held: LocalBlock | None
    first: int
    """The place of the next block's first row."""


def none_yet(instruments: int) -> Arrivals:
    return Arrivals(FeedState(instruments, 0).last, None, 0)


def arrive(block: Rows, before: Arrivals, model: Latency, seed: int) -> tuple[LocalBlock, Arrivals]:
    """What has arrived for certain once the next block, with rows, is known; `before` stays as it is."""
    n = length(block)
    state = FeedState(len(before.last), seed)
    state.last[:] = before.last
    local = local_times(block, model, state)
    fresh = LocalBlock(block, local, np.arange(before.first, before.first + n, dtype=np.int64))
    if model.kind == "constant":
        return fresh, Arrivals(state.last, None, before.first + n)
    ready, held = _split(_sorted(before.held, fresh), int(block.ts[-1]))
    return ready, Arrivals(state.last, held, before.first + n)


class LocalBlocks:
    """Blocks sorted by venue time in, blocks sorted by local time out; equal times keep the order of the
    tape.

    Rows that a later block might still precede are carried over, so memory holds a block and the rows in
    flight.
    """

    def __init__(self, blocks: Iterable[Rows], model: Latency, instruments: int, seed: int) -> None:
        self._blocks = blocks
        self._model = model
        self._instruments, self._seed = instruments, seed

    def __iter__(self) -> Iterator[LocalBlock]:
        on_the_way = none_yet(self._instruments)
        for block in self._blocks:
            if length(block):
                ready, on_the_way = arrive(block, on_the_way, self._model, self._seed)
                if len(ready.local):
                    yield ready
        held = on_the_way.held
        if held is not None and len(held.local):
            yield held


def _sorted(held: LocalBlock | None, fresh: LocalBlock) -> LocalBlock:
    if held is None or len(held.local) == 0:
        both = fresh
    else:
        both = LocalBlock(
            concat([held.rows, fresh.rows]),
            np.concatenate([held.local, fresh.local]),
            np.concatenate([held.row, fresh.row]),
        )
    order = np.argsort(both.local, kind="stable")
    return LocalBlock(take(both.rows, order), both.local[order], both.row[order])


def _split(block: LocalBlock, until: int) -> tuple[LocalBlock, LocalBlock]:
    """What arrives by `until`, and the rest: no row of a later block can arrive before `until`."""
    cut = int(np.searchsorted(block.local, until, "right"))
    parts = (slice(None, cut), slice(cut, None))
    ready, rest = (LocalBlock(take(block.rows, p), block.local[p], block.row[p]) for p in parts)
    return ready, rest


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _normal(block: Rows, seed: int) -> NDArray[np.float64]:
    """One standard normal number for each row, the same for rows of one instrument and time (Box and
    Muller).
    """
    start = np.uint64(np.random.SeedSequence(abs(seed)).generate_state(1, np.uint64)[0])
    key = _mix(block.ts.astype(np.uint64) ^ _mix(block.inst.astype(np.uint64) + np.uint64(1)) ^ start)
    u = ((_mix(key + np.uint64(1)) >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    v = (_mix(key + np.uint64(2)) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return np.asarray(np.sqrt(-2.0 * np.log(u)) * np.cos(2.0 * np.pi * v), np.float64)
