"""The tape as it reaches us: rows in the order of our own clock."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from titan.market.tape.rows import Rows


class LocalBlock(NamedTuple):
    """Rows in the order in which they reach us. `local` is when (ns), `row` their place on the tape."""

    rows: Rows
    local: NDArray[np.int64]
    row: NDArray[np.int64]
