"""The `sweep` suite's strategy and grid, as numbers; every driver writes it in its peer's own idiom.

A pair of spot and perp of one base, sampled at the close of each minute: the basis (perp - spot) / spot in
bps against the mean and the deviation of its last `window` samples. Flat, with a z-score of at least
`entry_z`, and the basis at least COST_BPS above its mean: buy QTY of the spot, sell as much of the perp. With
a z-score of at most `exit_z`: close both. Orders leave at the close and meet the next bar's open.
"""

from __future__ import annotations

import itertools
from typing import Final, NamedTuple

QTY: Final = 0.004
"""BTC a leg."""
FEE: Final = 0.00001
COST_BPS: Final = 4 * FEE * 1e4
LATENCY_NS: Final = 20_000_000
CAPITAL: Final = 100_000.0
WORKERS: Final = 2


class Set(NamedTuple):
    window: int
    entry_z: float
    exit_z: float


WINDOWS: Final = (240, 480, 720, 1440, 2880)
ENTRIES: Final = tuple(1.25 + 0.25 * n for n in range(10))
EXITS: Final = (0.0, 0.25, 0.5, 0.75)


def sets(variant: str) -> list[Set]:
    """All 200, windows varying slowest, so that sets which share a window stand together; of a variant
    `few...` eight of them.
    """
    found = [Set(*values) for values in itertools.product(WINDOWS, ENTRIES, EXITS)]
    return found[12::25] if variant.startswith("few") else found


def halves(count: int) -> list[range]:
    """Places of `count` sets, cut into as many runs as there are workers."""
    step = -(-count // WORKERS)
    return [range(at, min(at + step, count)) for at in range(0, count, step)]
