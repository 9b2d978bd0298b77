"""The state of the simulated exchange as NumPy records: what is known, what is on its way, what rests, what
was said.

Every number that matching needs stands in one of these arrays, so a snapshot is their bytes and a digest is
their hash. Prices are integer ticks and sizes integer lots. Floats appear only where the market's own rows
bring them (displayed sizes, marks, rates) and in the shadow of the wallets that decides whether an order can
be paid; the exact booking is done in Decimal by `titan.simulation.accounts` from the same reports.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

FAR: Final = 9_000_000_000_000_000_000
"""A time later than any tape (year 2255)."""
UNSEEN: Final = 1e300
"""The queue ahead of an order whose price level has never been displayed."""

ORDERS_REST: Final = 1
AT_RISK: Final = 2

# What a message on its way to the exchange asks for.
NEW: Final = 0
CANCEL: Final = 1

# Kinds of report.
ACK: Final = 1
FILL: Final = 2
CANCELLED: Final = 3
REJECTED: Final = 4
EXPIRED: Final = 5
STOP_TRIGGERED: Final = 6
FUNDING_PAID: Final = 7
LIQUIDATED: Final = 8
CANCEL_REJECTED: Final = 9

# Reasons.
NONE: Final = 0
BAD_SIZE: Final = 1
BAD_PRICE: Final = 2
MIN_QTY: Final = 3
MIN_NOTIONAL: Final = 4
POST_ONLY_CROSSES: Final = 5
REDUCE_ONLY: Final = 6
NO_BALANCE: Final = 7
NO_MARGIN: Final = 8
NO_LIQUIDITY: Final = 9
IOC_REMAINDER: Final = 10
FOK_UNFILLED: Final = 11
SELF_TRADE: Final = 12
BY_USER: Final = 13
BY_LIQUIDATION: Final = 14
UNKNOWN_ORDER: Final = 15

REASONS: Final[dict[int, str]] = {
    NONE: "",
    BAD_SIZE: "size must be at least one lot",
    BAD_PRICE: "price must be above zero",
    MIN_QTY: "below the minimum size",
    MIN_NOTIONAL: "below the minimum notional",
    POST_ONLY_CROSSES: "post-only order would take",
    REDUCE_ONLY: "reduce-only: no position left to reduce",
    NO_BALANCE: "insufficient balance",
    NO_MARGIN: "insufficient margin",
    NO_LIQUIDITY: "nothing displayed to trade with",
    IOC_REMAINDER: "immediate-or-cancel: the remainder expired",
    FOK_UNFILLED: "fill-or-kill: not enough displayed",
    SELF_TRADE: "would trade with an own resting order",
    BY_USER: "cancelled on request",
    BY_LIQUIDATION: "cancelled by liquidation",
    UNKNOWN_ORDER: "no such order rests",
}

# Latency, queue and margin models by number (see `titan.simulation.models`).
CONSTANT: Final = 0
LOGNORMAL: Final = 1
RECORDED: Final = 2
RISK_AVERSE: Final = 0
POWER: Final = 1
LOGARITHM: Final = 2
NO_MARGIN_CHECK: Final = 0
CROSS: Final = 1
ISOLATED: Final = 2

CORE: Final = np.dtype(
    [
        ("now", "i8"),             # venue time reached
        ("cursor", "i8"),          # next row of the block
        ("rows", "i8"),            # rows of the blocks before this one
        ("exhausted", "i8"),       # 1 when the tape has no further block
        ("seq", "i8"),             # messages ever sent
        ("inflight", "i8"),        # messages on their way, in `inflight[:n]`, by arrival
        ("fresh", "i8"),           # messages written after those, not yet given an arrival time
        ("resting", "i8"),         # orders in `resting[:n]`, price-time priority within (instrument, side)
        ("head", "i8"),            # first report not yet collected
        ("tail", "i8"),            # one past the last report
        ("last_arrival", "i8"),    # messages do not overtake each other,
        ("last_report", "i8"),     # and neither do reports
        ("next_settle", "i8"),     # earliest forecast settlement, venue time
        ("feed_ns", "i8"),         # feed latency of the last row before this block (recorded latency)
        ("rng1", "i8"), ("rng2", "i8"),
        ("latency", "i8"), ("order_ns", "i8"), ("response_ns", "i8"),
        ("order_sigma", "f8"), ("response_sigma", "f8"),
        ("order_scale", "f8"), ("response_scale", "f8"), ("shift_ns", "i8"),
        ("queue", "i8"), ("power", "i8"), ("touch_fills", "i8"), ("margin", "i8"),
    ],
    align=True,
)  # fmt: skip

INST: Final = np.dtype(
    [
        ("watch", "i8"),           # sum of ORDERS_REST and AT_RISK; 0: rows need nothing but the quote update
        ("orders", "i8"),          # resting orders, stops included
        ("perp", "i8"), ("base", "i8"), ("quote", "i8"),    # wallets by index; base is -1 for perps
        ("tick", "f8"), ("lot", "f8"),
        ("min_lots", "i8"), ("min_value", "i8"),            # size in lots, notional in ticks x lots
        ("maker", "f8"), ("taker", "f8"), ("liquidation", "f8"),
        ("initial", "f8"), ("maintenance", "f8"),           # margin rates
        ("bar_share", "f8"),
        ("position", "i8"), ("entry", "f8"), ("margin", "f8"),   # lots signed, average price, isolated margin
        ("interval", "i8"), ("settles", "i8"),              # funding; 1 when the tape has settlements
        ("settled_at", "i8"), ("next_settle", "i8"), ("next_rate", "f8"),
        # Prices between which a row means nothing to us (see `watch.py`).
        ("buy_high", "f8"), ("buy_low", "f8"), ("sell_high", "f8"), ("sell_low", "f8"),   # own limits
        ("stop_up", "f8"), ("stop_down", "f8"),             # nearest own stops
        ("safe_low", "f8"), ("safe_high", "f8"),            # no liquidation while the reference is between
    ],
    align=True,
)  # fmt: skip

WALLET: Final = np.dtype([("balance", "f8")], align=True)

ORDER: Final = np.dtype(
    [
        ("arrival", "i8"), ("seq", "i8"), ("what", "i8"),
        ("handle", "i8"), ("inst", "i8"), ("side", "i8"),
        ("type", "i8"), ("tif", "i8"), ("lots", "i8"), ("cut", "i8"), ("limit", "i8"), ("stop", "i8"),
        ("reduce", "i8"), ("sent", "i8"),
        ("front", "f8"),           # base units estimated ahead of us at our price
        ("traded", "f8"),          # traded at our price since the level was last set (probability model)
    ],
    align=True,
)  # fmt: skip

REPORT: Final = np.dtype(
    [
        ("handle", "i8"), ("inst", "i8"), ("kind", "i8"), ("reason", "i8"), ("side", "i8"), ("maker", "i8"),
        ("ticks", "i8"), ("lots", "i8"), ("venue_ns", "i8"), ("local_ns", "i8"),
        ("rate", "f8"), ("mark", "f8"),
    ],
    align=True,
)  # fmt: skip

Records = NDArray[np.void]


class State(NamedTuple):
    """All arrays of one exchange. Kernels take it whole; `core` has one record."""

    core: Records
    insts: Records
    wallets: Records
    inflight: Records
    resting: Records
    reports: Records
    quotes: Records
    books: Records
