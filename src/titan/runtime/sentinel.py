"""From the config's [sentinel] tables to the strategy's own parameters."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from titan.model.instrument import Instrument
from titan.model.pair import Lane
from titan.runtime.config import Config, SentinelConfig
from titan.strategies.sentinel.params import Pair, SentinelParams, find_pairs


def sentinel_params(
    config: Config, instruments: Sequence[Instrument], sample_s: float, lanes: tuple[Lane, ...] = ()
) -> dict[str, SentinelParams]:
    """Parameters of every pair on the tape, its instruments' files applied. `sample_s` is used where the
    config leaves the sampling to the tape; `lanes` are those along which quote may be
    carried between venues.
    """
    found: dict[str, SentinelParams] = {}
    for pair in find_pairs(instruments):
        found[pair.name] = _params(config.sentinel_for(pair.spot.id, pair.perp.id), config, sample_s, lanes)
    return found


def every_lane(config: Config, pairs: Sequence[Pair]) -> tuple[Lane, ...]:
    """Where quote may be carried in a backtest: between any two venues of these pairs that have it."""
    if not config.sentinel.rebalance_venues:
        return ()
    ends = dict.fromkeys((pair.perp.venue, pair.perp.settle) for pair in pairs)
    return tuple(Lane(a, b, asset) for a, asset in ends for b, other in ends if a != b and asset == other)


def named_lanes(config: Config, pairs: Sequence[Pair]) -> tuple[Lane, ...]:
    """The same of a run on live data: along the ways that its venues' settings name, the first of each, where
    a key may withdraw.
    """
    found: list[Lane] = []
    used = config.venues.used()
    for lane in every_lane(config, pairs):
        withdraw = used[lane.source].withdraw if lane.source in used else None
        if withdraw is None or not withdraw.key:
            continue
        ways = [w for w in withdraw.ways() if (w.venue, w.asset) == (lane.target, lane.asset)]
        found += [Lane(lane.source, lane.target, lane.asset, way.network) for way in ways[:1]]
    return tuple(found)


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
