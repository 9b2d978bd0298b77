"""What the wallets can pay, and what the venue closes when they cannot.

Spot: a buy needs its cost and taker fee in the quote asset beyond what own resting buys reserve; a sell needs
the base asset beyond what own resting sells reserve.

Perps, one-way mode: an instrument is charged for its worst exposure, the larger of |position + resting buys|
and |position - resting sells|, at its reference price (mark, else last, else mid) times its initial margin
rate. Cross: the charges of all perps of the wallet must stay below balance plus unrealised P&L. Isolated: the
margin of each position was set aside when it was opened; new exposure must be paid from the rest of the
balance. An order that does not raise the worst exposure is never refused. Stops are charged when they
trigger, not while they wait.

Liquidation, judged on the mark: cross when balance plus unrealised P&L is at most the maintenance of all
positions (then all perps of the wallet are closed); isolated when the position's margin plus its unrealised
P&L is at most its maintenance. The position is closed at the reference price, rounded against it, with the
liquidation fee.
"""

from __future__ import annotations

import math

import numpy as np

from titan.market.compiled import compiled
from titan.simulation.display import valued
from titan.simulation.kernel import kernel
from titan.simulation.positions import book_fill
from titan.simulation.records import (
    BY_LIQUIDATION,
    CANCELLED,
    ISOLATED,
    LIQUIDATED,
    NO_BALANCE,
    NO_MARGIN,
    NO_MARGIN_CHECK,
    NONE,
    UNSEEN,
    State,
)
from titan.simulation.reporting import emit

LAST_OF_WALLET = 16
"""Reason of a LIQUIDATED report: the last one of its wallet; what is then below zero is the insurance
fund's.
"""


@kernel
def reserved_in(s: State, wallet: int) -> float:
    """What resting spot orders hold back of a wallet."""
    total = 0.0
    for j in range(s.core[0]["resting"]):
        o = s.resting[j]
        inst = s.insts[o["inst"]]
        if inst["perp"] != 0 or o["type"] == 2:
            continue
        if o["side"] > 0 and inst["quote"] == wallet:
            value = o["limit"] * inst["tick"] * (o["lots"] * inst["lot"])
            total += value + value * max(inst["maker"], 0.0)
        elif o["side"] < 0 and inst["base"] == wallet:
            total += o["lots"] * inst["lot"]
    return total


@kernel
def spot_refusal(s: State, i: int, side: int, lots: int, value: int) -> int:
    """NONE, or NO_BALANCE. `value` is the order's cost in ticks times lots."""
    inst = s.insts[i]
    if side > 0:
        wallet = inst["quote"]
        cost = value * inst["tick"] * inst["lot"]
        cost += cost * max(inst["taker"], 0.0)
        slack = cost * 1e-12
    else:
        wallet = inst["base"]
        cost = lots * inst["lot"]
        slack = inst["lot"] * 1e-6
    free = s.wallets[wallet]["balance"] - reserved_in(s, wallet)
    return NONE if cost <= free + slack else NO_BALANCE


@kernel
def worst_exposure(s: State, i: int, side: int, lots: int) -> int:
    """Lots at worst, if of the resting orders, and one more order, only one side were filled."""
    held = s.insts[i]["position"]
    buys = lots if side > 0 else 0
    sells = lots if side < 0 else 0
    for j in range(s.core[0]["resting"]):
        o = s.resting[j]
        if o["inst"] == i and o["type"] != 2 and o["reduce"] == 0:
            if o["side"] > 0:
                buys += o["lots"]
            else:
                sells += o["lots"]
    return int(max(abs(held + buys), abs(held - sells)))


@kernel
def perp_refusal(s: State, i: int, side: int, lots: int, ticks: int) -> int:
    """NONE, or NO_MARGIN. `ticks` values the order where no reference price is known."""
    worst = worst_exposure(s, i, side, lots)
    if worst <= worst_exposure(s, i, 0, 0):
        return NONE
    isolated = s.core[0]["margin"] == ISOLATED
    wallet = s.insts[i]["quote"]
    have = s.wallets[wallet]["balance"]
    need = 0.0
    for j in range(len(s.insts)):
        inst = s.insts[j]
        if inst["perp"] == 0 or inst["quote"] != wallet:
            continue
        px = valued(s, j)
        if j == i and not px > 0.0:
            px = ticks * inst["tick"]
        exposure = worst if j == i else worst_exposure(s, j, 0, 0)
        if isolated:
            have -= inst["margin"]
            exposure -= abs(inst["position"])
        elif inst["position"] != 0:
            have += (px - inst["entry"]) * (inst["position"] * inst["lot"])
        need += exposure * inst["lot"] * px * inst["initial"]
        if j == i:
            need += lots * inst["lot"] * px * max(inst["taker"], 0.0)
    return NONE if need <= have + need * 1e-12 else NO_MARGIN


@kernel
def refusal(s: State, i: int, side: int, lots: int, value: int, ticks: int) -> int:
    """The reason for which the wallet cannot pay an order, or NONE."""
    if s.core[0]["margin"] == NO_MARGIN_CHECK:
        return NONE
    if s.insts[i]["perp"] != 0:
        return perp_refusal(s, i, side, lots, ticks)
    return spot_refusal(s, i, side, lots, value)


@compiled
def withdrawable(s: State, wallet: int) -> float:
    """What may leave a wallet: balance less what resting orders and positions need; unrealised gains do not
    count.
    """
    free = float(s.wallets[wallet]["balance"]) - reserved_in(s, wallet)
    isolated = s.core[0]["margin"] == ISOLATED
    gains = 0.0
    for j in range(len(s.insts)):
        inst = s.insts[j]
        if inst["perp"] == 0 or inst["quote"] != wallet:
            continue
        px = valued(s, j)
        exposure = worst_exposure(s, j, 0, 0)
        if isolated:
            free -= inst["margin"]
            exposure -= abs(inst["position"])
        elif inst["position"] != 0:
            gains += (px - inst["entry"]) * (inst["position"] * inst["lot"])
        free -= exposure * inst["lot"] * px * inst["initial"]
    return free + min(gains, 0.0)


@kernel
def close_out(s: State, i: int, reason: int) -> float:
    """Cancel what rests on a perp and close its position; returns margin plus what the closing left of it."""
    inst = s.insts[i]
    for j in range(s.core[0]["resting"]):
        o = s.resting[j]
        if o["inst"] == i and o["lots"] > 0:
            emit(s, o["handle"], i, CANCELLED, BY_LIQUIDATION, o["side"], 0, o["limit"], o["lots"] + o["cut"])
            o["lots"] = 0
    side = -1 if inst["position"] > 0 else 1
    px = valued(s, i) / inst["tick"]
    ticks = max(1, math.floor(px + 1e-6)) if side < 0 else math.ceil(px - 1e-6)
    lots = abs(inst["position"])
    wallet = s.wallets[inst["quote"]]
    before = wallet["balance"] - inst["margin"]
    emit(s, 0, i, LIQUIDATED, reason, side, 0, ticks, lots)
    s.reports[s.core[0]["tail"] - 1]["mark"] = valued(s, i)
    book_fill(s, i, side, ticks, lots, inst["liquidation"])
    return float(wallet["balance"] - before)


@kernel
def judge_isolated(s: State, i: int) -> bool:
    """Close the position of `i` when its own margin no longer covers its maintenance."""
    inst = s.insts[i]
    px = valued(s, i)
    size = inst["position"] * inst["lot"]
    slack = inst["margin"] + (px - inst["entry"]) * size - abs(size) * px * inst["maintenance"]
    if slack > 0.0:
        set_safety(inst, px, slack)
        return False
    left = close_out(s, i, NONE)
    if left < 0.0:
        s.wallets[inst["quote"]]["balance"] -= left
    return True


@kernel
def set_safety(inst: np.void, px: float, slack: float) -> None:
    """While the price moves against the position by less than what `slack` pays for, nothing need be
    judged.
    """
    move = slack / (abs(inst["position"]) * inst["lot"] * (1.0 + inst["maintenance"]))
    inst["safe_low"] = px - move if inst["position"] > 0 else -1.0
    inst["safe_high"] = px + move if inst["position"] < 0 else UNSEEN


@kernel
def judge_cross(s: State, wallet: int) -> bool:
    """Close all perps of a wallet when it no longer covers the maintenance of their positions."""
    slack = float(s.wallets[wallet]["balance"])
    last = -1
    count = 0
    for j in range(len(s.insts)):
        inst = s.insts[j]
        if inst["perp"] != 0 and inst["position"] != 0 and inst["quote"] == wallet:
            px = valued(s, j)
            size = inst["position"] * inst["lot"]
            slack += (px - inst["entry"]) * size - abs(size) * px * inst["maintenance"]
            last = j
            count += 1
    for j in range(len(s.insts)):
        inst = s.insts[j]
        if inst["perp"] != 0 and inst["position"] != 0 and inst["quote"] == wallet:
            if slack > 0.0:
                set_safety(inst, valued(s, j), slack / count)
            else:
                close_out(s, j, LAST_OF_WALLET if j == last else NONE)
    if slack > 0.0:
        return False
    s.wallets[wallet]["balance"] = max(s.wallets[wallet]["balance"], 0.0)
    return True


@kernel
def watch_margin(s: State, i: int) -> bool:
    """Liquidate what must be after a price of instrument `i` moved; True when something was closed."""
    mode = s.core[0]["margin"]
    inst = s.insts[i]
    if mode == NO_MARGIN_CHECK or inst["perp"] == 0 or inst["position"] == 0:
        return False
    return judge_isolated(s, i) if mode == ISOLATED else judge_cross(s, inst["quote"])
