"""The simulated book: a touch that follows the fair price, and levels on a fixed grid of slots behind it.

A slot is about a basis point wide and round in ticks, as depth gathers at round prices; only the touch moves
within a slot, so a price move costs few rows. Every message leaves the book uncrossed and its touch equal to
the best bid and offer sent in the same message.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from titan.market.compiled import compiled
from titan.market.tape.rows import SNAPSHOT, Kind
from titan.simulation.market.sheet import (
    SLOTS,
    end,
    lots_between,
    normal,
    price,
    put,
    received,
    size,
    uniform,
)

_LEVEL: Final = int(Kind.LEVEL)
_CLEAR: Final = int(Kind.CLEAR)
_BBO: Final = int(Kind.BBO)
LEVEL_SD: Final = 0.8
"""Deviation of log size of the levels behind the touch: they are sums of many orders, and vary less than the
touch."""
_STICK: Final = 0.3
"""Ticks that the fair price may leave the spread by before the touch follows."""


@compiled
def touch_lots(leg: np.void, u: NDArray[np.float64]) -> float:
    return lots_between(leg["touch"], uniform(leg, u))


@compiled
def level_lots(leg: np.void, z: NDArray[np.float64]) -> float:
    return max(1.0, math.floor(math.exp(leg["level_log_lots"] + LEVEL_SD * normal(leg, z))))


@compiled
def slot_behind(leg: np.void, side: int, touch: int, i: int) -> int:
    """Slot number of the i-th level behind a touch (from 0): multiples of the slot, worse than the touch."""
    width: int = leg["slot"]
    if side > 0:
        return (touch - 1) // width - i
    return touch // width + 1 + i


@compiled
def _held(leg: np.void, side: int, touch: int, ticks: int) -> bool:
    """Whether the side with this touch has a level at `ticks`."""
    if ticks == touch:
        return True
    width = leg["slot"]
    if ticks % width != 0 or (touch - ticks) * side < 0:
        return False
    last = slot_behind(leg, side, touch, leg["depth"] - 2)
    inside: bool = (ticks // width - last) * side >= 0
    return inside


@compiled
def send_touch(leg: np.void, out: NDArray[np.void], ts: int, recv: int) -> None:
    """Two BBO rows: bid, then ask. Ends the message."""
    put(leg, out, ts, recv, _BBO, 1, price(leg, leg["bid"]), size(leg, leg["bid_lots"]))
    put(leg, out, ts, recv, _BBO, -1, price(leg, leg["ask"]), size(leg, leg["ask_lots"]))
    end(leg, out, 0)
    leg["stated"] = ts


@compiled
def _shift(
    leg: np.void,
    z: NDArray[np.float64],
    out: NDArray[np.void],
    ts: int,
    recv: int,
    side: int,
    old: int,
    new: int,
) -> None:
    """Rows that turn the side with touch `old` into the one with touch `new`; the touch itself is always
    sent."""
    levels = leg["bids"] if side > 0 else leg["asks"]
    width = leg["slot"]
    lots = leg["bid_lots"] if side > 0 else leg["ask_lots"]
    if not _held(leg, side, new, old):
        put(leg, out, ts, recv, _LEVEL, side, price(leg, old), 0.0)
    for i in range(leg["depth"] - 1):
        ticks = slot_behind(leg, side, old, i) * width
        if not _held(leg, side, new, ticks):
            put(leg, out, ts, recv, _LEVEL, side, price(leg, ticks), 0.0)
    put(leg, out, ts, recv, _LEVEL, side, price(leg, new), size(leg, lots))
    for i in range(leg["depth"] - 1):
        slot = slot_behind(leg, side, new, i)
        ticks = slot * width
        if ticks == old or not _held(leg, side, old, ticks):
            fresh = level_lots(leg, z)
            levels[slot % SLOTS] = fresh
            put(leg, out, ts, recv, _LEVEL, side, price(leg, ticks), size(leg, fresh))


@compiled
def requote(
    leg: np.void,
    u: NDArray[np.float64],
    z: NDArray[np.float64],
    out: NDArray[np.void],
    ts: int,
    fair: float,
    extra: float,
) -> bool:
    """Let the touch follow the fair price; `extra` is spread beyond a tick, as a fraction of the price."""
    centre = fair * leg["tick_den"] / leg["tick_num"]
    spread = 1 + int(extra * centre)
    x = uniform(leg, u)
    if x < leg["wide"]:
        spread += 1 + int(-2.0 * math.log(1.0 - x / leg["wide"]))
    bid, ask = leg["bid"], leg["ask"]
    if ask - bid == spread and bid - _STICK <= centre <= ask + _STICK:
        return False
    new_bid = max(1, math.floor(centre + 0.5 - 0.5 * spread))
    new_ask = new_bid + spread
    recv = received(leg, z, ts)
    if new_bid != bid:
        leg["bid_lots"] = touch_lots(leg, u)
    if new_ask != ask:
        leg["ask_lots"] = touch_lots(leg, u)
    if leg["depth"] > 0:
        if new_bid != bid:
            _shift(leg, z, out, ts, recv, 1, bid, new_bid)
        if new_ask != ask:
            _shift(leg, z, out, ts, recv, -1, ask, new_ask)
    leg["bid"], leg["ask"] = new_bid, new_ask
    send_touch(leg, out, ts, recv)
    return True


@compiled
def snapshot(
    leg: np.void,
    u: NDArray[np.float64],
    z: NDArray[np.float64],
    out: NDArray[np.void],
    ts: int,
    fair: float,
) -> None:
    """CLEAR, then the whole book in one message, then the touch."""
    centre = fair * leg["tick_den"] / leg["tick_num"]
    leg["bid"] = max(1, math.floor(centre))
    leg["ask"] = leg["bid"] + 1
    leg["bid_lots"] = touch_lots(leg, u)
    leg["ask_lots"] = touch_lots(leg, u)
    recv = received(leg, z, ts)
    first = put(leg, out, ts, recv, _CLEAR, 0, 0.0, 0.0)
    if leg["depth"] > 0:
        for side in (1, -1):
            levels = leg["bids"] if side > 0 else leg["asks"]
            touch = leg["bid"] if side > 0 else leg["ask"]
            lots = leg["bid_lots"] if side > 0 else leg["ask_lots"]
            put(leg, out, ts, recv, _LEVEL, side, price(leg, touch), size(leg, lots))
            for i in range(leg["depth"] - 1):
                slot = slot_behind(leg, side, touch, i)
                levels[slot % SLOTS] = level_lots(leg, z)
                put(
                    leg,
                    out,
                    ts,
                    recv,
                    _LEVEL,
                    side,
                    price(leg, slot * leg["slot"]),
                    size(leg, levels[slot % SLOTS]),
                )
        for i in range(first, leg["n"]):
            out[i]["flags"] = SNAPSHOT
    end(leg, out, 0)
    send_touch(leg, out, ts, recv)


@compiled
def resize_touch(leg: np.void, out: NDArray[np.void], ts: int, recv: int, side: int, lots: float) -> None:
    """A new size at one touch: the level (where levels are sent) and the best bid and offer, in one
    message."""
    if side > 0:
        leg["bid_lots"] = lots
    else:
        leg["ask_lots"] = lots
    if leg["depth"] > 0:
        touch = leg["bid"] if side > 0 else leg["ask"]
        put(leg, out, ts, recv, _LEVEL, side, price(leg, touch), size(leg, lots))
    send_touch(leg, out, ts, recv)


@compiled
def change_levels(
    leg: np.void,
    u: NDArray[np.float64],
    z: NDArray[np.float64],
    out: NDArray[np.void],
    ts: int,
) -> None:
    """One depth message: one to four levels behind the touch take new sizes."""
    recv = received(leg, z, ts)
    count = 1 + int(4.0 * uniform(leg, u))
    for _ in range(count):
        side = 1 if uniform(leg, u) < 0.5 else -1
        touch = leg["bid"] if side > 0 else leg["ask"]
        slot = slot_behind(leg, side, touch, int(uniform(leg, u) * (leg["depth"] - 1)))
        levels = leg["bids"] if side > 0 else leg["asks"]
        levels[slot % SLOTS] = level_lots(leg, z)
        put(leg, out, ts, recv, _LEVEL, side, price(leg, slot * leg["slot"]), size(leg, levels[slot % SLOTS]))
    end(leg, out, 0)
