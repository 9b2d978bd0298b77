"""The `backtest` suite's strategy and settings, as numbers; every driver writes it in its peer's own idiom.
 Two legs, spot and perp of one base. On a fixed grid of time the basis of the mids, (perp - spot) / spot,
is sampled into a window; once the window is full its z-score against the window's mean and sample deviation
decides. At or above ENTER_Z and flat: buy spot and sell perp, both at once by market order. At or below
EXIT_Z and holding: reverse both.
"""

from __future__ import annotations

from typing import Final

STEP_NS: Final = 100_000_000
"""The grid's step. A sample at a grid moment sees everything stamped at or before it."""

OFFSET_NS: Final = 500_000
"""The grid stands half a millisecond off the exchanges' whole milliseconds, so that no sample and no order
meets a row.
"""

WINDOW: Final = 600
ENTER_Z: Final = 2.0
EXIT_Z: Final = 0.0
QTY: Final = 0.01
"""BTC a leg."""

LATENCY_NS: Final = 1_000_000
MAKER_FEE: Final = 0.0002
TAKER_FEE: Final = 0.0005
CAPITAL: Final = 100_000.0

SPOT, PERP = 0, 1


def first_sample(first_ts: int) -> int:
    """The first moment of the grid after `first_ts` (ns)."""
    return (first_ts // STEP_NS + 1) * STEP_NS + OFFSET_NS


SAMPLE_FACTOR: Final = (WINDOW / (WINDOW - 1)) ** 0.5
"""From the population deviation that NumPy gives to the sample deviation."""
