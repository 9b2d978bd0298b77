"""What is known of each instrument now: one record an instrument, fed row by row.

The same kernel keeps the strategy's view (rows as they reach us) and the simulated exchange's (rows as they happen).
Where only bars are known the touch is *assumed*: half a spread around the last price, with a share of the bar's
volume on display. The record carries these assumptions, so the report can print them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

QUOTE = np.dtype(
    [
        ("bid", "f8"), ("bid_qty", "f8"), ("ask", "f8"), ("ask_qty", "f8"),
        ("last", "f8"), ("last_qty", "f8"),
        ("mark", "f8"), ("index", "f8"),
        ("funding_rate", "f8"),   # of one interval, as last forecast or settled
        ("funding_ms", "f8"),     # when that rate settles, ms UTC; 0 when unknown
        ("interest", "f8"),       # open interest, base units
        ("ts", "i8"),             # venue time of the last row of any kind
        ("touch_ts", "i8"),       # venue time of the last change of bid or ask
        ("gaps", "i8"),           # GAP rows seen
        ("tick", "f8"),           # tick size
        ("half_spread", "f8"),    # assumed, as a fraction of the price (bars only)
        ("bar_share", "f8"),      # assumed share of a bar part's volume on display (bars only)
        ("deep", "i8"),           # 1 once LEVEL rows were seen: the book is then the truth of the touch
        ("bars", "i8"),           # 1 once BAR rows were seen: the touch is assumed
    ],
    align=True,
)  # fmt: skip

Quotes = NDArray[np.void]
