"""Which rows can mean anything to us: price bounds, so that all other rows cost next to nothing.

The bounds only ever let too many rows through, never too few; what a row does is decided elsewhere.
"""

from __future__ import annotations

import numpy as np

from titan.market.compiled import inlined
from titan.market.tape.rows import Kind
from titan.simulation.display import reference_of
from titan.simulation.kernel import kernel
from titan.simulation.records import AT_RISK, NO_MARGIN_CHECK, ORDERS_REST, UNSEEN, State

_TRADE, _LEVEL, _BBO, _MARK = int(Kind.TRADE), int(Kind.LEVEL), int(Kind.BBO), int(Kind.MARK)
_BAR_OPEN, _BAR_CLOSE = int(Kind.BAR_OPEN), int(Kind.BAR_CLOSE)
_STOP = 2


@kernel
def is_price(kind: int) -> bool:
    """Rows that move the last price or the mark."""
    return kind in (_TRADE, _MARK) or _BAR_OPEN <= kind <= _BAR_CLOSE


@kernel
def refresh_watch(s: State, i: int) -> None:
    """Rows of an instrument need a look when orders rest there, or a position there could be liquidated."""
    inst = s.insts[i]
    inst["watch"] = ORDERS_REST if inst["orders"] > 0 else 0
    if inst["perp"] != 0 and inst["position"] != 0 and s.core[0]["margin"] != NO_MARGIN_CHECK:
        inst["watch"] += AT_RISK


@kernel
def refresh_bounds(s: State, i: int) -> None:
    """The bounds of own orders, half a tick wide of them, after one was added or removed."""
    inst = s.insts[i]
    buy_high = stop_down = sell_high = 0.0
    buy_low = stop_up = sell_low = UNSEEN
    for j in range(s.core[0]["resting"]):
        o = s.resting[j]
        if o["inst"] != i:
            continue
        up = (o["limit"] + 0.5) * inst["tick"]
        down = (o["limit"] - 0.5) * inst["tick"]
        if o["type"] == _STOP:
            if o["side"] > 0:
                stop_up = min(stop_up, (o["stop"] - 0.5) * inst["tick"])
            else:
                stop_down = max(stop_down, (o["stop"] + 0.5) * inst["tick"])
        elif o["side"] > 0:
            buy_high = max(buy_high, up)
            buy_low = min(buy_low, down)
        else:
            sell_high = max(sell_high, up)
            sell_low = min(sell_low, down)
    inst["buy_high"] = buy_high
    inst["buy_low"] = buy_low
    inst["sell_high"] = sell_high
    inst["sell_low"] = sell_low
    inst["stop_up"] = stop_up
    inst["stop_down"] = stop_down
    refresh_watch(s, i)


@kernel
def row_is_near(inst: np.void, kind: int, side: int, px: float) -> bool:
    """Whether a row can, by its own price, fill, trigger or queue an own order."""
    if kind in (_LEVEL, _BBO):
        if side > 0:
            return bool(inst["buy_low"] < px < inst["buy_high"])
        return bool(inst["sell_low"] < px < inst["sell_high"])
    if not is_price(kind):
        return False
    if px <= inst["buy_high"] or px >= inst["sell_low"]:
        return True
    return bool(px >= inst["stop_up"] or px <= inst["stop_down"])


@kernel
def touch_is_near(inst: np.void, quote: np.void) -> bool:
    """Whether the touch at a message's end meets an own order, or leaves one in front of its side."""
    bid = quote["bid"]
    ask = quote["ask"]
    if inst["buy_high"] > 0.0 and (bid < inst["buy_high"] or 0.0 < ask < inst["buy_high"]):
        return True
    return bool(inst["sell_low"] < UNSEEN and (ask > inst["sell_low"] or bid > inst["sell_low"]))


@inlined
def is_unsafe(inst: np.void, quote: np.void) -> bool:
    """Whether the price that values a position has left the range in which it cannot be liquidated."""
    return not inst["safe_low"] < reference_of(quote) < inst["safe_high"]


@kernel
def state_is_near(inst: np.void, quote: np.void, kind: int, ended: bool) -> bool:
    """Whether what a row left behind can fill an own order or liquidate a position."""
    if ended and inst["orders"] > 0 and kind in (_LEVEL, _BBO) and touch_is_near(inst, quote):
        return True
    if inst["watch"] < AT_RISK or not (ended or is_price(kind)):
        return False
    return is_unsafe(inst, quote)


@kernel
def forget_safety(s: State, wallet: int) -> None:
    """The money of a wallet changed otherwise than by prices: judge its positions anew at their next row."""
    for j in range(len(s.insts)):
        if s.insts[j]["quote"] == wallet:
            s.insts[j]["safe_low"] = UNSEEN
            s.insts[j]["safe_high"] = 0.0
