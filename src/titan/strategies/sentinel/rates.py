"""The basis in common terms: where a pair's legs are quoted in two stablecoins, the perp's price counts times
what its coin is worth in the spot's. Without that the rate of the two would pass for a basis.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from titan.market.basis import basis_bps
from titan.market.compiled import compiled
from titan.market.freshness import judge
from titan.market.walk import mid

ANY_AGE = 1 << 62
"""A rate between stablecoins is quoted seldom where little is traded: its last word stands."""


@compiled
def in_common(state: np.void, quotes: NDArray[np.void], ts: int) -> bool:
    """Take over the rate of now; False while there is none to be trusted. Pairs of one quote need none."""
    r = state["rate"]
    if r < 0:
        return True
    if judge(quotes[r], ts, ANY_AGE) != 0:
        return False
    rate = mid(quotes[r])
    state["common"] = 1.0 / rate if state["rate_inverse"] != 0 else rate
    return True


@compiled
def common_basis(state: np.void, spot: np.void, perp: np.void) -> float:
    """The basis at the mids of two legs that are quoted, in bps."""
    return float(basis_bps(mid(spot), mid(perp) * state["common"]))
