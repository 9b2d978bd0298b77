"""Sentinel's parameters, as its kernel and its decisions take them. The user-facing form stands in the
config.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from decimal import Decimal
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from titan.model.errors import ConfigError
from titan.model.instrument import Instrument, InstrumentKind
from titan.model.money import STABLECOINS
from titan.model.pair import Lane
from titan.strategies.sentinel.cascade import SLOTS

NS: Final = 1_000_000_000
HOUR_MS: Final = 3_600_000.0
NEVER: Final = 1 << 62
"""Cents that are never liquidated."""

PARAMS = np.dtype(
    [
        ("entry_z", "f8"), ("exit_z", "f8"), ("min_edge_bps", "f8"),
        ("sample_ns", "i8"), ("max_skew_ns", "i8"), ("warmup", "i8"), ("window", "i8"),
        ("probe_quote", "f8"),        # notional whose executable basis is asked for
        ("hold_ms", "f8"),            # expected holding time of a satellite
        ("hurdle_apr", "f8"),         # annualised funding forecast that opens a core pair
        ("exit_intervals", "i8"),     # settlements below zero that close it
        ("forecast_weight", "f8"),    # of the newest rate in the exponential forecast
        ("liquidation_slot_ns", "i8"),  # one slot of the window in which liquidations are summed
        ("liquidation_cents", "i8"),  # the notional that makes a vacuum
        ("vacuum_entry_bps", "f8"), ("vacuum_target_bps", "f8"), ("vacuum_loss_bps", "f8"),
        ("vacuum_hold_ns", "i8"),
    ],
    align=True,
)  # fmt: skip


class SentinelParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Units in the names; shares are fractions of NAV or of their parent; see docs/strategies/sentinel.md."""

    window: int = 720
    sample_seconds: float = 1.0
    warmup: int = 60
    entry_z: float = 2.0
    exit_z: float = 0.0
    min_edge_bps: float = 1.0
    hold_hours: float = 8.0
    max_skew_ms: float = 2000.0
    funding_hurdle_apr: float = 0.05
    funding_exit_intervals: int = 3
    forecast_halflife: float = 3.0
    deploy_share: Decimal = Decimal("0.90")
    core_share: Decimal = Decimal("0.80")
    satellite_share: Decimal = Decimal("0.20")
    futures_share: Decimal = Decimal("0.50")
    pair_limit: Decimal = Decimal(0)
    """Largest notional of one pair in quote units; 0 for no limit beyond the shares."""
    clip: Decimal = Decimal(500)
    gap_seconds: tuple[float, float] = (30.0, 90.0)
    leg_deadline_ms: float = 2000.0
    slippage_cap_bps: float = 10.0
    leverage_limit: Decimal = Decimal(3)
    margin_top_up: Decimal = Decimal("0.30")
    margin_ceiling: Decimal = Decimal("0.50")
    margin_floor: Decimal = Decimal("0.10")
    clip_share: Decimal = Decimal("0.015")
    """The largest clip as a share of NAV: below what the guard warns of."""
    check_seconds: float = 3600.0
    vacuum_window_s: float = 300.0
    vacuum_liquidations: Decimal = Decimal(1_000_000)
    """In quote units; 0 for no vacuums."""
    vacuum_entry_bps: float = -50.0
    vacuum_target_bps: float = -5.0
    vacuum_hold_hours: float = 4.0
    vacuum_loss_bps: float = 100.0
    routing: bool = True
    cross_hurdle_bps: float = 5.0
    core_hold_days: float = 14.0
    rebalance_days: float = 7.0
    withdrawal_cost: Decimal = Decimal(1)
    withdrawal_costs: dict[str, Decimal] = {}
    """By `venue ASSET`, in the ledger's currency."""
    lanes: tuple[Lane, ...] = ()
    """Where quote may be carried when a venue's shorts need it; none: it stays where it is."""
    rebalance_share: Decimal = Decimal("0.05")
    rebalance_cost: Decimal = Decimal("0.005")
    """The most that a withdrawal may cost, as a share of what it carries."""

    def record(self) -> NDArray[np.void]:
        """The kernel's parameters as one record."""
        out = np.zeros(1, PARAMS)
        out[0] = (
            self.entry_z, self.exit_z, self.min_edge_bps,
            round(self.sample_seconds * NS), round(self.max_skew_ms * 1e6), self.warmup, self.window,
            float(self.clip), self.hold_hours * HOUR_MS,
            self.funding_hurdle_apr, self.funding_exit_intervals,
            1.0 - 0.5 ** (1.0 / self.forecast_halflife),
            max(1, round(self.vacuum_window_s * NS) // SLOTS),
            round(self.vacuum_liquidations * 100) or NEVER,
            self.vacuum_entry_bps, self.vacuum_target_bps, self.vacuum_loss_bps,
            round(self.vacuum_hold_hours * HOUR_MS * 1e6),
        )  # fmt: skip
        return out


class Pair(msgspec.Struct, frozen=True):
    """A spot and a perp of one base, with their places on the tape. Signals are given for those at one venue;
    a holding may have its legs at two. Where they are quoted in two stablecoins, `rate_index` is the place of
    the spot instrument between these; `rate_inverse` says that it is quoted in the perp's.
    """

    name: str
    spot: Instrument
    perp: Instrument
    spot_index: int
    perp_index: int
    rate_index: int = -1
    rate_inverse: bool = False


def find_pairs(instruments: Sequence[Instrument]) -> list[Pair]:
    """Every spot that has a perp of the same base and venue: of the same quote, or else of another stablecoin
    whose price in the spot's is on the tape. Raises ConfigError when there is none.
    """
    perps = {
        (i.venue, i.base, i.quote): (n, i) for n, i in enumerate(instruments) if i.kind is InstrumentKind.PERP
    }
    found: list[Pair] = []
    taken: set[int] = set()
    spots = [(n, i) for n, i in enumerate(instruments) if i.kind is InstrumentKind.SPOT]
    for n, spot in spots:
        match = perps.get((spot.venue, spot.base, spot.quote))
        if match:
            found.append(Pair(spot.base, spot, match[1], n, match[0]))
            taken |= {n, match[0]}
    for n, spot in spots:
        if n not in taken and spot.quote in STABLECOINS and spot.base not in STABLECOINS:
            mixed = _mixed(n, spot, instruments, taken)
            found += mixed
            taken |= {p.perp_index for p in mixed}
    if not found:
        names = ", ".join(i.id for i in instruments) or "none"
        raise ConfigError(
            f"Sentinel needs a spot and a perp of one base at one venue; the tape has: {names}",
            remedy="import both series into one tape: titan tape import SPOT PERP --out DIR",
        )
    return _named(found)


def _mixed(n: int, spot: Instrument, instruments: Sequence[Instrument], taken: Set[int]) -> list[Pair]:
    """The first perp of another stablecoin that no spot of its own quote has, where the rate is known."""
    for m, perp in enumerate(instruments):
        alike = (perp.venue, perp.base) == (spot.venue, spot.base) and perp.kind is InstrumentKind.PERP
        if not alike or m in taken or perp.quote not in STABLECOINS:
            continue
        for r, rate in enumerate(instruments):
            coins = rate.base, rate.quote
            if rate.kind is InstrumentKind.SPOT and coins in (
                (perp.quote, spot.quote),
                (spot.quote, perp.quote),
            ):
                return [Pair(spot.base, spot, perp, n, m, r, rate.base == spot.quote)]
    return []


def _named(pairs: Sequence[Pair]) -> list[Pair]:
    """After the base; the quote and the venue too where the tape has several of them."""
    quotes = {q for p in pairs for q in (p.spot.quote, p.perp.quote)}
    venues = {p.spot.venue for p in pairs}
    found = []
    for pair in pairs:
        name = f"{pair.spot.base}-{pair.perp.quote}" if len(quotes) > 1 else pair.spot.base
        name = f"{name}@{pair.spot.venue}" if len(venues) > 1 else name
        found.append(msgspec.structs.replace(pair, name=name))
    return found
