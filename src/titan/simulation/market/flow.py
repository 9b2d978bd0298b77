"""What an instrument sends in one step: orders and their trades, book updates, marks, funding, liquidations,
silence.

Orders excite further orders (Hawkes 1971, doi 10.1093/biomet/58.1.83), and repeat the sign of an earlier one
with a chance that falls with its age: the discrete autoregression of Jacobs and Lewis 1978 (doi
10.1111/j.2517-6161.1978.tb01653.x) with the slow decay that order splitting gives (Lillo and Farmer 2004, doi
10.2202/1558-3708.1226).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from titan.market.compiled import compiled
from titan.market.tape.rows import SETTLED, Kind
from titan.simulation.market.book import (
    change_levels,
    requote,
    resize_touch,
    send_touch,
    snapshot,
    touch_lots,
)
from titan.simulation.market.sheet import (
    ROOM,
    SIGNS,
    end,
    lots_between,
    normal,
    poisson,
    price,
    put,
    received,
    size,
    uniform,
)

_TRADE: Final = int(Kind.TRADE)
_MARK: Final = int(Kind.MARK)
_INDEX: Final = int(Kind.INDEX)
_FUNDING: Final = int(Kind.FUNDING)
_OPEN_INTEREST: Final = int(Kind.OPEN_INTEREST)
_LIQUIDATION: Final = int(Kind.LIQUIDATION)
_GAP: Final = int(Kind.GAP)

_ORDERS_MOST: Final = 96
_TRADES_MOST: Final = 24
_UPDATES_MOST: Final = 256
_LIQUIDATIONS_MOST: Final = 12
_SILENCE_MOST: Final = 3_000_000_000
"""ns: a touch that did not change is stated again after so long, as a real one is many times a second."""
_LEAN: Final = 0.12
"""How far one deviation of the step's return moves the chance of a buyer from one half."""


@compiled
def _order_sign(leg: np.void, u: NDArray[np.float64], lean: float) -> int:
    """+1 buys. Repeats the sign of a past order of age a with chance falling as 1/a, else leans with the
    price."""
    at = leg["sign_at"]
    x = uniform(leg, u)
    if x < leg["repeat"]:
        age = int(math.exp(x / leg["repeat"] * math.log(SIGNS)))
        sign = int(leg["signs"][(at - age) % SIGNS])
    else:
        sign = 0
    fresh = uniform(leg, u)
    if sign == 0:
        sign = 1 if fresh < 0.5 + _LEAN * lean else -1
    leg["signs"][at % SIGNS] = sign
    leg["sign_at"] = at + 1
    return sign


@compiled
def _trade(
    leg: np.void, u: NDArray[np.float64], out: NDArray[np.void], ts: int, recv: int, sign: int
) -> None:
    """One trade against the touch, no larger than what is shown there."""
    shown = leg["ask_lots"] if sign > 0 else leg["bid_lots"]
    lots = min(lots_between(leg["trade"], uniform(leg, u)), shown)
    touch = leg["ask"] if sign > 0 else leg["bid"]
    put(leg, out, ts, recv, _TRADE, sign, price(leg, touch), size(leg, lots))
    end(leg, out, 0)
    left = shown - lots
    if left < 1.0:
        left = touch_lots(leg, u)
    if sign > 0:
        leg["ask_lots"] = left
    else:
        leg["bid_lots"] = left


@compiled
def order(
    leg: np.void,
    u: NDArray[np.float64],
    z: NDArray[np.float64],
    out: NDArray[np.void],
    ts: int,
    lean: float,
) -> None:
    """One taker: trades of one sign and time, then the touch as they left it."""
    sign = _order_sign(leg, u, lean)
    recv = received(leg, z, ts)
    for _ in range(_TRADES_MOST):
        _trade(leg, u, out, ts, recv, sign)
        if uniform(leg, u) >= leg["more_trades"]:
            break
    resize_touch(leg, out, ts, recv, -sign, leg["ask_lots"] if sign > 0 else leg["bid_lots"])


@compiled
def marks(leg: np.void, row: np.void, z: NDArray[np.float64], out: NDArray[np.void]) -> None:
    """Mark and index in one message, and at their own pace the funding forecast and open interest."""
    ts = row["ts"]
    due = leg["k"] % leg["mark_steps"] == 0
    slow = leg["k"] % leg["funding_steps"] == 0
    if row["settle"] != 0:
        leg["owed"] = row["settle"]
        leg["owed_rate"] = row["settled"]
    if not due and not slow and leg["owed"] == 0:
        return
    delay = leg["mark_delay"] * math.exp(leg["mark_sd"] * normal(leg, z))
    recv = max(ts + int(delay), leg["mark_recv"])
    leg["mark_recv"] = recv
    if leg["owed"] != 0:
        put(leg, out, ts, recv, _FUNDING, 0, leg["owed_rate"], float(leg["owed"] // 1000000))
        end(leg, out, SETTLED)
        leg["owed"] = 0
    if due:
        put(leg, out, ts, recv, _MARK, 0, math.floor(row["mark"] * 1e8 + 0.5) / 1e8, 0.0)
        put(leg, out, ts, recv, _INDEX, 0, math.floor(row["index"] * 1e8 + 0.5) / 1e8, 0.0)
        end(leg, out, 0)
    if slow:
        put(leg, out, ts, recv, _FUNDING, 0, row["rate"], float(row["next_settle"] // 1000000))
        end(leg, out, 0)
        lots = math.floor(row["open_interest"] * leg["lot_den"] / leg["lot_num"])
        put(leg, out, ts, recv, _OPEN_INTEREST, 0, 0.0, size(leg, lots))
        end(leg, out, 0)


@compiled
def liquidations(
    leg: np.void,
    row: np.void,
    u: NDArray[np.float64],
    z: NDArray[np.float64],
    out: NDArray[np.void],
    ts: int,
) -> None:
    """The step's forced closings in a few uneven pieces, each a LIQUIDATION and the trade that closed it."""
    left = abs(row["closed"]) * leg["lot_den"] / leg["lot_num"]
    if left < 1.0:
        return
    closed = 1 if row["closed"] > 0.0 else -1
    recv = received(leg, z, ts)
    count = 1 + poisson(leg, u, min(2.0, left / 50.0), _LIQUIDATIONS_MOST - 1)
    for i in range(count):
        lots = math.floor(left if i == count - 1 else left * uniform(leg, u))
        if lots < 1.0:
            continue
        left -= lots
        touch = leg["bid"] if closed > 0 else leg["ask"]
        put(leg, out, ts, recv, _LIQUIDATION, closed, price(leg, touch), size(leg, lots))
        end(leg, out, 0)
        put(leg, out, ts, recv, _TRADE, -closed, price(leg, touch), size(leg, lots))
        end(leg, out, 0)


@compiled
def _events(
    leg: np.void,
    row: np.void,
    u: NDArray[np.float64],
    z: NDArray[np.float64],
    out: NDArray[np.void],
    ts: int,
    left: int,
) -> None:
    """Orders and book updates between `ts` and `ts + left`, in a random order at stratified times."""
    heat = row["heat"]
    leg["excited"] = leg["excited"] * leg["excite_keep"]
    orders = poisson(leg, u, min(heat * leg["order_mean"] + leg["excited"], 80.0), _ORDERS_MOST)
    leg["excited"] += leg["excite"] * orders
    updates = poisson(leg, u, min(heat * leg["bbo_mean"], 200.0), _UPDATES_MOST)
    changes = 0
    if leg["depth"] > 1:
        changes = poisson(leg, u, min(heat * leg["depth_mean"], 80.0), _UPDATES_MOST)
    total = orders + updates + changes
    for i in range(total):
        at = ts + int(left * (i + uniform(leg, u)) / total) // 1000 * 1000
        pick = uniform(leg, u) * (orders + updates + changes)
        if pick < orders:
            orders -= 1
            order(leg, u, z, out, at, row["lean"])
        elif pick < orders + updates:
            updates -= 1
            side = 1 if uniform(leg, u) < 0.5 else -1
            resize_touch(leg, out, at, received(leg, z, at), side, touch_lots(leg, u))
        else:
            changes -= 1
            change_levels(leg, u, z, out, at)


@compiled
def leg_steps(
    leg: np.void,
    path: NDArray[np.void],
    first: int,
    u: NDArray[np.float64],
    z: NDArray[np.float64],
    out: NDArray[np.void],
) -> int:
    """Play the steps of `path` from `first`; the step it stopped before, because a buffer might not
    suffice."""
    for k in range(first, len(path)):
        if leg["n"] + ROOM > len(out) or leg["u"] + ROOM > len(u) or leg["z"] + ROOM > len(z):
            return k
        row = path[k]
        ts = row["ts"]
        dark = row["dark_perp"] if leg["perp"] == 1 else row["dark_spot"]
        if dark == 1:
            if leg["dark"] == 0:
                leg["dark"] = ts
            if row["settle"] != 0:
                leg["owed"] = row["settle"]
                leg["owed_rate"] = row["settled"]
            leg["k"] += 1
            continue
        fair = row["perp"] if leg["perp"] == 1 else row["spot"]
        if leg["dark"] != 0:
            recv = received(leg, z, ts)
            put(leg, out, ts, recv, _GAP, 0, 0.0, (ts - leg["dark"]) / 1e9)
            end(leg, out, 0)
            leg["dark"] = 0
            leg["open"] = 0
        if leg["open"] == 0:
            snapshot(leg, u, z, out, ts, fair)
            leg["open"] = 1
        if leg["perp"] == 1:
            marks(leg, row, z, out)
        jitter = int(min(leg["step"] * 0.05, 20e6) * uniform(leg, u)) // 1000 * 1000
        moved = requote(leg, u, z, out, ts + jitter, fair, row["spread"])
        if not moved and ts + jitter - leg["stated"] >= _SILENCE_MOST:
            send_touch(leg, out, ts + jitter, received(leg, z, ts + jitter))
        if leg["perp"] == 1:
            liquidations(leg, row, u, z, out, ts + jitter)
        _events(leg, row, u, z, out, ts + jitter, leg["step"] - jitter)
        leg["k"] += 1
    return len(path)
