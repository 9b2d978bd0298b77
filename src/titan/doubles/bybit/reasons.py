"""Why the matching engine did not do what was asked, in Bybit's words.

docs/v5/error and docs/v5/enum (rejectReason, cancelType; read 2026-11-21). What would take liquidity or could
not be filled at once is accepted first and then cancelled with a reason; what cannot be paid is refused.
"""

from __future__ import annotations

from typing import Final

from titan.simulation import records as r

REFUSALS: Final[dict[int, tuple[int, str]]] = {
    r.BAD_SIZE: (10001, "Qty invalid"),
    r.BAD_PRICE: (110003, "Order price exceeds the allowable range."),
    r.MIN_QTY: (10001, "The number of contracts exceeds minimum limit allowed"),
    r.MIN_NOTIONAL: (110094, "Order does not meet minimum order value 5USDT"),
    r.REDUCE_ONLY: (110017, "current position is zero, cannot fix reduce-only order qty"),
    r.NO_BALANCE: (170131, "Insufficient balance."),
    r.NO_MARGIN: (110007, "ab not enough for new order"),
    r.UNKNOWN_ORDER: (110001, "order not exists or too late to cancel"),
}
"""Of contracts, by reason of `titan.simulation.records`."""
SPOT_REFUSALS: Final[dict[int, tuple[int, str]]] = REFUSALS | {
    r.BAD_SIZE: (170137, "Order quantity has too many decimals."),
    r.BAD_PRICE: (170134, "Order price has too many decimals."),
    r.MIN_QTY: (170136, "Order quantity exceeded lower limit."),
    r.MIN_NOTIONAL: (170140, "Order value exceeded lower limit."),
    r.NO_MARGIN: (170131, "Insufficient balance."),
    r.UNKNOWN_ORDER: (170213, "Order does not exist."),
}
ENDINGS: Final[dict[int, tuple[str, str]]] = {
    r.POST_ONLY_CROSSES: ("UNKNOWN", "EC_PostOnlyWillTakeLiquidity"),
    r.NO_LIQUIDITY: ("UNKNOWN", "EC_NoImmediateQtyToFill"),
    r.IOC_REMAINDER: ("UNKNOWN", "EC_NoImmediateQtyToFill"),
    r.FOK_UNFILLED: ("UNKNOWN", "EC_NoEnoughQtyToFill"),
    r.SELF_TRADE: ("CancelBySmp", "EC_PerCancelRequest"),
    r.BY_USER: ("CancelByUser", "EC_PerCancelRequest"),
    r.BY_LIQUIDATION: ("CancelAllBeforeLiq", "EC_PerCancelRequest"),
}
"""`cancelType` and `rejectReason` of an order that was accepted and ended unfilled."""


def refusal(reason: int, *, spot: bool) -> tuple[int, str]:
    """retCode and retMsg; what Bybit would not name is a server error."""
    return (SPOT_REFUSALS if spot else REFUSALS).get(reason, (10016, "Server error."))


def ending(reason: int) -> tuple[str, str]:
    return ENDINGS.get(reason, ("UNKNOWN", "EC_NoError"))
