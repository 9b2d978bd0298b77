"""From the config's [sentinel] tables to the strategy's own parameters."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from titan.model.instrument import Instrument
from titan.runtime.config import Config, SentinelConfig
from titan.strategies.sentinel.params import Lane, Pair, SentinelParams, find_pairs


def sentinel_params(
    config: Config, instruments: Sequence[Instrument], sample_s: float
) -> dict[str, SentinelParams]:
    """Parameters of every pair on the tape, its instruments' files applied. `sample_s` is used where the
    config leaves the sampling to the tape.
    """
    found: dict[str, SentinelParams] = {}
    pairs = find_pairs(instruments)
    lanes = lanes_of(config, pairs)
    for pair in pairs:
        found[pair.name] = _params(config.sentinel_for(pair.spot.id, pair.perp.id), config, sample_s, lanes)
    return found


def lanes_of(config: Config, pairs: Sequence[Pair]) -> tuple[Lane, ...]:
    """Where quote may be carried between the venues of these pairs: as the config's venues say, the first way
    of each; where it names no venues, from any to any. A backtest of a live config does what that would.
    """
    if not config.sentinel.rebalance_venues:
        return ()
    ends = dict.fromkeys((pair.perp.venue, pair.perp.settle) for pair in pairs)
    used = config.venues.used()
    if not used:
        return tuple(Lane(a, b, asset) for a, asset in ends for b, other in ends if a != b and asset == other)
    found: dict[tuple[str, str, str], Lane] = {}
    for name, venue in used.items():
        for way in venue.withdraw.ways() if venue.withdraw.key else ():
            if way.venue != name and (name, way.asset) in ends and (way.venue, way.asset) in ends:
                lane = Lane(name, way.venue, way.asset, way.network)
                found.setdefault((name, way.venue, way.asset), lane)
    return tuple(found.values())


def _params(s: SentinelConfig, config: Config, sample_s: float, lanes: tuple[Lane, ...]) -> SentinelParams:
    return SentinelParams(
        window=s.window,
        sample_seconds=s.sample_seconds or sample_s,
        warmup=s.min_warmup,
        entry_z=s.entry_z,
        exit_z=s.exit_z,
        min_edge_bps=s.min_edge_bps,
        hold_hours=s.hold_hours,
        max_skew_ms=s.sample_skew_ms,
        funding_hurdle_apr=s.funding_hurdle_apr,
        funding_exit_intervals=s.funding_exit_intervals,
        forecast_halflife=s.forecast_halflife,
        deploy_share=_share(s.deploy_share),
        core_share=_share(s.core_share),
        satellite_share=_share(s.satellite_share),
        futures_share=_share(s.futures_share),
        pair_limit=s.pair_limit_usd,
        clip=s.clip_usd,
        gap_seconds=(s.gap_seconds_min, s.gap_seconds_max),
        leg_deadline_ms=s.leg_deadline_ms,
        slippage_cap_bps=s.slippage_cap_bps,
        leverage_limit=_share(config.simulation.leverage),
        margin_top_up=_share(s.margin_top_up),
        margin_ceiling=_share(s.margin_ceiling),
        margin_floor=_share(s.margin_floor),
        clip_share=_share(config.limits.delta_warn) * 3 / 4,
        check_seconds=s.check_seconds,
        routing=s.routing,
        cross_hurdle_bps=s.cross_hurdle_bps,
        core_hold_days=s.core_hold_days,
        rebalance_days=s.rebalance_days,
        lanes=lanes,
        rebalance_share=_share(s.rebalance_share),
        rebalance_cost=_share(s.rebalance_cost_bps) / 10_000,
        withdrawal_cost=s.withdrawal_cost,
        withdrawal_costs=s.withdrawals(),
        vacuum_window_s=s.vacuum_window_s,
        vacuum_liquidations=s.vacuum_liquidations_usd,
        vacuum_entry_bps=s.vacuum_entry_bps,
        vacuum_target_bps=s.vacuum_target_bps,
        vacuum_hold_hours=s.vacuum_hold_hours,
        vacuum_loss_bps=s.vacuum_loss_bps,
    )


def _share(value: float) -> Decimal:
    return Decimal(repr(float(value)))
