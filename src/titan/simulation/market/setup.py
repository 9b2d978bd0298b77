"""First states of the kernels: figures, scenario and instrument rules turned into records."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from titan.model.instrument import HOUR_NS, Instrument, InstrumentKind
from titan.simulation.market.book import LEVEL_SD
from titan.simulation.market.figures import Figures, Pair
from titan.simulation.market.path import BASIS_PARTS, FACTOR, PAIR, SKEW, VOLATILITY_PARTS
from titan.simulation.market.scenario import SECOND_NS, Scenario
from titan.simulation.market.sheet import LEG

COMMON_VOLATILITY: Final = 0.75
"""Share of log volatility's variance that all bases have in common."""
_DAY_S: Final = 86_400.0
_BAR_S: Final = 300.0
_BASIS_TAIL: Final = (0.3, 0.3, 0.5, 0.0)
"""Exponent of volatility in the noise of each basis part: quick parts are a little louder when prices
move."""
_POPS_PER_DAY: Final = 0.15
_POP_SIZE: Final = 12.0
"""Dislocations without a cascade: one a week, of this deviation in deviations of the basis, gone within
minutes. They give the measured kurtosis of the basis at the measured (small) share of bars beyond 4
deviations of the day."""
_INTEREST_DAYS: Final = 0.5
"""Open interest in days of the perp's volume: an assumption, no series of it is at hand."""
_EXCITE_HALF_LIFE_S: Final = 0.5
_FANO_SEEN: Final = 2.0
"""A second sees about half of the clustering: the rest falls into later seconds."""
_REPEAT: Final = ((0.0, 0.117, 0.158, 0.216, 0.28, 0.37), (0.0, 0.4, 0.5, 0.6, 0.7, 0.8))
"""Autocorrelation of order signs at lag 1 -> chance to repeat one of the last SIGNS signs, by a simulation of
60,000."""


def _keep(half_life_s: float, dt: float) -> float:
    return float(2.0 ** (-dt / half_life_s))


def _parts(half_lives: list[float], deviations: list[float], dt: float) -> tuple[list[float], list[float]]:
    """Exact discretisation of Ornstein-Uhlenbeck parts: what is kept and the innovation's deviation."""
    keep = [_keep(h, dt) for h in half_lives]
    return keep, [s * math.sqrt(1.0 - k * k) for s, k in zip(deviations, keep, strict=True)]


def _drawn(half_lives: list[float], deviations: list[float], rng: np.random.Generator) -> NDArray[np.float64]:
    """Stationary first values; parts slower than a day begin at zero, so that short runs are near the
    measured mean."""
    z = rng.standard_normal(len(deviations))
    return np.where(np.array(half_lives) < _DAY_S, z * np.array(deviations), 0.0)


def first_factor(figures: Figures, scenario: Scenario, rng: np.random.Generator) -> NDArray[np.void]:
    """The common volatility, as an array of one FACTOR."""
    dt = scenario.step_ns / SECOND_NS
    deviations = [math.sqrt(v) for v in figures.log_volatility_variances]
    factor = np.zeros(1, FACTOR)
    factor["keep"][0], factor["shake"][0] = _parts(figures.log_volatility_half_lives_s, deviations, dt)
    factor["part"][0] = _drawn(figures.log_volatility_half_lives_s, deviations, rng)
    return factor


def first_pair(
    figures: Figures,
    scenario: Scenario,
    legs: tuple[Instrument, Instrument],
    start_ns: int,
    rng: np.random.Generator,
) -> NDArray[np.void]:
    """Price and basis of one base, as an array of one PAIR. `legs` are spot and perp."""
    perp = legs[1]
    measured = figures.pair(perp.base)
    pair = np.zeros(1, PAIR)
    p = pair[0]
    dt = scenario.step_ns / SECOND_NS
    p["dt"] = dt
    _set_price(p, figures, measured, dt, rng)
    _set_basis(p, figures, measured, legs, dt, rng)
    for field, half_life in (
        ("premium_keep", 1200.0), ("gap_keep", 600.0), ("pop_keep", 240.0), ("rebound_keep", 900.0),
        ("stress_keep", 1200.0), ("flow_keep", 20.0), ("trend_keep", 60.0),
    ):  # fmt: skip
        p[field] = _keep(half_life, dt)
    interval = perp.funding_interval_ns or 8 * HOUR_NS
    p["interval"] = interval
    p["interest"] = 1e-4 * interval / (8 * HOUR_NS)
    p["funding_cap"] = measured.funding_cap
    p["next_settle"] = (start_ns // interval + 1) * interval
    p["premium"] = scenario.acts[0].premium_bps
    p["interest_open"] = p["interest_home"] = measured.perp_daily_volume * _INTEREST_DAYS
    p["mark_basis"] = measured.price * (measured.basis_mean_bps + scenario.acts[0].premium_bps) * 1e-4
    return pair


def _set_price(p: np.void, figures: Figures, measured: Pair, dt: float, rng: np.random.Generator) -> None:
    deviations = [math.sqrt(v) for v in figures.log_volatility_variances]
    variance = figures.log_volatility_variance
    bar = measured.volatility_bps * 1e-4
    jumped = figures.jumps_per_day * _BAR_S / _DAY_S * figures.jump_size**2
    p["sigma"] = bar * math.sqrt(max(0.1, 1.0 - jumped) * dt / _BAR_S)
    p["jump_chance"] = figures.jumps_per_day * dt / _DAY_S
    p["jump_size"] = figures.jump_size * bar
    p["h_variance"] = variance
    p["common"], p["own"] = math.sqrt(COMMON_VOLATILITY), math.sqrt(1.0 - COMMON_VOLATILITY)
    # Own volatility and own jumps dilute the correlation of returns: ask for as much more.
    shared = figures.correlation * math.exp(variance * (1.0 - COMMON_VOLATILITY)) / max(0.1, 1.0 - jumped)
    shared = min(shared, 0.97)
    p["common_return"], p["own_return"] = math.sqrt(shared), math.sqrt(1.0 - shared)
    p["keep"], p["shake"] = _parts(figures.log_volatility_half_lives_s, deviations, dt)
    p["part"] = _drawn(figures.log_volatility_half_lives_s, deviations, rng)[:VOLATILITY_PARTS]
    p["log_spot"] = p["shown"] = math.log(measured.price)


def _set_basis(
    p: np.void,
    figures: Figures,
    measured: Pair,
    legs: tuple[Instrument, Instrument],
    dt: float,
    rng: np.random.Generator,
) -> None:
    # The touch stands on the tick grid: so much of the quick part comes by itself.
    deviations = list(measured.basis_parts_bps)
    free = sum((float(leg.tick) / measured.price * 1e4) ** 2 / 12.0 for leg in legs)
    deviations[0] = math.sqrt(max(0.2 * deviations[0] ** 2, deviations[0] ** 2 - free))
    p["slow_size"] = deviations[-1] / math.sqrt(math.exp(SKEW**2) - 1.0)
    deviations[-1] = 1.0
    p["basis_mean"] = measured.basis_mean_bps
    p["basis_keep"], p["basis_shake"] = _parts(figures.basis_half_lives_s, deviations, dt)
    p["basis"] = _drawn(figures.basis_half_lives_s, deviations, rng)[:BASIS_PARTS]
    p["basis_tail"] = _BASIS_TAIL
    p["pop_chance"] = _POPS_PER_DAY * dt / _DAY_S
    p["pop_size"] = _POP_SIZE * measured.basis_sd_bps
    p["premium_offset"] = measured.premium_offset_bps * 1e-4


def first_leg(figures: Figures, scenario: Scenario, instrument: Instrument, inst: int) -> NDArray[np.void]:
    """Book and flow of one instrument, as an array of one LEG."""
    measured = figures.leg(instrument.kind.value, instrument.base)
    value = figures.pair(instrument.base).price
    dt = scenario.step_ns / SECOND_NS
    leg = np.zeros(1, LEG)
    p = leg[0]
    p["inst"], p["perp"], p["step"] = inst, instrument.kind is InstrumentKind.PERP, scenario.step_ns
    p["tick_num"], p["tick_den"] = _ratio(instrument.tick)
    p["lot_num"], p["lot_den"] = _ratio(instrument.lot)
    p["depth"] = scenario.depth
    p["slot"] = _slot(value / float(instrument.tick))
    rate = scenario.activity * dt
    p["bbo_mean"], p["depth_mean"] = measured.bbo_rate * rate, measured.depth_rate * rate
    branching = max(0.0, 1.0 - 1.0 / math.sqrt(_FANO_SEEN * measured.order_fano))
    p["order_mean"] = measured.order_rate * rate * (1.0 - branching)
    keep = _keep(_EXCITE_HALF_LIFE_S, dt)
    p["excite_keep"], p["excite"] = keep, branching * (1.0 - keep) / keep
    p["more_trades"] = 1.0 - 1.0 / measured.trades_per_order
    p["repeat"] = float(np.interp(measured.sign_acf[0], *_REPEAT))
    lot = float(instrument.lot) * value
    p["trade"] = np.log(np.array(measured.trade_quantiles) / lot)
    p["touch"] = np.log(np.array(measured.touch_quantiles) / lot)
    slot_bps = p["slot"] * float(instrument.tick) / value * 1e4
    p["level_log_lots"] = math.log(measured.depth_per_bp * slot_bps / lot) - 0.5 * LEVEL_SD**2
    p["wide"] = 1.0 - measured.one_tick_share
    _set_delays(p, figures)
    p["mark_steps"] = max(1, round(scenario.mark_every_ns / scenario.step_ns))
    p["funding_steps"] = max(1, round(scenario.funding_every_ns / scenario.step_ns))
    return leg


def _set_delays(p: np.void, figures: Figures) -> None:
    book, mark = figures.book_delay, figures.mark_delay
    p["delay_floor"], p["delay_median"], p["delay_sd"] = (
        book.floor_ms * 1e6,
        book.median_ms * 1e6,
        book.log_sd,
    )
    p["mark_delay"], p["mark_sd"] = mark.median_ms * 1e6, mark.log_sd


def _ratio(step: Decimal) -> tuple[int, int]:
    """Exact numerator and denominator: an integer of steps times one, over the other, is rounded once."""
    return step.as_integer_ratio()


def _slot(ticks: float) -> int:
    """The ticks of one basis point of a price of `ticks`, rounded down to 1, 2 or 5 times a power of ten; at
    least 1."""
    width = ticks * 1e-4
    if width < 1.0:
        return 1
    scale = 10 ** math.floor(math.log10(width))
    return int(scale * max(step for step in (1, 2, 5) if step * scale <= width))
