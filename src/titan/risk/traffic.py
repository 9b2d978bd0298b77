"""Gates that look at the other orders: how many are on their way, how fast they leave, and whether two of
ours would meet.
"""

from __future__ import annotations

from titan.model.order import OrderType, TimeInForce
from titan.model.signal import Intent, Purpose
from titan.risk.decision import ALLOW, Decision, Reason, refuse
from titan.risk.standing import Limits, Opposing, SelfTrade, Standing


def open_orders(intent: Intent, standing: Standing, limits: Limits) -> Decision:
    if intent.purpose is Purpose.ENTRY and standing.open_orders >= limits.max_open_orders:
        return refuse(
            "open orders", Reason.TOO_MANY_ORDERS, open=standing.open_orders, limit=limits.max_open_orders
        )
    return ALLOW


def open_here(intent: Intent, standing: Standing, limits: Limits) -> Decision:
    if intent.purpose is Purpose.ENTRY and standing.open_here >= limits.max_open_orders_here:
        return refuse(
            "open orders here", Reason.TOO_MANY_HERE,
            open=standing.open_here, limit=limits.max_open_orders_here,
        )  # fmt: skip
    return ALLOW


def message_rate(intent: Intent, standing: Standing, limits: Limits) -> Decision:
    """Exits and hedges go whatever the rate; they count, so that entries wait for them."""
    if intent.purpose is not Purpose.ENTRY or standing.tokens is None or standing.tokens >= 1:
        return ALLOW
    return refuse("message rate", Reason.TOO_FAST, left=standing.tokens, per_s=limits.orders_per_s)


def self_trade(intent: Intent, standing: Standing, limits: Limits) -> Decision:
    """No order of ours meets another of ours. Venues prevent it too, each in its own way; we know first."""
    for other in standing.opposing:
        if meets(intent, other):
            first = limits.self_trade is SelfTrade.CANCEL_RESTING or intent.purpose is not Purpose.ENTRY
            return refuse(
                "self-trade", Reason.SELF_TRADE_CLEARING if first else Reason.SELF_TRADE,
                order=other.client_id, its_ticks=other.ticks, ticks=_ticks(intent),
            )  # fmt: skip
    return ALLOW


def meets(intent: Intent, other: Opposing) -> bool:
    """Whether the intent's order could trade with `other`, which stands on the other side: one of the two
    must rest, and their prices cross. A stop is unseen until it is triggered, and crosses nothing before.
    """
    if intent.type is OrderType.STOP or not (other.rests or _rests(intent)):
        return False
    ticks = _ticks(intent)
    return not ticks or not other.ticks or (ticks - other.ticks) * intent.side >= 0


def _ticks(intent: Intent) -> int:
    return intent.limit_ticks if intent.type is OrderType.LIMIT else 0


def _rests(intent: Intent) -> bool:
    return intent.type is OrderType.LIMIT and intent.tif in (TimeInForce.GTC, TimeInForce.POST_ONLY)
