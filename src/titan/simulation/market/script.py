"""A scenario written out step by step: what the price path is told at each moment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from titan.model.instrument import HOUR_NS, InstrumentKind
from titan.simulation.market.path import SCRIPT
from titan.simulation.market.scenario import SECOND_NS, Act, Scenario


def spans(scenario: Scenario, start_ns: int, duration_ns: int) -> list[tuple[Act, int, int]]:
    """Each act with its first and last moment, ns."""
    shares = np.array([act.share for act in scenario.acts])
    edges = start_ns + np.rint(
        np.concatenate([[0.0], np.cumsum(shares) / shares.sum()]) * duration_ns
    ).astype(np.int64)
    return [(act, int(a), int(b)) for act, a, b in zip(scenario.acts, edges[:-1], edges[1:], strict=True)]


def script(
    scenario: Scenario,
    season: Sequence[float],
    start_ns: int,
    duration_ns: int,
    first: int,
    last: int,
) -> NDArray[np.void]:
    """Steps `first` to `last` (exclusive) of the run as a SCRIPT array. `season` holds 24 UTC hours'
    volatilities."""
    out = np.zeros(last - first, SCRIPT)
    ts = start_ns + np.arange(first, last, dtype=np.int64) * scenario.step_ns
    seconds = scenario.step_ns / SECOND_NS
    out["ts"] = ts
    out["volatility"] = out["heat"] = _season(ts, season)
    for act, begin, end in spans(scenario, start_ns, duration_ns):
        here = (ts >= begin) & (ts < end)
        out["volatility"][here] *= act.volatility
        out["heat"][here] *= act.heat
        out["drift"][here] = act.drift_bps_hour * 1e-4 * seconds / 3600.0
        out["premium"][here] = act.premium_bps
        for cascade in act.cascades:
            at = begin + int(cascade.at * (end - begin))
            sign = 1.0 if cascade.longs else -1.0
            grown = np.diff(
                _swell((np.append(ts, ts[-1] + scenario.step_ns) - at) / (cascade.seconds * SECOND_NS))
            )
            out["kick"] += sign * cascade.depth_bps * grown / seconds
        for outage in act.outages:
            at = begin + int(outage.at * (end - begin))
            silent = (ts >= at) & (ts < at + int(outage.seconds * SECOND_NS))
            out["dark_spot" if outage.kind is InstrumentKind.SPOT else "dark_perp"][silent] = 1
    return out


def _season(ts: NDArray[np.int64], season: Sequence[float]) -> NDArray[np.float64]:
    """The hour's volatility, linear between the middles of the hours."""
    hour = (ts % (24 * HOUR_NS)) / HOUR_NS - 0.5
    return np.interp(hour, np.arange(-1, 25), [season[-1], *season, season[0]])


def _swell(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 before 0, 1 after 1, smooth between: the share of a cascade that has run."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)
