"""Reports: what the exchange says and when we hear it."""

from __future__ import annotations

from typing import Final

from titan.simulation.kernel import kernel
from titan.simulation.latency import response_latency
from titan.simulation.records import State

WALK_LEVELS: Final = 2000
"""A taker order trades with at most this many levels."""
ROOM: Final = 2 * WALK_LEVELS
"""Free reports that the pump keeps before every event, besides four for each resting order."""


@kernel
def emit(
    s: State, handle: int, inst: int, kind: int, reason: int, side: int, maker: int, ticks: int, lots: int
) -> None:
    """Write one report at the exchange's present time; reports reach us in the order in which they were
    made.
    """
    core = s.core[0]
    r = s.reports[core["tail"]]
    core["tail"] += 1
    local = core["now"] + response_latency(s)
    if local < core["last_report"]:
        local = core["last_report"]
    core["last_report"] = local
    r["handle"] = handle
    r["inst"] = inst
    r["kind"] = kind
    r["reason"] = reason
    r["side"] = side
    r["maker"] = maker
    r["ticks"] = ticks
    r["lots"] = lots
    r["venue_ns"] = core["now"]
    r["local_ns"] = local
    r["rate"] = 0.0
    r["mark"] = 0.0


@kernel
def emit_funding(s: State, inst: int, lots: int, rate: float, mark: float) -> None:
    """A settlement: `lots` is the signed position it was paid on."""
    emit(s, 0, inst, 7, 0, 0, 0, 0, lots)
    r = s.reports[s.core[0]["tail"] - 1]
    r["rate"] = rate
    r["mark"] = mark
