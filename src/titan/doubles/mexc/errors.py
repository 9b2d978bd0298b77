"""Spot's refusals: {"code": ..., "msg": ...} with an HTTP status.

www.mexc.com/api-docs/spot-v3, "Error Code" and "HTTP Return Codes" (read 2026-11-21). The list there does not
hold all: -1121, -2013, 700013 and the 400 of a wrong number of decimals are known from its answers. What it
answers to a client id that is taken is not written anywhere; the words here are ours.
"""

from __future__ import annotations

from typing import Final

from titan.doubles.refusal import Refusal


class MexcError(Exception):
    """What a request is answered instead of what it asked for."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status

    def body(self) -> dict[str, object]:
        return {"msg": self.message, "code": self.code}


_REASONS: Final[dict[Refusal, tuple[int, str]]] = {
    Refusal.BAD_SIZE: (10102, "amount cannot be zero or negative"),
    Refusal.BAD_PRICE: (30010, "no valid trade price"),
    Refusal.MIN_QTY: (30002, "The minimum transaction volume cannot be less than:{least}"),
    Refusal.MIN_NOTIONAL: (30002, "The minimum transaction volume cannot be less than:{least}"),
    Refusal.TICK_SIZE: (400, "price scale is invalid"),
    Refusal.LOT_SIZE: (400, "quantity scale is invalid"),
    Refusal.NO_LIQUIDITY: (30025, "no exist opponent order"),
    Refusal.DUPLICATE_CLIENT_ID: (400, "Duplicate newClientOrderId"),
    Refusal.ALREADY_DONE: (-2011, "Unknown order sent."),
    Refusal.INJECTED: (30016, "trading disabled"),
    Refusal.NO_BALANCE: (10101, "Insufficient balance"),
    Refusal.NO_WALLET: (10103, "this account transfer is not supported"),
    Refusal.BAD_AMOUNT: (10102, "amount cannot be zero or negative"),
}


def refused(reason: Refusal, least: str = "") -> MexcError:
    """How the venue says it. `least` is the smallest order, as 5USDT."""
    code, text = _REASONS.get(reason, (30041, "current order type can not place order"))
    return MexcError(code, text.format(least=least))


def missing(name: str) -> MexcError:
    return MexcError(700004, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def illegal(name: str) -> MexcError:
    return MexcError(700008, f"Illegal characters found in parameter '{name}'.")


BAD_SYMBOL: Final = MexcError(-1121, "Invalid symbol.")
NO_KEY: Final = MexcError(400, "api key required", 401)
MALFORMED_KEY: Final = MexcError(700001, "API-key format invalid.", 401)
UNKNOWN_KEY: Final = MexcError(10072, "Api key info invalid", 401)
NOT_ALLOWED: Final = MexcError(700007, "No permission to access the endpoint.", 401)
BAD_SIGNATURE: Final = MexcError(700002, "Signature for this request is not valid.")
OUT_OF_WINDOW: Final = MexcError(700003, "Timestamp for this request is outside of the recvWindow.")
WIDE_WINDOW: Final = MexcError(700005, "recvWindow must less than 60000")
BAD_CONTENT: Final = MexcError(700013, "Invalid Content-Type")
NO_ID: Final = MexcError(
    700004, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null"
)
OVERSOLD: Final = MexcError(30005, "Oversold")
TOO_POOR: Final = MexcError(30004, "Insufficient position")
UNKNOWN_ORDER: Final = MexcError(-2011, "Unknown order sent.")
NO_ORDER: Final = MexcError(-2013, "Order does not exist.")
BAD_PARAMETER: Final = MexcError(33333, "param is error")
NO_RECORD: Final = MexcError(22222, "record does not exist")
