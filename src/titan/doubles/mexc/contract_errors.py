"""Refusals of MEXC's contracts: code and message.

www.mexc.com/api-docs/futures/error-code and "Account and Trading Endpoints" (read 2026-11-21). The status is
200 and the envelope `{"success": false, "code": ..., "message": ...}`.
"""

from __future__ import annotations

from typing import Final

from titan.doubles.refusal import Refusal

MESSAGES: Final[dict[int, str]] = {
    401: "Not logged in or login has expired", 402: "API Key expired, please apply again", 404: "Not found",
    500: "Internal error", 510: "Requests are too frequent, please try again later",
    513: "Invalid request, please try again later", 600: "Parameter error", 601: "Data parsing error",
    602: "Confirming signature failed", 604: "This double does not carry it",
    701: "Account read permission is required",
    704: "Transaction information modify permission is required", 1001: "Contract does not exist",
    1002: "Contract not activated", 2001: "Order side error", 2002: "Opening type error",
    2005: "Balance insufficient", 2006: "Leverage ratio error", 2007: "Order price error",
    2008: "The quantity is insufficient", 2009: "Position is not exists or closed.",
    2011: "Order quantity error", 2013: "Cancel orders over maximum limit",
    2014: "The quantity of batch order exceeds the limit", 2015: "Price or quantity accuracy error",
    2019: "There is an active order or position",
    2027: "There is only one cross or isolated in the same direction", 2029: "Order type error",
    2030: "External order ID is too long", 2040: "order not exist", 2041: "order state cannot be cancelled",
    2042: "The order id already exists",
}  # fmt: skip
_CODES: Final[dict[int, int]] = {
    Refusal.BAD_SIZE: 2011, Refusal.MIN_QTY: 2011, Refusal.MIN_NOTIONAL: 2011, Refusal.LOT_SIZE: 2015,
    Refusal.TICK_SIZE: 2015, Refusal.BAD_PRICE: 2007, Refusal.REDUCE_ONLY: 2009, Refusal.NO_BALANCE: 2005,
    Refusal.NO_MARGIN: 2005, Refusal.ALREADY_DONE: 2041, Refusal.DUPLICATE_CLIENT_ID: 2042,
    Refusal.BAD_LEVERAGE: 2006, Refusal.ORDERS_OR_POSITION_OPEN: 2019, Refusal.INJECTED: 1002,
}  # fmt: skip


class Refused(Exception):
    """The request, or one order of it, is refused with `code`."""

    def __init__(self, code: int, message: str = "") -> None:
        self.code, self.message = code, message or MESSAGES[code]
        super().__init__(self.message)


def because(reason: int) -> Refused:
    """The refusal for a reason of the double."""
    return Refused(_CODES.get(reason, 500))
