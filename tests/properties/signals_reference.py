"""What Sentinel's kernel has to say of a market of touches, reckoned anew and slowly from the definitions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec
import numpy as np

from tests.strategies.sentinel.played import PERP, SPOT, START, S, market
from titan.market.tape.rows import END, Kind, Rows, concat, empty, take
from titan.model.instrument import HOUR_NS, FeeSchedule
from titan.strategies.sentinel.params import SentinelParams
from titan.strategies.sentinel.strategy import Sentinel

WINDOW, WARMUP = 32, 8
HALF = 0.01
"""Half of the spread of both legs, in quote units."""


class Said(NamedTuple):
    second: int
    name: str
    z: float
    edge: float


def made(params: SentinelParams, taker: str) -> Sentinel:
    fees = FeeSchedule(Decimal(taker), Decimal(taker))
    legs = [msgspec.structs.replace(rules, fees=fees) for rules in (SPOT, PERP)]
    return Sentinel("run", {"A": params}, legs, (0.0, 0.1), {"A": None})


def tape(bps: Sequence[float], rate: float) -> Rows:
    """One touch of both legs a second, the perp's first: a sample is taken at the first message of a second.
    Before them the rate of the funding that is due in eight hours.
    """
    told = empty(1)
    told.ts[:] = told.recv[:] = START
    told.inst[:], told.kind[:], told.flags[:] = 1, Kind.FUNDING, END
    told.px[:], told.qty[:] = rate, (START + 8 * HOUR_NS) // 1_000_000
    rows = concat([told, market(list(bps))])
    return take(rows, np.lexsort((-rows.inst.astype(np.int64), rows.ts)))


def heard(one: Sentinel, rows: Rows) -> list[Said]:
    """EXPAND and CONTRACT as the kernel says them."""
    found, k = [], 0
    while k < len(rows.ts):
        k, code = one.scan(rows, k, len(rows.ts))
        if code:
            at = int(rows.ts[k - 1])
            signal = one.signal(code, k - 1, at)
            if signal.name in ("EXPAND", "CONTRACT"):
                f = signal.figures
                found.append(Said((at - START) // S, signal.name, f["z"], f["edge"]))
    return found


def reckoned(bps: Sequence[float], params: SentinelParams, taker: str, rate: float) -> list[Said] | None:
    """The same by definition (SEN-1, SEN-2, SEN-3); None where the last digit of a float would decide."""
    found: list[Said] = []
    samples: list[float] = []
    funding, fees = rate * 1e4 * params.hold_hours / 8.0, 4 * float(taker) * 1e4
    expanded = False
    for second, one in enumerate(bps):
        perp = round(1000 * (1 + one / 1e4), 2)
        basis = (perp - 1000.0) / 1000.0 * 1e4
        samples.append(basis)
        window = samples[-params.window :]
        if len(samples) < params.warmup:
            continue
        mean = math.fsum(window) / len(window)
        std = math.sqrt(math.fsum((x - mean) ** 2 for x in window) / (len(window) - 1))
        z = (basis - mean) / std if len(set(window)) > 1 else 0.0
        executable = ((perp - HALF) - (1000.0 + HALF)) / (1000.0 + HALF) * 1e4
        impact = HALF / 1000.0 * 1e4 + HALF / perp * 1e4
        edge = executable - mean - (fees + impact - funding)
        left = basis - mean + funding
        near = (z - params.entry_z, edge - params.min_edge_bps, left, z - params.exit_z)
        if len(set(window)) > 1 and min(map(abs, near)) < 1e-6:
            return None
        if z >= params.entry_z and edge >= params.min_edge_bps:
            if not expanded:
                found.append(Said(second, "EXPAND", z, edge))
            expanded = True
        elif z <= params.exit_z or left < 0:
            if expanded:
                found.append(Said(second, "CONTRACT", z, edge))
            expanded = False
    return found
