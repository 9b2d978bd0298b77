"""Why something was not done, in OKX's words.

docs-v5 "Error Code" and `cancelSource` of "GET / Order details" (read 2026-11-21). What would take liquidity
or could not be filled at once is accepted first and then cancelled with a source; what cannot be paid is
refused.
"""

from __future__ import annotations

from typing import Final

from titan.doubles.refusal import Refusal
from titan.model.order import Side

_LEAST: Final = "Your order should meet or exceed the minimum order amount."
_GONE: Final = "Cancellation failed as the order has been filled, canceled or does not exist."
REFUSALS: Final[dict[int, tuple[str, str]]] = {
    Refusal.BAD_SIZE: ("51000", "Parameter sz error"),
    Refusal.LOT_SIZE: ("51121", "Order quantity must be a multiple of the lot size."),
    Refusal.BAD_PRICE: ("51000", "Parameter px error"),
    Refusal.TICK_SIZE: ("51000", "Parameter px error"),
    Refusal.MIN_QTY: ("51020", _LEAST),
    Refusal.MIN_NOTIONAL: ("51020", _LEAST),
    Refusal.REDUCE_ONLY: ("51205", "Reduce Only is not available."),
    Refusal.NO_BALANCE: ("51008", "Order failed. Insufficient {coin} balance in account."),
    Refusal.NO_MARGIN: ("51008", "Order failed. Insufficient {coin} margin in account."),
    Refusal.UNKNOWN_ORDER: ("51400", _GONE),
    Refusal.ALREADY_DONE: ("51400", _GONE),
    Refusal.UNKNOWN_INSTRUMENT: ("51001", "Instrument ID doesn't exist."),
    Refusal.DUPLICATE_CLIENT_ID: ("51016", "Client order ID already exists."),
    Refusal.NOT_CARRIED: ("51000", "Parameter ordType error: this double does not carry it"),
    Refusal.NOTHING_TO_AMEND: ("51500", "You must enter a price, quantity, or TP/SL"),
    Refusal.NO_WALLET: ("51000", "Parameter from error"),
    Refusal.BAD_AMOUNT: ("58350", "Insufficient balance."),
    Refusal.BAD_LEVERAGE: ("59102", "Leverage exceeds the maximum limit. Please lower the leverage."),
    Refusal.ORDERS_OR_POSITION_OPEN: (
        "59000",
        "Setting failed. Cancel any open orders, close positions first.",
    ),
    Refusal.INJECTED: ("51155", "You can't trade this pair due to local compliance restrictions."),
}
"""`sCode` and `sMsg` by reason."""
AMEND_GONE: Final = (
    "51503",
    "Order modification failed as the order has been filled, canceled or does not exist.",
)
PASSED: Final = {
    ("tp", Side.BUY): ("51277", "TP trigger price cannot be higher than the last price."),
    ("sl", Side.BUY): ("51278", "SL trigger price cannot be lower than the last price."),
    ("tp", Side.SELL): ("51279", "TP trigger price cannot be lower than the last price."),
    ("sl", Side.SELL): ("51280", "SL trigger price cannot be higher than the last price."),
}
"""Of stops and take-profits whose price is there already."""
SOURCES: Final[dict[int, str]] = {
    Refusal.POST_ONLY_CROSSES: "31",
    Refusal.NO_LIQUIDITY: "14",
    Refusal.IOC_REMAINDER: "14",
    Refusal.FOK_UNFILLED: "13",
    Refusal.SELF_TRADE: "32",
    Refusal.BY_USER: "1",
    Refusal.BY_LIQUIDATION: "3",
}
"""`cancelSource` of an order that was accepted and ended unfilled."""


def refusal(reason: int, coin: str) -> tuple[str, str]:
    code, message = REFUSALS.get(reason, ("50026", "System error. Try again later."))
    return code, message.format(coin=coin)
