"""The week's market: one generated path for all venues, each a little off it, as one tape for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from tests.doubles.tapes import MemoryTape
from titan.market.tape.rows import Kind, Rows, concat, take
from titan.model.instrument import Instrument
from titan.simulation.market.generate import generate
from titan.simulation.market.instruments import simulated_pairs
from titan.simulation.market.scenario import SECOND_NS, Act, Cascade, Scenario

START_NS = 1_785_542_400_000_000_000
"""2026-08-01 00:00 UTC."""
HOUR_NS = 3600 * SECOND_NS
WEEK_H = 168.0
SHOWN = 12.0
"""Times the touch's size: it stands for the first levels of a book, and what is taken there comes back only
with the next step."""
_APART_BPS = 1.5
"""Deviation of a venue's prices from the common path."""
_HOURS_OF_OFFSET = 2.0

_SQUEEZES = (Cascade(0.2, 110.0, 420.0, longs=False), Cascade(0.6, 90.0, 300.0, longs=False))
_FALLS = (Cascade(0.25, 140.0, 90.0), Cascade(0.32, 90.0, 60.0), Cascade(0.7, 70.0, 45.0))


def _rally(name: str, bps_hour: float, share: float, hours: float) -> Act:
    """Drift is stated for a week: in a shorter run the same rise comes sooner."""
    return Act(
        name, share=share, volatility=1.3, drift_bps_hour=bps_hour * WEEK_H / hours, premium_bps=24.0,
        heat=1.3, cascades=_SQUEEZES,
    )  # fmt: skip


def acts(hours: float) -> tuple[Act, ...]:
    """Waves of premium, a rise that calls for margin, falls by forced selling, a short crowd, a second
    rise."""
    waves = tuple(
        Act(f"wave {n}", share=0.4, premium_bps=22.0, cascades=(Cascade(0.35, 110.0, 420.0, longs=False),))
        for n in range(3)
    )
    return (
        Act("calm", share=0.3, volatility=0.6, heat=0.7),
        *waves,
        _rally("rally", 130.0, 1.2, hours),
        Act("fall", share=0.8, volatility=1.6, premium_bps=-2.0, heat=1.5, cascades=_FALLS),
        Act("short crowd", share=0.9, volatility=1.1, drift_bps_hour=-10.0, premium_bps=-22.0),
        Act("cascade", share=0.4, volatility=1.8, premium_bps=-4.0, heat=2.0, cascades=_FALLS),
        _rally("second rally", 90.0, 1.0, hours),
        Act("typical", share=0.8),
        *(replace(wave, name=f"{wave.name} again") for wave in waves[:1]),
    )


def scenario(hours: float, step_s: float) -> Scenario:
    """The touch of each step; few orders between, since every row is played by two doubles in Python."""
    return replace(Scenario("week", acts(hours)).coarse(round(step_s * SECOND_NS)), activity=0.0005)


def tapes(
    venues: Sequence[str], bases: Sequence[str], *, hours: float, step_s: float, seed: int
) -> dict[str, MemoryTape]:
    """By venue. The first follows the path itself."""
    instruments = simulated_pairs(bases)
    duration = round(hours * HOUR_NS)
    path = concat(
        list(
            generate(
                scenario(hours, step_s), instruments=instruments, start_ns=START_NS, duration_ns=duration,
                seed=seed,
            )
        )
    )  # fmt: skip
    path = take(path, path.ts >= _begun(path, len(instruments)))
    path.qty[path.kind == Kind.BBO] *= SHOWN
    found = {}
    for n, venue in enumerate(venues):
        rows = path if n == 0 else _offset(path, instruments, seed + n)
        own = [replace(one, venue=venue) for one in instruments]
        found[venue] = MemoryTape(own, rows)
    return found


def _begun(rows: Rows, count: int) -> int:
    """From when on every instrument has a touch: a double's clock then is the tape's."""
    firsts = [int(rows.ts[(rows.inst == i) & (rows.kind == Kind.BBO)][0]) for i in range(count)]
    return max(firsts)


def _offset(path: Rows, instruments: Sequence[Instrument], seed: int) -> Rows:
    """The same rows with each base's prices off by whole ticks, which wander from minute to minute."""
    draw = np.random.Generator(np.random.PCG64(seed))
    minute = (path.ts - START_NS) // (60 * SECOND_NS)
    walks: dict[str, NDArray[np.float64]] = {}
    px = path.px.copy()
    priced = np.isin(path.kind, [Kind.BBO, Kind.TRADE, Kind.LIQUIDATION, Kind.MARK, Kind.INDEX])
    for i, one in enumerate(instruments):
        if one.base not in walks:
            walks[one.base] = _walk(draw, int(minute[-1]) + 1)
        here = priced & (path.inst == i)
        tick = float(one.tick)
        level = float(np.median(px[here]))
        ticks = np.rint(walks[one.base][minute[here]] * 1e-4 * level / tick)
        px[here] = np.round(px[here] + ticks * tick, 8)
    return path._replace(px=px)


def _walk(draw: np.random.Generator, minutes: int) -> NDArray[np.float64]:
    """bps, reverting to nothing."""
    keep = 0.5 ** (1 / (60 * _HOURS_OF_OFFSET))
    shocks = draw.standard_normal(minutes) * _APART_BPS * np.sqrt(1 - keep * keep)
    out = np.empty(minutes)
    at = 0.0
    for n in range(minutes):
        at = at * keep + float(shocks[n])
        out[n] = at
    return out


class Cut:
    """A tape's rows in the steps in which a double takes them, with a run's own numbers for instruments."""

    def __init__(self, tape: MemoryTape, until_ns: int = 0) -> None:
        self.tape, self._at, self.until_ns = tape, 0, until_ns

    def to(self, now_ns: int) -> Rows:
        """Rows that happened since the last call."""
        end = int(np.searchsorted(self.tape.rows.ts, now_ns, "right"))
        rows = take(self.tape.rows, slice(self._at, end))
        self._at = end
        return rows


def steps(start_ns: int, end_ns: int, step_ns: int) -> Iterator[int]:
    yield from range(start_ns, end_ns, step_ns)
