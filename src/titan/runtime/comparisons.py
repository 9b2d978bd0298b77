"""What simpler things would have made of the same capital over the same tape, after their own costs.

Each is a curve of the NAV, measured as the run's own is. Cash is worth what it was, or grows by the
configured risk-free rate. Coins are bought at the first price known and sold at the last, with a half spread
and the taker fee each time. Plain funding harvesting is played by the simulator (`runtime/harvest.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from titan.portfolio.performance import DAY_NS, DAYS_PER_YEAR, max_drawdown, performance
from titan.portfolio.trades import TradeRecord
from titan.runtime.observe import EquityPoint
from titan.runtime.session import Session, bar_ns
from titan.strategies.sentinel.params import Pair

Times = NDArray[np.int64]
Values = NDArray[np.float64]
Json = dict[str, object]

HARVEST: Final = "Plain funding harvesting"
FEWEST: Final = 2
"""Marks that make a curve."""


class Curve(msgspec.Struct, frozen=True):
    """One way to spend the capital. `kind` is cash, harvest, coin or basket; `nav` is in quote units at `ts`,
    ns."""

    kind: str
    name: str
    note: str
    ts: Times
    nav: Values


def comparisons(session: Session, harvest: Session | None) -> list[Curve]:
    """All curves over the run's own span. `harvest` is a finished session of plain harvesting, if one was
    played and had something to do."""
    capital = float(session.config.run.capital)
    ts = np.array([p.ts for p in session.observer.equity], np.int64)
    if len(ts) < FEWEST:
        return []
    return [*_cash(session, capital, ts), *_harvested(harvest), *_coins(session, capital, ts)]


def documents(session: Session, curves: Sequence[Curve]) -> list[Json]:
    """The curves' figures for report.json, by the definitions of `portfolio.performance`."""
    report = session.config.report
    found: list[Json] = []
    for curve in curves:
        none: list[TradeRecord] = []
        figures = performance(
            curve.ts, curve.nav, none,
            risk_free_apr=report.risk_free_apr, days_per_year=report.days_per_year,
        )  # fmt: skip
        fall = max_drawdown(curve.ts, curve.nav)
        found.append(
            {
                "kind": curve.kind,
                "name": curve.name,
                "note": curve.note,
                "return": figures.total_return,
                "annual_return": figures.annual_return,
                "annual_volatility": figures.annual_volatility,
                "sharpe": None if curve.kind == "cash" else figures.sharpe,
                "max_drawdown": fall.depth if fall else 0.0,
            }
        )
    return found


def _cash(session: Session, capital: float, ts: Times) -> list[Curve]:
    found = [Curve("cash", "Hold cash", "without interest", ts, np.full(len(ts), capital))]
    rate = session.config.report.risk_free_apr
    if rate > 0:
        years = (ts - ts[0]) / (DAY_NS * DAYS_PER_YEAR)
        name = f"Cash at {rate * 100:g} % a year"
        note = "at report.risk_free_apr, compounded"
        found.append(Curve("cash", name, note, ts, capital * (1.0 + rate) ** years))
    return found


def _harvested(harvest: Session | None) -> list[Curve]:
    if harvest is None or not harvest.observer.fills:
        return []
    points: Sequence[EquityPoint] = harvest.observer.equity
    ts = np.array([p.ts for p in points], np.int64)
    nav = np.array([float(p.nav) for p in points])
    note = "every pair opened at its first chance, held to the end, closed; the same split, clips and fees"
    return [Curve("harvest", HARVEST, note, ts, nav)]


def _coins(session: Session, capital: float, ts: Times) -> list[Curve]:
    """Each coin whose data last to the end, once, and all of them in equal parts, never rebalanced."""
    found: list[Curve] = []
    for pair, state in zip(session.strategy.pairs, session.strategy.states, strict=True):
        log = state["log"][: int(state["log_n"])]
        base = pair.spot.base
        known = any(curve.name.endswith(f" {base}") for curve in found)
        if known or len(log) < FEWEST or session.span.closing_ns[pair.name] is not None:
            continue
        nav = capital * held(ts, log["ts"], log["spot"], *_costs(session, pair))
        found.append(
            Curve(
                "coin", f"Buy and hold {base}", "bought first, sold last, with fee and half spread", ts, nav
            )
        )
    if len(found) > 1:
        note = "bought first, sold last, never rebalanced, with fees and half spreads"
        nav = np.mean([curve.nav for curve in found], axis=0)
        found.append(Curve("basket", "Equal-weight basket", note, ts, nav))
    return found


def held(ts: Times, times: Times, mids: Values, fee: float, half: float) -> Values:
    """What 1 becomes at `ts` when it buys at the first of `mids` (known at `times`) and sells at the last.

    It pays `fee` and `half` (a half spread), fractions, on each of the two trades; in between it is worth
    what the coins are at the mid, before the first price it is cash.
    """
    at = np.searchsorted(times, ts, side="right") - 1
    coins = (1.0 - fee) / (float(mids[0]) * (1.0 + half))
    worth: Values = np.where(at >= 0, coins * mids[np.maximum(at, 0)], 1.0)
    worth[-1] = coins * float(mids[-1]) * (1.0 - half) * (1.0 - fee)
    return worth


def _costs(session: Session, pair: Pair) -> tuple[float, float]:
    """Taker fee and half spread of the spot: as assumed for bars, half a tick where the tape has books."""
    log = session.strategy.states[session.strategy.pairs.index(pair)]["log"]
    half = session.models.half_spread if bar_ns(session.tape) else float(pair.spot.tick) / 2 / log["spot"][0]
    return float(pair.spot.fees.taker), float(half)
