"""Funding of perps. A settlement pays `-position x mark x rate` at its moment, once.

A row with SETTLED is a settlement. Instruments for which the tape has none settle when time passes the moment
that their last forecast named, at its rate. A settlement closer than half an interval to the one before is
the same one, told twice; where the interval is unknown only a settlement of the same moment is.
"""

from __future__ import annotations

from titan.market.tape.rows import SETTLED
from titan.simulation.display import valued
from titan.simulation.kernel import kernel
from titan.simulation.records import FAR, State
from titan.simulation.reporting import emit_funding
from titan.simulation.watch import forget_safety


@kernel
def plan(s: State) -> None:
    """Find the earliest forecast settlement again."""
    earliest = FAR
    for j in range(len(s.insts)):
        at = s.insts[j]["next_settle"]
        if at > 0 and at < earliest:
            earliest = at
    s.core[0]["next_settle"] = earliest


@kernel
def settle(s: State, i: int, at: int, rate: float) -> None:
    """Pay one settlement of moment `at`, unless it was paid already."""
    inst = s.insts[i]
    if at <= inst["settled_at"] + inst["interval"] // 2:
        return
    inst["settled_at"] = at
    if inst["position"] == 0:
        return
    mark = valued(s, i)
    s.wallets[inst["quote"]]["balance"] -= inst["position"] * inst["lot"] * mark * rate
    forget_safety(s, inst["quote"])
    emit_funding(s, i, inst["position"], rate, mark)


@kernel
def on_funding_row(s: State, i: int, ts: int, flags: int, rate: float, at_ms: float) -> None:
    """A forecast replaces the one before; a settlement is paid."""
    inst = s.insts[i]
    if inst["perp"] == 0:
        return
    at = int(at_ms) * 1_000_000
    if flags & SETTLED != 0:
        inst["settles"] = 1
        inst["next_settle"] = 0
        settle(s, i, at if at > 0 else ts, rate)
    elif inst["settles"] == 0 and at >= ts:
        inst["next_settle"] = at
        inst["next_rate"] = rate
    plan(s)


@kernel
def settle_due(s: State) -> None:
    """Pay every forecast settlement whose moment has come."""
    now = s.core[0]["now"]
    for j in range(len(s.insts)):
        inst = s.insts[j]
        if 0 < inst["next_settle"] <= now:
            at = inst["next_settle"]
            inst["next_settle"] = 0
            settle(s, j, at, inst["next_rate"])
    plan(s)
