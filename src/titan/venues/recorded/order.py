"""Which rows of a series stand where time allows them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from titan.venues.recorded.series import BadRows
from titan.venues.recorded.tables import NO_TIME


def in_order(
    times: NDArray[np.int64], usable: NDArray[np.bool_], row: NDArray[np.int64], bad: BadRows, *, strict: bool
) -> NDArray[np.bool_]:
    """The rows of `usable` whose time rises (with `strict`) or does not fall; the others go to `bad`.

    A single row that lies ahead of both its neighbours is itself the wrong one, not all the rows after it.
    """
    unread = usable & (times == NO_TIME)
    bad.add_all(row[unread], "time cannot be read")
    keep: NDArray[np.bool_] = usable & ~unread
    at = np.flatnonzero(keep)
    t = times[at]
    if len(t) > 2:
        ahead = np.zeros(len(t), np.bool_)
        ahead[1:-1] = (t[1:-1] > t[2:]) & (t[2:] > t[:-2])
        ahead[0] = t[0] > t[1] and t[1] <= t[2]
        bad.add_all(row[at[ahead]], "time lies after that of the row below")
        keep[at[ahead]] = False
        at = np.flatnonzero(keep)
        t = times[at]
    if len(t) > 1:
        high = np.maximum.accumulate(t)[:-1]
        same, late = t[1:] == high, t[1:] < high
        bad.add_all(row[at[1:][late]], "time lies before that of the row above")
        keep[at[1:][late]] = False
        if strict:
            bad.add_all(row[at[1:][same]], "time appears twice")
            keep[at[1:][same]] = False
    return keep
