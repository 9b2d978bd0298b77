"""The measured figures behind the generator, as read from `measured.json`, and how its parameters follow from
them.

`python -m titan.simulation.market.measure DATA_DIR` writes that file from recorded series; every group of
figures names the series and the dates it comes from. What was not recorded is borrowed from the nearest that
was, in quote units: books and flow of spot from BTC spot, of any other perp from the ETH perp.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import msgspec

MEASURED = Path(__file__).with_name("measured.json")


class Leg(msgspec.Struct, frozen=True):
    """Book and flow of one instrument, from a raw capture. Notionals are in the quote asset, rates a
    second."""

    source: str
    bbo_rate: float
    depth_rate: float
    levels_per_depth: float
    order_rate: float
    """Orders: trades of one side at one time are one order."""
    trades_per_order: float
    order_fano: float
    """Variance over mean of the orders in a second: 1 were Poisson."""
    sign_acf: list[float]
    """Autocorrelation of order signs at lags 1, 2, 5, 10, 20."""
    trade_quantiles: list[float]
    """Notional of a trade at `statistics.QUANTILES`."""
    trade_tail: float
    """Hill exponent of the largest 2 % of trades."""
    touch_quantiles: list[float]
    """Notional shown at one touch, over all messages."""
    depth_per_bp: float
    """Notional of one basis point of a side, 1 to 5 bps from the middle."""
    one_tick_share: float
    """Share of time at a spread of one tick."""
    second_volatility_bps: float
    still_share: float
    """Share of seconds without a move of the middle."""


class Pair(msgspec.Struct, frozen=True):
    """Price and basis of one base asset, from 5-minute closes of spot and perp. Basis is perp over spot,
    bps."""

    source: str
    price: float
    volatility_bps: float
    """Standard deviation of a 5-minute return, seasonality included."""
    kurtosis: float
    return_tails: dict[str, float]
    """Share of returns beyond 3, 5 and 10 deviations."""
    abs_acf: dict[str, float]
    """Autocorrelation of |return|, the day's pattern removed, by lag in bars."""
    basis_mean_bps: float
    basis_sd_bps: float
    basis_kurtosis: float
    basis_acf: dict[str, float]
    basis_z_share: dict[str, float]
    """Share of bars beyond 2, 3, 4 deviations of the day before."""
    basis_parts_bps: list[float]
    """Deviations of the mean-reverting parts, one for each of `basis_half_lives_s`."""
    basis_half_life_s: float
    """Of a first-order autoregression at 5 minutes: short, because the basis is a sum of slow and quick
    parts."""
    funding_mean: float
    funding_sd: float
    funding_acf1: float
    funding_at_interest: float
    """Share of settlements that paid exactly the interest rate: the premium was within 5 bps of it."""
    funding_negative: float
    funding_quantiles: dict[str, float]
    """At 0, 0.05, 0.5, 0.95 and 1."""
    premium_offset_bps: float
    """Median of the premium index behind a settled rate less the recorded basis of its interval."""
    funding_error_bps: float
    """Mean distance of the settled rates from the formula on the recorded basis, without that offset."""
    funding_cap: float
    perp_daily_volume: float
    """Base units a day."""


class Minutes(msgspec.Struct, frozen=True):
    """Basis and return at a finer step than the pairs': the same words, another clock."""

    source: str
    step_s: float
    volatility_bps: float
    kurtosis: float
    basis_mean_bps: float
    basis_sd_bps: float
    basis_half_life_s: float
    basis_acf: dict[str, float]


class Delay(msgspec.Struct, frozen=True):
    """Receive minus venue time: `floor` plus a lognormal of this median and deviation. ms."""

    source: str
    floor_ms: float
    median_ms: float
    log_sd: float


class Figures(msgspec.Struct, frozen=True):
    version: int
    season: list[float]
    """Volatility of each UTC hour over the day's."""
    log_volatility_half_lives_s: list[float]
    log_volatility_variances: list[float]
    correlation: float
    """Of 5-minute returns, mean over pairs of bases."""
    basis_half_lives_s: list[float]
    pairs: dict[str, Pair]
    finer: dict[str, Minutes]
    """Basis at 1 minute (BTC, ETH) and at 250 ms (BTC)."""
    legs: dict[str, Leg]
    """By `kind.BASE` as captured."""
    book_delay: Delay
    mark_delay: Delay
    book_delay_quantiles_ms: dict[str, list[float]]
    """Receive minus event time of each captured stream at 0, 0.01, 0.5, 0.99, 1, clock difference
    included."""
    jumps_per_day: float
    """Assumed, with their size; stochastic volatility makes up the rest of the measured kurtosis."""
    jump_size: float
    """Deviation of a price jump, in deviations of a 5-minute return."""

    def pair(self, base: str) -> Pair:
        """The figures of this base; those of SOL, the most lively measured, for any other."""
        return self.pairs.get(base, self.pairs["SOL"])

    def leg(self, kind: str, base: str) -> Leg:
        return self.legs.get(f"{kind}.{base}") or self.legs["spot.BTC" if kind == "spot" else "perp.ETH"]

    @property
    def log_volatility_variance(self) -> float:
        return math.fsum(self.log_volatility_variances)


@cache
def figures(path: Path = MEASURED) -> Figures:
    """The figures of this version of Titan."""
    return msgspec.json.decode(path.read_bytes(), type=Figures)
