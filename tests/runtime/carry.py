"""A market of one spot and its perp that pays funding once: a touch a second, as a test writes them down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from titan.market.tape.rows import END, SETTLED, Kind, Rows, concat, empty, take

S = 1_000_000_000


def carry_market(spot: Sequence[float], start: int, basis: Sequence[float] | None = None) -> Rows:
    """The perp stands `basis` (a fraction) above the spot, or as high; its funding is paid after 10 s."""
    rows = empty(4 * len(spot))
    for n, (mid, over) in enumerate(zip(spot, basis or [0.0] * len(spot), strict=True)):
        for leg in (0, 1):
            width, here = (0.1, mid * (1 + over)) if leg else (0.01, mid)
            for half, side in ((0, 1), (1, -1)):
                k = 4 * n + 2 * leg + half
                rows.ts[k] = rows.recv[k] = start + n * S
                rows.inst[k], rows.kind[k], rows.side[k] = leg, Kind.BBO, side
                rows.px[k], rows.qty[k] = round(here - side * width, 2 if leg == 0 else 1), 1000.0
                rows.flags[k] = END if half else 0
    paid = empty(1)
    paid.ts[0] = paid.recv[0] = start + 10 * S
    paid.inst[0], paid.kind[0], paid.flags[0] = 1, Kind.FUNDING, END | SETTLED
    paid.px[0], paid.qty[0] = 0.0005, paid.ts[0] // 1_000_000
    return in_time(concat([rows, paid]))


def in_time(rows: Rows) -> Rows:
    return Rows(*map(np.ascontiguousarray, take(rows, np.argsort(rows.ts, kind="stable"))))
