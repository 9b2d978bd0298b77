"""What the market's rows do to our resting orders."""

from __future__ import annotations

from titan.market.tape.rows import END, Kind
from titan.simulation.display import best, displayed, take, to_ticks, whole_lots, worse
from titan.simulation.kernel import kernel
from titan.simulation.margin import watch_margin
from titan.simulation.matching import STOP, compact, fill, stop_reached, trigger
from titan.simulation.positions import reducible
from titan.simulation.queue import touch_seen, traded_at
from titan.simulation.records import State
from titan.simulation.reporting import WALK_LEVELS
from titan.simulation.watch import is_price

_TRADE, _LEVEL, _BBO = int(Kind.TRADE), int(Kind.LEVEL), int(Kind.BBO)
_BAR_OPEN, _BAR_CLOSE = int(Kind.BAR_OPEN), int(Kind.BAR_CLOSE)


@kernel
def make(s: State, j: int, lots: int) -> int:
    """Fill a resting order as maker at its limit, up to `lots`; returns the lots filled."""
    o = s.resting[j]
    n = min(o["lots"], lots)
    if o["reduce"] != 0:
        n = min(n, reducible(s, o["inst"], o["side"]))
    if n > 0:
        fill(s, o, o["limit"], n, 1)
    return int(n)


@kernel
def on_trade(s: State, i: int, side: int, ticks: int, qty: float) -> None:
    """A public trade against our side: through our price it fills us, at our price it works off the queue
    first.

    One trade fills at most its own quantity, the best priced and oldest of our orders first.
    """
    lot = s.insts[i]["lot"]
    left = qty
    for j in range(s.core[0]["resting"]):
        o = s.resting[j]
        if o["inst"] != i or o["side"] != side or o["type"] == STOP or o["lots"] == 0:
            continue
        better = side * (o["limit"] - ticks)
        if better < 0:
            break
        reaches = left if better > 0 else traded_at(o, left)
        n = whole_lots(reaches, lot)
        if n > 0:
            left -= make(s, j, n) * lot


@kernel
def on_bar(s: State, i: int, side: int, ticks: int, qty: float) -> None:
    """A bar part: beyond our price (or at it, where touch fills) it fills us with a share of its volume."""
    inst = s.insts[i]
    left = whole_lots(qty * inst["bar_share"], inst["lot"])
    nearest = 0 if s.core[0]["touch_fills"] != 0 else 1
    for j in range(s.core[0]["resting"]):
        o = s.resting[j]
        if o["inst"] != i or o["side"] != side or o["type"] == STOP or o["lots"] == 0:
            continue
        if left == 0 or side * (o["limit"] - ticks) < nearest:
            break
        left -= make(s, j, left)


@kernel
def on_crossing(s: State, i: int, side: int) -> None:
    """The opposite touch reached our price: we get what is displayed there, at our limit."""
    lot = s.insts[i]["lot"]
    for j in range(s.core[0]["resting"]):
        o = s.resting[j]
        if o["inst"] != i or o["side"] != side or o["type"] == STOP or o["lots"] == 0:
            continue
        ticks = best(s, i, -side)
        for _ in range(WALK_LEVELS):
            if ticks == 0 or o["lots"] == 0 or side * (o["limit"] - ticks) < 0:
                break
            after = worse(s, i, -side, ticks)
            n = make(s, j, whole_lots(displayed(s, i, -side, ticks), lot))
            if n > 0:
                take(s, i, -side, ticks, n)
            ticks = after


@kernel
def on_stops(s: State, i: int) -> None:
    """Trigger the stops that the last price or the mark has reached, oldest first."""
    for j in range(s.core[0]["resting"]):
        o = s.resting[j]
        if o["inst"] == i and o["type"] == STOP and o["lots"] > 0 and stop_reached(s, o):
            trigger(s, o)


@kernel
def after_row(s: State, i: int, kind: int, side: int, flags: int, px: float, qty: float) -> None:
    """Everything a row means for our orders and positions, after the quote took it."""
    priced = is_price(kind)
    if s.insts[i]["orders"] > 0:
        if kind == _TRADE and px > 0.0 and qty > 0.0:
            ticks = to_ticks(px, s.insts[i]["tick"])
            for ours in (1, -1):
                if side != ours:
                    on_trade(s, i, ours, ticks, qty)
        elif _BAR_OPEN <= kind <= _BAR_CLOSE and px > 0.0 and qty > 0.0:
            ticks = to_ticks(px, s.insts[i]["tick"])
            for ours in (1, -1):
                on_bar(s, i, ours, ticks, qty)
        elif kind in (_LEVEL, _BBO) and flags & END != 0:
            for ours in (1, -1):
                touch_seen(s, i, ours)
            for ours in (1, -1):
                on_crossing(s, i, ours)
        if priced:
            on_stops(s, i)
        compact(s)
    if (priced or flags & END != 0) and watch_margin(s, i):
        compact(s)
