"""Which rows of a long series to draw: as many as a screen can show, the extremes among them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


def extremes(series: list[NDArray[np.float64]], most: int) -> Rows:
    """Indices of at most `most` rows: of every bucket each series' lowest and highest row, and the ends.

    A spike of one row stays visible however long the run. NaN never wins; a short series stays whole.
    """
    count = len(series[0]) if series else 0
    if count <= most:
        return np.arange(count, dtype=np.int64)
    buckets = max((most - 2) // (2 * len(series)), 1)
    edges = np.linspace(0, count, buckets + 1).astype(np.int64)
    keep = [np.array([0, count - 1], dtype=np.int64)]
    width = int(np.diff(edges).max())
    grid = np.minimum(edges[:-1, None] + np.arange(width), edges[1:, None] - 1)
    for values in series:
        block = values[grid]
        for filler, pick in ((np.inf, np.argmin), (-np.inf, np.argmax)):
            best = pick(np.where(np.isnan(block), filler, block), axis=1)
            keep.append(grid[np.arange(buckets), best])
    return np.unique(np.concatenate(keep)).astype(np.int64)
