"""The exchange's own float shadow of wallets and positions: enough to decide what can be paid and what is
liquidated.

The exact booking of the same fills is done in Decimal by `titan.simulation.accounts`.
"""

from __future__ import annotations

from titan.simulation.display import whole_lots
from titan.simulation.kernel import kernel
from titan.simulation.records import ISOLATED, State
from titan.simulation.watch import forget_safety, refresh_watch


@kernel
def reducible(s: State, i: int, side: int) -> int:
    """Lots that an order of `side` may trade and still only reduce: a perp's position, or what is owned."""
    inst = s.insts[i]
    if inst["perp"] != 0:
        return max(0, int(-inst["position"] * side))
    if side > 0:
        return 0
    return max(0, whole_lots(s.wallets[inst["base"]]["balance"], inst["lot"]))


@kernel
def book_perp(s: State, i: int, side: int, ticks: int, lots: int) -> float:
    """Change the position at average entry price; returns what was realised, without fees."""
    inst = s.insts[i]
    px = ticks * inst["tick"]
    held = abs(inst["position"])
    gained = 0.0
    opened = lots
    if inst["position"] * side < 0:
        closed = min(lots, held)
        gained = (px - inst["entry"]) * (closed * inst["lot"]) * -side
        inst["margin"] = inst["margin"] * ((held - closed) / held)
        opened = lots - closed
        held -= closed
        if held == 0:
            inst["entry"] = 0.0
            inst["margin"] = 0.0
    if opened > 0:
        inst["entry"] = (inst["entry"] * held + px * opened) / (held + opened)
        if s.core[0]["margin"] == ISOLATED:
            inst["margin"] += px * (opened * inst["lot"]) * inst["initial"]
    inst["position"] += side * lots
    return gained


@kernel
def book_fill(s: State, i: int, side: int, ticks: int, lots: int, fee_rate: float) -> None:
    """Move position and wallets by one fill; the fee is paid in the quote asset."""
    inst = s.insts[i]
    notional = ticks * inst["tick"] * (lots * inst["lot"])
    quote = s.wallets[inst["quote"]]
    if inst["perp"] != 0:
        quote["balance"] += book_perp(s, i, side, ticks, lots) - notional * fee_rate
    else:
        inst["position"] += side * lots
        base = s.wallets[inst["base"]]
        base["balance"] += side * lots * inst["lot"]
        quote["balance"] -= side * notional + notional * fee_rate
    forget_safety(s, inst["quote"])
    refresh_watch(s, i)
