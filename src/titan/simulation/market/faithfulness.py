"""Lays the generated market's statistics beside those of the recorded series it was measured from.

Both sides go through the same functions (`bars`, `statistics`). Months are played coarsely for volatility,
basis and funding, minutes at the full message rates for books and flow; incidents are left out (scenario
`typical`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from titan.market.tape.rows import END, SETTLED, Kind, Rows, concat, take
from titan.model.instrument import HOUR_NS, Instrument, InstrumentKind
from titan.simulation.market.bars import STEP_S, Closes, finer_figures, pair_figures
from titan.simulation.market.figures import Figures, Leg, Minutes, Pair, figures
from titan.simulation.market.generate import generate
from titan.simulation.market.instruments import simulated_pairs
from titan.simulation.market.scenario import SCENARIOS, SECOND_NS, Scenario
from titan.simulation.market.script import spans
from titan.simulation.market.statistics import Floats, Flow, leg_figures, middle, sampled

START_NS: Final = 1_784_073_600 * SECOND_NS
DAY_S: Final = 86_400


class Faithfulness(msgspec.Struct, frozen=True):
    """Measured and generated figures under the same names, and how the generated ones were made."""

    measured: Figures
    pairs: dict[str, Pair]
    finer: dict[str, Minutes]
    legs: dict[str, Leg]
    seed: int
    days: float
    story: Closes
    """BTC by the minute through the scenario `demo`."""
    story_acts: list[tuple[str, float, float]]
    """Its acts: name, first and last moment in hours."""


class Bars:
    """Closes of every instrument on an even grid, gathered block by block from mids; settled funding beside
    them."""

    def __init__(self, instruments: list[Instrument], start_ns: int, step_s: float, count: int) -> None:
        self._instruments = instruments
        self._grid = start_ns + ((np.arange(count) + 1) * step_s * SECOND_NS).astype(np.int64)
        self._start, self._step = start_ns / SECOND_NS, step_s
        self._closes = np.zeros((len(instruments), count))
        self._at = [0] * len(instruments)
        self._last = [0.0] * len(instruments)
        self.funding: dict[str, list[float]] = {i.base: [] for i in instruments}

    def add(self, rows: Rows) -> None:
        """The next block, in the tape's order."""
        for i, instrument in enumerate(self._instruments):
            mine = rows.inst == i
            quoted = mine & (rows.kind == Kind.BBO)
            bid = rows.px[quoted & (rows.side == 1)]
            ask = rows.px[quoted & (rows.side == -1)]
            ts = rows.ts[quoted & (rows.side == 1)]
            if len(ts):
                self._close(i, ts, (bid + ask) / 2.0)
            paid = mine & (rows.kind == Kind.FUNDING) & ((rows.flags & SETTLED) > 0)
            self.funding[instrument.base] += rows.px[paid].tolist()

    def _close(self, i: int, ts: NDArray[np.int64], mid: Floats) -> None:
        end = int(np.searchsorted(self._grid, ts[-1], side="right"))
        due = self._grid[self._at[i] : end]
        before = np.searchsorted(ts, due, side="left") - 1
        self._closes[i, self._at[i] : end] = np.where(before >= 0, mid[np.maximum(before, 0)], self._last[i])
        self._at[i], self._last[i] = end, float(mid[-1])

    def closes(self, base: str) -> Closes:
        """Bars of this base that both legs have."""
        legs = {x.kind: i for i, x in enumerate(self._instruments) if x.base == base}
        count = min(self._at[i] for i in legs.values())
        ts = np.asarray(self._start + np.arange(count) * self._step, np.float64)
        spot, perp = (self._closes[legs[k], :count] for k in (InstrumentKind.SPOT, InstrumentKind.PERP))
        return Closes(ts, spot, perp, np.zeros(count))


def flow_of(rows: Rows, inst: int) -> Flow:
    """What one instrument did, in the words of `statistics`. Times are venue times."""
    mine = take(rows, rows.inst == inst)
    t = mine.ts / SECOND_NS
    bid, ask = ((mine.kind == Kind.BBO) & (mine.side == side) for side in (1, -1))
    trade, level = mine.kind == Kind.TRADE, mine.kind == Kind.LEVEL
    bbo = np.column_stack([t[bid], mine.px[bid], mine.qty[bid], mine.px[ask], mine.qty[ask]])
    trades = np.column_stack([t[trade], mine.px[trade], mine.qty[trade], mine.side[trade]])
    levels = np.column_stack([t[level], mine.px[level], mine.qty[level], mine.side[level]])
    # A message of levels alone, or levels and the touch together, is what a venue sends as a depth message.
    starts = np.r_[True, (mine.flags[:-1] & END) > 0]
    return Flow(bbo, trades, levels, int((starts & level).sum()))


def _play(scenario: Scenario, instruments: list[Instrument], seconds: float, seed: int) -> Iterator[Rows]:
    return generate(
        scenario,
        instruments=instruments,
        start_ns=START_NS,
        duration_ns=int(seconds * SECOND_NS),
        seed=seed,
        block_rows=1 << 18,
    )


def generated_bars(scenario: Scenario, bases: list[str], days: float, step_s: float, seed: int) -> Bars:
    """Plays a scenario for `days` and keeps the closes of bars of `step_s`."""
    instruments = simulated_pairs(bases)
    bars = Bars(instruments, START_NS, step_s, int(days * DAY_S / step_s))
    for block in _play(scenario, instruments, days * DAY_S, seed):
        bars.add(block)
    return bars


def generated_minutes(seconds: float, seed: int) -> tuple[dict[str, Leg], Minutes]:
    """Book and flow figures of the legs that were captured, and the basis of BTC every 250 ms, at full
    rates."""
    instruments = simulated_pairs(["BTC", "ETH"])
    rows = concat(list(_play(SCENARIOS["typical"].fine(), instruments, seconds, seed)))
    source = f"scenario typical, full rates, {seconds:.0f} s, seed {seed}"
    legs, flows = {}, {}
    for inst, instrument in enumerate(instruments):
        name = f"{instrument.kind.value}.{instrument.base}"
        flows[name] = flow_of(rows, inst)
        if name in figures().legs:
            legs[name] = leg_figures(flows[name], float(instrument.tick), source)
    measured = figures().finer["250ms.BTC"]
    grid, spot = middle(flows["spot.BTC"], measured.step_s)
    perp = flows["perp.BTC"].bbo
    closes = Closes(
        grid, spot, sampled(perp[:, 0], (perp[:, 1] + perp[:, 3]) / 2.0, grid), np.zeros(len(grid))
    )
    lags = [int(lag) for lag in measured.basis_acf]
    return legs, finer_figures(closes, measured.step_s, lags, source)


def faithfulness(
    *, days: float = 243.0, minute_days: float = 15.0, seconds: float = 415.0, seed: int = 1
) -> Faithfulness:
    """Generate as much as the recorded series hold, or less, and measure it the same way."""
    measured = figures()
    typical = SCENARIOS["typical"]
    bars = generated_bars(typical.coarse(150 * SECOND_NS), list(measured.pairs), days, STEP_S, seed)
    half_lives = measured.basis_half_lives_s
    source = f"scenario typical, 150 s steps, {days:g} days, seed {seed}"
    pairs = {}
    for base in measured.pairs:
        closes, funding = bars.closes(base), np.array(bars.funding[base])
        pairs[base] = pair_figures(closes, funding, source=source, half_lives_s=half_lives)
    legs, ticks = generated_minutes(seconds, seed)
    finer = {"250ms.BTC": ticks}
    fine = generated_bars(typical.coarse(10 * SECOND_NS), ["BTC", "ETH"], minute_days, 60.0, seed)
    for base in ("BTC", "ETH"):
        lags = [int(lag) for lag in measured.finer[f"1m.{base}"].basis_acf]
        source = f"scenario typical, 10 s steps, {minute_days:g} days, seed {seed}"
        finer[f"1m.{base}"] = finer_figures(fine.closes(base), 60.0, lags, source)
    demo, hours = SCENARIOS["demo"], 36.0
    acts = [
        (act.name, (first - START_NS) / HOUR_NS, (last - START_NS) / HOUR_NS)
        for act, first, last in spans(demo, START_NS, int(hours * HOUR_NS))
    ]
    story = generated_bars(demo, ["BTC"], hours / 24.0, 60.0, seed).closes("BTC")
    return Faithfulness(measured, pairs, finer, legs, seed, days, story, acts)
