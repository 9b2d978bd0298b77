"""BTCUSDT spot and perp as two hftbacktest assets: for all suites that trade the pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hftbacktest import BacktestAsset, HashMapMarketDepthBacktest, ROIVectorMarketDepthBacktest
from numpy.typing import NDArray

RULES = ((0.01, 0.00001), (0.1, 0.001))
"""(tick, lot) of spot and perp."""


def engine(
    legs: Sequence[NDArray[np.void]], *, latency_ns: int, maker: float, taker: float, roi: bool
) -> Any:
    """Over the rows of spot and perp; `roi` takes the price-range vector book instead of the hash map."""
    assets = []
    for rows, (tick, lot) in zip(legs, RULES, strict=True):
        asset = (
            BacktestAsset()
            .data(rows)
            .linear_asset(1.0)
            .constant_order_latency(latency_ns, latency_ns)
            .power_prob_queue_model(2.0)
            .partial_fill_exchange()
            .trading_value_fee_model(maker, taker)
            .tick_size(tick)
            .lot_size(lot)
        )
        if roi:
            asset = asset.roi_lb(float(rows["px"].min())).roi_ub(float(rows["px"].max()))
        assets.append(asset)
    return (ROIVectorMarketDepthBacktest if roi else HashMapMarketDepthBacktest)(assets)


def worth(hbt: Any) -> float:
    """Profit of both legs, what is still held at the mid, fees paid."""
    states = [hbt.state_values(leg) for leg in (0, 1)]
    mids = [(hbt.depth(leg).best_bid + hbt.depth(leg).best_ask) / 2 for leg in (0, 1)]
    return float(sum(s.balance - s.fee + s.position * mid for s, mid in zip(states, mids, strict=True)))
