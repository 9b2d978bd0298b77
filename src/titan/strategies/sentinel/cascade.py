"""Liquidations as the kernel sees them: their notional over a sliding window, and when it makes a vacuum
(SEN-6).

The window is a ring of `SLOTS` slots of time, each with the notional of its span in whole cents, so that what
enters and leaves adds up exactly however long it runs. The sum is that of the present slot and the
`SLOTS - 1` before it: it reaches back at least 63/64 of the window, and never further than the window.

All liquidations of a base count, of longs and of shorts and at every venue on the tape: what empties the book
of one venue is felt at the others. Which way it pushed is what the basis says.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from titan.market.basis import CONTRACT, OK, basis_bps, executable_basis
from titan.market.compiled import compiled
from titan.market.freshness import judge
from titan.strategies.sentinel.rates import common_basis

SLOTS: Final = 64
CENTS: Final = 100.0
LARGEST: Final = 1e13
"""A liquidation of more than this many quote units is no number."""
ANY_AGE: Final = 1 << 62

IDLE: Final = 0
OPEN: Final = 1
"""An opening was signalled; its close was not."""
SPENT: Final = 2
"""Closed without having converged: no other opening until the basis has been back at its target."""

OPENS: Final = 1
CLOSES: Final = 2

NO_END, CONVERGED, TIMED_OUT, LOST = 0, 1, 2, 3
"""Why a vacuum is over, as `vacuum_end` of its record and of its signal says it."""

RING: Final = np.dtype([("slot", "i8"), ("cents", "i8"), ("ring", "i8", (SLOTS,))], align=True)
"""`slot` is the number of the present slot since 1970, `cents` the sum of the ring."""


@compiled
def turn(ring: np.void, width_ns: int, ts: int) -> None:
    """Let the window end at `ts` (ns); what is older than it leaves. Time never goes back."""
    slot = ts // width_ns
    gone = slot - ring["slot"]
    if gone <= 0:
        return
    for i in range(1, min(gone, SLOTS) + 1):
        at = (ring["slot"] + i) % SLOTS
        ring["cents"] -= ring["ring"][at]
        ring["ring"][at] = 0
    ring["slot"] = slot


@compiled
def add(ring: np.void, width_ns: int, ts: int, notional: float) -> None:
    """One liquidation at `ts` of so many quote units; one that comes too late for the window is passed over,
    and so is what is no number.
    """
    if not 0.0 < notional < LARGEST:
        return
    turn(ring, width_ns, ts)
    slot = ts // width_ns
    if ring["slot"] - slot >= SLOTS:
        return
    cents = int(notional * CENTS + 0.5)
    ring["ring"][slot % SLOTS] += cents
    ring["cents"] += cents


@compiled
def hear(params: NDArray[np.void], pairs: NDArray[np.void], base: int, ts: int, notional: float) -> None:
    """A liquidation of a perp of this base, for every pair of the base."""
    for n in range(len(pairs)):
        if pairs[n]["base"] == base:
            pairs[n]["forced"] += 1
            add(pairs[n]["liquidated"], params[n]["liquidation_slot_ns"], ts, notional)


@compiled
def watch(
    p: np.void, state: np.void, spot: np.void, perp: np.void, spot_book: np.void, perp_book: np.void, ts: int
) -> int:
    """OPENS when both conditions hold, CLOSES once after each opening, when it is over; else 0.

    It opens on the mid basis *and* on what a probe would really get for selling spot and buying the perp. Its
    end is judged at the mids, from the basis that it opened on: the target, the time, the loss.
    """
    if judge(spot, ts, ANY_AGE) != 0 or judge(perp, ts, ANY_AGE) != 0:
        return 0
    skew = spot["touch_ts"] - perp["touch_ts"]
    if skew > p["max_skew_ns"] or -skew > p["max_skew_ns"]:
        return 0
    basis = common_basis(state, spot, perp)
    if state["vacuum"] == IDLE:
        turn(state["liquidated"], p["liquidation_slot_ns"], ts)
        if not calls(p, state["liquidated"]["cents"], basis):
            return 0
        entry = executable_basis(spot, spot_book, perp, perp_book, CONTRACT, p["probe_quote"])
        executable = basis_bps(entry.spot_px, entry.perp_px * state["common"])
        if entry.code != OK or executable > p["vacuum_entry_bps"]:
            return 0
        state["vacuum"] = OPEN
        state["vacuum_end"] = NO_END
        state["vacuum_basis"] = basis
        state["vacuum_entry"] = executable
        state["vacuum_until"] = ts + p["vacuum_hold_ns"]
        return OPENS
    end = over(p, basis, state["vacuum_entry"], state["vacuum_until"], ts)
    if end == NO_END:
        return 0
    was = state["vacuum"]
    if was == SPENT and end != CONVERGED:
        return 0
    state["vacuum"] = IDLE if end == CONVERGED else SPENT
    if was == SPENT:
        return 0
    state["vacuum_end"] = end
    state["vacuum_basis"] = basis
    return CLOSES


@compiled
def calls(p: np.void, cents: int, basis: float) -> bool:
    """Both conditions of a vacuum (SEN-P4): enough was liquidated, and the basis is low enough."""
    return bool(cents >= p["liquidation_cents"] and basis <= p["vacuum_entry_bps"])


@compiled
def over(p: np.void, basis: float, entry_bps: float, until_ns: int, ts: int) -> int:
    """Why a vacuum that was opened at `entry_bps` is to be closed; NO_END while it is not."""
    if basis >= p["vacuum_target_bps"]:
        return CONVERGED
    if basis <= entry_bps - p["vacuum_loss_bps"]:
        return LOST
    if ts >= until_ns:
        return TIMED_OUT
    return NO_END
