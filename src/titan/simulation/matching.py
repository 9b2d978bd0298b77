"""Orders that arrive: what is refused, what trades at once, what rests. Price-time priority, no trade with
ourselves.

A taker order walks the displayed levels from the best outward, fills whole lots at each level's price and
consumes them. Self-trade prevention cancels the newest: an incoming order trades with what is displayed at
prices better than an own resting order's, and its remainder is cancelled when that own order would be next.
"""

from __future__ import annotations

import numpy as np

from titan.market.quotes import marked
from titan.simulation.display import best, displayed, take, whole_lots, worse
from titan.simulation.kernel import kernel
from titan.simulation.margin import refusal
from titan.simulation.positions import book_fill, reducible
from titan.simulation.queue import join
from titan.simulation.records import (
    ACK,
    BAD_PRICE,
    BAD_SIZE,
    BY_USER,
    CANCEL_REJECTED,
    CANCELLED,
    EXPIRED,
    FILL,
    FOK_UNFILLED,
    IOC_REMAINDER,
    MIN_NOTIONAL,
    MIN_QTY,
    NO_LIQUIDITY,
    NONE,
    POST_ONLY_CROSSES,
    REDUCE_ONLY,
    REJECTED,
    SELF_TRADE,
    STOP_TRIGGERED,
    UNKNOWN_ORDER,
    State,
)
from titan.simulation.reporting import WALK_LEVELS, emit
from titan.simulation.watch import refresh_bounds

# Order types and times in force as plain ints (titan.model.order): what the compiler folds into its
# comparisons.
MARKET, LIMIT, STOP = 0, 1, 2
GTC, IOC, FOK, POST_ONLY = 0, 1, 2, 3


@kernel
def end(s: State, o: np.void, kind: int, reason: int) -> None:
    """The order's last report; it no longer rests once the table is compacted."""
    emit(s, o["handle"], o["inst"], kind, reason, o["side"], 0, o["limit"], o["lots"] + o["cut"])
    o["lots"] = 0


@kernel
def compact(s: State) -> None:
    """Drop resting orders with nothing left, keeping the order of the others."""
    core = s.core[0]
    kept = 0
    had = core["resting"]
    for j in range(had):
        if s.resting[j]["lots"] > 0:
            if kept != j:
                s.resting[kept] = s.resting[j]
            kept += 1
        else:
            s.insts[s.resting[j]["inst"]]["orders"] -= 1
    core["resting"] = kept
    if kept != had:
        for i in range(len(s.insts)):
            refresh_bounds(s, i)


@kernel
def fill(s: State, o: np.void, ticks: int, lots: int, maker: int) -> None:
    """Report and book one fill; then cancel resting reduce-only orders that have nothing left to reduce."""
    i = o["inst"]
    o["lots"] -= lots
    emit(s, o["handle"], i, FILL, NONE, o["side"], maker, ticks, lots)
    inst = s.insts[i]
    book_fill(s, i, o["side"], ticks, lots, inst["maker"] if maker != 0 else inst["taker"])
    if o["lots"] == 0 and o["cut"] > 0:
        emit(s, o["handle"], i, EXPIRED, REDUCE_ONLY, o["side"], 0, o["limit"], o["cut"])
        o["cut"] = 0
    for j in range(s.core[0]["resting"]):
        other = s.resting[j]
        waits = other["reduce"] != 0 and other["inst"] == i and other["lots"] > 0 and other["type"] != STOP
        if waits and reducible(s, i, other["side"]) == 0:
            end(s, other, CANCELLED, REDUCE_ONLY)


@kernel
def own_best(s: State, i: int, side: int) -> int:
    """Best price of an own resting limit order of a side; 0 when none rests."""
    for j in range(s.core[0]["resting"]):
        o = s.resting[j]
        if o["inst"] == i and o["side"] == side and o["type"] != STOP and o["lots"] > 0:
            return int(o["limit"])
    return 0


@kernel
def within(side: int, ticks: int, limit: int) -> bool:
    """Whether an order of `side` may trade at `ticks`; a limit of 0 takes any price."""
    return ticks != 0 and (limit == 0 or side * (limit - ticks) >= 0)


@kernel
def reachable(side: int, ticks: int, limit: int, own: int) -> bool:
    """As `within`, and strictly better than the own resting order at `own` (0 for none)."""
    return within(side, ticks, limit) and (own == 0 or side * (own - ticks) > 0)


@kernel
def survey(s: State, o: np.void, limit: int, own: int) -> tuple[int, int]:
    """`(lots, value)` that the display would fill now; value in ticks times lots. Nothing is changed."""
    i = o["inst"]
    side = o["side"]
    lot = s.insts[i]["lot"]
    got = 0
    value = 0
    ticks = best(s, i, -side)
    for _ in range(WALK_LEVELS):
        if got == o["lots"] or not reachable(side, ticks, limit, own):
            break
        n = min(o["lots"] - got, whole_lots(displayed(s, i, -side, ticks), lot))
        got += n
        value += n * ticks
        ticks = worse(s, i, -side, ticks)
    return got, value


@kernel
def walk_display(s: State, o: np.void, limit: int, own: int) -> None:
    """Trade with the display until the order, its limit or the display ends."""
    i = o["inst"]
    side = o["side"]
    lot = s.insts[i]["lot"]
    ticks = best(s, i, -side)
    for _ in range(WALK_LEVELS):
        if o["lots"] == 0 or not reachable(side, ticks, limit, own):
            break
        n = min(o["lots"], whole_lots(displayed(s, i, -side, ticks), lot))
        after = worse(s, i, -side, ticks)
        if n > 0:
            take(s, i, -side, ticks, n)
            fill(s, o, ticks, n, 0)
        ticks = after


@kernel
def rest(s: State, o: np.void) -> None:
    """Copy an order to its place among the resting ones: behind the same or better prices of its side."""
    core = s.core[0]
    at = core["resting"]
    if o["type"] != STOP:
        join(s, o)
        for j in range(core["resting"]):
            r = s.resting[j]
            same = r["inst"] == o["inst"] and r["side"] == o["side"] and r["type"] != STOP
            if same and o["side"] * (o["limit"] - r["limit"]) > 0:
                at = j
                break
    j = core["resting"]
    while j > at:
        s.resting[j] = s.resting[j - 1]
        j -= 1
    s.resting[at] = o
    core["resting"] += 1
    s.insts[o["inst"]]["orders"] += 1
    refresh_bounds(s, o["inst"])


@kernel
def invalid(s: State, o: np.void) -> int:
    """The venue's filters: the reason for which the order cannot be accepted, or NONE."""
    i = o["inst"]
    inst = s.insts[i]
    if o["lots"] <= 0:
        return BAD_SIZE
    if (o["type"] == LIMIT and o["limit"] <= 0) or (o["type"] == STOP and o["stop"] <= 0):
        return BAD_PRICE
    if o["type"] == MARKET and o["tif"] == POST_ONLY:
        return POST_ONLY_CROSSES
    if o["lots"] < inst["min_lots"]:
        return MIN_QTY
    ticks = o["stop"] if o["type"] == STOP else o["limit"]
    if o["type"] == MARKET:
        ticks = best(s, i, -o["side"])
    if o["reduce"] == 0 and ticks > 0 and ticks * o["lots"] < inst["min_value"]:
        return MIN_NOTIONAL
    return NONE


@kernel
def cap_reduce_only(s: State, o: np.void) -> bool:
    """Cap a reduce-only order to what it can reduce; the excess expires with it. False when nothing is
    left.
    """
    room = reducible(s, o["inst"], o["side"])
    if room == 0:
        return False
    if o["lots"] > room:
        o["cut"] += o["lots"] - room
        o["lots"] = room
    return True


@kernel
def unpayable(s: State, o: np.void, limit: int, got: int, value: int) -> int:
    """The reason for which the wallet cannot pay what would fill now and what would rest, or NONE."""
    rests = limit > 0 and (o["tif"] == GTC or o["tif"] == POST_ONLY)
    lots = o["lots"] if rests else got
    if lots == 0 or (o["reduce"] != 0 and s.insts[o["inst"]]["perp"] != 0):
        return NONE
    if rests:
        value += (lots - got) * limit
    return refusal(s, o["inst"], o["side"], lots, value, value // lots)


@kernel
def leave(s: State, o: np.void, limit: int, own: int) -> None:
    """What becomes of the lots that did not trade at once."""
    if o["lots"] == 0:
        return
    if own != 0 and within(o["side"], own, limit):
        end(s, o, CANCELLED, SELF_TRADE)
    elif limit == 0:
        end(s, o, EXPIRED, NO_LIQUIDITY)
    elif o["tif"] == IOC:
        end(s, o, EXPIRED, IOC_REMAINDER)
    else:
        rest(s, o)


@kernel
def enter(s: State, o: np.void) -> None:
    """Pay check, fill-or-kill, then trade. A stop was accepted long ago and now takes any price."""
    limit = o["limit"] * (o["type"] == LIMIT)
    acknowledged = o["type"] == STOP
    own = own_best(s, o["inst"], -o["side"])
    got, value = survey(s, o, limit, own)
    reason = unpayable(s, o, limit, got, value)
    if reason != NONE:
        end(s, o, EXPIRED if acknowledged else REJECTED, reason)
        return
    if not acknowledged:
        emit(s, o["handle"], o["inst"], ACK, NONE, o["side"], 0, o["limit"], o["lots"] + o["cut"])
    if o["tif"] == FOK and got < o["lots"]:
        end(s, o, EXPIRED, FOK_UNFILLED)
        return
    walk_display(s, o, limit, own)
    leave(s, o, limit, own)


@kernel
def stop_reached(s: State, o: np.void) -> bool:
    """Whether the trigger price reached the stop: the mark where the instrument has one, else the last."""
    quote = s.quotes[o["inst"]]
    px = quote["mark"] if marked(quote) else quote["last"]
    return bool(px > 0.0 and o["side"] * (px / s.insts[o["inst"]]["tick"] - o["stop"]) >= -1e-6)


@kernel
def trigger(s: State, o: np.void) -> None:
    """A stop becomes a market order."""
    emit(s, o["handle"], o["inst"], STOP_TRIGGERED, NONE, o["side"], 0, o["stop"], o["lots"])
    o["tif"] = IOC
    if o["reduce"] != 0 and not cap_reduce_only(s, o):
        end(s, o, EXPIRED, REDUCE_ONLY)
        return
    enter(s, o)


@kernel
def arrive_order(s: State, o: np.void) -> None:
    """A new order reaches the exchange."""
    i = o["inst"]
    side = o["side"]
    reason = invalid(s, o)
    if reason == NONE and o["reduce"] != 0 and o["type"] != STOP and not cap_reduce_only(s, o):
        reason = REDUCE_ONLY
    if reason == NONE and o["tif"] == POST_ONLY and o["type"] == LIMIT:
        if within(side, own_best(s, i, -side), o["limit"]):
            reason = SELF_TRADE
        elif within(side, best(s, i, -side), o["limit"]):
            reason = POST_ONLY_CROSSES
    if reason != NONE:
        end(s, o, REJECTED, reason)
    elif o["type"] != STOP:
        enter(s, o)
    else:
        emit(s, o["handle"], i, ACK, NONE, side, 0, o["stop"], o["lots"])
        if stop_reached(s, o):
            trigger(s, o)
        else:
            rest(s, o)


@kernel
def arrive_cancel(s: State, o: np.void) -> None:
    """A cancel reaches the exchange; it may come too late."""
    for j in range(s.core[0]["resting"]):
        r = s.resting[j]
        if r["handle"] == o["handle"] and r["lots"] > 0:
            end(s, r, CANCELLED, BY_USER)
            return
    emit(s, o["handle"], o["inst"], CANCEL_REJECTED, UNKNOWN_ORDER, 0, 0, 0, 0)
