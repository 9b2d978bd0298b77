"""Where the instrument kernels write: rows of the tape in one array, with the random numbers they draw from.

Kernels draw from arrays filled beforehand, so that compiled and plain Python give the same bits, and each
instrument's numbers form one stream, however the run is cut into chunks.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from titan.market.compiled import compiled, inlined
from titan.market.tape.rows import COLUMNS, END

SHEET = np.dtype([(name, dtype) for name, dtype in COLUMNS.items()], align=True)

ROOM: Final = 16384
"""Rows, uniforms and normals that one step may use at most; with less left, a kernel stops before the
step."""
SLOTS: Final = 64
"""Book levels behind the touch live in a ring of this many slots, by slot number modulo."""
QUANTILES: Final = (0.0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0)
"""At which the sizes of trades and touches were measured; drawn log-linear between them."""
SIZES: Final = len(QUANTILES)
SIGNS: Final = 16
"""How many past order signs an order may repeat."""

LEG = np.dtype(
    [
        # constants of a run
        ("inst", "i8"),
        ("perp", "i8"),
        ("step", "i8"),                # ns
        ("tick_num", "f8"), ("tick_den", "f8"),     # tick = num / den, exact integers
        ("lot_num", "f8"), ("lot_den", "f8"),
        ("depth", "i8"),
        ("slot", "i8"),                # ticks between the levels behind the touch
        ("bbo_mean", "f8"),            # events a step, before heat
        ("depth_mean", "f8"),
        ("order_mean", "f8"),
        ("excite", "f8"), ("excite_keep", "f8"),    # self-excitation of orders
        ("more_trades", "f8"),         # chance that an order has a further trade
        ("repeat", "f8"),              # chance that an order repeats a past sign
        ("trade", "f8", (SIZES,)), ("touch", "f8", (SIZES,)),   # log lots at QUANTILES
        ("level_log_lots", "f8"),
        ("wide", "f8"),                # share of touches wider than one tick
        ("delay_floor", "f8"), ("delay_median", "f8"), ("delay_sd", "f8"),      # ns
        ("mark_delay", "f8"), ("mark_sd", "f8"),
        ("mark_steps", "i8"), ("funding_steps", "i8"),
        # state
        ("k", "i8"),                   # steps since the start
        ("n", "i8"), ("u", "i8"), ("z", "i8"),      # positions in the sheet and in the random numbers
        ("recv", "i8"), ("mark_recv", "i8"),
        ("dark", "i8"),                # venue time the silence began, else 0
        ("owed", "i8"), ("owed_rate", "f8"),        # a settlement that fell into a silence
        ("stated", "i8"),              # venue time of the last best bid and offer sent
        ("open", "i8"),                # 1 once the book was sent
        ("bid", "i8"), ("ask", "i8"), ("bid_lots", "f8"), ("ask_lots", "f8"),
        ("bids", "f8", (SLOTS,)), ("asks", "f8", (SLOTS,)),
        ("excited", "f8"),
        ("signs", "i1", (SIGNS,)), ("sign_at", "i8"),
    ],
    align=True,
)  # fmt: skip


@inlined
def uniform(leg: np.void, u: NDArray[np.float64]) -> float:
    """The next number in [0, 1)."""
    at = leg["u"]
    leg["u"] = at + 1
    number: float = u[at]
    return number


@inlined
def normal(leg: np.void, z: NDArray[np.float64]) -> float:
    at = leg["z"]
    leg["z"] = at + 1
    number: float = z[at]
    return number


@compiled
def poisson(leg: np.void, u: NDArray[np.float64], mean: float, most: int) -> int:
    """A Poisson number of this mean, at most `most`, from one uniform by inversion (mean below 500)."""
    x = uniform(leg, u)
    term = math.exp(-mean)
    total = term
    n = 0
    while x > total and n < most:
        n += 1
        term *= mean / n
        total += term
    return n


@compiled
def lots_between(table: NDArray[np.float64], x: float) -> float:
    """Whole lots, at least 1, at quantile `x` of a table of log lots at QUANTILES."""
    i = 1
    while i < SIZES - 1 and x > QUANTILES[i]:
        i += 1
    part = (x - QUANTILES[i - 1]) / (QUANTILES[i] - QUANTILES[i - 1])
    lots = math.floor(math.exp(table[i - 1] + part * (table[i] - table[i - 1])))
    return float(max(1, lots))


@compiled
def received(leg: np.void, z: NDArray[np.float64], ts: int) -> int:
    """When the message of `ts` reaches us: in order on its connection, `delay_floor` plus a lognormal
    later."""
    delay = leg["delay_floor"] + leg["delay_median"] * math.exp(leg["delay_sd"] * normal(leg, z))
    recv: int = max(ts + int(delay), leg["recv"])
    leg["recv"] = recv
    return recv


@compiled
def put(
    leg: np.void,
    out: NDArray[np.void],
    ts: int,
    recv: int,
    kind: int,
    side: int,
    px: float,
    qty: float,
) -> int:
    """Write one row; the message stays open until `end`."""
    n: int = leg["n"]
    row = out[n]
    row["ts"] = ts
    row["recv"] = recv
    row["inst"] = leg["inst"]
    row["kind"] = kind
    row["side"] = side
    row["flags"] = 0
    row["px"] = px
    row["qty"] = qty
    leg["n"] = n + 1
    return n


@compiled
def end(leg: np.void, out: NDArray[np.void], extra: int) -> None:
    """The last row written ends its message."""
    row = out[leg["n"] - 1]
    row["flags"] = row["flags"] | END | extra


@inlined
def price(leg: np.void, ticks: int) -> float:
    """The float nearest to the decimal price: an integer over an integer, rounded once."""
    px: float = ticks * leg["tick_num"] / leg["tick_den"]
    return px


@inlined
def size(leg: np.void, lots: float) -> float:
    qty: float = lots * leg["lot_num"] / leg["lot_den"]
    return qty
