"""One order of venue time: market rows, funding settlements and arrivals.

At the same instant the rows come first, then forecast funding settlements, then arrivals in the order in
which they were sent. The pump stops early at the local time of the first report that was not collected:
whoever hears it may want to act on it, and what he sends cannot reach the exchange before that moment.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from titan.market.compiled import inlined
from titan.market.quotes import update
from titan.market.tape.rows import Kind, Rows
from titan.simulation.display import displayed, to_ticks
from titan.simulation.funding import on_funding_row, settle_due
from titan.simulation.kernel import kernel
from titan.simulation.latency import order_latency
from titan.simulation.matching import arrive_cancel, arrive_order, compact
from titan.simulation.queue import level_row
from titan.simulation.records import AT_RISK, CANCEL, FAR, State
from titan.simulation.reporting import ROOM
from titan.simulation.resting import after_row
from titan.simulation.watch import is_price, is_unsafe, row_is_near, state_is_near

DONE: Final = 0
NEEDS_BLOCK: Final = 1
NEEDS_ROOM: Final = 2

_LEVEL, _BBO, _FUNDING = int(Kind.LEVEL), int(Kind.BBO), int(Kind.FUNDING)


@inlined
def watched_row(s: State, rows: Rows, k: int) -> None:
    """A row of an instrument with orders or positions, or a funding row."""
    core = s.core[0]
    i, kind, side = int(np.int64(rows.inst[k])), int(np.int64(rows.kind[k])), int(np.int64(rows.side[k]))
    core["now"] = rows.ts[k]
    core["feed_ns"] = rows.recv[k] - rows.ts[k]
    if s.insts[i]["orders"] > 0 and kind in (_LEVEL, _BBO):
        ticks = to_ticks(rows.px[k], s.insts[i]["tick"])
        before = displayed(s, i, side, ticks)
        update(s.quotes, s.books, rows, k)
        level_row(s, i, side, ticks, before)
    else:
        update(s.quotes, s.books, rows, k)
    if kind == _FUNDING:
        on_funding_row(
            s, i, int(rows.ts[k]), int(np.int64(rows.flags[k])), float(rows.px[k]), float(rows.qty[k])
        )
    if s.insts[i]["watch"] != 0:
        after_row(s, i, kind, side, int(np.int64(rows.flags[k])), float(rows.px[k]), float(rows.qty[k]))


@inlined
def left_row(s: State, rows: Rows, k: int) -> None:
    """A row that meant nothing by itself but left the touch or the mark where it matters to us."""
    core = s.core[0]
    core["now"] = rows.ts[k]
    core["feed_ns"] = rows.recv[k] - rows.ts[k]
    i, kind, side = int(np.int64(rows.inst[k])), int(np.int64(rows.kind[k])), int(np.int64(rows.side[k]))
    after_row(s, i, kind, side, int(np.int64(rows.flags[k])), float(rows.px[k]), float(rows.qty[k]))


@inlined
def scan(s: State, rows: Rows, k: int, horizon: int) -> int:
    """Take rows up to `horizon` inclusive; returns the next row. Stops after a row that made a report."""
    core = s.core[0]
    tail = core["tail"]
    due = core["next_settle"]
    ts = rows.ts
    kinds = rows.kind
    inst = rows.inst
    n = len(ts)
    while k < n and ts[k] <= horizon:
        i = inst[k]
        if s.insts[i]["watch"] == 0 and kinds[k] != _FUNDING:
            update(s.quotes, s.books, rows, k)
            k += 1
            continue
        if s.insts[i]["watch"] == AT_RISK and kinds[k] != _FUNDING:
            # A position and no order: only its safety is asked, and only where a price may have moved.
            ended = update(s.quotes, s.books, rows, k)
            if (ended or is_price(kinds[k])) and is_unsafe(s.insts[i], s.quotes[i]):
                left_row(s, rows, k)
        elif kinds[k] == _FUNDING or row_is_near(s.insts[i], kinds[k], rows.side[k], rows.px[k]):
            watched_row(s, rows, k)
        else:
            ended = update(s.quotes, s.books, rows, k)
            if state_is_near(s.insts[i], s.quotes[i], kinds[k], ended):
                left_row(s, rows, k)
        k += 1
        if core["tail"] != tail or core["next_settle"] != due:
            break
    return k


@kernel
def depart(s: State) -> None:
    """Give every fresh message its arrival: order latency later, never before one that was sent earlier."""
    core = s.core[0]
    for _ in range(core["fresh"]):
        m = s.inflight[core["inflight"]]
        at = max(m["sent"] + order_latency(s), core["last_arrival"], core["now"])
        m["arrival"] = at
        core["last_arrival"] = at
        core["inflight"] += 1
    core["fresh"] = 0


@inlined
def arrive(s: State) -> None:
    """Handle the first message on its way."""
    core = s.core[0]
    m = s.inflight[0]
    if m["what"] == CANCEL:
        arrive_cancel(s, m)
    else:
        arrive_order(s, m)
    core["inflight"] -= 1
    for j in range(core["inflight"]):
        s.inflight[j] = s.inflight[j + 1]
    compact(s)


@inlined
def pump(s: State, rows: Rows, until: int) -> int:
    """Advance to `until`, or to the local time of the first waiting report; `core.now` says how far. See DONE
    ff.
    """
    core = s.core[0]
    n = len(rows.ts)
    k = core["cursor"]
    if k > 0:
        core["feed_ns"] = rows.recv[k - 1] - rows.ts[k - 1]
    depart(s)
    while True:
        if len(s.reports) - core["tail"] < ROOM + 4 * (core["resting"] + core["inflight"]):
            return NEEDS_ROOM
        stop = until
        if core["head"] < core["tail"]:
            stop = min(stop, s.reports[core["head"]]["local_ns"])
        arrival = s.inflight[0]["arrival"] if core["inflight"] > 0 else FAR
        event = min(arrival, core["next_settle"])
        horizon = min(stop, event)
        k = scan(s, rows, core["cursor"], horizon)
        moved = k != core["cursor"]
        core["cursor"] = k
        if k == n and core["exhausted"] == 0:
            return NEEDS_BLOCK
        if moved:
            core["feed_ns"] = rows.recv[k - 1] - rows.ts[k - 1]
            continue
        if event > stop:
            core["now"] = max(core["now"], stop)
            return DONE
        core["now"] = max(core["now"], event)
        if core["next_settle"] <= arrival:
            settle_due(s)
        else:
            arrive(s)
