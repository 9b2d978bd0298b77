"""Binance's refusals: code, text and HTTP status.

developers.binance.com, "Error Codes" of spot and of USD-M futures, "Filters" (read 2026-11-21). A refused
order is -2010 on spot with a text that says why, and a code of its own on futures.
"""

from __future__ import annotations

from typing import Final

from titan.doubles.refusal import Refusal

_SPOT: Final[dict[Refusal, tuple[int, str]]] = {
    Refusal.BAD_SIZE: (-1013, "Invalid quantity."), Refusal.BAD_PRICE: (-1013, "Invalid price."),
    Refusal.MIN_QTY: (-1013, "Filter failure: LOT_SIZE"),
    Refusal.LOT_SIZE: (-1013, "Filter failure: LOT_SIZE"),
    Refusal.TICK_SIZE: (-1013, "Filter failure: PRICE_FILTER"),
    Refusal.MIN_NOTIONAL: (-1013, "Filter failure: NOTIONAL"),
    Refusal.POST_ONLY_CROSSES: (-2010, "Order would immediately match and take."),
    Refusal.NO_BALANCE: (-2010, "Account has insufficient balance for requested action."),
    Refusal.DUPLICATE_CLIENT_ID: (-2010, "Duplicate order sent."),
    Refusal.NO_LIQUIDITY: (-2010, "Market is closed."),
    Refusal.INJECTED: (-2010, "This action is disabled on this account."),
    Refusal.UNKNOWN_ORDER: (-2011, "Unknown order sent."),
    Refusal.ALREADY_DONE: (-2011, "Unknown order sent."),
    Refusal.NOTHING_TO_AMEND: (-2038, "The requested action would change no state; rejecting."),
    Refusal.BAD_AMOUNT: (-3026, "Request parameters are invalid."),
    Refusal.NO_WALLET: (-1102, "Mandatory parameter 'type' was not sent, was empty/null, or malformed."),
}  # fmt: skip
_PERP: Final[dict[Refusal, tuple[int, str]]] = {
    Refusal.BAD_SIZE: (-4003, "Quantity less than or equal to zero."),
    Refusal.BAD_PRICE: (-4001, "Price less than or equal to zero."),
    Refusal.MIN_QTY: (-4004, "Quantity less than min quantity."),
    Refusal.LOT_SIZE: (-1111, "Precision is over the maximum defined for this asset."),
    Refusal.TICK_SIZE: (-4014, "Price not increased by tick size."),
    Refusal.MIN_NOTIONAL: (
        -4164,
        "Order's notional must be no smaller than {notional} (unless you choose reduce only).",
    ),
    Refusal.POST_ONLY_CROSSES: (
        -5022,
        "Due to the order could not be executed as maker, the Post Only order will be rejected. "
        "The order will not be recorded in the order history",
    ),
    Refusal.REDUCE_ONLY: (-2022, "ReduceOnly Order is rejected."),
    Refusal.NO_BALANCE: (-2018, "Balance is insufficient."),
    Refusal.NO_MARGIN: (-2019, "Margin is insufficient."),
    Refusal.DUPLICATE_CLIENT_ID: (-4116, "ClientOrderId is duplicated."),
    Refusal.INJECTED: (-2010, "The order was rejected."),
    Refusal.UNKNOWN_ORDER: (-2011, "Unknown order sent."),
    Refusal.ALREADY_DONE: (-2011, "Unknown order sent."),
    Refusal.NOTHING_TO_AMEND: (-5027, "No need to modify the order."),
    Refusal.BAD_LEVERAGE: (-4028, "Leverage {leverage} is not valid"),
    Refusal.UNCHANGED: (-4046, "No need to change margin type."),
    Refusal.ORDERS_OR_POSITION_OPEN: (-4047, "Margin type cannot be changed if there exists open orders."),
}


class BinanceError(Exception):
    """An answer {"code": ..., "msg": ...} with its HTTP status."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status
        self.data: dict[str, object] = {}

    def body(self) -> dict[str, object]:
        found: dict[str, object] = {"code": self.code, "msg": self.message}
        return found | {"data": self.data} if self.data else found


def refused(reason: Refusal, *, perp: bool, **values: object) -> BinanceError:
    """How the venue says it; what it would not name is -2010."""
    code, text = (_PERP if perp else _SPOT).get(reason, (-2010, f"Order refused: {reason.name}."))
    return BinanceError(code, text.format(**values) if values else text)


def missing(name: str) -> BinanceError:
    return BinanceError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


BAD_SYMBOL: Final = BinanceError(-1121, "Invalid symbol.")
BAD_KEY: Final = BinanceError(-2015, "Invalid API-key, IP, or permissions for action.", 401)
NO_KEY: Final = BinanceError(-2014, "API-key format invalid.", 401)
BAD_SIGNATURE: Final = BinanceError(-1022, "Signature for this request is not valid.")
OLD: Final = BinanceError(-1021, "Timestamp for this request is outside of the recvWindow.")
AHEAD: Final = BinanceError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
NO_ORDER: Final = BinanceError(-2013, "Order does not exist.")
TOO_MANY: Final = "Too many requests; current limit is {limit} request weight per 1 MINUTE."
BANNED: Final = "Way too much request weight used; IP banned until {until}."
