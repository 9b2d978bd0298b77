"""The `loop` suite's strategy and its two settings, as numbers; every driver writes it in its peer's own
idiom.
 EMA(100) against EMA(400) of the mid, always in the market: from the 401st quote on, turn to +0.01 when the
fast average is above the slow one by more than BAND, to -0.01 when it is below by more, with one market
order. Averages start at the first mid. The band is there so that peers, who round in different orders,
agree on every crossing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

FAST: Final = 100
SLOW: Final = 400
QTY: Final = 0.01
BAND: Final = 0.01
"""USDT; a tenth of a tick."""
TICK: Final = 0.1
LOT: Final = 0.001


class Setting(NamedTuple):
    """`latency_ns` applies to the order on its way out and to the report on its way back."""

    maker_fee: float
    taker_fee: float
    latency_ns: int
    queue: bool


SETTINGS: Final = {
    "bare": Setting(0.0, 0.0, 0, queue=False),
    # Half a microsecond more than 1 ms, so that no order arrives at the very instant of a quote.
    "full": Setting(0.0002, 0.0005, 1_000_500, queue=True),
}


def last_mid(inputs: Path) -> float:
    """The mid at which what is still held at the end is valued."""
    last = np.load(inputs / "quotes.npy", mmap_mode="r")[-1]
    return float(last["bid"] + last["ask"]) / 2
