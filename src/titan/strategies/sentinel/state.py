"""What Sentinel's kernel remembers of one pair: one record, so that it can be snapshotted, compared and
hashed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from titan.market.stats import rolling_dtype
from titan.model.instrument import Instrument, InstrumentKind
from titan.strategies.sentinel.cascade import RING
from titan.strategies.sentinel.params import HOUR_MS, Pair, SentinelParams

EXPAND: Final = 1
CONTRACT: Final = 2
CORE_OPEN: Final = 3
CORE_CLOSE: Final = 4
VACUUM_OPEN: Final = 5
VACUUM_CLOSE: Final = 6
NAMES: Final = {
    EXPAND: "EXPAND",
    CONTRACT: "CONTRACT",
    CORE_OPEN: "CORE_OPEN",
    CORE_CLOSE: "CORE_CLOSE",
    VACUUM_OPEN: "VACUUM_OPEN",
    VACUUM_CLOSE: "VACUUM_CLOSE",
}

LOG_ROWS: Final = 16384
ROOMY: Final = 4096
"""Room for so many samples in any case: all windows up to it share one type, and with it one compilation."""
MISSES: Final = 12

LOG = np.dtype(
    [
        ("ts", "i8"),
        ("spot", "f8"),
        ("perp", "f8"),
        ("basis", "f8"),
        ("mean", "f8"),
        ("std", "f8"),
        ("z", "f8"),
    ]
)
MISS = np.dtype(
    [("ts", "i8"), ("z", "f8"), ("basis", "f8"), ("executable", "f8"), ("cost", "f8"), ("edge", "f8")]
)


def pair_dtype(window: int) -> np.dtype[np.void]:
    """The state of one pair for a statistics window of `window` samples."""
    return np.dtype(
        [
            ("spot", "i8"), ("perp", "i8"), ("fees_bps", "f8"), ("interval_ms", "f8"),
            ("rate", "i8"), ("rate_inverse", "i8"), ("common", "f8"),
            ("next_sample", "i8"), ("sample_ts", "i8"),
            ("basis", "f8"), ("mean", "f8"), ("std", "f8"), ("z", "f8"),
            ("executable", "f8"), ("cost", "f8"), ("edge", "f8"),
            ("expanded", "i8"),
            ("forecast", "f8"), ("rated", "i8"), ("settled_ms", "f8"), ("below", "i8"), ("core", "i8"),
            ("told", "i8"), ("due_rate", "f8"), ("due_ms", "f8"), ("longer_ms", "f8"),
            ("base", "i8"), ("forced", "i8"), ("liquidated", RING),
            ("vacuum", "i8"), ("vacuum_end", "i8"), ("vacuum_until", "i8"),
            ("vacuum_basis", "f8"), ("vacuum_entry", "f8"),
            ("samples", "i8"), ("skewed", "i8"), ("stretched", "i8"), ("thin", "i8"),
            ("paid", "i8"), ("settlements", "i8"),
            ("log_stride", "i8"), ("log_skip", "i8"), ("log_n", "i8"), ("log", LOG, (LOG_ROWS,)),
            ("miss_open", "i8"), ("miss_n", "i8"), ("miss", MISS), ("misses", MISS, (MISSES,)),
            ("stats", rolling_dtype(max(window, ROOMY))),
        ],
        align=True,
    )  # fmt: skip


def new_pairs(pairs: Sequence[Pair], params: Mapping[str, SentinelParams]) -> NDArray[np.void]:
    """One fresh record a pair. Four taker fees make a round trip: both legs, in and out."""
    states = np.zeros(len(pairs), pair_dtype(max(params[p.name].window for p in pairs)))
    states["stats"]["window"] = [params[p.name].window for p in pairs]
    bases = bases_of(pairs)
    for state, pair in zip(states, pairs, strict=True):
        rates = [i.fees.taker for i in (pair.spot, pair.perp)]
        state["spot"], state["perp"] = pair.spot_index, pair.perp_index
        state["rate"], state["rate_inverse"] = pair.rate_index, pair.rate_inverse
        state["common"] = 1.0
        state["fees_bps"] = float(2 * sum(rates) * 10_000)
        state["interval_ms"] = pair.perp.funding_interval_ns / 1e6 or 8 * HOUR_MS
        state["base"] = bases[pair.perp.base]
        state["log_stride"] = 1
    return states


def bases_of(pairs: Sequence[Pair]) -> dict[str, int]:
    """A number for each base, in the order of the pairs: pairs of one base share their liquidations."""
    return {base: n for n, base in enumerate(dict.fromkeys(p.perp.base for p in pairs))}


def base_of(pairs: Sequence[Pair], instruments: Sequence[Instrument]) -> NDArray[np.int64]:
    """For each instrument on the tape the number of its base where it is a perp of a traded one, else -1."""
    bases = bases_of(pairs)
    found = [bases.get(i.base, -1) if i.kind is InstrumentKind.PERP else -1 for i in instruments]
    return np.array(found, np.int64)
