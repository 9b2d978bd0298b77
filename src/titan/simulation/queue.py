"""Where a resting limit order stands in the queue at its price, as far as aggregated sizes can tell.

`risk_averse`: only trades at our price bring us forward; when the displayed size falls below what we thought
was ahead, so much at most is ahead. `power` and `logarithm`: also cancellations bring us forward. Of a
decrease that trades do not explain, a share g(back) / (g(back) + g(front)) is taken from behind us, with g(x)
= x^n or log(1 + x in lots); more cannot leave from behind than stands there. The idea is from E. Rigtorp's
note "Estimating order queue position" and the discussion at https://quant.stackexchange.com/questions/3782;
the names of the models follow the documentation of hftbacktest
(https://hftbacktest.readthedocs.io/en/latest/order_fill.html). Here traded quantity is deducted from the
level before the share is computed, so that a trade is never counted among the cancellations.

A new order stands behind everything displayed at its price. Where only the touch is known and our price is
behind it, the queue is unknown until the touch comes to us, and then all of it is taken to be ahead.
"""

from __future__ import annotations

import math

import numpy as np

from titan.simulation.display import best, displayed
from titan.simulation.kernel import kernel
from titan.simulation.records import LOGARITHM, RISK_AVERSE, UNSEEN, State


@kernel
def join(s: State, o: np.void) -> None:
    """Set the queue ahead of a new resting order."""
    i = o["inst"]
    side = o["side"]
    o["traded"] = 0.0
    o["front"] = displayed(s, i, side, o["limit"])
    touch = best(s, i, side)
    if o["front"] == 0.0 and s.quotes[i]["deep"] == 0 and (touch == 0 or side * (touch - o["limit"]) > 0):
        o["front"] = UNSEEN


@kernel
def traded_at(o: np.void, qty: float) -> float:
    """Advance by a trade of `qty` at our price; returns the base units of it that reach us."""
    o["traded"] += qty
    o["front"] -= qty
    reached = -o["front"]
    if reached <= 0.0:
        return 0.0
    o["front"] = 0.0
    return float(reached)


@kernel
def _weight(core: np.void, x: float, lot: float) -> float:
    if core["queue"] == LOGARITHM:
        return math.log(1.0 + x / lot)
    w = 1.0
    for _ in range(core["power"]):
        w *= x
    return w


@kernel
def level_set(core: np.void, o: np.void, before: float, after: float, lot: float) -> None:
    """The level at our price went from `before` to `after` base units."""
    front = float(o["front"])
    if core["queue"] != RISK_AVERSE and front < UNSEEN:
        stood = max(before - o["traded"], 0.0)
        gone = stood - after
        o["traded"] = 0.0
        if gone > 0.0:
            front = min(front, stood)
            back = stood - front
            ahead_weight = _weight(core, front, lot)
            back_weight = _weight(core, back, lot)
            both = ahead_weight + back_weight
            behind = gone * (back_weight / both) if both > 0.0 else 0.0
            behind = min(behind, back)
            front = max(front - (gone - behind), 0.0)
    o["front"] = min(front, after)


@kernel
def level_row(s: State, i: int, side: int, ticks: int, before: float) -> None:
    """A row stated the level at `ticks` of a side; `before` is what was displayed there until then."""
    after = displayed(s, i, side, ticks)
    core = s.core[0]
    lot = s.insts[i]["lot"]
    for j in range(core["resting"]):
        o = s.resting[j]
        if o["inst"] == i and o["side"] == side and o["limit"] == ticks and o["type"] != 2:
            level_set(core, o, before, after, lot)


@kernel
def touch_seen(s: State, i: int, side: int) -> None:
    """Nobody stands ahead of an own order that is better than the displayed touch of its side."""
    touch = best(s, i, side)
    if touch == 0:
        return
    for j in range(s.core[0]["resting"]):
        o = s.resting[j]
        if o["inst"] == i and o["side"] == side and side * (o["limit"] - touch) > 0:
            o["front"] = 0.0
