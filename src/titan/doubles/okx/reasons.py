"""Why the matching engine did not do what was asked, in OKX's words.

docs-v5 "Error Code" and `cancelSource` of "GET / Order details" (read 2026-11-21). What would take liquidity
or could not be filled at once is accepted first and then cancelled with a source; what cannot be paid is
refused.
"""

from __future__ import annotations

from typing import Final

from titan.simulation import records as r

REFUSALS: Final[dict[int, tuple[str, str]]] = {
    r.BAD_SIZE: ("51121", "Order quantity must be a multiple of the lot size."),
    r.BAD_PRICE: ("51000", "Parameter px  error"),
    r.MIN_QTY: ("51020", "Your order should meet or exceed the minimum order amount."),
    r.MIN_NOTIONAL: ("51020", "Your order should meet or exceed the minimum order amount."),
    r.REDUCE_ONLY: ("51205", "Reduce Only is not available."),
    r.NO_BALANCE: ("51008", "Order failed. Insufficient {coin} balance in account."),
    r.NO_MARGIN: ("51008", "Order failed. Insufficient {coin} margin in account."),
    r.UNKNOWN_ORDER: (
        "51400",
        "Cancellation failed as the order has been filled, canceled or does not exist.",
    ),
}
"""`sCode` and `sMsg` by reason of `titan.simulation.records`."""
SOURCES: Final[dict[int, str]] = {
    r.POST_ONLY_CROSSES: "31",
    r.NO_LIQUIDITY: "14",
    r.IOC_REMAINDER: "14",
    r.FOK_UNFILLED: "13",
    r.SELF_TRADE: "32",
    r.BY_USER: "1",
    r.BY_LIQUIDATION: "3",
}
"""`cancelSource` of an order that was accepted and ended unfilled."""


def refusal(reason: int, coin: str) -> tuple[str, str]:
    code, message = REFUSALS.get(reason, ("50026", "System error. Try again later."))
    return code, message.format(coin=coin)
