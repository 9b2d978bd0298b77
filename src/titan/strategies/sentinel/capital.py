"""How much a pair may hold, and how quote is split between the spot and the perp wallet. Pure and exact."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from titan.model.pair import PairType
from titan.strategies.sentinel.params import SentinelParams

HEADROOM: Final = Decimal("0.95")
"""A holding is planned a little below its share, so that prices may rise while it is built up clip by clip.
"""
AFFORD: Final = Decimal("0.995")
"""Of the quote that is there so much may be spent on coins: fees, and a price that moves on, take the rest.
"""
TRANSFER_STEP: Final = Decimal("0.02")
"""Transfers smaller than this share of NAV are not worth a move."""


def share(params: SentinelParams, kind: PairType) -> Decimal:
    """The share of the deployable capital that holdings of this type may use in all (SEN-3)."""
    return params.core_share if kind is PairType.CORE else params.satellite_share


def capital_of(params: SentinelParams, notional: Decimal) -> Decimal:
    """Capital tied up by a pair of this spot notional: the spot leg, and collateral for the perp in the
    same split.
    """
    return notional / (1 - params.futures_share)


def entry_notional(
    params: SentinelParams, kind: PairType, *, nav: Decimal, used: Decimal, pairs: int, spot_quote: Decimal
) -> Decimal:
    """Spot notional that a new holding may take: its equal part of its type's share, never more than is free.

    `used` is the capital that holdings of this type already tie up, `pairs` the number of pairs that share
    the budget.
    """
    budget = nav * params.deploy_share * share(params, kind)
    capital = min(budget / pairs, budget - used) * HEADROOM
    notional = min(capital * (1 - params.futures_share), spot_quote * AFFORD)
    if params.pair_limit:
        notional = min(notional, params.pair_limit)
    return max(notional, Decimal(0))


def utilisation(params: SentinelParams, perp_notional: Decimal, perp_equity: Decimal) -> Decimal:
    """Margin in use as a share of what the leverage limit allows; 1 when equity is gone."""
    if perp_notional == 0:
        return Decimal(0)
    if perp_equity <= 0:
        return Decimal(1)
    return perp_notional / (params.leverage_limit * perp_equity)
