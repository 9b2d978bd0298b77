"""Why something was not done, in Bybit's words.

docs/v5/error and docs/v5/enum (rejectReason, cancelType; read 2026-11-21). What would take liquidity or could
not be filled at once is accepted first and then cancelled with a reason; what cannot be paid is refused.
"""

from __future__ import annotations

from typing import Final

from titan.doubles.refusal import Refusal

REFUSALS: Final[dict[int, tuple[int, str]]] = {
    Refusal.BAD_SIZE: (10001, "Qty invalid"),
    Refusal.BAD_PRICE: (110003, "Order price exceeds the allowable range."),
    Refusal.MIN_QTY: (10001, "The number of contracts exceeds minimum limit allowed"),
    Refusal.MIN_NOTIONAL: (110094, "Order does not meet minimum order value 5USDT"),
    Refusal.REDUCE_ONLY: (110017, "current position is zero, cannot fix reduce-only order qty"),
    Refusal.NO_BALANCE: (110007, "ab not enough for new order"),
    Refusal.NO_MARGIN: (110007, "ab not enough for new order"),
    Refusal.UNKNOWN_ORDER: (110001, "order not exists or too late to cancel"),
    Refusal.ALREADY_DONE: (110001, "order not exists or too late to cancel"),
    Refusal.UNKNOWN_INSTRUMENT: (10001, "params error: symbol invalid"),
    Refusal.TICK_SIZE: (10001, "price invalid"),
    Refusal.LOT_SIZE: (10001, "Qty invalid"),
    Refusal.DUPLICATE_CLIENT_ID: (110072, "OrderLinkedID is duplicate"),
    Refusal.NOT_CARRIED: (10001, "params error: this double does not carry it"),
    Refusal.NOTHING_TO_AMEND: (10001, "The order remains unchanged as the parameters entered match the"
                               " existing ones."),
    Refusal.NO_WALLET: (131203, "Request parameter error"),
    Refusal.BAD_AMOUNT: (131215, "amount error"),
    Refusal.BAD_LEVERAGE: (110013, "cannot set leverage due to risk limit"),
    Refusal.UNCHANGED: (110043, "leverage not modified"),
    Refusal.ORDERS_OR_POSITION_OPEN: (110024, "You have an existing position, so position mode cannot be"
                                      " switched"),
    Refusal.INJECTED: (10024, "Compliance rules triggered"),
}  # fmt: skip
"""Of contracts, by reason."""
SPOT_REFUSALS: Final[dict[int, tuple[int, str]]] = REFUSALS | {
    Refusal.BAD_SIZE: (170137, "Order quantity has too many decimals."),
    Refusal.BAD_PRICE: (170134, "Order price has too many decimals."),
    Refusal.TICK_SIZE: (170134, "Order price has too many decimals."),
    Refusal.LOT_SIZE: (170137, "Order quantity has too many decimals."),
    Refusal.MIN_QTY: (170136, "Order quantity exceeded lower limit."),
    Refusal.MIN_NOTIONAL: (170140, "Order value exceeded lower limit."),
    Refusal.NO_BALANCE: (170131, "Insufficient balance."),
    Refusal.NO_MARGIN: (170131, "Insufficient balance."),
    Refusal.UNKNOWN_ORDER: (170213, "Order does not exist."),
    Refusal.ALREADY_DONE: (170213, "Order does not exist."),
    Refusal.DUPLICATE_CLIENT_ID: (170141, "Duplicate clientOrderId."),
}
ENDINGS: Final[dict[int, tuple[str, str]]] = {
    Refusal.POST_ONLY_CROSSES: ("UNKNOWN", "EC_PostOnlyWillTakeLiquidity"),
    Refusal.NO_LIQUIDITY: ("UNKNOWN", "EC_NoImmediateQtyToFill"),
    Refusal.IOC_REMAINDER: ("UNKNOWN", "EC_NoImmediateQtyToFill"),
    Refusal.FOK_UNFILLED: ("UNKNOWN", "EC_NoEnoughQtyToFill"),
    Refusal.SELF_TRADE: ("CancelBySmp", "EC_PerCancelRequest"),
    Refusal.BY_USER: ("CancelByUser", "EC_PerCancelRequest"),
    Refusal.BY_LIQUIDATION: ("CancelAllBeforeLiq", "EC_PerCancelRequest"),
}
"""`cancelType` and `rejectReason` of an order that was accepted and ended unfilled."""


def refusal(reason: int, *, spot: bool) -> tuple[int, str]:
    """retCode and retMsg; what Bybit would not name is a server error."""
    return (SPOT_REFUSALS if spot else REFUSALS).get(reason, (10016, "Server error."))


def ending(reason: int) -> tuple[str, str]:
    return ENDINGS.get(reason, ("UNKNOWN", "EC_NoError"))
